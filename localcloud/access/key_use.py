"""Which key a request to an encrypted resource uses, in its caller's name.

MiniStack stores the keys of buckets, queues, topics, tables, secrets and streams and asks for none.
Upstream: a check of kms actions in each service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.access import keys
from localcloud.access.calls import Call, Wanted
from localcloud.config import ACCOUNT, REGION

_SEND = ("kms:GenerateDataKey", "kms:Decrypt")
_READ = ("kms:Decrypt",)
_WRITE = ("kms:GenerateDataKey",)
_SSE = "x-amz-server-side-encryption"


def _uses(actions: tuple[str, ...], reference: Any, context: Mapping[str, Any]) -> Iterator[Wanted]:
    if key := keys.key_of(reference):
        for action in actions:
            yield action, key, context


def of_objects(call: Call) -> Iterator[Wanted]:
    from ministack.services import s3

    bucket, _, name = call.path.lstrip("/").partition("/")
    context = keys.context("s3", f"arn:aws:s3:::{bucket}/{name}")
    if call.operation in ("GetObject", "GetObjectVersion") and call.method == "GET":
        yield from _uses(_READ, _key_of_object(bucket, name, call), context)
    elif call.operation == "PutObject" and name:
        upload = s3._multipart_uploads.get(str(_first(call.query, "uploadId")))
        given = call.headers.get(f"{_SSE}-aws-kms-key-id")
        if upload or (call.headers.get(_SSE) or "aws:kms") == "aws:kms":
            default = s3._bucket_default_sse_headers(bucket).get(f"{_SSE}-aws-kms-key-id")
            yield from _uses(_SEND if upload else _WRITE, given or default, context)


def _first(query: Mapping[str, Any], name: str) -> Any:
    value = query.get(name)
    return value[0] if isinstance(value, list) and value else value


def _key_of_object(bucket: str, name: str, call: Call) -> str | None:
    from ministack.services import s3

    version = _first(call.query, "versionId")
    record = (s3._buckets.get(bucket) or {}).get("objects", {}).get(name) or {}
    for entry in (s3._object_versions.get((bucket, name)) or []) if version else []:
        if entry.get("version_id") == version:
            record = entry
    held: Mapping[str, Any] = record.get("preserved_headers") or {}
    return held.get(f"{_SSE}-aws-kms-key-id")


def of_topics(call: Call) -> Iterator[Wanted]:
    if call.operation in ("Publish", "PublishBatch"):
        arn = str(call.document.get("TopicArn") or call.document.get("TargetArn") or "")
        yield from _uses(_SEND, keys.of_topic(arn), keys.context("sns", arn))


def of_queues(call: Call) -> Iterator[Wanted]:
    wanted = {"SendMessage": _SEND, "SendMessageBatch": _SEND, "ReceiveMessage": _READ}
    if actions := wanted.get(call.operation):
        name = str(call.document.get("QueueUrl") or call.path).rpartition("/")[2]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        yield from _uses(actions, keys.of_queue(arn), keys.context("sqs", arn))


_ON_ITEMS = frozenset(
    [
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    ]
)


def of_tables(call: Call) -> Iterator[Wanted]:
    from ministack.services import dynamodb

    if call.operation not in _ON_ITEMS:
        return
    for name in dict.fromkeys(_tables(call.document)):
        table: Mapping[str, Any] = dynamodb._tables.get(name.rpartition("/")[2]) or {}
        context = {
            "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
            "kms:EncryptionContext:aws:dynamodb:tableName": name.rpartition("/")[2],
            "kms:EncryptionContext:aws:dynamodb:subscriberId": ACCOUNT,
        }
        described: Mapping[str, Any] = table.get("SSEDescription") or {}
        yield from _uses(_READ, described.get("KMSMasterKeyArn"), context)


def _tables(document: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(document.get("TableName"), str):
        yield document["TableName"]
    if isinstance(document.get("RequestItems"), dict):
        yield from document["RequestItems"]
    for item in document.get("TransactItems") or []:
        yield from (action["TableName"] for action in item.values() if "TableName" in action)


def of_streams(call: Call) -> Iterator[Wanted]:
    from ministack.services import kinesis

    wanted = {"PutRecord": _WRITE, "PutRecords": _WRITE, "GetRecords": _READ}
    if actions := wanted.get(call.operation):
        arn = str(call.document.get("StreamARN") or "")
        name = str(call.document.get("StreamName") or arn.rpartition("/")[2])
        stream: Mapping[str, Any] = kinesis._streams.get(name) or {}
        context = keys.context("kinesis", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}")
        yield from _uses(actions, stream.get("KeyId"), context)


def of_secrets(call: Call) -> Iterator[Wanted]:
    from ministack.services import secretsmanager

    wanted = {"GetSecretValue": _READ, "PutSecretValue": _SEND, "UpdateSecret": _SEND}
    if actions := wanted.get(call.operation):
        given = str(call.document.get("SecretId") or "")
        for secret in list(secretsmanager._secrets.values()):
            if given in (secret.get("Name"), secret.get("ARN")):
                via = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}
                context = {**via, "kms:EncryptionContext:SecretARN": secret.get("ARN")}
                yield from _uses(actions, secret.get("KmsKeyId"), context)


def of_parameters(call: Call) -> Iterator[Wanted]:
    from ministack.services import ssm

    asked = call.document
    names = [asked["Name"]] if isinstance(asked.get("Name"), str) else asked.get("Names") or []
    if call.operation in ("GetParameter", "GetParameters") and asked.get("WithDecryption"):
        for name in names:
            parameter: Mapping[str, Any] = ssm._parameters.get(name) or {}
            yield from _uses(_READ, parameter.get("KeyId"), _of_parameter(name))
    elif call.operation == "PutParameter" and asked.get("Type") == "SecureString":
        yield from _uses(("kms:Encrypt",), asked.get("KeyId"), _of_parameter(names[0]))


def _of_parameter(name: str) -> dict[str, str]:
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name.lstrip('/')}"
    via = f"ssm.{REGION}.amazonaws.com"
    return {"kms:ViaService": via, "kms:EncryptionContext:PARAMETER_ARN": arn}


SERVICES: dict[str, Callable[[Call], Iterator[Wanted]]] = {
    "dynamodb": of_tables,
    "kinesis": of_streams,
    "s3": of_objects,
    "secretsmanager": of_secrets,
    "sns": of_topics,
    "sqs": of_queues,
    "ssm": of_parameters,
}
