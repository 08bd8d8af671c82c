"""How each kind of target of a rule or schedule is reached, and what becomes of a failure."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.arn import parse_arn
from ministack.services import cloudwatch, eventbridge

from localcloud import roles
from localcloud.access import judge, keys

_log = logging.getLogger("localcloud.access")
Target = dict[str, Any]


@dataclass(frozen=True)
class ByPolicy:
    """A kind of target that needs no role: what its own policy must allow, and the sending."""

    action: str
    encrypted: bool
    send: Callable[[Target, str], Any]

    def denial(self, principal: str, arn: str, source: str) -> str | None:
        text = judge.as_service(principal, self.action, arn, source)
        if text is None and self.encrypted:
            text = keys.denial_for_service(arn, principal, source)
        return text


def _to_queue(target: Target, payload: str) -> None:
    parameters = target.get("SqsParameters") or {}
    eventbridge._dispatch_to_sqs(parse_arn(target["Arn"]), payload, parameters)


BY_POLICY = {
    "lambda": ByPolicy(
        "lambda:InvokeFunction",
        False,
        lambda target, payload: eventbridge._dispatch_to_lambda(target["Arn"], payload),
    ),
    "sqs": ByPolicy("sqs:SendMessage", True, _to_queue),
    "sns": ByPolicy(
        "sns:Publish",
        True,
        lambda target, payload: eventbridge._dispatch_to_sns(target["Arn"], payload),
    ),
}


def queue_url(arn: str) -> str:
    return f"{roles.endpoint()}/{arn.split(':')[4]}/{arn.rpartition(':')[2]}"


def _send_message(client: Any, target: Target, payload: str) -> None:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    client.send_message(QueueUrl=queue_url(target["Arn"]), MessageBody=payload, **more)


def _put_record(client: Any, target: Target, payload: str) -> None:
    parameters = target.get("KinesisParameters") or {}
    key = parameters.get("PartitionKey") or _at(payload, parameters.get("PartitionKeyPath")) or "0"
    client.put_record(StreamARN=target["Arn"], PartitionKey=key, Data=payload.encode())


def _put_events(client: Any, target: Target, payload: str) -> None:
    words = target.get("EventBridgeParameters") or {}
    entry = {"Detail": payload, "EventBusName": target["Arn"], **words}
    client.put_events(Entries=[entry])


def _at(payload: str, path: str | None) -> str | None:
    value: Any = json.loads(payload) if path else None
    for part in (path or "").strip("$.").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None else str(value)


BY_ROLE: dict[str, Callable[[Any, Target, str], Any]] = {
    "events": _put_events,
    "firehose": lambda client, target, payload: client.put_record(
        DeliveryStreamName=target["Arn"].rpartition("/")[2], Record={"Data": payload.encode()}
    ),
    "kinesis": _put_record,
    "lambda": lambda client, target, payload: client.invoke(
        FunctionName=target["Arn"], InvocationType="Event", Payload=payload.encode()
    ),
    "sns": lambda client, target, payload: client.publish(TopicArn=target["Arn"], Message=payload),
    "sqs": _send_message,
    "states": lambda client, target, payload: client.start_execution(
        stateMachineArn=target["Arn"], input=payload
    ),
}


def session(name: str) -> str:
    return re.sub(r"[^\w+=,.@-]", "-", name)[:64] or "events"


def failed(sender: Any, target: Target, payload: str, code: str, text: str) -> None:
    """Counted, said in the server's log, and put into the dead-letter queue if there is one."""
    _log.warning("%s: the event for %s was not delivered: %s", sender.arn, target.get("Arn"), text)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    _count(sender, "TargetErrorCount" if sender.scheduler else "FailedInvocations")
    if not queue:
        return
    kind = "SCHEDULE_ARN" if sender.scheduler else "RULE_ARN"
    facts = {"ERROR_CODE": code, "ERROR_MESSAGE": text[:1024], kind: sender.arn}
    facts["TARGET_ARN"] = target.get("Arn", "")
    problem = _send_to_queue(sender, target, queue, payload, facts)
    to, lost = "InvocationsSentToDlq", "InvocationsFailedToBeSentToDlq"
    if sender.scheduler:
        to, lost = "InvocationsSentToDeadLetterCount", "InvocationsFailedToBeSentToDeadLetterCount"
    _count(sender, lost if problem else to)
    if problem:
        _log.warning("%s: its dead-letter queue refused: %s", sender.arn, problem)


def _send_to_queue(
    sender: Any, target: Target, queue: str, payload: str, facts: dict[str, str]
) -> str | None:
    """None, or why not. A rule is let in by the queue's policy; a schedule sends as its role."""
    attributes = {name: {"DataType": "String", "StringValue": v} for name, v in facts.items() if v}
    if not sender.scheduler:
        if text := BY_POLICY["sqs"].denial(sender.principal, queue, sender.arn):
            return text
        client = roles.administrator("sqs")
    else:
        client = roles.client("sqs", target["RoleArn"], session(sender.name))
    try:
        client.send_message(
            QueueUrl=queue_url(queue), MessageBody=payload, MessageAttributes=attributes
        )
    except (ClientError, BotoCoreError) as error:
        return str(error)
    return None


def _count(sender: Any, metric: str) -> None:
    if sender.scheduler:
        group = sender.arn.rpartition("/")[0].rpartition("/")[2] or "default"
        cloudwatch.record_metric("AWS/Scheduler", metric, 1.0, "Count", {"ScheduleGroup": group})
    else:
        cloudwatch.record_metric("AWS/Events", metric, 1.0, "Count", {"RuleName": sender.name})
