"""`penstock deploy`: the templates into a cloud, by the real CDK CLI."""

import time

from rich.console import Console

from cli import deployment, paths, usecases
from cli.children import Children
from cli.options import Aws, Environment, UseCaseNames
from cli.target import resolve


def deploy(names: UseCaseNames = None, aws: Aws = False, environment: Environment = "dev") -> None:
    """Deploy the platform and use cases: cdk bootstrap, cdk synth, cdk deploy.

    Examples: `penstock deploy triage`, or `penstock deploy --aws -e dev triage churn`. On AWS
    the CDK CLI shows what changes in permissions and asks first.
    """
    console = Console(highlight=False)
    target = resolve(aws=aws)
    chosen = names or usecases.names()
    for name in chosen:
        usecases.read(name)
    began = time.monotonic()
    with Children() as children, console.status(f"deploying to {target.where}") as spinner:

        def progress(stack: str, done: int, total: int, kind: str) -> None:
            spinner.update(f"{stack}: {done} of {total} resources, {kind}")

        if aws:
            spinner.stop()
        deployment.run(children, target, chosen, environment, progress)
    seconds = time.monotonic() - began
    console.print(
        f"deployed {', '.join(chosen)} to {target.where} in {seconds:.0f} s; "
        f"outputs in {paths.shown(paths.STATE / 'outputs.json')}"
    )
