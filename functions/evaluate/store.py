"""What evaluate reads from and writes to AWS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.shared import s3, table
from functions.shared.artifacts import Artifact, Artifacts
from penstock import layout


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
        place = Artifacts(self.artifacts_bucket, self.usecase)
        return place.fetch(uri, folder, version_id, sha256)

    def champion(self) -> dict[str, Any] | None:
        return table.champion(self.table_name, self.usecase)

    def read(self, uri: str) -> bytes:
        return s3.read(*layout.split_uri(uri))

    def write(self, training_job: str, name: str, body: bytes) -> str:
        """Put one of the evaluation's files; its URI."""
        key = layout.evaluation_key(self.usecase, training_job, name)
        return s3.write(self.artifacts_bucket, key, body)
