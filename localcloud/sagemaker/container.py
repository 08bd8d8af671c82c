"""The container's file system under a private root, and the variables a program finds in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.json_service import Document
from localcloud.sagemaker import hosts
from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.hosts import Host

_TOOLKITS = ("_tuning_objective_metric", "default_user_module_name")


class Container(Disk):
    def __init__(
        self,
        root: Path,
        request: Document,
        arn: str,
        cluster: Sequence[Host] = (),
        current: Host | None = None,
    ) -> None:
        super().__init__(root)
        self.request, self.arn = request, arn
        self.hosts = list(cluster) or hosts.of(request.get("ResourceConfig", {}))
        self.host = current or self.hosts[0]
        ml = self.ml
        self.input, self.config = ml / "input", ml / "input/config"
        self.model, self.code = ml / "model", ml / "code"
        self.output, self.output_data = ml / "output", ml / "output/data"
        self.packages = root.parents[2] / "packages"  # what pip installed, for every job
        self.failure = self.output / "failure"
        self.cwd = self.code
        place = request.get("CheckpointConfig", {}).get("LocalPath", "/opt/ml/checkpoints")
        self.checkpoints = Path(self.outside(place))
        self.isolated = bool(request.get("EnableNetworkIsolation"))

    def lay_out(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        folders = (self.config, self.model, self.code, self.output_data, self.checkpoints)
        for folder in (*folders, self.root / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        names = {"hyperparameters": self.request.get("HyperParameters", {})}
        names |= {"inputdataconfig": self._channels(), "resourceconfig": self._resources()}
        for name, content in names.items():
            (self.config / f"{name}.json").write_text(json.dumps(content))

    def channel(self, name: str) -> Path:
        return self.input / "data" / name

    def channels(self) -> list[Document]:
        """The channels that this host's instance group is given."""
        found = []
        for channel in self.request.get("InputDataConfig", []):
            groups = channel["DataSource"]["S3DataSource"].get("InstanceGroupNames")
            if not groups or self.host.group in groups:
                found.append(channel)
        return found

    def hyperparameters(self) -> dict[str, Any]:
        """Values decoded as SageMaker's training toolkit does it: JSON where it is JSON."""
        return {key: _decode(v) for key, v in self.request.get("HyperParameters", {}).items()}

    def script_parameters(self) -> dict[str, Any]:
        """The hyperparameters that are the script's own, as the toolkit tells them apart."""
        return {
            key: value
            for key, value in self.hyperparameters().items()
            if not key.startswith("sagemaker_") and key not in _TOOLKITS
        }

    def environment(self, arguments: list[str], python: Path) -> dict[str, str]:
        """A clean environment: nothing of the server's own but what a container has."""
        own = {key: self.inside(v) for key, v in self.request.get("Environment", {}).items()}
        parameters = self.hyperparameters()
        user = self.script_parameters()
        channels = [c["ChannelName"] for c in self.channels()]
        program = str(parameters.get("sagemaker_program", ""))
        values: dict[str, Any] = {
            "CHANNELS": sorted(channels),
            "CURRENT_HOST": self.host.name,
            "CURRENT_INSTANCE_TYPE": self.host.instance_type,
            "HOSTS": [host.name for host in self.hosts],
            "HPS": user,
            "INPUT_CONFIG_DIR": self.inside(self.config),
            "INPUT_DATA_CONFIG": self._channels(),
            "INPUT_DIR": self.inside(self.input),
            "LOG_LEVEL": 20,
            "NETWORK_INTERFACE_NAME": "lo",
            "MODEL_DIR": self.inside(self.model),
            "MODULE_DIR": self.inside(str(parameters.get("sagemaker_submit_directory", ""))),
            "MODULE_NAME": program.removesuffix(".py"),
            "NUM_CPUS": os.cpu_count() or 1,
            "NUM_GPUS": 0,
            "OUTPUT_DATA_DIR": self.inside(self.output_data),
            "OUTPUT_DIR": self.inside(self.output),
            "RESOURCE_CONFIG": self._resources(),
            "USER_ARGS": arguments,
            "USER_ENTRY_POINT": program,
        }
        values |= {f"CHANNEL_{name.upper()}": self.inside(self.channel(name)) for name in channels}
        if self.host.group:
            values |= self._group()
        values |= {f"HP_{name.upper()}": value for name, value in user.items()}
        return {
            **self.base_environment(python),
            **{f"SM_{name}": _text(value) for name, value in values.items()},
            **own,
        }

    def base_environment(self, python: Path) -> dict[str, str]:
        """What SageMaker itself gives to every container, with a script or without."""
        return {
            **self.every_environment(python),
            "TRAINING_JOB_NAME": self.request["TrainingJobName"],
            "TRAINING_JOB_ARN": self.arn,
        }

    def _group(self) -> dict[str, Any]:
        groups = hosts.groups(self.hosts)
        mine = next(g for g in groups if g["instance_group_name"] == self.host.group)
        return {
            "CURRENT_INSTANCE_GROUP": self.host.group,
            "CURRENT_INSTANCE_GROUP_HOSTS": mine["hosts"],
            "INSTANCE_GROUPS": [group["instance_group_name"] for group in groups],
            "INSTANCE_GROUPS_DICT": {g["instance_group_name"]: g for g in groups},
            "IS_HETERO": len(groups) > 1,
        }

    def _channels(self) -> Mapping[str, Any]:
        return {channel["ChannelName"]: self._channel(channel) for channel in self.channels()}

    def _channel(self, channel: Document) -> Document:
        source = channel["DataSource"]["S3DataSource"]
        return {
            "TrainingInputMode": "File",
            "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": "None",
            "ContentType": channel.get("ContentType", ""),
        }

    def _resources(self) -> Mapping[str, Any]:
        return hosts.resource_config(self.hosts, self.host)


def _decode(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
