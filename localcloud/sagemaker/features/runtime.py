"""Puts the Feature Store's runtime where its requests arrive."""

from __future__ import annotations

import json

from localcloud import iam
from localcloud.rest_json import adapter
from localcloud.sagemaker import data_plane
from localcloud.sagemaker.features.records import SERVICE, batch_resources, operations


def install() -> None:
    handle = adapter(SERVICE, operations(), lambda run: iam.also_checking(run, batch_resources))
    data_plane.register(SERVICE, r"/FeatureGroup/(?P<name>[^/]+)", "feature-group/{name}", handle)
    data_plane.register(SERVICE, r"/BatchGetRecord", _first_of_batch, handle)


def _first_of_batch(_: dict[str, str], body: bytes) -> str:
    """The whole batch is checked in the handler; MiniStack asks for one resource."""
    try:
        return batch_resources("BatchGetRecord", json.loads(body))[0][1]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return "*"
