"""A schedule's tick -> a drift report and its metric, and a training that was forgotten."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.monitor.service import measure, retrain
from functions.monitor.settings import Settings
from functions.monitor.store import Store
from functions.shared import usecase
from penstock import events

logger = Logger(service="monitor")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed, now = Settings.from_env(), usecase.load(), datetime.now(UTC)
    store = Store(
        bucket=settings.lake_bucket,
        table_name=settings.table_name,
        usecase=deployed.name,
        drift_alarm=settings.drift_alarm,
        train_state_machine=settings.train_state_machine,
    )
    drift = measure(deployed, store, settings.environment, now)
    if drift["psi_max"] is not None:
        name, value = events.METRIC_DRIFT, drift["psi_max"]
        with single_metric(name, MetricUnit.NoUnit, value, namespace=events.NAMESPACE) as metric:
            metric.add_dimension("usecase", deployed.name)
            metric.add_dimension("environment", settings.environment)
    result = {"drift": drift, "retraining": retrain(deployed, store, now, drift["psi_max"])}
    logger.info("monitored", extra={"result": result})
    return result
