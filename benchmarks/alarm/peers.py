"""Peers' alarms beside ours: Evidently in an environment of its own, and a plain PSI above 0.2."""

import json
import pickle
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from benchmarks import environments
from penstock.calibration import Finding

SCRIPT = environments.LOCKS / "evidently_verdicts.py"
DATASET_SHARE = 0.5  # Evidently's default: a data set drifts when half of its columns do
PLAIN_PSI = 0.2

Values = npt.NDArray[Any]


class Evidently:
    """A child process that answers one window after the other."""

    def __init__(self) -> None:
        command = [str(environments.python("evidently")), str(SCRIPT)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child.stdin:
            self._child.stdin.close()
        self._child.wait()

    def learn(self, columns: Mapping[str, Values]) -> None:
        self._send("reference", columns)

    def drifted(self, columns: Mapping[str, Values]) -> tuple[list[str], list[str]]:
        """Whether it calls the data set drifted (named so), and the columns that it names."""
        found = self.ask("window", columns)
        names: list[str] = found["drifted"]
        return ["data set"] * (len(names) >= DATASET_SHARE * found["of"]), names

    def ask(self, kind: str, columns: Mapping[str, Values]) -> dict[str, Any]:
        self._send(kind, columns)
        assert self._child.stdout is not None
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer

    def _send(self, kind: str, columns: Mapping[str, Values]) -> None:
        assert self._child.stdin is not None
        pickle.dump((kind, dict(columns)), self._child.stdin)
        self._child.stdin.flush()


def plain_psi(findings: Sequence[Finding]) -> list[str]:
    return [found.column for found in findings if found.statistics["psi"] > PLAIN_PSI]


def disagreement(ours: Sequence[Finding], theirs: Mapping[str, Mapping[str, float]]) -> float:
    """The largest difference on categories, whose bins are the same for both."""
    names = {"psi": "psi", "jensenshannon": "jensen_shannon"}
    by_name = {found.column: found.statistics for found in ours}
    return max(
        (
            abs(value - by_name[column][names[statistic]])
            for column, found in theirs.items()
            for statistic, value in found.items()
        ),
        default=float(np.nan),
    )
