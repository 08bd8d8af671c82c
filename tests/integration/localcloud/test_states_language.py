"""The Amazon States Language: how data flow, how states choose, and what nothing catches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from states_world import Client, States, passing


@pytest.fixture(scope="module")
def states(client: Client, role: str) -> States:
    return States(client, role)


def test_a_pass_state_filters_fills_and_places(states: States) -> None:
    """InputPath, Parameters, ResultPath and OutputPath, each on what the one before gave."""
    state = passing(
        InputPath="$.order",
        Parameters={"total.$": "$.items[*].price", "who.$": "$$.Execution.Name", "kept": 1},
        ResultPath="$.seen.here",
        OutputPath="$.seen",
    )
    found = states.output({"P": state}, {"order": {"items": [{"price": 1}, {"price": 2}]}})
    assert found["here"]["total"] == [1, 2]
    assert found["here"]["kept"] == 1
    assert len(found["here"]["who"]) == 36


def test_a_path_that_is_not_there_ends_the_execution_and_nothing_catches_it(
    states: States,
) -> None:
    """States.Runtime with the path, the field, the state and the event; not even States.ALL."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
        "Parameters": {"QueueNamePrefix.$": "$.missing"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "End": True,
    }
    facts = states.run({"T": task, "Caught": {"Type": "Succeed"}}, {"a": 1})
    assert (facts["status"], facts["error"]) == ("FAILED", "States.Runtime")
    assert facts["cause"] == (
        "An error occurred while executing the state 'T' (entered at the event id #2). The JSONPath"
        " '$.missing' specified for the field 'QueueNamePrefix.$' could not be found in the input "
        "'{\"a\": 1}'"
    )


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Format('{} is {}', $.name, $.list[0])", "x is 3"),
        ("States.Format('\\'{}\\' \\{\\}', true)", "'true' {}"),
        ("States.StringToJson('[1, 2]')", [1, 2]),
        ("States.JsonToString($.list)", "[3,1,3]"),
        ("States.Array($.name, 1, null)", ["x", 1, None]),
        ("States.ArrayPartition($.list, 2)", [[3, 1], [3]]),
        ("States.ArrayContains($.list, 1)", True),
        ("States.ArrayRange(9, 1, -4)", [9, 5, 1]),
        ("States.ArrayGetItem($.list, 1)", 1),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [3, 1]),
        ("States.Base64Decode(States.Base64Encode('née'))", "née"),
        ("States.Hash('a', 'SHA-1')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("States.JsonMerge($.one, $.two, false)", {"a": 1, "b": 2}),
        ("States.MathRandom(4, 5)", 4),
        ("States.MathAdd(111, -1)", 110),
        ("States.StringSplit('a.b+c', '.+')", ["a", "b", "c"]),
    ],
)
def test_intrinsic_functions(states: States, call: str, value: Any) -> None:
    """Each of the language's functions gives what AWS documents for it."""
    given = {"name": "x", "list": [3, 1, 3], "one": {"a": 0, "b": 2}, "two": {"a": 1}}
    assert states.output({"P": passing(Parameters={"v.$": call})}, given)["v"] == value


def test_an_intrinsic_that_fails_can_be_caught(states: States) -> None:
    facts = states.run({"P": passing(Parameters={"v.$": "States.ArrayGetItem($.l, 5)"})}, {"l": []})
    assert facts["error"] == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"Variable": "$.s", "StringEquals": "b"}, True),
        ({"Variable": "$.s", "StringLessThan": "b"}, False),
        ({"Variable": "$.s", "StringGreaterThanEqualsPath": "$.s"}, True),
        ({"Variable": "$.s", "StringLessThanPath": "$.t"}, True),
        ({"Variable": "$.file", "StringMatches": "log-*.\\*txt"}, True),
        ({"Variable": "$.file", "StringMatches": "log-*.txt"}, False),
        ({"Variable": "$.n", "NumericGreaterThan": 1}, True),
        ({"Variable": "$.n", "NumericEqualsPath": "$.m"}, False),
        ({"Variable": "$.n", "StringEquals": "2"}, False),
        ({"Variable": "$.yes", "NumericEquals": 1}, False),
        ({"Variable": "$.yes", "BooleanEquals": True}, True),
        ({"Variable": "$.yes", "BooleanEqualsPath": "$.no"}, False),
        ({"Variable": "$.at", "TimestampLessThan": "2026-01-01T02:00:00Z"}, True),
        ({"Variable": "$.at", "TimestampEqualsPath": "$.same"}, True),
        ({"Variable": "$.at", "IsTimestamp": True}, True),
        ({"Variable": "$.none", "IsNull": True}, True),
        ({"Variable": "$.n", "IsNumeric": True}, True),
        ({"Variable": "$.s", "IsString": False}, False),
        ({"Variable": "$.yes", "IsBoolean": True}, True),
        ({"Variable": "$.none", "IsPresent": True}, True),
        ({"Variable": "$.gone", "IsPresent": False}, True),
        ({"Not": {"Variable": "$.n", "NumericEquals": 2}}, False),
        (
            {
                "And": [
                    {"Variable": "$.n", "NumericLessThanEquals": 2},
                    {"Or": [{"Variable": "$.s", "StringEquals": "z"}]},
                ]
            },
            False,
        ),
    ],
)
def test_choice_operators(states: States, rule: dict[str, Any], holds: bool) -> None:
    """Every kind of comparison, by value and by path, and that types do not mix."""
    value = {
        **{"s": "b", "t": "c", "file": "log-7.*txt", "n": 2, "m": 3, "yes": True, "no": False},
        **{"none": None, "at": "2026-01-01T00:00:00Z", "same": "2026-01-01T01:00:00+01:00"},
    }
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}
    ends = {"Yes": passing(Result=True), "No": passing(Result=False)}
    assert states.output({"C": choice, **ends}, value) is holds


