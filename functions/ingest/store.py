"""What ingest reads from and writes to AWS."""

import json
import random
import time
from dataclasses import dataclass

from botocore.exceptions import ClientError

from functions.ingest.dataset import Manifest, Part, with_part
from functions.ingest.errors import CatalogueBusy
from functions.shared import bus, s3
from penstock import events, layout

ATTEMPTS = 12
_ANNOUNCED = "announced"


@dataclass(frozen=True)
class Latest:
    """latest.json as it was read, and what is needed to replace exactly that."""

    manifest: Manifest | None
    etag: str | None
    announced: str | None


@dataclass(frozen=True)
class Store:
    """The lake of one use case, and the event bus."""

    bucket: str
    usecase: str
    environment: str

    def source(self, key: str, version_id: str) -> bytes:
        return s3.read(self.bucket, key, version_id)

    def write(self, key: str, body: bytes) -> None:
        s3.write(self.bucket, key, body)

    def add(self, part: Part, created: str) -> bool:
        """Add the part to the newest dataset and announce it; False if there was nothing new.

        Two files that arrive together must both be in the dataset, so latest.json is replaced
        only if it still is what was read (S3's conditional write), else all is done again. Its
        metadata says which version was announced: a retry after a crash in between makes up for it.
        """
        for attempt in range(ATTEMPTS):
            latest = self._latest()
            manifest = with_part(latest.manifest, self.usecase, part, created)
            if manifest is latest.manifest and latest.announced == manifest["version"]:
                return False
            if manifest is latest.manifest or self._replace(latest, manifest):
                self._announce(manifest)
                return True
            time.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 5)))
        raise CatalogueBusy(
            f"latest.json changed {ATTEMPTS} times under our hands",
            where=layout.uri(self.bucket, layout.latest_key(self.usecase)),
            expected="a quiet moment",
        )

    def _latest(self) -> Latest:
        key = layout.latest_key(self.usecase)
        if not s3.exists(self.bucket, key):
            return Latest(None, None, None)
        found = s3.client().get_object(Bucket=self.bucket, Key=key)
        announced = found["Metadata"].get(_ANNOUNCED)
        return Latest(json.loads(found["Body"].read()), found["ETag"], announced)

    def _replace(self, latest: Latest, manifest: Manifest) -> bool:
        # the manifest first: whoever reads latest.json must find the version that it names
        s3.write_json(self.bucket, layout.manifest_key(self.usecase, manifest["version"]), manifest)
        return self._put_latest(latest, manifest, {})

    def _put_latest(self, latest: Latest, manifest: Manifest, metadata: dict[str, str]) -> bool:
        condition = {"IfMatch": latest.etag} if latest.etag else {"IfNoneMatch": "*"}
        key = layout.latest_key(self.usecase)
        body = s3.to_json(manifest)
        try:
            s3.client().put_object(
                Bucket=self.bucket, Key=key, Body=body, Metadata=metadata, **condition
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in s3.CONFLICTS:
                raise
            return False
        return True

    def _announce(self, manifest: Manifest) -> None:
        version = manifest["version"]
        detail = {
            "environment": self.environment,
            "usecase": self.usecase,
            "dataset_version": version,
            "manifest_uri": layout.uri(self.bucket, layout.manifest_key(self.usecase, version)),
            "rows": manifest["rows"],
        }
        bus.tell(events.DATASET_READY, detail)
        latest = self._latest()
        if latest.manifest and latest.manifest["version"] == version:
            # lost to a newer version: fine, that one announces itself
            self._put_latest(latest, manifest, {_ANNOUNCED: version})
