"""ResultWriter: a Map Run's results in S3, with the manifest that names them."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.states import task
from localcloud.states.engine import values
from localcloud.states.engine.fault import Fault
from localcloud.states.engine.scope import Scope

_FILES = {"SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "TIMED_OUT": "FAILED", "ABORTED": "FAILED"}


def write(
    state: dict[str, Any], scope: Scope, data: Any, arn: str, children: list[dict[str, Any]]
) -> Any:
    """What the state gives: where the results are, or (without a bucket) the results themselves."""
    writer = state.get("ResultWriter") or {}
    config = writer.get("WriterConfig", {})
    fill, name = (values.jsonata, "Arguments") if scope.jsonata else (values.fill, "Parameters")
    where = fill(writer.get(name, {}), scope, data)
    done = [child for child in children if child["status"] == "SUCCEEDED"]
    if "Bucket" not in where:
        return transformed(done, config.get("Transformation", "COMPACT"))
    bucket = where["Bucket"]
    folder = "/".join(filter(None, [where.get("Prefix", "").strip("/"), arn.rpartition(":")[2]]))
    s3 = task.Execution(scope.run.record, scope.run.role, scope.cancelled).client("s3")

    def put(key: str, text: str) -> dict[str, Any]:
        body = text.encode()
        s3.put_object(Bucket=bucket, Key=f"{folder}/{key}", Body=body)
        return {"Key": f"{folder}/{key}", "Size": len(body)}

    try:
        files: dict[str, list[Any]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        for kind, found in files.items():
            members = [c for c in children if _FILES.get(c["status"], "PENDING") == kind]
            if members:
                found.append(put(*_file(kind, members, config)))
        manifest = {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}
        put("manifest.json", json.dumps(manifest))
    except ClientError as error:
        facts = error.response["Error"]
        raise Fault("States.ResultWriterFailed", facts.get("Message", facts["Code"])) from error
    except BotoCoreError as error:
        raise Fault("States.ResultWriterFailed", str(error)) from error
    details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": arn, "ResultWriterDetails": details}


def _file(kind: str, members: list[dict[str, Any]], config: dict[str, Any]) -> tuple[str, str]:
    transformation = config.get("Transformation", "NONE") if kind == "SUCCEEDED" else "NONE"
    rows = transformed(members, transformation)
    if config.get("OutputType", "JSON") == "JSONL":
        return f"{kind}_0.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows)
    return f"{kind}_0.json", json.dumps(rows)


def transformed(children: list[dict[str, Any]], transformation: str) -> list[Any]:
    """NONE: each execution with its facts; COMPACT: the outputs; FLATTEN: their elements."""
    if transformation == "NONE":
        return [_facts(child) for child in children]
    outputs = [json.loads(child["output"]) for child in children]
    if transformation == "COMPACT":
        return outputs
    return [
        part for output in outputs for part in (output if isinstance(output, list) else [output])
    ]


def _facts(child: dict[str, Any]) -> dict[str, Any]:
    facts = {
        "ExecutionArn": child["executionArn"],
        "Input": child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "RedriveCount": child.get("redriveCount", 0),
        "StartDate": child["startDate"],
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
        "StopDate": child["stopDate"],
    }
    if child["status"] == "SUCCEEDED":
        facts |= {"Output": child["output"], "OutputDetails": {"Included": True}}
    else:
        facts |= {"Error": child.get("error"), "Cause": child.get("cause")}
    return facts
