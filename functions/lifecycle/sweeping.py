"""Deleting what was made: model packages, function versions, objects with all their versions."""

from typing import Any

from botocore.exceptions import ClientError


def model_packages(client: Any, group: str) -> None:
    """A package group can be deleted only when it is empty."""
    pages = client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    try:
        arns = [p["ModelPackageArn"] for page in pages for p in page["ModelPackageSummaryList"]]
    except ClientError as error:  # SageMaker's code for a group that is not there
        if error.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound"):
            return
        raise
    for arn in arns:
        client.delete_model_package(ModelPackageName=arn)


def versions(client: Any, function: str) -> None:
    """Those that no alias holds; the last ones go with the function itself."""
    try:
        aliases = client.list_aliases(FunctionName=function)["Aliases"]
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        found = [v["Version"] for page in pages for v in page["Versions"]]
    except client.exceptions.ResourceNotFoundException:
        return
    held = {"$LATEST"}
    for alias in aliases:
        held |= {
            alias["FunctionVersion"],
            *((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}),
        }
    for version in found:
        if version not in held:
            client.delete_function(FunctionName=function, Qualifier=version)


def objects(client: Any, prefix: str) -> None:
    """Every version and delete marker under s3://bucket/prefix."""
    bucket, _, key = prefix.removeprefix("s3://").partition("/")
    if not key:
        raise ValueError(f"{prefix} is a whole bucket, which other use cases share")
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    try:
        found = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for page in pages
            for kind in ("Versions", "DeleteMarkers")
            for item in page.get(kind, ())
        ]
    except client.exceptions.NoSuchBucket:
        return
    for start in range(0, len(found), 1000):  # what one call takes
        some = found[start : start + 1000]
        done = client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
        if errors := done.get("Errors"):
            raise RuntimeError(f"{len(errors)} objects of {prefix} stay: {errors[0]}")
