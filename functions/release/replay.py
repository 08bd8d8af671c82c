"""The shadow of a function: what the champion was asked, asked again of both versions unseen.

Lambda has no shadow traffic, so the newest recorded requests are replayed. Both versions are asked
by number, one row after the other and in turns: the same way, the same machine, no record, no
caller. Where the records cannot be asked again (personal columns are masked or left out, rows are
sampled away or none has come), rows are mixed from the golden requests, column by column: nobody
was ever in them. `source` says which of the two it was.
"""

import random
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from functions.release import golden, limits, rule, samples
from functions.release.context import FunctionRelease, State
from functions.release.errors import ReplayFailed
from functions.release.rule import Seen
from functions.release.smoke import invoke

Row = dict[str, Any]
SEED = 7


def replay(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Compare; ReplayFailed if the challenger fails, disagrees, shifts or is slow."""
    allowed, most = limits.of(state, release), limits.max_disagreement(state, release)
    champion, challenger = state["plan"]["alias_version"], state["publish"]["version"]
    rows, source = _rows(state, release, champion)
    seen = {champion: Seen(), challenger: Seen()}
    labels: dict[str, list[str]] = {champion: [], challenger: []}
    for row in rows:
        for version, found in seen.items():
            labels[version].append(_ask(release, version, row, found))
    differ = sum(a != b for a, b in zip(*labels.values(), strict=True))
    share, answered = differ / len(rows), len(seen[champion].scores)
    why = rule.compare(seen[champion], seen[challenger], allowed)
    if share > most:
        why = f"{differ} of {len(rows)} labels differ from the champion's"
    elif answered < allowed.min_samples:
        why = f"the champion answered only {answered} times"
    if why:
        raise ReplayFailed(
            why,
            where=f"version {challenger} beside version {champion}, {len(rows)} {source} rows",
            expected=f"at most {most:.1%} other labels",
        )
    found_out = rule.evidence(seen[champion], seen[challenger], allowed.ks_alpha)
    return {"source": source, "rows": len(rows), "disagreement": share, **found_out}


def _ask(release: FunctionRelease, version: str, row: Row, found: Seen) -> str:
    """The label; score and time are added to what was found. A refusal is an answer too."""
    began = time.perf_counter()
    said = invoke(release, version, {"instances": [row]})
    found.latencies_ms.append((time.perf_counter() - began) * 1000)
    found.invocations += 1
    if "predictions" in said:
        (prediction,) = said["predictions"]
        found.scores.append(float(prediction["score"]))
        return str(prediction["label"])
    if "status" in said["error"]:
        found.refused += 1
    else:
        found.errors += 1
    return "no answer"


def _rows(state: State, release: FunctionRelease, champion: str) -> tuple[list[Row], str]:
    """At most `requests` rows, and where they are from."""
    shadow, columns = release.usecase["serving"]["shadow"], release.usecase["columns"]
    if not any(column["personal"] for column in columns):
        since_ms = int((release.now() - shadow["hours"] * 3600) * 1000)
        found = samples.records(release, since_ms, (champion,))
        asked = (r for r in found if r.get("prediction_id") and not r.get("refused"))
        newest = deque(asked, maxlen=shadow["requests"])
        if len(newest) >= release.usecase["serving"]["canary"]["min_samples"]:
            return [instance(record, columns) for record in newest], "recorded"
    entries = golden.entries(release, state["plan"]["model"])
    known = [row for entry in entries for row in entry["request"]["instances"]]
    return mixed(known, [c["name"] for c in columns], shadow["requests"]), "synthetic"


def instance(record: Row, columns: Iterable[Row]) -> Row:
    """A record's inputs as they were asked: booleans are recorded as 0 and 1."""
    row = {c["name"]: record[c["name"]] for c in columns if c["name"] in record}
    truths = [c["name"] for c in columns if c["type"] == "boolean"]
    return row | {name: bool(row[name]) for name in truths if row.get(name) is not None}


def mixed(known: Sequence[Row], names: Sequence[str], count: int) -> list[Row]:
    """Rows whose every value is some known row's; the same each time."""
    dice = random.Random(SEED)
    return [{name: dice.choice(known).get(name) for name in names} for _ in range(count)]
