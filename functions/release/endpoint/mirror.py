"""The shadow of an endpoint: SageMaker sends the challenger a copy of what the champion is asked.

The challenger's answers reach no caller, and their records not the lake. Both answers to a request
are found again in the log by the row's id and its inputs. It costs the challenger's instances for
as long as the canary's step.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.release import limits, rule, samples
from functions.release.context import State
from functions.release.endpoint import live, made
from functions.release.endpoint.context import EndpointRelease
from functions.release.endpoint.metrics import FAILURES, REQUESTS, total
from functions.release.errors import ReplayFailed
from functions.release.rule import Seen
from functions.release.start import rounds
from functions.shared import endpoint_names as names
from penstock import layout
from penstock.events import SHADOW_VARIANT, VARIANT

Record = dict[str, Any]


def mirror(state: State, release: EndpointRelease) -> dict[str, Any]:
    """StillMoving until the challenger stands beside the champion."""
    champion, challenger = state["plan"]["alias_version"], state["publish"]["version"]
    found = live.settle(release, forsaken=False)
    config, twin = names.shadow(champion), names.shadow(challenger)
    if found and found.config != config:
        made.remove_config(release, config)  # of an earlier challenger
        key = layout.endpoint_model_key(release.name, challenger)
        made.model(release, twin, key, SHADOW="1")
        made.config(release, config, champion, shadow=twin)
    live.point(release, config)
    return rounds(release) | {"version": twin}


def compare(state: State, release: EndpointRelease) -> dict[str, Any]:
    """One round: "waiting" or "good"; ReplayFailed if the challenger fails, disagrees or is slow.

    Decided when `serving.shadow.requests` rows were answered by both, or at the last round.
    """
    mirror, serving = state["mirror"], release.usecase["serving"]
    done = state.get("compare", {}).get("checks_done", 0) + 1
    pairs = _pairs(state, release)
    report = {"checks_done": done, "rows": len(pairs)}
    if len(pairs) < serving["shadow"]["requests"] and done < mirror["checks_total"]:
        return {"verdict": "waiting", **report}
    champion, challenger = (_seen([pair[side] for pair in pairs]) for side in (0, 1))
    _count_failures(state, release, champion, VARIANT)
    _count_failures(state, release, challenger, SHADOW_VARIANT)
    share = sum(a["label"] != b["label"] for a, b in pairs) / max(len(pairs), 1)
    allowed, most = limits.of(state, release), limits.max_disagreement(state, release)
    why = rule.compare(champion, challenger, allowed)
    if len(pairs) < allowed.min_samples:
        why = why or f"too little traffic: {len(pairs)} rows were answered and recorded by both"
    elif share > most:
        why = f"{share:.1%} of {len(pairs)} labels differ from the champion's"
    if why:
        raise ReplayFailed(
            why,
            where=f"{mirror['version']} beside {state['plan']['alias_version']}",
            expected=f"at most {most:.1%} other labels",
        )
    found = rule.evidence(champion, challenger, allowed.ks_alpha)
    return {"verdict": "good", "disagreement": share, **report, **found}


def unmirror(state: State, release: EndpointRelease) -> dict[str, Any]:
    """The champion alone again: an update with a canary has to keep the variants' names."""
    return {"alias_version": live.point(release, state["plan"]["alias_version"]).config}


def _pairs(state: State, release: EndpointRelease) -> list[tuple[Record, Record]]:
    """Champion's and challenger's record of each row that both have answered."""
    champion, twin = state["plan"]["alias_version"], state["mirror"]["version"]
    columns = [c["name"] for c in release.usecase["columns"]]
    answers: dict[str, dict[Any, Record]] = {champion: {}, twin: {}}
    for record in samples.records(release, state["mirror"]["started_ms"], (champion, twin)):
        if record.get("score") is not None:
            row = (record.get("row_id"), *(record.get(name) for name in columns))
            answers[record["function_version"]][row] = record
    return [
        (one, answers[twin][row]) for row, one in answers[champion].items() if row in answers[twin]
    ]


def _seen(records: list[Record]) -> Seen:
    return Seen(
        scores=[float(record["score"]) for record in records],
        latencies_ms=[float(record["latency_ms"]) for record in records],
    )


def _count_failures(state: State, release: EndpointRelease, seen: Seen, variant: str) -> None:
    since = datetime.fromtimestamp(state["mirror"]["started_ms"] / 1000, UTC)
    until = datetime.fromtimestamp(release.now(), UTC) + timedelta(minutes=1)
    seen.invocations = total(release, REQUESTS, variant, since, until)
    seen.errors = total(release, FAILURES, variant, since, until)
