"""A job's output in CloudWatch Logs, written with the job's role, and the metrics in it."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.json_service import Document

log = logging.getLogger(__name__)

GROUP = "/aws/sagemaker/TrainingJobs"


class Logs:
    def __init__(self, client: Any, stream: str, group: str = GROUP) -> None:
        self._client, self._stream, self._group = client, stream, group
        self._pending: list[Document] = []
        self._lines: deque[str] = deque(maxlen=20_000)
        self._lock = threading.Lock()
        self._open = (
            self._call("create_log_group", logGroupName=group)
            and self._call("describe_log_streams", logGroupName=group, logStreamNamePrefix=stream)
            and self._call("create_log_stream", logGroupName=group, logStreamName=stream)
        )

    def write(self, line: str) -> None:
        with self._lock:
            self._lines.append(line)
            if not self._open or not line.strip():
                return
            self._pending.append({"timestamp": int(time.time() * 1000), "message": line})
            first = self._pending[0]["timestamp"]
            due = len(self._pending) >= 500 or time.time() * 1000 - first > 500
        if due:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, []
        if batch:
            place = {"logGroupName": self._group, "logStreamName": self._stream}
            self._call("put_log_events", **place, logEvents=batch)

    def close(self) -> None:
        self.flush()

    def tail(self, characters: int) -> str:
        with self._lock:
            return "\n".join(list(self._lines)[-30:])[-characters:]

    def metrics(self, definitions: list[dict[str, str]]) -> list[Document]:
        """The last value that each definition's regular expression finds."""
        found = []
        for definition in definitions:
            values = [
                match.group(1)
                for line in list(self._lines)
                for match in re.finditer(definition["Regex"], line)
            ]
            if values:
                now = datetime.now(UTC)
                entry = {"MetricName": definition["Name"], "Value": float(values[-1])}
                found.append({**entry, "Timestamp": now})
        return found

    def _call(self, operation: str, **words: Any) -> bool:
        """A job runs on without logs when its role may not write them, as on AWS."""
        try:
            getattr(self._client, operation)(**words)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceAlreadyExistsException":
                return True
            log.warning("no log of %s: %s", self._stream, error)
            return False
        except BotoCoreError as error:
            log.warning("no log of %s: %s", self._stream, error)
            return False
        return True
