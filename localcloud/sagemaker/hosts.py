"""The machines of a job's cluster: algo-1, algo-2 and so on, each an address of the loopback."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from localcloud.json_service import Document

MOST = 20  # AWS's own default quota for the instances of one job
_clusters = itertools.count()


@dataclass(frozen=True)
class Host:
    name: str
    instance_type: str
    group: str = ""


def of(resources: Document) -> list[Host]:
    """From a training job's ResourceConfig or a processing job's ClusterConfig."""
    groups = resources.get("InstanceGroups") or [resources]
    types = [(g.get("InstanceType", ""), g.get("InstanceGroupName", "")) for g in groups]
    counts = [group.get("InstanceCount", 1) for group in groups]
    each = [pair for pair, count in zip(types, counts, strict=True) for _ in range(count)]
    return [Host(f"algo-{n}", kind, group) for n, (kind, group) in enumerate(each, 1)]


def addresses(hosts: list[Host]) -> dict[str, str]:
    """Loopback addresses of its own for each cluster: two jobs may listen on the same port."""
    number = next(_clusters)
    net = f"127.{1 + number // 256 % 254}.{number % 256}"
    return {host.name: f"{net}.{n}" for n, host in enumerate(hosts, 1)}


def resource_config(hosts: list[Host], current: Host) -> Document:
    """The content of resourceconfig.json on one of the hosts."""
    found: Document = {
        "current_host": current.name,
        "current_instance_type": current.instance_type,
        "hosts": [host.name for host in hosts],
        "network_interface_name": "lo",
    }
    if current.group:
        found["current_group_name"] = current.group
        found["instance_groups"] = groups(hosts)
    return found


def groups(hosts: list[Host]) -> list[Document]:
    found: dict[str, Document] = {}
    for host in hosts:
        group = found.setdefault(
            host.group,
            {
                "instance_group_name": host.group,
                "instance_type": host.instance_type,
                "hosts": [],
            },
        )
        group["hosts"].append(host.name)
    return list(found.values())
