"""What CloudFormation could not make is logged with its traceback: words do not say where it was.

MiniStack logs the exception's text alone. Upstream: `exc_info=True` in `stacks`.
"""

from __future__ import annotations

import logging
import sys


def install() -> None:
    logging.getLogger("cloudformation").addFilter(traced)


def traced(record: logging.LogRecord) -> bool:
    """As a filter that lets everything through: the exception that is being handled comes along."""
    if record.levelno >= logging.ERROR and record.exc_info is None and sys.exc_info()[0]:
        record.exc_info = sys.exc_info()
    return True
