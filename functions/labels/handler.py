"""S3 "Object Created" under labels/ -> labelled answers; a clock's tick -> those that waited."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from functions.labels import service
from functions.labels.settings import Settings
from functions.labels.store import Store
from functions.shared import usecase

logger = Logger(service="labels")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed = Settings.from_env(), usecase.load()
    store = Store(settings, deployed.name)
    file = event["detail"]["object"] if "detail" in event else None
    parked = None
    if file and not file["key"].endswith("/"):  # the console's empty "folder" objects are no files
        parked = service.park(file["key"], file.get("version-id", ""), deployed, store)
    # a file that is refused keeps nobody else waiting
    came = parked.source if parked else None
    result = service.settle(deployed, store, datetime.now(UTC), came)
    logger.info("labels joined", extra={"result": result})
    if parked and parked.refusal:
        raise parked.refusal
    return result
