"""What CreateTransformJob refuses: what AWS refuses, and what would differ here from AWS."""

from __future__ import annotations

from typing import NoReturn

from localcloud.json_service import Document, ServiceError
from localcloud.sagemaker.hosting import models
from localcloud.sagemaker.training_request import check_count, check_name
from localcloud.sagemaker.transform import formats, json_path

_MOST_MEGABYTES = 100


def check(request: Document) -> None:
    check_name(request["TransformJobName"], "transformJobName")
    if "DataCaptureConfig" in request:
        refuse("the local cloud lacks DataCaptureConfig of transform jobs")
    models.facts(request["ModelName"])
    check_count(request["TransformResources"]["InstanceCount"])
    _check_input(request["TransformInput"])
    if not request["TransformOutput"]["S3OutputPath"].startswith("s3://"):
        refuse("S3OutputPath: expected s3://bucket/prefix")
    _check_sizes(request)
    _check_processing(request)


def _check_input(given: Document) -> None:
    source = given["DataSource"]["S3DataSource"]
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        refuse("the local cloud reads S3DataType S3Prefix and ManifestFile")
    if given.get("SplitType", "None") not in ("None", "Line"):
        refuse("the local cloud splits by SplitType Line or not at all")
    if given.get("CompressionType") == "Gzip" and given.get("SplitType", "None") != "None":
        refuse("SplitType must be None for input of CompressionType Gzip")


def _check_sizes(request: Document) -> None:
    payload = request.get("MaxPayloadInMB", 6)
    parallel = request.get("MaxConcurrentTransforms") or 1
    if payload * parallel > _MOST_MEGABYTES:
        refuse(f"MaxConcurrentTransforms * MaxPayloadInMB must not exceed {_MOST_MEGABYTES} MB")
    split = request["TransformInput"].get("SplitType", "None")
    if request.get("BatchStrategy") == "SingleRecord" and split == "None":
        refuse("BatchStrategy SingleRecord needs SplitType Line")


def _check_processing(request: Document) -> None:
    processing = request.get("DataProcessing")
    if not processing:
        return
    for member in ("InputFilter", "OutputFilter"):
        try:
            json_path.parse(processing.get(member) or "$")
        except json_path.PathError as error:
            refuse(f"DataProcessing.{member}: {error}")
    given, output = request["TransformInput"], request["TransformOutput"]
    before, after = (
        formats.kind(one) for one in (given.get("ContentType", ""), output.get("Accept", ""))
    )
    if before not in formats.KNOWN or after not in formats.KNOWN:
        refuse(f"DataProcessing needs ContentType and Accept of {', '.join(formats.KNOWN)}")
    if processing.get("JoinSource", "None") == "None":
        return
    if (before == formats.CSV) != (after == formats.CSV):
        refuse("JoinSource Input needs ContentType and Accept of the same kind")
    if given.get("SplitType", "None") != output.get("AssembleWith", "None"):
        refuse("JoinSource Input needs AssembleWith to be the same as SplitType")


def refuse(message: str) -> NoReturn:
    raise ServiceError("ValidationException", f"CreateTransformJob: {message}")
