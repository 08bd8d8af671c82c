"""One container's process, its log and its port."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from pathlib import Path

from localcloud.config import HOST
from localcloud.sagemaker.hosting.connections import Connections
from localcloud.sagemaker.hosting.container import ModelContainer
from localcloud.sagemaker.logs import Logs
from localcloud.sagemaker.process import Process

_PING_SECONDS = 2.0


class Running:
    def __init__(self, disk: ModelContainer, log: Logs) -> None:
        self.disk, self.log, self.name = disk, log, disk.facts.name
        self.process: Process | None = None
        self.connections = Connections(0)

    def launch(self, python: Path, environment: Mapping[str, str]) -> None:
        port = _free_port()
        self.connections = Connections(port)
        self.process = Process(
            self.disk.serving(python, port, environment, self.log.write), self.disk
        )
        self.process.start(self.log.write)

    def alive(self) -> bool:
        return self.process is not None and self.process.wait(0) is None

    def healthy(self) -> bool:
        try:
            return self.connections.call("GET", "/ping", None, {}, _PING_SECONDS)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
