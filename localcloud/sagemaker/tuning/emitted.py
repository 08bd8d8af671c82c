"""The objective that a running training job has printed so far, from its log."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

from localcloud.json_service import Document
from localcloud.sagemaker.logs import GROUP


def values(job: str, definitions: list[Document], metric: str) -> list[float]:
    """One value an epoch, in the order of the log of the job's first host."""
    regex = next(one["Regex"] for one in definitions if one["Name"] == metric)
    found = []
    for event in _events(f"{job}/algo-1-"):
        for match in re.finditer(regex, event["message"]):
            with contextlib.suppress(ValueError):
                found.append(float(match.group(1)))
    return [value for value in found if math.isfinite(value)]


def _events(prefix: str) -> list[dict[str, Any]]:
    from ministack.services import cloudwatch_logs

    streams = (cloudwatch_logs._log_groups.get(GROUP) or {}).get("streams", {})
    found = [streams[name] for name in sorted(streams) if name.startswith(prefix)]
    return [event for stream in found for event in list(stream["events"])]
