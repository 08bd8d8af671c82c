"""Models: what to run, with whose role; checked against S3 and the images when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import events, roles, tables
from localcloud.iam import arn
from localcloud.json_service import Document, Operation, ServiceError
from localcloud.sagemaker import sources, tags
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.hosting import listing, names
from localcloud.sagemaker.hosting.containers import containers, resolve
from localcloud.sagemaker.hosting.facts import ModelFacts
from localcloud.sagemaker.instances import interpreter

_REQUEST = (
    "ModelName",
    "PrimaryContainer",
    "Containers",
    "InferenceExecutionConfig",
    "ExecutionRoleArn",
    "Tags",
    "VpcConfig",
    "EnableNetworkIsolation",
)


def _kept() -> dict[str, Document]:
    return tables.table("sagemaker.models")


class Models:
    def __init__(self, images: Mapping[str, Path]) -> None:
        self._images = images

    def operations(self) -> dict[str, Operation]:
        return {
            "CreateModel": self.create,
            "DeleteModel": delete,
            "DescribeModel": describe,
            "ListModels": list_,
        }

    def create(self, request: Document) -> Document:
        name = request["ModelName"]
        names.check("ModelName", name)
        names.lacks("CreateModel", request, _REQUEST)
        if name in _kept():
            raise names.taken("model", name)
        given = containers(request)
        if "ExecutionRoleArn" not in request:
            raise names.refusal("CreateModel: expected ExecutionRoleArn")
        roles.check_trust(request["ExecutionRoleArn"], "sagemaker.amazonaws.com")
        facts = resolve(request, given)
        self._check(facts)
        found = arn("sagemaker", f"model/{name}")
        _kept()[name] = {
            **names.untagged(request),
            "ModelArn": found,
            "CreationTime": names.now(),
            "EnableNetworkIsolation": facts.isolated,
        }
        tags.keep(found, request.get("Tags", []))
        _emit(name, found)
        return {"ModelArn": found}

    def _check(self, model: ModelFacts) -> None:
        for container in model.containers:
            try:
                interpreter(container.image, self._images)
            except JobFailure as failure:
                raise names.refusal(str(failure).removeprefix("ClientError: ")) from failure
            if container.data:
                _check_data(model, container.data["S3Uri"])


def facts(name: str) -> ModelFacts:
    """Of a model that exists; refused as AWS does if there is none."""
    record = names.find("model", _kept(), name)
    return resolve(record, containers(record))


def describe(request: Document) -> Document:
    found: Document = names.find("model", _kept(), request["ModelName"])
    return found


def delete(request: Document) -> Document:
    found = names.find("model", _kept(), request["ModelName"])
    _emit(request["ModelName"], found["ModelArn"])
    del _kept()[request["ModelName"]]
    return {}


def list_(request: Document) -> Document:
    told = ("ModelName", "ModelArn", "CreationTime")
    items = [{key: record[key] for key in told} for record in list(_kept().values())]
    return listing.page("Models", "Model", request, items)


def _check_data(model: ModelFacts, uri: str) -> None:
    s3: Any = roles.client("s3", model.role, f"SageMaker-{model.name}")
    try:
        bucket, key = sources.split(uri)
        if uri.endswith("/"):
            found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents")
        else:
            found = s3.head_object(Bucket=bucket, Key=key)
    except JobFailure as failure:
        raise names.refusal(str(failure)) from failure
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchBucket"):
            raise names.refusal(f"Could not find model data at {uri}.") from error
        raise _denied(model, uri) from error
    except BotoCoreError as error:
        raise _denied(model, uri) from error
    if not found:
        raise names.refusal(f"Could not find model data at {uri}.")


def _denied(model: ModelFacts, uri: str) -> ServiceError:
    return names.refusal(
        f"Could not access model data at {uri}. Please ensure that the role "
        f'"{model.role}" exists and that its trust relationship policy allows the action '
        '"sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure that '
        'the role has "s3:GetObject" permissions and that the object is located in us-east-1.'
    )


def _emit(name: str, found: str) -> None:
    detail = {"ModelName": name, "ModelArn": found}
    events.put("aws.sagemaker", "SageMaker Model State Change", detail, [found])
