"""Script mode, as SageMaker's training toolkit does it: unpack, install, make a command."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import roles
from localcloud.sagemaker import archives, channels, requirements, sources
from localcloud.sagemaker.container import Container
from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.failure import JobFailure


@dataclass(frozen=True)
class Command:
    words: list[str]
    environment: dict[str, str]


def prepare(container: Container, python: Path, s3: Any, write: Callable[[str], None]) -> Command:
    """The image's own training program, or what the job names instead of it."""
    specification = container.request["AlgorithmSpecification"]
    if entrypoint := specification.get("ContainerEntrypoint"):
        container.cwd = container.root  # an own program has no code directory
        words = [*entrypoint, *specification.get("ContainerArguments", [])]
        own = {k: container.inside(v) for k, v in container.request.get("Environment", {}).items()}
        environment = {**container.base_environment(python), **own, **_credentials(container)}
        return Command(named(words, container, python), environment)
    return _script(container, python, s3, write)


def named(words: list[str], disk: Disk, python: Path) -> list[str]:
    """A container's command: its Python is the one that stands for the image."""
    first, *rest = (disk.inside(word) for word in words)
    own = re.fullmatch(r"python(3(\.\d+)?)?", Path(first).name)
    return [str(python) if own else first, *rest]


def _credentials(container: Container) -> dict[str, str]:
    if container.isolated:
        return {}  # as on AWS: it could not use them
    role = container.request["RoleArn"]
    session = f"SageMaker-{container.request['TrainingJobName']}"
    return {**roles.credentials(role, session), "AWS_ENDPOINT_URL": roles.endpoint()}


def _script(container: Container, python: Path, s3: Any, write: Callable[[str], None]) -> Command:
    parameters = container.hyperparameters()
    program = parameters.get("sagemaker_program")
    if not program:
        raise JobFailure(
            "AlgorithmError: the local cloud runs script mode, or a ContainerEntrypoint; "
            "expected the hyperparameter sagemaker_program"
        )
    _unpack(container, str(parameters.get("sagemaker_submit_directory", "/opt/ml/code")), s3)
    if not (container.code / program).is_file():
        raise JobFailure(
            f"AlgorithmError: the code has no {program}; it has "
            f"{', '.join(sorted(p.name for p in container.code.iterdir())) or 'nothing'}"
        )
    arguments = _arguments(container.script_parameters())
    environment = container.environment(arguments, python)
    environment |= _credentials(container)
    packages = requirements.install(container, environment, python, write)
    paths = [*([str(packages)] if packages else []), container.inside(container.code)]
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
            bucket, key = sources.split(place)
            path = container.root / "tmp" / "sourcedir.tar.gz"
            channels.fetch(s3, bucket, key, path)
        else:
            path = Path(container.outside(place))
        if path.is_dir():
            if path != container.code:
                shutil.copytree(path, container.code, dirs_exist_ok=True)
            return
        with tarfile.open(path) as archive:
            archives.extract(archive, container.code)
    except (OSError, tarfile.TarError, ClientError, BotoCoreError) as error:
        raise JobFailure(
            f"AlgorithmError: the code at sagemaker_submit_directory={place} cannot be unpacked: "
            f"{error}"
        ) from error
