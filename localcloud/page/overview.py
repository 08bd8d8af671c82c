"""All that the page's first view shows; a part that cannot be read says so, the others stand."""

from __future__ import annotations

import logging
from collections.abc import Callable

from localcloud import clock, recorded
from localcloud.config import ACCOUNT, REGION
from localcloud.page import alarms, deployments, functions, machines, sagemaker, stacks, timers
from localcloud.page.bounded import Document

_log = logging.getLogger(__name__)

SECTIONS: dict[str, Callable[[], Document]] = {
    "stacks": stacks.section,
    "machines": machines.machines,
    "executions": machines.executions,
    "functions": functions.section,
    "deployments": deployments.section,
    "endpoints": sagemaker.endpoints,
    "jobs": sagemaker.jobs,
    "alarms": alarms.section,
    "rules": timers.rules,
    "schedules": timers.schedules,
}


def overview() -> Document:
    return {
        "account": ACCOUNT,
        "region": REGION,
        "scale": clock.scale(),
        "recorded": [{"what": what, "why": why} for what, why in recorded.RECORDED],
        **{name: _read(name, section) for name, section in SECTIONS.items()},
    }


def _read(name: str, section: Callable[[], Document]) -> Document:
    try:
        return section()
    except Exception as error:
        _log.exception("the page's %s could not be read", name)
        return {"items": [], "left_out": 0, "error": repr(error)}
