"""The child: loads one path and answers orders from stdin. PATH FOLDER [--once]

Orders, a line each: `one N` (nanoseconds of N single rows), `all` (seconds for all rows),
`scores` (of the first rows). With --once it answers one row as soon as it can, and ends.
"""

import importlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SINGLES = 500  # different rows, since trees that see one row again and again are too fast


def main(path: str, folder: Path, once: bool) -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a path prints goes where a pipe would
    asked = "row.json" if once else "rows.json"
    rows = json.loads((folder / asked).read_text(encoding="utf-8"))
    one, every = importlib.import_module(path).load(folder, rows)
    if once:
        print(one(0), file=out)
        return
    turn = itertools.cycle(range(SINGLES))
    print("ready", file=out)
    for line in sys.stdin:
        order, *arguments = line.split()
        if order == "one":
            print(json.dumps([_timed(one, next(turn)) for _ in range(int(arguments[0]))]), file=out)
        elif order == "all":
            print(json.dumps(_seconds(every) if every else None), file=out)
        else:
            print(json.dumps([float(one(i)) for i in range(SINGLES)]), file=out)


def _timed(one: Callable[[int], Any], i: int) -> int:
    began = time.perf_counter_ns()
    one(i)
    return time.perf_counter_ns() - began


def _seconds(every: Callable[[], Any]) -> float:
    began = time.perf_counter()
    every()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), "--once" in sys.argv[3:])
