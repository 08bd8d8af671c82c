"""An execution that ended -> a message to people, or none."""

from typing import Any

from aws_lambda_powertools import Logger

from functions.shared import table, telling
from functions.shared.telling import Message
from functions.tell import news
from functions.tell.settings import Settings

logger = Logger(service="tell")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    settings, detail = Settings.from_env(), event["detail"]
    champion = table.champion(settings.table_name, settings.usecase)
    end = news.End.of(settings.usecase, detail, champion)
    training = detail["stateMachineArn"] == settings.train_state_machine
    found = news.of_training(end) if training else news.of_release(end)
    message = None
    if found:
        message = Message(telling.about(settings.usecase, settings.environment), *found)
        telling.publish(settings.topic_arn, message.headline, message.text)
    result = {"execution": end.name, "told": message.text if message else None}
    logger.info("heard", extra={"result": result})
    return result
