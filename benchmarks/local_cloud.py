"""How long the local cloud lets one wait: its start, a deployment, an invocation, the whole road.

.venv/bin/python -m benchmarks.local_cloud [USECASE]

Every figure is the real thing: a server process, the real CDK CLI with the templates of USECASE,
boto3 against a warm function, and the demo. Writes benchmarks/results/local_cloud.json.
"""

import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import localcloud
from cli import cdk, paths
from cli.children import Children
from cli.stack import stack_name
from cli.target import Target, cloud_config, local

STARTS, CALLS, CALLERS = 5, 2000, 20
RESULTS = Path(__file__).parent / "results" / "local_cloud.json"
SOURCE = """
import time
def handler(event, context):
    began = time.perf_counter_ns()
    return {"ns": time.perf_counter_ns() - began}
"""
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
TRUST["Action"] = "sts:AssumeRole"


def main(usecase: str) -> None:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch, Children() as children:
        figures["start_s"] = statistics.median(_start(Path(scratch), n) for n in range(STARTS))
        directory = Path(scratch) / "cloud"
        target = local(localcloud.start(cloud_config(directory=directory, port=_port())))
        try:
            figures |= _deployment(children, target, usecase, Path(scratch))
            figures |= _invocations(target)
        finally:
            localcloud.stop(directory)
    figures["road_s"] = _road(usecase)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    table = Table("what", "figure", box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:.3g}")
    Console().print(table)


def _start(scratch: Path, number: int) -> float:
    """Seconds from nothing to a cloud that answers."""
    directory = scratch / f"start-{number}"
    config, began = cloud_config(directory=directory, port=_port()), time.perf_counter()
    localcloud.start(config)
    took = time.perf_counter() - began
    localcloud.stop(directory)
    return took


def _deployment(
    children: Children, target: Target, usecase: str, scratch: Path
) -> dict[str, float]:
    """The platform and one use case, once from nothing and once without a change."""
    out, figures = scratch / "cdk.out", {}
    context = {"environments": "dev", "usecases": usecase, "platform": "host"}
    stacks = [stack_name("dev", name) for name in ("Platform", usecase)]
    resources: dict[str, int] = {}

    def progress(stack: str, done: int, total: int, kind: str) -> None:
        resources[stack] = total

    steps: dict[str, Callable[[], None]] = {
        "bootstrap_s": lambda: cdk.bootstrap(children, target, scratch / "bootstrap.log"),
        "synth_s": lambda: cdk.synth(children, target, out, context),
        "deploy_s": lambda: cdk.deploy(children, target, out, stacks, progress),
        "deploy_unchanged_s": lambda: cdk.deploy(children, target, out, stacks, progress),
    }
    for name, step in steps.items():
        began = time.perf_counter()
        step()
        figures[name] = time.perf_counter() - began
    figures["deployed_resources"] = float(sum(resources.values()))
    return figures


def _invocations(target: Target) -> dict[str, float]:
    """Milliseconds that boto3, the gateway and the worker add to a warm handler."""
    _function(target)
    client = target.client("lambda", max_pool_connections=CALLERS)
    for _ in range(50):
        _overhead(client)
    alone = [_overhead(client) for _ in range(CALLS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        began = time.perf_counter()
        together = list(pool.map(lambda _: _overhead(client), range(CALLS)))
        took = time.perf_counter() - began
    return {
        "invoke_overhead_p50_ms": statistics.median(alone),
        "invoke_overhead_p99_ms": statistics.quantiles(alone, n=100)[98],
        f"invoke_{CALLERS}_callers_p50_ms": statistics.median(together),
        f"invoke_{CALLERS}_callers_per_s": CALLS / took,
    }


def _overhead(client: Any) -> float:
    began = time.perf_counter_ns()
    answer = client.invoke(FunctionName="benchmark", Payload=b"{}")
    inside = json.loads(answer["Payload"].read())["ns"]
    return (time.perf_counter_ns() - began - int(inside)) / 1e6


def _function(target: Target) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = target.client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=document)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", SOURCE)
    client = target.client("lambda")
    client.create_function(
        FunctionName="benchmark", Runtime="python3.14", Handler="main.handler",
        Role=role["Role"]["Arn"], Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    client.get_waiter("function_active_v2").wait(FunctionName="benchmark")


def _road(usecase: str) -> float:
    """Seconds of the demo: deploy, three trainings, four releases, drift."""
    given = {**os.environ, "PENSTOCK_PORT": str(_port())}
    command = [sys.executable, "-m", "cli", "demo", usecase]
    subprocess.run(command, cwd=paths.ROOT, env=given, check=True, stdout=subprocess.DEVNULL)
    summary = json.loads((paths.DEMO / "summary.json").read_text(encoding="utf-8"))
    return float(summary["seconds"]["total"])


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "triage")
