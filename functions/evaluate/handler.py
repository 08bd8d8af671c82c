"""A trained artifact -> metrics, gates and an approval."""

import tempfile
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger

from functions.evaluate.service import evaluate
from functions.evaluate.settings import Settings
from functions.evaluate.store import Store
from functions.shared import usecase

logger = Logger(service="evaluate")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed = Settings.from_env(), usecase.load()
    store = Store(settings.artifacts_bucket, settings.table_name, deployed.name)
    with tempfile.TemporaryDirectory() as scratch:
        result = evaluate(
            event, deployed, store, Path(scratch), approves_itself=settings.approves_itself
        )
    logger.info("evaluated", extra={"result": result})
    return result