def test_a_choice_over_what_is_not_there_fails(states: States) -> None:
    rule = {"Variable": "$.gone", "StringEquals": "a", "Next": "End"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "End"}
    facts = states.run({"C": choice, "End": {"Type": "Succeed"}})
    assert facts["error"] == "States.Runtime"
    assert "Invalid path '$.gone'" in facts["cause"]


def test_no_choice_and_no_default(states: States) -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1, "Next": "End"}
    facts = states.run({"C": {"Type": "Choice", "Choices": [rule]}, "End": passing()}, {"n": 2})
    assert facts["error"] == "States.NoChoiceMatched"


def test_variables_are_seen_inside_and_not_outside(states: States) -> None:
    """Assign of JSONPath: a branch reads what was assigned before it, and keeps its own."""
    inner = {"StartAt": "I", "States": {"I": passing(Assign={"mine.$": "$both"}, Next="O")}}
    inner["States"]["I"].pop("End")
    inner["States"]["O"] = passing(Parameters={"mine.$": "$mine.a", "all.$": "$both"})
    first = {"Type": "Pass", "Assign": {"both": {"a": 4}, "n.$": "$.n"}, "Next": "P"}
    parallel = {"Type": "Parallel", "Branches": [inner], "Next": "Last"}
    last = passing(Parameters={"n.$": "$n", "first.$": "$[0]"})
    found = states.output({"A": first, "P": parallel, "Last": last}, {"n": 1})
    assert found == {"n": 1, "first": {"mine": 4, "all": {"a": 4}}}


def test_jsonata_in_every_field(states: States) -> None:
    """Arguments, Output, Assign, Condition, Items and $states, in a machine of JSONata."""
    choice = {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $count > 2 %}", "Next": "Many", "Output": "{% $states.input %}"}
        ],
        "Default": "Few",
    }
    each = {
        "Type": "Map",
        "Items": "{% $states.input.list %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value * $factor %}"},
        "ItemProcessor": {"StartAt": "I", "States": {"I": passing(Output="{% $states.input.v %}")}},
        "Output": "{% $sum($states.result) %}",
        "End": True,
    }
    first = {
        "Type": "Pass",
        "Assign": {"count": "{% $count($states.input.list) %}", "factor": 10},
        "Next": "C",
    }
    made = {"A": first, "C": choice, "Few": {"Type": "Fail"}, "Many": each}
    assert states.output(made, {"list": [1, 2, 3]}, QueryLanguage="JSONata") == 60


def test_a_jsonata_error_is_caught_by_its_name(states: States) -> None:
    bad = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
        "Arguments": {"QueueNamePrefix": "{% $states.input.gone.deep %}"},
        "Catch": [
            {
                "ErrorEquals": ["States.QueryEvaluationError"],
                "Output": "{% $states.errorOutput.Error %}",
                "Next": "Done",
            }
        ],
        "End": True,
    }
    made = {"B": bad, "Done": {"Type": "Succeed"}}
    assert states.output(made, QueryLanguage="JSONata") == "States.QueryEvaluationError"


def test_output_beyond_256_kib_is_refused(states: States) -> None:
    """States.DataLimitExceeded, which States.ALL does not catch."""
    double = {"a.$": "States.Array($, $)"}
    grow = {f"P{n}": {"Type": "Pass", "Parameters": double, "Next": f"P{n + 1}"} for n in range(14)}
    facts = states.run({**grow, "P14": passing()}, {"text": "x" * 40})
    assert facts["error"] == "States.DataLimitExceeded"


def test_a_state_with_a_fault_of_ours_ends_the_execution(states: States) -> None:
    """What no rule foresees (here a Wait for a text) fails the execution and does not hang it."""
    wait = {"Type": "Wait", "SecondsPath": "$.s", "End": True}
    facts = states.run({"W": wait}, {"s": "soon"})
    assert facts["error"] == "States.Runtime"
    assert "'W'" in facts["cause"]


def test_fail_names_its_error_from_the_input(states: States) -> None:
    fail = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('no {}', $.c)"}
    facts = states.run({"F": fail}, {"e": "Own.Error", "c": "rows"})
    assert (facts["error"], facts["cause"]) == ("Own.Error", "no rows")


def test_the_history_tells_everything_in_awss_shape(states: States) -> None:
    """Ids count from 1, each event names the one before it, and data are left out on request."""
    branch = {"StartAt": "B", "States": {"B": passing()}}
    parallel = {"Type": "Parallel", "Branches": [branch], "End": True}
    arn = states.start(states.machine({"P": parallel}), {"a": 1})
    states.ended(arn)
    events = states.events(arn)
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "PassStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in events] == list(range(1, 9))
    assert events[1]["previousEventId"] == 1
    assert json.loads(events[1]["stateEnteredEventDetails"]["input"]) == {"a": 1}
    bare = states.api.get_execution_history(executionArn=arn, includeExecutionData=False)
    assert "input" not in bare["events"][1]["stateEnteredEventDetails"]
