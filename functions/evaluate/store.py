"""What evaluate reads from and writes to AWS, and how an artifact is opened."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.evaluate.errors import ArtifactRefused
from functions.shared import s3, table
from penstock import artifact, layout


@dataclass(frozen=True)
class Artifact:
    """A model artifact, unpacked; the three fields name these bytes and no others."""

    uri: str
    version_id: str
    sha256: str
    folder: Path


@dataclass(frozen=True)
class Store:
    """The artifacts and the lake of one use case, and its champion's row."""

    artifacts_bucket: str
    table_name: str
    usecase: str

    def fetch(
        self, uri: str, folder: Path, version_id: str | None = None, sha256: str | None = None
    ) -> Artifact:
        """Download and unpack; ArtifactRefused if it is not in our place or not the one named."""
        bucket, key = layout.split_uri(uri)
        prefix = layout.models_prefix(self.usecase)
        if bucket != self.artifacts_bucket or not key.startswith(prefix):
            raise ArtifactRefused(
                "an artifact from elsewhere",
                where=uri,
                expected=f"one under {layout.uri(self.artifacts_bucket, prefix)}",
            )
        folder.mkdir(parents=True)
        packed = folder / "model.tar.gz"
        version = {"VersionId": version_id} if version_id else {}
        # one read gives the bytes and their version: between two the object could change
        found = s3.client().get_object(Bucket=bucket, Key=key, **version)
        with packed.open("wb") as target:
            for chunk in found["Body"].iter_chunks(1 << 20):
                target.write(chunk)
        actual = artifact.sha256(packed)
        if sha256 not in (None, actual):
            raise ArtifactRefused(
                f"the artifact has sha256 {actual[:12]}", where=uri, expected=str(sha256)[:12]
            )
        artifact.unpack(packed, folder / "model")
        return Artifact(uri, found.get("VersionId", ""), actual, folder / "model")

    def champion(self) -> dict[str, Any] | None:
        return table.champion(self.table_name, self.usecase)

    def read(self, uri: str) -> bytes:
        return s3.read(*layout.split_uri(uri))

    def write(self, training_job: str, name: str, body: bytes) -> str:
        """Put one of the evaluation's files; its URI."""
        key = layout.evaluation_key(self.usecase, training_job, name)
        return s3.write(self.artifacts_bucket, key, body)
