"""A new SageMaker model: the deployed code with a model whose every byte was checked."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from functions.release import model
from functions.release.context import State
from functions.release.endpoint import made, package
from functions.release.endpoint.context import EndpointRelease
from functions.shared import endpoint_names as names
from penstock import layout


def publish(state: State, release: EndpointRelease) -> dict[str, Any]:
    """Fetch, check, compose, stage, create. Nothing serves the model yet."""
    settings, plan = release.settings, state["plan"]
    name = names.model(settings.slug, plan["fingerprint"], state["lock"]["since"])
    key = layout.endpoint_model_key(release.name, name)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model_dir = model.checked(release, plan["model"], folder)
        code, packed = folder / "code.tar.gz", folder / "packed.tar.gz"
        release.aws.s3.download_file(settings.code_bucket, settings.code_key, str(code))
        said = {"release.json": model.release_json(release, plan["model"])}
        package.compose(code, model_dir, said, packed)
        release.aws.s3.upload_file(str(packed), settings.artifacts_bucket, key)
        with packed.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = packed.stat().st_size
    made.model(release, name, key)
    made.config(release, name, name)
    return {"version": name, "code_sha256": sha256, "package_bytes": size}
