"""Script mode, as SageMaker's training toolkit does it: unpack, install, make a command."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import roles
from localcloud.sagemaker import channels, requirements
from localcloud.sagemaker.container import Container
from localcloud.sagemaker.failure import JobFailure


@dataclass(frozen=True)
class Command:
    words: list[str]
    environment: dict[str, str]


def prepare(container: Container, python: Path, s3: Any, write: Callable[[str], None]) -> Command:
    parameters = container.hyperparameters()
    program = parameters.get("sagemaker_program")
    if not program:
        raise JobFailure(
            "AlgorithmError: the local cloud runs script mode only; "
            "expected the hyperparameter sagemaker_program"
        )
    _unpack(container, str(parameters.get("sagemaker_submit_directory", "/opt/ml/code")), s3)
    if not (container.code / program).is_file():
        raise JobFailure(
            f"AlgorithmError: the code has no {program}; it has "
            f"{', '.join(sorted(p.name for p in container.code.iterdir())) or 'nothing'}"
        )
    arguments = _arguments({k: v for k, v in parameters.items() if not k.startswith("sagemaker_")})
    environment = container.environment(arguments, python)
    if not container.isolated:
        # Under network isolation a container has no credentials: it could not use them.
        role = container.request["RoleArn"]
        session = f"SageMaker-{container.request['TrainingJobName']}"
        environment |= roles.credentials(role, session)
        environment["AWS_ENDPOINT_URL"] = roles.endpoint()
    packages = requirements.install(container, environment, python, write)
    paths = [*([str(packages)] if packages else []), str(container.code)]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    words = [str(python), str(program), *arguments]
    write(f"Invoking user script: {' '.join(words)}")
    return Command(words, environment)


def _arguments(parameters: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for key, value in sorted(parameters.items()):
        words += [f"--{key}" if len(key) > 1 else f"-{key}", str(value)]
    return words


def _unpack(container: Container, place: str, s3: Any) -> None:
    try:
        if place.startswith("s3://"):
            bucket, key = channels.split(place)
            path = container.root / "tmp" / "sourcedir.tar.gz"
            channels.fetch(s3, bucket, key, path)
        else:
            path = Path(container.inside(place))
        if path.is_dir():
            if path != container.code:
                shutil.copytree(path, container.code, dirs_exist_ok=True)
            return
        with tarfile.open(path) as archive:
            _extract(archive, container.code)
    except (OSError, tarfile.TarError, ClientError, BotoCoreError) as error:
        raise JobFailure(
            f"AlgorithmError: the code at sagemaker_submit_directory={place} cannot be unpacked: "
            f"{error}"
        ) from error


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        return archive.extractall(folder, filter="data")
    for member in archive.getmembers():  # Python before 3.11.4
        inside = (folder / member.name).resolve().is_relative_to(folder.resolve())
        if not (inside and (member.isfile() or member.isdir())):
            raise tarfile.TarError(f"{member.name} is no file or folder inside of the archive")
        archive.extract(member, folder)
