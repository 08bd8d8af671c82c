"""What a job's hosts use, put into CloudWatch as the job's role: AWS's metrics of instances."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock
from localcloud.json_service import Document
from localcloud.sagemaker.cluster import Member
from localcloud.sagemaker.logs import GROUP as NAMESPACE

log = logging.getLogger(__name__)

_FIRST_SECONDS = 0.3  # real: a short job is seen once, too
_EVERY_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEMORY = os.sysconf("SC_PHYS_PAGES") * _PAGE


class Usage:
    """Use as a context, around the time in which the job's processes run."""

    def __init__(self, client: Any, job: str, members: Iterable[Member]) -> None:
        self._client, self._job, self._members = client, job, list(members)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"usage-{job}", daemon=True)

    def __enter__(self) -> Usage:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)

    def _run(self) -> None:
        before = {id(member): (time.monotonic(), 0.0) for member in self._members}
        pause = _FIRST_SECONDS
        while not self._over.wait(pause):
            data: list[Document] = []
            for member in self._members:
                since, spent = before[id(member)]
                now, (seconds, resident) = time.monotonic(), _of_group(member.disk.root)
                before[id(member)] = (now, seconds)
                disk = shutil.disk_usage(member.disk.root)
                busy = max(0.0, seconds - spent) / (now - since)
                data += self._host(member, busy, resident / _MEMORY, disk.used / disk.total)
            put(self._client, data)
            pause = max(1.0, clock.real_seconds(_EVERY_SECONDS))

    def _host(self, member: Member, cpu: float, memory: float, disk: float) -> list[Document]:
        host = [{"Name": "Host", "Value": f"{self._job}/{member.disk.root.name}"}]
        shares = {"CPUUtilization": cpu, "MemoryUtilization": memory, "DiskUtilization": disk}
        return [
            {"MetricName": name, "Dimensions": host, "Value": share * 100, "Unit": "Percent"}
            for name, share in shares.items()
        ]


def put_found(client: Any, job: str, metrics: list[Document]) -> None:
    """What the metric definitions found in the log."""
    of_job = [{"Name": "TrainingJobName", "Value": job}]
    put(client, [{**_plain(metric), "Dimensions": of_job} for metric in metrics])


def _plain(metric: Document) -> Document:
    when: datetime = metric["Timestamp"]
    return {"MetricName": metric["MetricName"], "Value": metric["Value"], "Timestamp": when}


def put(client: Any, data: list[Document]) -> None:
    """A job runs on without metrics when its role may not put them, as on AWS."""
    if not data:
        return
    try:
        client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except (ClientError, BotoCoreError) as error:
        log.warning("no metrics of a job: %s", error)


def _of_group(root: Path) -> tuple[float, int]:
    """(seconds of CPU, bytes of memory) of the processes in a host's process group."""
    seconds, resident = 0.0, 0
    with contextlib.suppress(OSError, ValueError):
        group = (root / "process-group").read_text().strip()
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = path.read_text().rpartition(")")[2].split()
                if fields[2] == group:  # pgrp; then utime, stime and rss by their places
                    seconds += (int(fields[11]) + int(fields[12])) / _TICKS
                    resident += int(fields[21]) * _PAGE
    return seconds, resident
