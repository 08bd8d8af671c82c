"""What every path of `drift.py` says at its end. Standard library only: peers run it too."""

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def timed(work: Callable[[], dict[str, Any]], **afterwards: Callable[[], Any]) -> None:
    """Print what `work` returns, with its seconds and this process's peak memory until then."""
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    peak = peak_mib()
    found |= {name: more() for name, more in afterwards.items()}
    print(json.dumps({**found, "seconds": seconds, "peak_mib": peak}))


def peak_mib() -> float:
    """The most that was resident. ru_maxrss would count what the parent held when it forked."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
