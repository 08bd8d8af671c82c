"""Questions to what is live, good ones and a wrong one."""

from typing import Any

from cli.demo import rows, traffic, watch
from cli.demo.story import Story
from cli.instances import instance
from penstock.explanation import TOLERANCE, probability

TITLE = "requests, and a wrong one"
REQUESTS = 150


def play(story: Story) -> None:
    """One row, many rows, and a request that breaks the contract."""
    timeline = story.timeline
    pool = [instance(row, story.contract) for row in story.source.rows]
    begin = timeline.now()
    asked = [[pool[i % len(pool)]] for i in range(REQUESTS)]
    calls = [traffic.ask(story.live, instances, now=timeline.now) for instances in asked]
    story.calls += calls
    timeline.span("predict", "requests", begin, timeline.now(), "run")
    errors = [call.error for call in calls if call.error]
    p50, p99 = traffic.percentiles(calls)
    seen = f"{len(calls)} answered, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    story.expect(
        "every request is answered", not errors, errors[0] if errors and errors[0] else seen
    )
    _explained(story, pool[0])
    body = story.ask({"instances": [rows.wrong_request(pool[0], story.contract)]})
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


def _explained(story: Story, row: dict[str, Any]) -> None:
    """One answer that says how it came about."""
    what = "an answer says how it came about"

    def ask() -> dict[str, Any] | None:
        body = story.ask({"instances": [row], "explain": True})
        prediction: dict[str, Any] = body.get("predictions", [body])[0]
        # A cold start on a busy machine may outlast the request, whose prediction came all the same
        why = prediction.get("explanation_error", "")
        return None if "Timeout" in why or "no time" in why else prediction

    with story.timeline.waiting("predict: explain"):
        prediction = watch.until(ask, "an explanation", within=30)
    explanation = prediction.get("explanation")
    if not explanation:
        story.expect(what, False, str(prediction))
        return
    total = explanation["base_value"] + sum(explanation["contributions"].values())
    off = abs(probability(total) - prediction["score"])
    count = len(explanation["contributions"])
    seen = f"{count} contributions add up to the score {prediction['score']:.4f}"
    story.expect(what, off <= TOLERANCE, seen if off <= TOLERANCE else f"off by {off:.2g}")
    for reason in explanation["reasons"]:
        story.timeline.say(reason["text"])
