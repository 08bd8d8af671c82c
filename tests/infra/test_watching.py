"""What watches the model is watched itself, and what it finds reaches people."""

from typing import Any

from synthesis import Assembly, many, statements, text


def alarm(assembly: Assembly, stack: str, start: str) -> tuple[str, dict[str, Any]]:
    (found,) = [
        (name, resource["Properties"])
        for name, resource in assembly.resources(stack, "AWS::CloudWatch::Alarm").items()
        if name.startswith(start)
    ]
    return found


def test_a_use_case_has_one_composite_alarm_that_tells_people(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        (both,) = assembly.resources(stack, "AWS::CloudWatch::CompositeAlarm").values()
        rule = text(both["Properties"]["AlarmRule"])
        for start in ("MonitorDrift", "MonitorSilent"):
            name, _ = alarm(assembly, stack, start)
            assert f"<{name}.Arn>" in rule, start
        assert len(both["Properties"]["AlarmActions"]) == 1
        assert "latest.html" in text(both["Properties"]["AlarmDescription"])


def test_the_drift_alarm_rests_on_findings_and_leaves_the_telling_to_the_composite(
    assembly: Assembly,
) -> None:
    """A finding is held to the budget of false alarms already; no plain PSI is an alarm."""
    for stack in assembly.usecase_stacks:
        _, drift = alarm(assembly, stack, "MonitorDrift")
        assert (drift["MetricName"], drift["Threshold"]) == ("drift_findings", 0)
        assert drift["ComparisonOperator"] == "GreaterThanThreshold"
        assert drift["TreatMissingData"] == "ignore"
        assert "AlarmActions" not in drift


def test_a_monitor_that_fails_or_does_not_run_shouts(assembly: Assembly) -> None:
    """By itself too: a drift that lasts keeps the composite on, which then tells nothing more."""
    for stack in assembly.usecase_stacks:
        _, silent = alarm(assembly, stack, "MonitorSilent")
        assert (silent["Namespace"], silent["MetricName"]) == ("AWS/Lambda", "Errors")
        assert silent["TreatMissingData"] == "breaching"
        assert len(silent["AlarmActions"]) == 1
        (clock,) = [
            resource["Properties"]["ScheduleExpression"]
            for name, resource in assembly.resources(stack, "AWS::Scheduler::Schedule").items()
            if name.startswith("MonitorEvery")
        ]
        minutes = int(clock.removeprefix("rate(").split()[0])
        assert silent["Period"] == 2 * minutes * 60, "a late look is no silence"


def test_the_function_may_set_this_one_alarm_and_no_other(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        setting = [
            text(resource)
            for _, statement in statements(assembly, stack)
            if "cloudwatch:SetAlarmState" in many(statement["Action"])
            for resource in many(statement["Resource"])
        ]
        (resource,) = setting
        assert resource.endswith(f":alarm:{stack}-Attention")


def test_athena_and_the_explain_function_are_open_to_a_monitor_only_where_they_are_asked(
    modes: Assembly,
) -> None:
    asked = [s for s in modes.usecase_stacks if modes.resources(s, "AWS::Athena::WorkGroup")]
    assert [stack.rsplit("-", 1)[1] for stack in asked] == ["watched"]
    for stack in modes.usecase_stacks:
        allowed = {
            action
            for name, statement in statements(modes, stack)
            if name.startswith("MonitorRole")
            for action in many(statement["Action"])
        }
        assert allowed, stack
        for action in ("athena:StartQueryExecution", "lambda:InvokeFunction"):
            assert (action in allowed) == (stack in asked), (stack, action)
