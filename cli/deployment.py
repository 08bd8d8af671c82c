"""Bootstrap, synthesise, deploy: with what is slow done at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cli import cdk, paths
from cli.children import Children
from cli.stack import stack_name
from cli.target import Target


def run(
    children: Children,
    target: Target,
    usecases: Sequence[str],
    environment: str,
    progress: cdk.Progress,
    *,
    mode: str | None = None,
) -> None:
    """Deploy an environment's platform and the named use cases, in their own `mode` of serving or
    all in another.

    For the local cloud the Lambda packages are built for this machine.
    """
    context = {
        "environments": environment,
        "usecases": ",".join(usecases),
        "usecases_folder": str(paths.USECASES),
    }
    if target.is_local:
        context["platform"] = "host"
    if mode:
        context["mode"] = mode
    out = paths.STATE / "cdk.out"
    with ThreadPoolExecutor(2) as pool:
        waiting = [
            pool.submit(cdk.bootstrap, children, target, paths.LOGS / "bootstrap.log"),
            pool.submit(cdk.synth, children, target, out, context),
        ]
        for future in waiting:
            future.result()
    stacks = [stack_name(environment, name) for name in ["Platform", *usecases]]
    cdk.deploy(children, target, out, stacks, progress)
