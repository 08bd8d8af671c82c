"""The steps of a job: `plan`, `score` (of each part), `finish`.

plan gives {"action": "score" | "finish" | "nothing", "job", "manifest", "results", counts}; score
what a part came to; finish the report.
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from functions.batch.finish import finish
from functions.batch.plan import plan
from functions.batch.score import Scoring
from functions.batch.settings import Settings
from functions.batch.store import Store
from functions.shared import usecase

logger = Logger(service="batch")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, deployed, now = Settings.from_env(), usecase.load(), datetime.now(UTC)
    store = Store(
        settings.lake_bucket,
        settings.table_name,
        deployed.name,
        settings.predict_function,
        settings.predict_timeout_seconds,
        settings.explain_function,
    )
    match event["step"]:
        case "plan":
            result = plan(
                event["request"],
                deployed,
                store,
                now,
                rows_per_part=settings.rows_per_part,
                output=settings.output,
                native=bool(settings.explain_function),
            )
        case "score":
            scoring = Scoring(store, deployed, settings.environment, event["job"], event["part"])
            result = scoring.run()
        case "finish":
            result = finish(event["plan"], event.get("results"), event["started"], store, now)
        case other:
            raise ValueError(f"no step {other!r}")
    logger.info(event["step"], extra={"result": result})
    return result
