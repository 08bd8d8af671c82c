"""The container's file system under a private root, and the variables a program finds in it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.config import REGION
from localcloud.json_service import Document

HOST = "algo-1"
_PATH = re.compile(r"(?<![\w./-])/opt/ml(?=/|$|[\s:,;'\"\]])")


class Container:
    def __init__(self, root: Path, request: Document, arn: str) -> None:
        self.root, self.request, self.arn = root, request, arn
        ml = self.ml = root / "opt/ml"
        self.input, self.config = ml / "input", ml / "input/config"
        self.model, self.code = ml / "model", ml / "code"
        self.output, self.output_data = ml / "output", ml / "output/data"
        self.failure = self.output / "failure"
        self.isolated = bool(request.get("EnableNetworkIsolation"))

    def lay_out(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        folders = (self.config, self.model, self.code, self.output_data, self.ml / "checkpoints")
        for folder in (*folders, self.root / "tmp"):
            folder.mkdir(parents=True)
        names = {"hyperparameters": self.request.get("HyperParameters", {})}
        names |= {"inputdataconfig": self._channels(), "resourceconfig": self._resources()}
        for name, content in names.items():
            (self.config / f"{name}.json").write_text(json.dumps(content))

    def channel(self, name: str) -> Path:
        return self.input / "data" / name

    def inside(self, text: str) -> str:
        """`text` with the container's paths replaced by those under the private root."""
        return _PATH.sub(str(self.ml).replace("\\", r"\\"), text)

    def hyperparameters(self) -> dict[str, Any]:
        """Values decoded as SageMaker's training toolkit does it: JSON where it is JSON."""
        return {key: _decode(v) for key, v in self.request.get("HyperParameters", {}).items()}

    def environment(self, arguments: list[str], python: Path) -> dict[str, str]:
        """A clean environment: nothing of the server's own but what a container has."""
        own = {key: self.inside(v) for key, v in self.request.get("Environment", {}).items()}
        parameters = self.hyperparameters()
        user = {k: v for k, v in parameters.items() if not k.startswith("sagemaker_")}
        channels = [c["ChannelName"] for c in self.request.get("InputDataConfig", [])]
        program = str(parameters.get("sagemaker_program", ""))
        values: dict[str, Any] = {
            "CHANNELS": sorted(channels),
            "CURRENT_HOST": HOST,
            "CURRENT_INSTANCE_TYPE": self.request["ResourceConfig"].get("InstanceType", ""),
            "HOSTS": [HOST],
            "HPS": user,
            "INPUT_CONFIG_DIR": str(self.config),
            "INPUT_DATA_CONFIG": self._channels(),
            "INPUT_DIR": str(self.input),
            "LOG_LEVEL": 20,
            "MODEL_DIR": str(self.model),
            "MODULE_DIR": self.inside(str(parameters.get("sagemaker_submit_directory", ""))),
            "MODULE_NAME": program.removesuffix(".py"),
            "NUM_CPUS": os.cpu_count() or 1,
            "NUM_GPUS": 0,
            "OUTPUT_DATA_DIR": str(self.output_data),
            "OUTPUT_DIR": str(self.output),
            "RESOURCE_CONFIG": self._resources(),
            "USER_ARGS": arguments,
            "USER_ENTRY_POINT": program,
        }
        values |= {f"CHANNEL_{name.upper()}": str(self.channel(name)) for name in channels}
        values |= {f"HP_{name.upper()}": value for name, value in user.items()}
        return {
            "PATH": f"{python.parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.root),
            "TMPDIR": str(self.root / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "TRAINING_JOB_NAME": self.request["TrainingJobName"],
            "TRAINING_JOB_ARN": self.arn,
            **{f"SM_{name}": _text(value) for name, value in values.items()},
            **own,
        }

    def _channels(self) -> Mapping[str, Any]:
        return {
            channel["ChannelName"]: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
                "ContentType": channel.get("ContentType", ""),
            }
            for channel in self.request.get("InputDataConfig", [])
        }

    def _resources(self) -> Mapping[str, Any]:
        return {
            "current_host": HOST,
            "current_instance_type": self.request["ResourceConfig"].get("InstanceType", ""),
            "hosts": [HOST],
            "network_interface_name": "lo",
        }


def _decode(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
