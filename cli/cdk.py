"""The real CDK CLI, with its progress condensed to a count of resources."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from cli import paths
from cli.children import Children
from cli.errors import CommandError
from cli.target import Target

# stack, done of all, time, status, type, separated by bars: what the CLI prints for an event
_EVENT = re.compile(r"^\s*(\S+) \|\s*(\d+)(?:/(\d+))? \|[^|]+\| (\w+)\s*\| (\S+)")

Progress = Callable[[str, int, int, str], None]


def bootstrap(children: Children, target: Target, log: Path) -> None:
    """Prepare the account for deployments, once; a second time changes nothing."""
    account = target.client("sts").get_caller_identity()["Account"]
    where = f"aws://{account}/{target.session.region_name}"
    command = [*_cli(), "bootstrap", where, "--app", "", "--ci"]
    children.run(command, environment=_environment(target), log=log)


def synth(children: Children, target: Target, out: Path, context: dict[str, str]) -> None:
    """Write the stacks' templates and assets to `out`; needs no cloud."""
    command = [*_cli(), "synth", "--quiet", "--ci", "--app", _app(), "--output", str(out)]
    for key, value in context.items():
        command += ["--context", f"{key}={value}"]
    log = paths.LOGS / "synth.log"
    children.run(command, environment=_environment(target), log=log)


def deploy(
    children: Children,
    target: Target,
    assembly: Path,
    stacks: Iterable[str],
    progress: Progress,
) -> None:
    """Deploy what `synth` wrote; `progress` hears (stack, done, of all, resource type).

    On AWS the CLI speaks for itself, and asks before it broadens anyone's permissions.
    """
    command = [*_cli(), "deploy", *stacks, "--app", str(assembly), "--concurrency", "2"]
    command += ["--outputs-file", str(paths.STATE / "outputs.json")]
    environment = _environment(target)
    if not target.is_local:
        children.attached([*command, "--require-approval", "broadening"], environment=environment)
        return

    def heard(line: str) -> None:
        if found := _EVENT.match(line):
            stack, done, total, _status, kind = found.groups()
            progress(stack, int(done), int(total or 0), kind)

    command += ["--require-approval", "never", "--progress", "events", "--ci"]
    children.run(command, environment=environment, log=paths.LOGS / "deploy.log", heard=heard)


def destroy(children: Children, target: Target, assembly: Path, stacks: Iterable[str]) -> None:
    """Delete stacks of what `synth` wrote, and no other."""
    command = [*_cli(), "destroy", *stacks, "--app", str(assembly), "--exclusively", "--force"]
    log = paths.LOGS / "destroy.log"
    children.run([*command, "--ci"], environment=_environment(target), log=log)


def _cli() -> list[str]:
    if not paths.CDK.exists():
        raise CommandError(f"{paths.shown(paths.CDK)} is missing: run `make setup`")
    return [str(paths.CDK)]


def _app() -> str:
    # the CLI takes the first and the last quote away if they enclose all of it
    return f'"{paths.PYTHON}" app.py'


def _environment(target: Target) -> dict[str, str]:
    """The CDK CLI's: node is in our virtual environment, and nothing is sent to anyone."""
    path = os.pathsep.join([str(paths.PYTHON.parent), os.environ.get("PATH", os.defpath)])
    return target.environment() | {"PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "true"}
