"""What a package is built for: a processor and a Python, not the machine that builds it."""

import platform
import sys
from dataclasses import dataclass
from typing import Literal

from penstock.errors import PenstockError

Architecture = Literal["arm64", "x86_64"]


@dataclass(frozen=True)
class Target:
    """A `host` package is for this very interpreter: the local cloud's Lambdas run on it."""

    architecture: Architecture
    python: str
    host: bool = False

    @property
    def uv_options(self) -> tuple[str, ...]:
        if self.host:
            return ("--python", sys.executable)
        processor = "aarch64" if self.architecture == "arm64" else "x86_64"
        return ("--python-platform", f"{processor}-manylinux_2_28", "--python-version", self.python)

    @property
    def takes_our_bytecode(self) -> bool:
        """Bytecode fits one minor version of Python, whatever the processor."""
        return self.python == host_python()


def host_python() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def named(name: str) -> Target:
    """`lambda` is AWS's; `host` is this machine's."""
    if name == "host":
        arm = platform.machine() in ("arm64", "aarch64")
        return Target("arm64" if arm else "x86_64", host_python(), host=True)
    if name == "lambda":
        return Target("arm64", "3.14")
    raise PenstockError(
        f"no platform {name!r}", where="context `platform`", expected="lambda or host"
    )
