"""Rows and a model -> each feature's share of each score; or, as `scores`, the scores alone."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.explain.models import finder
from functions.explain.scores import scores
from functions.explain.settings import Settings
from functions.shared import usecase
from functions.shared.artifacts import Artifacts
from functions.shared.explaining.service import Find, explain
from functions.shared.explaining.words import Words

logger = Logger(service="explain")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    find, words = _deployed()
    if event.get("step") == "scores":
        logger.info("scored", extra={"model": event["model"]})
        return scores(event, find)
    answer = explain(event, find, words)
    logger.info("explained", extra={"model": event["model"], "rows": len(answer["explanations"])})
    return answer


@cache
def _deployed() -> tuple[Find, Words]:
    """Made once, so that a model that was found is kept."""
    deployed = usecase.load()
    artifacts = Artifacts(Settings.from_env().artifacts_bucket, deployed.name)
    return finder(artifacts, deployed.features_sha256), Words.deployed()
