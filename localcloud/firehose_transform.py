"""A function that transforms Firehose's records: tried four times, its failures told one by one.

MiniStack lets records through untransformed when the function fails, and drops without a word what
it marks as failed. Upstream: `firehose._apply_lambda_processors`. Contract and error codes:
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from typing import Any

from ministack.services import firehose, lambda_svc

from localcloud import clock, firehose_output
from localcloud.config import REGION
from localcloud.firehose_output import Keys, Record

_RETRIES = 3
_BETWEEN = 10.0  # AWS seconds
_FAILED = "processing-failed"


def transform(
    stream: dict[str, Any],
    destination: dict[str, Any],
    records: list[Record],
    metadata_sink: dict[str, Any] | None = None,
    partition_sink: dict[str, Keys] | None = None,
) -> list[Record]:
    """What is to be delivered; what failed has gone to the error prefix."""
    for function in _functions(destination["config"]):
        if not records:
            return []
        answers, error = _ask(function, stream, records)
        done = []
        for identifier, data in records:
            answer = answers.get(identifier, {})
            try:
                if (result := _result(answer, error, data)) is not None:
                    done.append((identifier, result))
            except firehose._DeliveryError as failure:
                firehose_output.fail(stream, destination, data, failure)
                continue
            _note(answer, identifier, metadata_sink, partition_sink)
        records = done
    return records


def _functions(config: dict[str, Any]) -> list[str]:
    processing = config.get("ProcessingConfiguration") or {}
    processors = (processing.get("Processors") or []) if processing.get("Enabled") else []
    return [
        parameter["ParameterValue"]
        for processor in processors
        if processor.get("Type") == "Lambda"
        for parameter in processor.get("Parameters") or []
        if parameter["ParameterName"] == "LambdaArn"
    ]


def _ask(
    function: str, stream: dict[str, Any], records: list[Record]
) -> tuple[dict[str, Any], Exception | None]:
    """The function's answer by record; the error that stands for all when there is none."""
    record, config, name = lambda_svc._get_func_record_for_ref(function)
    if record is None or config is None:
        text = f"The Lambda function {name} was not found."
        return {}, firehose._DeliveryError(_FAILED, text, "Lambda.ResourceNotFound")
    record = lambda_svc._execution_record_for_config(record, config)
    now = int(time.time() * 1000)
    event = {
        "invocationId": str(uuid.uuid4()),
        "deliveryStreamArn": stream.get("arn", ""),
        "region": REGION,
        "records": [
            {
                "recordId": identifier,
                "approximateArrivalTimestamp": now,
                "data": base64.b64encode(data).decode(),
            }
            for identifier, data in records
        ],
    }
    for attempt in range(_RETRIES + 1):
        result = lambda_svc._execute_function_with_config_scope(record, event)
        if not result.get("error"):
            return _answers(result.get("body"))
        if attempt < _RETRIES:
            clock.sleep(_BETWEEN)
    text = "The Lambda function was successfully invoked but it returned an error result."
    return {}, firehose._DeliveryError(_FAILED, text, "Lambda.FunctionError")


def _answers(body: Any) -> tuple[dict[str, Any], Exception | None]:
    found = body.get("records") if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        text = "There was an error parsing or validating the output of the Lambda function."
        return {}, firehose._DeliveryError(_FAILED, text, "Lambda.JsonProcessingException")
    return {str(each.get("recordId")): each for each in found}, None


def _result(answer: dict[str, Any], error: Exception | None, data: bytes) -> bytes | None:
    """The record's new data, None when it is dropped; raises what sends it to the error prefix."""
    if error is not None:
        raise error
    if not answer:
        text = "One or more record Ids were not returned."
        raise firehose._DeliveryError(_FAILED, text, "Lambda.MissingRecordId")
    result = answer.get("result")
    if result == "Dropped":
        return None
    if result != "Ok":
        text = "ProcessingFailed status set for record"
        raise firehose._DeliveryError(_FAILED, text, "Lambda.ProcessingFailedStatus")
    try:
        return base64.b64decode(answer["data"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        text = "The data of a record is not base64."
        raise firehose._DeliveryError(_FAILED, text, "Lambda.JsonProcessingException") from None


def _note(
    answer: dict[str, Any],
    identifier: str,
    metadata_sink: dict[str, Any] | None,
    partition_sink: dict[str, Keys] | None,
) -> None:
    metadata = answer.get("metadata") or {}
    if metadata_sink is not None and isinstance(metadata.get("otfMetadata"), dict):
        metadata_sink[identifier] = metadata["otfMetadata"]
    if partition_sink is not None and isinstance(metadata.get("partitionKeys"), dict):
        keys = metadata["partitionKeys"].items()
        partition_sink[identifier] = {str(name): str(value) for name, value in keys}


def install() -> None:
    firehose._apply_lambda_processors = transform
