"""Works on a batch; what it cannot do it hands back, message by message."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    if event.get("ping"):
        return "pong"
    if os.environ["VERSION"] == "broken":
        raise RuntimeError("this version should never have been shipped")
    failures = []
    for record in event["Records"]:
        message = json.loads(record["body"])
        if message.get("poison"):
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        table.put_item(Item={"id": message["id"], "version": context.function_version})
    return {"batchItemFailures": failures}
