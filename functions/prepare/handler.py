"""A training's trigger -> train, validation and holdout in the lake, or a named refusal."""

import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from functions.prepare.service import prepare
from functions.prepare.settings import Settings
from functions.prepare.store import Store
from functions.shared import usecase

logger = Logger(service="prepare")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed = Settings.from_env(), usecase.load()
    store = Store(settings.lake_bucket, settings.table_name, deployed.name)
    result = prepare(event, deployed, store, datetime.now(UTC), os.urandom(3).hex())
    logger.info("prepared", extra={"result": result})
    return result
