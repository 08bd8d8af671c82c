"""Questions to what is live, good ones and a wrong one."""

import json

from cli.demo import rows, traffic
from cli.demo.story import Story
from cli.instances import instance

TITLE = "requests, and a wrong one"
REQUESTS = 150


def play(story: Story) -> None:
    """One row, many rows, and a request that breaks the contract."""
    stack, timeline = story.deployed, story.timeline
    pool = [instance(row, story.contract) for row in story.source.rows]
    begin = timeline.now()
    calls = [
        traffic.ask(
            story.aws("lambda"), stack.predict_function_name, stack.predict_alias,
            [pool[i % len(pool)]], now=timeline.now,
        )
        for i in range(REQUESTS)
    ]  # fmt: skip
    story.calls += calls
    timeline.span("predict", "requests", begin, timeline.now(), "run")
    errors = [call.error for call in calls if call.error]
    p50, p99 = traffic.percentiles(calls)
    seen = f"{len(calls)} answered, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    story.expect(
        "every request is answered", not errors, errors[0] if errors and errors[0] else seen
    )
    answer = story.aws("lambda").invoke(
        FunctionName=stack.predict_function_name,
        Qualifier=stack.predict_alias,
        Payload=json.dumps({"instances": [rows.wrong_request(pool[0], story.contract)]}).encode(),
    )
    body = json.loads(answer["Payload"].read())
    error = body.get("error", {})
    fields = [violation["field"] for violation in error.get("violations", [])]
    seen = f"{error.get('status')}, it names {', '.join(fields)}"
    held = error.get("status") == 400 and bool(fields)
    story.expect("a wrong request is refused with its reasons", held, seen if held else f"{body}")
    story.refusal = error
    for violation in error["violations"]:
        timeline.say(
            f"{violation['field']}: got {violation['got']}, expected {violation['expected']}"
        )
