"""The containers of a training job's hosts: laid out, filled, and made into processes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localcloud.json_service import Document
from localcloud.sagemaker import channels, hosts
from localcloud.sagemaker.cluster import Member
from localcloud.sagemaker.container import Container
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.logs import Logs
from localcloud.sagemaker.process import Process
from localcloud.sagemaker.script import Command

Prepare = Callable[[Container, Path, Any, Callable[[str], None]], Command]


class Instances:
    """`root` holds a directory for each host."""

    def __init__(self, root: Path, request: Document, arn: str) -> None:
        self._name, self._request = request["TrainingJobName"], request
        cluster = hosts.of(request["ResourceConfig"])
        self._addresses = hosts.addresses(cluster)
        self.containers = [
            Container(root / host.name, request, arn, cluster, host) for host in cluster
        ]
        self._logs: list[Logs] = []

    def lay_out(self, s3: Any) -> None:
        for container in self.containers:
            container.lay_out()
            container.name_hosts(self._addresses)
        for channel in self._request.get("InputDataConfig", []):
            given = [one for one in self.containers if channel in one.channels()]
            for position, container in enumerate(given):
                target = container.channel(channel["ChannelName"])
                channels.download(s3, channel, target, position, len(given))

    def members(self, python: Path, s3: Any, logs: Any, prepare: Prepare) -> list[Member]:
        found = []
        for container in self.containers:
            stream = f"{self._name}/{container.host.name}-{int(time.time())}"
            sink = Logs(logs, stream)
            self._logs.append(sink)
            process = Process(prepare(container, python, s3, sink.write), container)
            found.append(Member(container, process, sink))
        return found

    def metrics(self) -> list[Document]:
        """Of a metric that several hosts print, the first host's value."""
        wanted = self._request["AlgorithmSpecification"].get("MetricDefinitions", [])
        found: dict[str, Document] = {}
        for sink in self._logs:
            for metric in sink.metrics(wanted):
                found.setdefault(metric["MetricName"], metric)
        return list(found.values())

    def close(self) -> None:
        for sink in self._logs:
            sink.close()


def interpreter(image: str, images: Mapping[str, Path]) -> Path:
    """The Python that stands for a container image in this cloud."""
    repository = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    for name, python in images.items():
        if name in repository or re.fullmatch(name, repository):
            return python
    known = ", ".join(images) or "none"
    raise JobFailure(
        f"ClientError: no interpreter stands for the image {image} in this local cloud "
        f"(expected one of: {known})"
    )
