"""A batch of Kinesis records -> answers on the output stream; Lambda retries from the first left.

An error in predict itself is raised: Lambda then halves the batch, until what breaks it is alone.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.stream.records import Record
from functions.stream.service import process
from functions.stream.settings import Settings
from functions.stream.store import Store

STOP_BEFORE_MS = 3000  # so that what is written is said, not written again

logger = Logger(service="stream")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    done = process(
        [Record.of(record) for record in event["Records"]],
        _settings().row_id,
        _store(),
        has_time=lambda: context.get_remaining_time_in_millis() > STOP_BEFORE_MS,
    )
    if done.poison:
        logger.warning("poison set apart", extra={"records": done.poison, "uri": done.poison_uri})
    if done.again:
        logger.error("to be tried again", extra={"first": done.again, "why": done.why})
    return done.failures


_settings = cache(Settings.from_env)


@cache
def _store() -> Store:
    """Once an instance of the function, for its clients."""
    return Store(_settings())
