"""Mode `batch`: a job whose parts can be tried, stopped and taken up again, and no more rights."""

import dataclasses
import json
from typing import Any

from synthesis import Assembly, many, statements, text

from functions.batch.settings import Settings

BATCH, PLAIN = "Penstock-dev-batch", "Penstock-dev-plain"


def machine(modes: Assembly) -> dict[str, Any]:
    (found,) = [
        resource["Properties"]["DefinitionString"]
        for name, resource in modes.resources(BATCH, "AWS::StepFunctions::StateMachine").items()
        if name.startswith("Batch")
    ]
    return json.loads(text(found))  # type: ignore[no-any-return]


def allowed(modes: Assembly, start: str) -> dict[str, list[str]]:
    """What a role may do, and on what."""
    found: dict[str, list[str]] = {}
    for name, statement in statements(modes, BATCH):
        if name.startswith(start):
            for action in many(statement["Action"]):
                found.setdefault(action, []).extend(map(text, many(statement["Resource"])))
    return found


def test_a_job_plans_scores_its_parts_and_counts_them(modes: Assembly) -> None:
    states = machine(modes)["States"]
    assert machine(modes)["StartAt"] == "Plan"
    assert states["Score"]["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",  # an express part could not be redriven
    }
    assert states["Score"]["MaxConcurrency"] == 2
    assert states["Score"]["Next"] == "Finish"
    assert not [word for word in states["Score"] if word.startswith("Tolerated")]
    assert "Catch" not in states["Score"]  # or a redrive would begin behind it


def test_what_would_fail_again_is_not_tried_again(modes: Assembly) -> None:
    first, patient = machine(modes)["States"]["Score"]["ItemProcessor"]["States"]["Part"]["Retry"]
    final = ["ContractsDiffer", "NoModel", "RuntimesDiffer"]
    assert first == {"ErrorEquals": final, "MaxAttempts": 0}
    assert patient["ErrorEquals"] == ["States.ALL"]
    assert patient["MaxAttempts"] >= 3


def test_the_functions_variables_are_those_that_it_reads(modes: Assembly) -> None:
    (function,) = [
        f["Properties"]
        for f in modes.resources(BATCH, "AWS::Lambda::Function").values()
        if f["Properties"]["Handler"].startswith("functions.batch.")
    ]
    wanted = {field.name.upper() for field in dataclasses.fields(Settings)}
    assert set(function["Environment"]["Variables"]) == wanted


def test_the_function_asks_versions_and_explain_and_writes_no_input(modes: Assembly) -> None:
    """Without a personal column it may not read the key by which people are masked."""
    found = allowed(modes, "BatchRole")
    native, versions = sorted(found["lambda:InvokeFunction"])
    assert versions.endswith(":*")
    assert "Explain" in native
    assert "*" not in native
    own = ("/batch/batch/jobs/*", "/batch/batch/out/*", "/batch/batch/failed/*")
    assert all(r.endswith((*own, "/predictions/batch/*")) for r in found["s3:PutObject"])
    read = ("/batch/batch/in/*", "/batch/batch/sent/*", "/batch/batch/jobs/*")
    assert all(r.endswith(read) for r in found["s3:GetObject"])
    keys = [
        statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
        for name, statement in statements(modes, BATCH)
        if name.startswith("BatchRole") and "dynamodb:GetItem" in many(statement["Action"])
    ]
    assert [many(names) for names in keys] == [["champion#batch"]]


def test_a_map_run_starts_the_parts_of_its_own_machine(modes: Assembly) -> None:
    found = allowed(modes, "BatchMapPolicy")
    assert set(found) == {
        "states:DescribeExecution",
        "states:RedriveExecution",
        "states:StartExecution",
        "states:StopExecution",
    }
    assert all("BatchJob" in resource for resource in found["states:StartExecution"])


def test_a_job_that_fails_tells_somebody(modes: Assembly) -> None:
    (alarm,) = [
        alarm["Properties"]
        for name, alarm in modes.resources(BATCH, "AWS::CloudWatch::Alarm").items()
        if name.startswith("BatchFailed")
    ]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/States", "ExecutionsFailed")
    assert len(alarm["AlarmActions"]) == 1


def test_the_teardown_stops_jobs_and_empties_what_they_left(modes: Assembly) -> None:
    (teardown,) = modes.resources(BATCH, "Custom::Teardown").values()
    said = teardown["Properties"]
    assert any("BatchJob" in text(arn) for arn in said["StateMachineArns"])
    emptied = [text(uri).rsplit("/", 4)[-4:] for uri in said["EmptyPrefixes"]]
    assert ["batch", "batch", "out", ""] in emptied


def test_who_asks_for_no_jobs_gets_none(modes: Assembly) -> None:
    assert not [name for name in modes.template(PLAIN)["Resources"] if name.startswith("Batch")]
    (teardown,) = modes.resources(PLAIN, "Custom::Teardown").values()
    assert not [u for u in teardown["Properties"]["EmptyPrefixes"] if "/batch/" in text(u)]
