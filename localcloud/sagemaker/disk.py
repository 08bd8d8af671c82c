"""A container's file system: a private directory of which its program sees /opt/ml.

Where the machine allows it the program really has that path (see namespace.py); elsewhere it finds
the private directory in its environment and arguments, which name it instead of /opt/ml.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from localcloud.config import REGION
from localcloud.sagemaker import namespace

_PATH = re.compile(r"(?<![\w./-])/opt/ml(?=/|$|[\s:,;'\"\]&|)])")


class Disk:
    """`root` is the private directory; `cwd` the container's working directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ml = root / "opt/ml"
        self.cwd = root

    def outside(self, text: str) -> str:
        """`text` with the container's paths replaced by those that this server opens."""
        return _PATH.sub(str(self.ml).replace("\\", r"\\"), text)

    def inside(self, text: str | Path) -> str:
        """`text`, which may hold paths of either side, as the container's program reads it."""
        if not namespace.supported():
            return self.outside(str(text))
        return re.sub(rf"{re.escape(str(self.ml))}(?=/|$|\W)", "/opt/ml", str(text))

    def command(self, words: list[str]) -> list[str]:
        """The command that runs `words` in this container."""
        if not namespace.supported():
            return words
        return namespace.wrap(self.root, Path(self.inside(self.cwd)), words)

    def every_environment(self, python: Path) -> dict[str, str]:
        """What every container finds in its environment, of whatever kind it is."""
        return {
            "PATH": f"{python.parent}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.root),
            "TMPDIR": str(self.root / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def name_hosts(self, addresses: dict[str, str]) -> None:
        """Lets the program find other containers by their names."""
        lines = ["127.0.0.1 localhost", *(f"{ip} {name}" for name, ip in addresses.items())]
        (self.root / "etc").mkdir(parents=True, exist_ok=True)
        (self.root / "etc/hosts").write_text("\n".join(lines) + "\n")
