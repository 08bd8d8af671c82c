"""SageMaker's data planes: they sign as `sagemaker` too, and only their paths tell them apart."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from localcloud.iam import arn
from localcloud.json_service import Handler, Response

Resource = Callable[[dict[str, str], bytes], str]


@dataclass(frozen=True)
class Plane:
    path: re.Pattern[str]
    resource: Resource
    handle: Handler


_planes: list[Plane] = []


def register(service: str, path: str, resource: str | Resource, handle: Handler) -> None:
    """`service` is botocore's name, whose routes name the IAM action; `resource` is what a policy
    must name: "endpoint/{name}", from the groups of `path`, or a function of them and the body."""
    from ministack.core import iam_actions

    chosen = _named(resource) if isinstance(resource, str) else resource
    _planes.append(Plane(re.compile(path), chosen, handle))
    known = iam_actions._BOTOCORE_SERVICE_MAP.setdefault("sagemaker", [])
    if service not in known:
        known.append(service)
        iam_actions._REST_ROUTE_CACHE.pop("sagemaker", None)


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _naming(iam_actions.extract_resource_arn)


def in_front_of(handle: Handler) -> Handler:
    """The control plane's handler, reached only by what is no data plane's."""

    @functools.wraps(handle)
    async def route(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        found = None if "x-amz-target" in headers else _find(path)
        chosen = found[0].handle if found else handle
        return await chosen(method, path, headers, body, query)

    return route


def _naming(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def extract(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> str:
        if service == "sagemaker" and "x-amz-target" not in headers and (found := _find(path)):
            return found[0].resource(found[1], body)
        return original(service, method, path, headers, body, *rest)

    return extract


def _named(template: str) -> Resource:
    def resource(names: dict[str, str], body: bytes) -> str:
        # A name may be given as an ARN.
        last = {key: unquote(value).rpartition("/")[2] for key, value in names.items()}
        return arn("sagemaker", template.format(**last))

    return resource


def _find(path: str) -> tuple[Plane, dict[str, str]] | None:
    for plane in _planes:
        if match := plane.path.fullmatch(path):
            return plane, match.groupdict()
    return None
