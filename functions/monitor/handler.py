"""A schedule's tick -> a drift report, a metric, a message, and a training that was forgotten."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from functions.monitor import metric
from functions.monitor.measure import measure
from functions.monitor.service import listen, retrain, tell, tell_of_loop
from functions.monitor.settings import Settings
from functions.monitor.store import Store
from functions.shared import usecase

logger = Logger(service="monitor")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed, now = Settings.from_env(), usecase.load(), datetime.now(UTC)
    store = Store(settings, deployed.name)
    outcome = measure(deployed, store, settings.environment, now)
    tell(store, outcome)
    if outcome.findings is not None:
        metric.put(outcome.findings, deployed.name, settings.environment)
    tell_of_loop(deployed, store, settings.environment, now)
    retraining = retrain(deployed, store, now, outcome)
    result = {"drift": outcome.summary(), "retraining": retraining}
    logger.info("monitored", extra={"result": result})
    listen(deployed, store, outcome, now)  # last: what it raises must not keep the rest from being
    return result
