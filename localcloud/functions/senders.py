"""Rules, topics and log groups invoke a function asynchronously, by the name that they hold.

MiniStack runs the function once in a thread, past its queue, its retries and its alias. Upstream:
`invoke_async_with_retry` in `eventbridge._dispatch_to_lambda`, `sns._deliver_to_lambda` and
`cloudwatch_logs._fanout_to_subscription_filters`.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from ministack.services import eventbridge, lambda_svc, sns

_log = logging.getLogger("localcloud.functions")


def send(arn: str, event: Any) -> None:
    from localcloud.functions.asynchronous import queue

    record, _, name = lambda_svc._get_func_record_for_ref(arn)
    if record is None:
        _log.warning("the function %s is gone: an event for it is lost", name)
        return
    queue.put(arn, event)


def from_rule(arn: str, payload: Any) -> None:
    try:
        event = json.loads(payload)
    except (ValueError, TypeError):
        event = payload
    send(arn, event)


def from_topic(endpoint: str, envelope: str, _topic: str, subscription: str, *_rest: Any) -> None:
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "EventSource": "aws:sns",
        "Sns": json.loads(envelope),
    }
    send(endpoint, {"Records": [record]})


def install() -> None:
    eventbridge._dispatch_to_lambda = from_rule
    sns._deliver_to_lambda = from_topic
