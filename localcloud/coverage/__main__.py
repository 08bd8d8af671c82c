"""`python -m localcloud.coverage FILE`: start a cloud, ask it for everything, write the table."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import urllib.request
from pathlib import Path

import localcloud
from localcloud.config import HOST
from localcloud.coverage.document import SERVICES, document
from localcloud.coverage.probe import known


def generate() -> str:
    with tempfile.TemporaryDirectory() as scratch, socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
        probe.close()
        directory = Path(scratch)
        running = localcloud.start(localcloud.Config(port, directory))
        try:
            with urllib.request.urlopen(f"{running.endpoint}/_localcloud/health") as answer:
                owners = json.load(answer)["owners"]
            return document({s: list(known(running.endpoint, s)) for s in SERVICES.split()}, owners)
        finally:
            localcloud.stop(directory)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(generate())
