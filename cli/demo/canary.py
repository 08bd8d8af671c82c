"""A release under traffic: what both versions' callers saw while it was judged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cli.demo.story import Story
from cli.demo.traffic import Traffic, seen

# requests a second: in the background, while somebody judges by them, and to get much said
IDLE, BUSY, FAST = 5.0, 60.0, 120.0
# what is answered after a release shows that it has ended
SETTLING = 0.6


@contextmanager
def callers(story: Story, instances: Sequence[dict[str, Any]], rate: float) -> Iterator[Traffic]:
    """Traffic on what is live; its calls are kept for the story, whatever happens."""
    begin = story.timeline.now()
    traffic = Traffic(story.live, instances, story.timeline.now, rate)
    try:
        with traffic:
            yield traffic
    finally:
        story.calls += traffic.calls
        story.timeline.span("predict", "traffic", begin, story.timeline.now(), "run")


def compared(story: Story, traffic: Traffic, since: float, old: str, new: str) -> dict[str, Any]:
    """Both versions side by side since then; says the shares too."""
    calls = [call for call in traffic.calls if call.at >= since]
    found = seen(calls, old, new)
    together = max(found["old_count"] + found["new_count"], 1)
    story.timeline.say(
        f"answered: version {old} {found['old_count']} times, version {new} {found['new_count']} "
        f"({found['new_count'] / together:.0%})"
    )
    return found


def share_of(new: str, old: str, traffic: Traffic) -> float:
    """The new version's share while the old one answered too: what the weights really did."""
    firsts = [call.at for call in traffic.calls if call.version == new]
    lasts = [call.at for call in traffic.calls if call.version == old]
    if not firsts or not lasts:
        return 0.0
    both = [call for call in traffic.calls if min(firsts) <= call.at <= max(lasts)]
    return sum(call.version == new for call in both) / max(len(both), 1)


def alone(story: Story) -> str | None:
    """The version that all traffic goes to; None while two share it, or nothing answers."""
    stack = story.deployed
    if stack.endpoint_name:
        found = story.aws("sagemaker").describe_endpoint(EndpointName=stack.endpoint_name)
        whole = found["EndpointStatus"] == "InService"
        return str(found["EndpointConfigName"]) if whole else None
    alias = story.aws("lambda").get_alias(
        FunctionName=stack.predict_function_name, Name=stack.predict_alias
    )
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
    return None if weights else str(alias["FunctionVersion"])


def expect_no_errors(story: Story, traffic: Traffic) -> None:
    errors = [call.error for call in traffic.calls if call.error]
    seen_ = f"{len(traffic.calls)} requests, {len(errors)} failed"
    if errors:
        first = next(call for call in traffic.calls if call.error)
        seen_ += f", the first at {first.at:.1f} s by version {first.version} with {first.error}"
    story.expect("nobody's request fails meanwhile", not errors, seen_)
