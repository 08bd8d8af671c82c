"""Event rules, their patterns and transformers; schedules: each to what it can call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import eventually
from localcloud_wires import (
    ECHO,
    Client,
    allow_invoke,
    arn_of,
    bodies,
    logged_with,
    make_queue,
    unique,
)

Function = Callable[..., str]
EVENTS: list[dict[str, Any]] = [
    {"n": 0, "state": "on", "cost": 5, "name": "raw/a.csv", "tags": ["x", "y"]},
    {"n": 1, "state": "off", "cost": 50, "name": "raw/b.txt", "extra": {"deep": None}},
    {"n": 2, "state": "ON", "cost": 5.5, "name": "other/a.csv", "ip": "10.0.0.7"},
]
PATTERNS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "equal": ({"state": ["on", "off"]}, [0, 1]),
    "prefix": ({"name": [{"prefix": "raw/"}]}, [0, 1]),
    "suffix": ({"name": [{"suffix": ".csv"}]}, [0, 2]),
    "anything-but": ({"state": [{"anything-but": ["on"]}]}, [1, 2]),
    "anything-but-prefix": ({"name": [{"anything-but": {"prefix": "raw/"}}]}, [2]),
    "numeric": ({"cost": [{"numeric": [">", 5, "<=", 50]}]}, [1, 2]),
    "numeric-equal": ({"cost": [{"numeric": ["=", 5]}]}, [0]),
    "exists": ({"tags": [{"exists": True}]}, [0]),
    "absent": ({"tags": [{"exists": False}]}, [1, 2]),
    "in-a-list": ({"tags": ["y"]}, [0]),
    "null": ({"extra": {"deep": [None]}}, [1]),
    "ignore-case": ({"state": [{"equals-ignore-case": "on"}]}, [0, 2]),
    "wildcard": ({"name": [{"wildcard": "*/a.*"}]}, [0, 2]),
    "cidr": ({"ip": [{"cidr": "10.0.0.0/24"}]}, [2]),
    "or": ({"$or": [{"cost": [{"numeric": ["<", 5.1]}]}, {"state": ["off"]}]}, [0, 1]),
    "and": ({"state": ["on"], "cost": [{"numeric": [">", 9]}]}, []),
}


@pytest.fixture(scope="module")
def delivered(client: Client) -> dict[str, list[int]]:
    """For each pattern the events that its rule has sent, all through one queue."""
    url, source = make_queue(client), unique("source")
    events = client("events")
    rules = {}
    for name, (pattern, _) in PATTERNS.items():
        rule = rules[name] = unique("r")
        whole = {"source": [source], "detail": pattern}
        events.put_rule(Name=rule, EventPattern=json.dumps(whole))
        transformer = {
            "InputPathsMap": {"n": "$.detail.n", "from": "$.source"},
            "InputTemplate": f'{{"rule": "{name}", "n": <n>, "from": "<from>"}}',
        }
        target = {"Id": "q", "Arn": arn_of(url), "InputTransformer": transformer}
        events.put_targets(Rule=rule, Targets=[target])
    entries = [
        {"Source": source, "DetailType": "t", "Detail": json.dumps(detail)} for detail in EVENTS
    ]
    assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    found = bodies(client, url, sum(len(expected) for _, expected in PATTERNS.values()))
    for rule in rules.values():
        events.remove_targets(Rule=rule, Ids=["q"])
        events.delete_rule(Name=rule)
    assert {body["from"] for body in found} == {source}
    return {n: sorted(b["n"] for b in found if b["rule"] == n) for n in PATTERNS}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_lets_through_what_it_names(delivered: dict[str, list[int]], name: str) -> None:
    assert delivered[name] == PATTERNS[name][1]


def test_a_rule_calls_a_function_and_a_state_machine_with_what_it_was_told(
    client: Client, function: Function, role: str
) -> None:
    name, source, rule = function(ECHO), unique("source"), unique("r")
    machine = make_machine(client, role)
    client("events").put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    client("events").put_targets(
        Rule=rule,
        Targets=[
            {"Id": "f", "Arn": allow_invoke(client, name), "Input": '{"constant": "yes"}'},
            {"Id": "m", "Arn": machine, "RoleArn": role, "InputPath": "$.detail"},
        ],
    )
    client("events").put_events(
        Entries=[{"Source": source, "DetailType": "t", "Detail": '{"n": 7}'}]
    )
    assert logged_with(client, name, "constant") == {"constant": "yes"}
    assert run_input(client, machine) == {"n": 7}
    client("events").remove_targets(Rule=rule, Ids=["f", "m"])


def make_machine(client: Client, role: str) -> str:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    made = client("stepfunctions").create_state_machine(
        name=unique("m"), definition=json.dumps(definition), roleArn=role
    )
    return str(made["stateMachineArn"])


def run_input(client: Client, machine: str) -> Any:
    states = client("stepfunctions")
    runs = eventually(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    found = states.describe_execution(executionArn=runs[0]["executionArn"])
    return json.loads(found["input"])


@pytest.fixture
def schedule(client: Client, role: str) -> Iterator[Callable[..., str]]:
    names = []

    def make(expression: str, target: str, text: str, **more: Any) -> str:
        name = unique("s")
        names.append(name)
        client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": target, "RoleArn": role, "Input": text},
            **more,
        )
        return name

    yield make
    for name in names:
        try:
            client("scheduler").delete_schedule(Name=name)
        except client("scheduler").exceptions.ResourceNotFoundException:
            continue


def test_a_schedule_calls_a_function_a_state_machine_and_a_queue(
    client: Client, function: Function, role: str, schedule: Callable[..., str]
) -> None:
    """rate() follows the clock: every minute is every second here."""
    name, url, machine = function(ECHO), make_queue(client), make_machine(client, role)
    targets = [allow_invoke(client, name), machine, arn_of(url)]
    for target in targets:
        schedule("rate(1 minute)", target, json.dumps({"for": target}))
    assert logged_with(client, name, targets[0]) == {"for": targets[0]}
    assert run_input(client, machine) == {"for": machine}
    assert bodies(client, url, 2) == [{"for": targets[2]}] * 2


def test_a_schedule_at_a_time_fires_once_and_goes_away(
    client: Client, schedule: Callable[..., str]
) -> None:
    url = make_queue(client)
    when = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    name = schedule(f"at({when})", arn_of(url), '{"once": 1}', ActionAfterCompletion="DELETE")
    assert bodies(client, url) == [{"once": 1}]

    def gone() -> bool:
        listed = client("scheduler").list_schedules()["Schedules"]
        return all(each["Name"] != name for each in listed)

    eventually(gone)
