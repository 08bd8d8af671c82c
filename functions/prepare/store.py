"""What prepare reads from and writes to AWS."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.prepare import cooldown
from functions.prepare.errors import DatasetDamaged, NoDataset
from functions.shared import s3, table
from penstock import layout


@dataclass(frozen=True)
class Store:
    """The lake of one use case, and its rows in the table."""

    bucket: str
    table_name: str
    usecase: str

    def manifest(self, version: str | None) -> dict[str, Any]:
        """The named dataset version, or the newest."""
        name = self.usecase
        key = layout.manifest_key(name, version) if version else layout.latest_key(name)
        found = s3.read_json(self.bucket, key)
        if found is None:
            raise NoDataset(
                f"dataset version {version} is not there" if version else "no dataset yet",
                where=layout.uri(self.bucket, key),
                expected=f"a CSV file ingested from {layout.raw_prefix(name)}",
            )
        return found

    def parts(self, manifest: dict[str, Any]) -> dict[str, bytes]:
        """The manifest's parts in order, each checked against its hash."""
        bodies = {}
        for part in manifest["parts"]:
            body = s3.read(self.bucket, part["key"])
            found = hashlib.sha256(body).hexdigest()
            if found != part["sha256"]:
                raise DatasetDamaged(
                    f"a part has sha256 {found[:12]}",
                    where=layout.uri(self.bucket, part["key"]),
                    expected=f"{part['sha256'][:12]}, as dataset {manifest['version']} says",
                )
            bodies[part["key"]] = body
        return bodies

    def write(self, key: str, body: bytes) -> str:
        return s3.write(self.bucket, key, body)

    def claim(
        self, trigger: str, version: str, execution: str, now: datetime, hours: float
    ) -> None:
        """Write this training down as the last one, unless the cool-down forbids it.

        Of two that arrive together the second sees the first: the row is replaced only if it still
        is what was read. A retry of the execution that holds it passes.
        """
        name, pk = execution.rsplit(":", 1)[-1], f"training#{self.usecase}"
        facts = {"trigger": trigger, "dataset_version": version, "execution": execution}
        kind = table.RETRAINED if trigger in cooldown.COOLED else table.TRAINED
        while True:
            last = table.last_training(self.table_name, self.usecase, kind)
            if last and last.get("execution") == execution:
                return
            seen = last["started_at"] if last else None
            started = datetime.fromisoformat(seen) if seen else None
            cooldown.check(trigger, started, now, hours)
            stamp = now.astimezone(UTC).isoformat(timespec="milliseconds")
            row = facts | {"pk": pk, "sk": kind, "started_at": stamp}
            if table.replace(self.table_name, row, "started_at", seen):
                history = facts | {"pk": pk, "sk": f"{stamp}#{name}"}
                table.put(self.table_name, history)
                return
