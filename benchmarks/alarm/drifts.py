"""What is known to have drifted, and who calls how many rows later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.alarm.data import SAME, STREAMS, Stream
from benchmarks.alarm.peers import Evidently, plain_psi
from benchmarks.alarm.watch import Table, Watch, drifted, of

MOVED = (0.05, 0.15, 0.3)
REPEATS, WINDOW, STEP, PATIENCE = 10, 1000, 100, 3000
EVIDENTLY_STEP = 500  # and once only: a look of its takes half a second
KINDS = ("ours", "rows_alone", "evidently", "evidently_any", "psi")


@dataclass
class Detection:
    """How one kind of alarm did on one drift; delay in rows from the drift's first row.

    An alarm that was on already does not find the drift: one about something else does.
    """

    before: int = 0
    windows_before: int = 0
    after: int = 0
    windows: int = 0
    delay: int | None = None
    standing: frozenset[str] = frozenset()

    def add(self, called: Iterable[str], end: int, onset: int) -> None:
        """called: what the alarm of the window that ended there was about."""
        about = frozenset(called)
        if end <= onset:
            self.before, self.windows_before = self.before + bool(about), self.windows_before + 1
            self.standing = about
            return
        self.after, self.windows = self.after + bool(about), self.windows + 1
        if about - self.standing and self.delay is None:
            self.delay = end - onset

    @property
    def share(self) -> float:
        return self.after / max(self.windows, 1)


Detections = dict[str, Detection]


def followed(stream: Stream, peer: Evidently) -> Detections:
    """A window that slides over the stream.

    ours knows what runs of the baseline's rows differed by, as these rows have an order of time;
    rows_alone does not.
    """
    trained = of(stream.columns, stream.trained)
    plain, in_time = Watch(trained), Watch(trained, in_time=True)
    peer.learn(trained)
    made = {name: Detection() for name in KINDS}
    codes = plain.codes(stream.columns)
    for end in range(stream.quiet + stream.window, stream.end + 1, stream.step):
        rows = slice(end - stream.window, end)
        found, usual = plain.findings(of(codes, rows)), in_time.findings(of(codes, rows))
        half, some = peer.drifted(of(stream.columns, rows))
        verdicts = {
            "ours": drifted(usual),
            "rows_alone": drifted(found),
            "evidently": half,
            "evidently_any": some,
            "psi": plain_psi(found),
        }
        for who, called in verdicts.items():
            made[who].add(called, end, stream.onset)
    return made


def moved(columns: Table, name: str, shift: float, peer: Evidently) -> list[Detections]:
    """From one row on, some of a column's rows take its commonest value: a known total variation.

    One list entry a repeat; each starts with windows of the same distribution.
    """
    rng = np.random.default_rng(12)
    size = len(next(iter(columns.values())))
    watch = Watch(columns)
    peer.learn(columns)
    values, held = np.unique(columns[name], return_counts=True)
    commonest, share = values[held.argmax()], shift / (1 - held.max() / size)
    repeats = []
    for repeat in range(REPEATS):
        stream = of(columns, rng.integers(0, size, WINDOW + PATIENCE))
        late = (np.arange(WINDOW + PATIENCE) >= WINDOW) & (rng.random(WINDOW + PATIENCE) < share)
        stream[name] = np.where(late, commonest, stream[name])
        codes, made = (
            watch.codes(stream),
            {who: Detection() for who in KINDS if who != "rows_alone"},
        )
        for end in range(WINDOW, WINDOW + PATIENCE + 1, STEP):
            rows = slice(end - WINDOW, end)
            found = watch.findings(of(codes, rows))
            made["ours"].add(drifted(found), end, WINDOW)
            made["psi"].add(plain_psi(found), end, WINDOW)
            if repeat == 0 and end % EVIDENTLY_STEP == 0:
                half, some = peer.drifted(of(stream, rows))
                made["evidently"].add(half, end, WINDOW)
                made["evidently_any"].add(some, end, WINDOW)
        repeats.append(made)
    return repeats


def together(repeats: Sequence[Detections]) -> Detections:
    """Sums, and the median delay; found where most repeats found it."""
    made = {}
    for who in repeats[0]:
        each = [found[who] for found in repeats if found[who].windows]
        delays = sorted(np.inf if one.delay is None else one.delay for one in each)
        middle = delays[len(delays) // 2]
        made[who] = Detection(
            sum(one.before for one in each),
            sum(one.windows_before for one in each),
            sum(one.after for one in each),
            sum(one.windows for one in each),
            None if middle == np.inf else int(middle),
        )
    return made


def told(found: Detections) -> dict[str, Any]:
    """One drift's figures as JSON."""
    made: dict[str, Any] = {}
    for who, one in found.items():
        prefix = "" if who == "ours" else f"{who}_"
        made |= {
            f"{prefix}found": one.delay is not None,
            f"{prefix}delay_rows": one.delay,
            f"{prefix}share_found": round(one.share, 3),
            f"{prefix}alarms_before": one.before,
        }
    return made | {"windows_before": found["ours"].windows_before}


def line(name: str, found: Detections) -> str:
    cells = []
    for who in KINDS:
        one = found.get(who)
        if one is None:
            cells.append("-")
            continue
        delay = "never" if one.delay is None else f"{one.delay:,}"
        cells.append(f"{delay} {one.share:4.0%} {one.before}/{one.windows_before}")
    return f"{name:<38}" + "".join(f"{cell:>20}" for cell in cells)


def all_of(data: Path, peer: Evidently) -> dict[str, Detections]:
    made = {}
    for name, load in STREAMS.items():
        stream = load(data)
        made[name] = followed(stream, peer)
        print(line(f"{name}: {stream.what}", made[name]))
    for name, column in (
        ("adult", "column_5"),
        ("telco_churn", "Contract"),
        ("credit_card_default", "LIMIT_BAL"),
    ):
        columns = SAME[name](data)
        for shift in MOVED:
            found = together(moved(columns, column, shift, peer))
            made[f"{name}, {shift:.0%} of {column} moved"] = found
            print(line(f"{name}, {shift:.0%} of rows moved", found))
    return made
