"""Makes the bad model of the story: the champion's artifact with every score turned round."""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli import paths
from cli.demo.story import Story
from penstock import artifact, layout

SCRIPT = Path(__file__).with_name("invert.py")
# the script's own
SHARE = 0.3
ONNX_NEEDS = ("onnx-", "protobuf-", "ml_dtypes-", "typing_extensions-")


Spoil = Callable[[Path], None]


def register_inverted(story: Story, champion: dict[str, Any]) -> str:
    """Upload the inverted artifact and register it as Approved; returns the package's ARN.

    Its golden answers are inverted with it, so that the smoke test has nothing to say: what is
    shown is that the canary finds out.
    """
    begin = story.timeline.now()

    def invert(folder: Path) -> None:
        rewrite(story, champion["training_job"], SCRIPT, folder / "model.onnx")
        golden = folder / "golden.jsonl"
        lines = [json.loads(line) for line in golden.read_text(encoding="utf-8").splitlines()]
        for line in lines:
            for prediction in line["expected"]["predictions"]:
                prediction["score"] = 1 - SHARE * prediction["score"]
        golden.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    arn = register(story, champion, "inverted", invert)
    story.timeline.span("register", "by hand", begin, story.timeline.now(), "bad")
    return arn


def register(story: Story, champion: dict[str, Any], name: str, spoil: Spoil) -> str:
    """A copy of the champion's artifact, spoilt, as an Approved package: its ARN.

    `spoil` is given the unpacked artifact's folder and changes its files.
    """
    s3, sagemaker = story.aws("s3"), story.aws("sagemaker")
    bucket, key = layout.split_uri(champion["artifact_uri"])
    with tempfile.TemporaryDirectory() as scratch:
        folder, packed = Path(scratch) / "model", Path(scratch) / "model.tar.gz"
        s3.download_file(bucket, key, str(packed))
        folder.mkdir()
        artifact.unpack(packed, folder)
        spoil(folder)
        artifact.pack(folder, packed)
        body, identity = packed.read_bytes(), artifact.identity(folder)
    bad_key = key.replace("/output/", f"-{name}/output/")
    put = s3.put_object(Bucket=bucket, Key=bad_key, Body=body)
    package = sagemaker.describe_model_package(ModelPackageName=champion["model_package_arn"])
    uri = layout.uri(bucket, bad_key)
    properties = package["CustomerMetadataProperties"] | {
        "artifact_uri": uri,
        "artifact_version_id": put["VersionId"],
        "artifact_sha256": hashlib.sha256(body).hexdigest(),
        "model_sha256": identity,
    }
    made = sagemaker.create_model_package(
        ModelPackageGroupName=package["ModelPackageGroupName"],
        ModelPackageDescription=f"a bad model, made by hand: {name}",
        ModelApprovalStatus="Approved",
        InferenceSpecification=_with_artifact(package["InferenceSpecification"], uri),
        CustomerMetadataProperties=properties,
    )
    return str(made["ModelPackageArn"])


def rewrite(story: Story, training_job: str, script: Path, graph: Path, *words: str) -> None:
    """Run a script on an ONNX graph, by the training interpreter with onnx."""
    with tempfile.TemporaryDirectory() as scratch:
        packages = Path(scratch) / "packages"
        _install_onnx(story, training_job, packages)
        command = [str(paths.TRAINING_PYTHON), str(script), str(graph), *words]
        environment = {**os.environ, "PYTHONPATH": str(packages)}
        story.children.run(command, environment=environment, log=paths.LOGS / f"{script.stem}.log")


def _install_onnx(story: Story, training_job: str, target: Path) -> None:
    """onnx from the wheels in the training job's own code: no network, no other version."""
    s3, wheels = story.aws("s3"), target.with_name("wheels")
    job = story.aws("sagemaker").describe_training_job(TrainingJobName=training_job)
    channel = next(c for c in job["InputDataConfig"] if c["ChannelName"] == "code")
    bucket, prefix = layout.split_uri(channel["DataSource"]["S3DataSource"]["S3Uri"])
    code = target.with_name("code.tar.gz")
    wheels.mkdir()
    (found,) = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    s3.download_file(bucket, found["Key"], str(code))
    with tarfile.open(code) as archive:
        for member in archive.getmembers():
            name = member.name.rsplit("/", 1)[-1]
            if name.startswith(ONNX_NEEDS) and (file := archive.extractfile(member)):
                (wheels / name).write_bytes(file.read())
    command = [str(paths.PYTHON.with_name("uv")), "pip", "install", "--quiet", "--no-config"]
    command += ["--no-deps", "--no-index", "--python", str(paths.TRAINING_PYTHON)]
    command += ["--target", str(target), *map(str, sorted(wheels.iterdir()))]
    story.children.run(command, environment=os.environ, log=paths.LOGS / "invert-install.log")


def _with_artifact(specification: dict[str, Any], uri: str) -> dict[str, Any]:
    containers = [c | {"ModelDataUrl": uri} for c in specification["Containers"]]
    return {**specification, "Containers": containers}
