"""S3 "Object Created" under raw/ -> a part, a dataset version and its event, or a refusal."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.ingest.service import Source, ingest
from functions.ingest.settings import Settings
from functions.ingest.store import Store
from functions.shared import usecase
from penstock import events

logger = Logger(service="ingest")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed = Settings.from_env(), usecase.load()
    source = Source.of(event)
    if source.is_folder:
        logger.info("a folder, not a file", extra={"key": source.key})
        return {}
    lake = Store(settings.lake_bucket, deployed.name, settings.environment)
    outcome = ingest(source, deployed, lake, datetime.now(UTC).isoformat(timespec="seconds"))
    name, rows = events.METRIC_REJECTED, outcome.report["rows_rejected"]
    with single_metric(name, MetricUnit.Count, rows, namespace=events.NAMESPACE) as metric:
        metric.add_dimension("usecase", deployed.name)
    if outcome.refusal:
        logger.error("file refused", extra={"report": outcome.report})
        raise outcome.refusal
    note = "new dataset version" if outcome.new else "nothing new: this file is in the dataset"
    logger.info(note, extra={"report": outcome.report})
    return outcome.report
