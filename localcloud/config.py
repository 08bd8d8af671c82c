"""What one local cloud is started with, and the names every part of it shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNT = "000000000000"
REGION = "us-east-1"
HOST = "127.0.0.1"


class LocalCloudError(Exception):
    """One clear line for a person: what failed, and what to do about it."""


class PortInUse(LocalCloudError):
    """Something else listens there; how another is chosen, the caller knows."""


def kept(directory: Path) -> Path:
    """Where a cloud that lives in `directory` keeps its state, if it was asked to."""
    return directory.absolute() / "kept"


@dataclass(frozen=True)
class Config:
    """`time_scale` is how many seconds of a configured AWS duration pass in one real second;
    `images` names, for each container image (by its repository), the Python that stands for it;
    `lambda_python` is an interpreter that holds what AWS's own Lambda runtime holds;
    `keep_state` goes on with the state that an earlier run kept, and keeps it up to date."""

    port: int
    directory: Path
    time_scale: float = 1.0
    images: Mapping[str, Path] = field(default_factory=dict)
    lambda_python: Path = Path("python3")
    keep_state: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise LocalCloudError(f"port {self.port} is impossible: expected 1 to 65535")
        if not 1 <= self.time_scale <= 10_000:
            raise LocalCloudError(f"time scale {self.time_scale:g} is refused: expected 1 to 10000")
        for name in self.images:
            if not re.fullmatch(r"[A-Za-z0-9._/:-]+", name):
                raise LocalCloudError(f"image name {name!r} is refused: expected a repository name")

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def kept(self) -> Path:
        return kept(self.directory)

    def arguments(self) -> list[str]:
        """The command line of `python -m localcloud` that gives this configuration."""
        words = ["--port", str(self.port), "--dir", str(self.directory.absolute())]
        words += ["--time-scale", f"{self.time_scale:g}"]
        words += ["--lambda-python", str(self.lambda_python)]
        for name, python in self.images.items():
            words += ["--image", f"{name}={python}"]
        return [*words, "--keep-state"] if self.keep_state else words
