"""Looks at both models since requests came to the new one, and writes the verdict as a metric."""

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.release import judging, samples
from functions.release.context import State
from functions.release.endpoint import live
from functions.release.endpoint.context import EndpointRelease
from functions.release.endpoint.metrics import FAILURES, REQUESTS, total
from functions.release.rule import Seen
from penstock.events import VARIANT

_BEFORE = timedelta(hours=1)


def judge(state: State, release: EndpointRelease) -> dict[str, Any]:
    """One round. It counts from when the new instances take traffic, minutes after the start."""
    since_ms = state.get("judge", {}).get("since_ms")
    if since_ms is None:
        found = live.read(release)
        if found is None or not found.is_shifting:
            return {"verdict": "waiting", "why": "the new instances take no traffic yet"}
        since_ms = int(release.now() * 1000)
    champion, challenger = state["plan"]["alias_version"], state["publish"]["version"]
    seen = samples.read(release, since_ms, (champion, challenger))
    _count_failures(release, since_ms, seen[champion], seen[challenger])
    return judging.decide(state, release, seen) | {"since_ms": since_ms}


def _count_failures(
    release: EndpointRelease, since_ms: int, champion: Seen, challenger: Seen
) -> None:
    """Both models are one variant to CloudWatch, and a request that fails leaves no record. So the
    champion is taken to fail as often as in the hour before; what is beyond that is the
    challenger's, of as many requests as its records and those failures make."""
    since = datetime.fromtimestamp(since_ms / 1000, UTC)
    now = datetime.fromtimestamp(release.now(), UTC)
    before, during = (since - _BEFORE, since), (since, now + timedelta(minutes=1))
    asked, failed = (total(release, what, VARIANT, *before) for what in (REQUESTS, FAILURES))
    asked_now, failed_now = (
        total(release, what, VARIANT, *during) for what in (REQUESTS, FAILURES)
    )
    theirs = min(round(failed / max(asked, 1) * asked_now), failed_now)
    challenger.errors = failed_now - theirs
    challenger.invocations = len(challenger.latencies_ms) + challenger.errors
    champion.errors = failed + theirs
    champion.invocations = asked + max(asked_now - challenger.invocations, 0)
