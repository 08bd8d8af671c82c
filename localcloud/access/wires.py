"""S3, SNS and alarms reach a function, queue or topic as far as its policy and its key let them.

MiniStack asks queues and topics without their keys, loses the secure transport on the way, and asks
no function. Upstream: `sqs.queue_policy_allows`, `sns.topic_policy_allows`,
`s3._deliver_event_to_lambda`, `sns._deliver_to_lambda`, `cloudwatch._dispatch_alarm_actions`.
"""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch, s3, sns, sqs

from localcloud.access import judge, keys

_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def queue_allows(arn: str, service: str, source_arn: str, _account: str) -> bool:
    return sqs._queue_by_arn(arn) is not None and not _denial(
        "sqs:SendMessage", arn, service, source_arn
    )


def topic_allows(arn: str, service: str, source_arn: str, _account: str) -> bool:
    return sns._topic_by_arn_any_scope(arn) is not None and not _denial(
        "sns:Publish", arn, service, source_arn
    )


def _denial(action: str, arn: str, service: str, source: str) -> str | None:
    text = judge.as_service(service, action, arn, source)
    return text or keys.denial_for_service(arn, service, source)


def _may_invoke(service: str, function: str, source: str) -> bool:
    return judge.as_service(service, "lambda:InvokeFunction", function, source) is None


def install() -> None:
    from_bucket, from_topic = s3._deliver_event_to_lambda, sns._deliver_to_lambda
    dispatch = cloudwatch._dispatch_alarm_actions

    def bucket_to_function(arn: str, payload: dict[str, Any], *rest: Any) -> None:
        bucket = payload["Records"][0]["s3"]["bucket"]["arn"]
        if _may_invoke("s3.amazonaws.com", arn, bucket):
            from_bucket(arn, payload, *rest)

    def topic_to_function(function: str, envelope: str, topic: str, *rest: Any) -> None:
        if _may_invoke("sns.amazonaws.com", function, topic):
            from_topic(function, envelope, topic, *rest)

    def alarm_to_topics(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        field = dict(zip(("ALARM", "OK", "INSUFFICIENT_DATA"), _ACTIONS, strict=True)).get(new, "")
        reached = [arn for arn in alarm.get(field) or [] if _is_open(arn, alarm["AlarmArn"])]
        dispatch({**alarm, field: reached}, old, new, reason)

    sqs.queue_policy_allows = queue_allows
    sns.topic_policy_allows = topic_allows
    s3._deliver_event_to_lambda = bucket_to_function
    sns._deliver_to_lambda = topic_to_function
    cloudwatch._dispatch_alarm_actions = alarm_to_topics


def _is_open(arn: str, alarm: str) -> bool:
    if not cloudwatch._is_sns_action_arn(arn):
        return True
    return topic_allows(arn, "cloudwatch.amazonaws.com", alarm, "")
