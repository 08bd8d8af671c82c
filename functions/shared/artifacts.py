"""Opening a model artifact: only one of this use case, and only the very bytes that are named."""

from dataclasses import dataclass
from pathlib import Path

from functions.shared import s3
from penstock import artifact, layout
from penstock.errors import PenstockError


class ArtifactRefused(PenstockError):
    """The artifact is not the one that was named, or is of another contract."""


@dataclass(frozen=True)
class Artifact:
    """A model artifact, unpacked; the three fields name these bytes and no others."""

    uri: str
    version_id: str
    sha256: str
    folder: Path


@dataclass(frozen=True)
class Artifacts:
    """Where the artifacts of one use case lie."""

    bucket: str
    usecase: str

    def fetch(
        self, uri: str, folder: Path, version_id: str | None = None, sha256: str | None = None
    ) -> Artifact:
        """Download and unpack; ArtifactRefused if it is not in our place or not the one named."""
        bucket, key = layout.split_uri(uri)
        prefix = layout.models_prefix(self.usecase)
        if bucket != self.bucket or not key.startswith(prefix):
            raise ArtifactRefused(
                "an artifact from elsewhere",
                where=uri,
                expected=f"one under {layout.uri(self.bucket, prefix)}",
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
