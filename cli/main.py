"""The penstock command: its subcommands, and the one place where an error becomes a line."""

import signal
import sys
from types import FrameType

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from cli import (
    batch,
    deploy,
    down,
    invoke,
    labels,
    logs,
    release,
    releases,
    retrain,
    rollback,
    schema,
    status,
    up,
    why,
)
from cli.demo import command as demo
from cli.errors import CommandError
from localcloud import LocalCloudError, PortInUse
from penstock.errors import PenstockError

EXAMPLES = """
**Begin here**

- `penstock demo`: one use case's whole life, on this machine, in about a minute
- `penstock demo --mode endpoint`: the same, answered by a SageMaker endpoint
- `penstock up`: a local cloud to work with; `penstock down` ends it
- `penstock deploy triage`: the real templates, by the real CDK CLI, into it
- `penstock invoke triage --example`; `penstock schema triage` says what a request must look like
- `penstock invoke triage --url --example`: the same over HTTP, signed, where it has a URL
- `penstock why triage ID`: how one of its answers came about
- `penstock release triage --newest`, `penstock rollback triage`, `penstock releases triage`
- `penstock retrain triage --reason "new hospital"`: a training that somebody asks for
- `penstock labels triage truths.csv`: what became of the cases that it judged
- `penstock status`
- `penstock logs train --follow`

Every command but up, down, demo and schema takes **--aws**: the same calls, against AWS.
"""

app = typer.Typer(
    name="penstock",
    help="From a CSV to a watched model: deploy it, ask it, look after it.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(up.up)
app.command()(down.down)
app.command()(demo.demo)
app.command()(deploy.deploy)
app.command()(invoke.invoke)
app.command()(batch.batch)
app.command()(labels.labels)
app.command()(schema.schema)
app.command()(why.why)
app.command()(retrain.retrain)
app.command()(release.release)
app.command()(rollback.rollback)
app.command()(releases.releases)
app.command()(status.status)
app.command()(logs.logs)


def run() -> int:
    """Run the command line; the exit code is 0, 1 (refused or failed) or 130 (interrupted)."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = app(standalone_mode=False, prog_name="penstock")
    except CommandError as error:
        if error.output:
            print(error.output, file=sys.stderr)
        return _say(str(error))
    except (LocalCloudError, PenstockError, ClientError, BotoCoreError) as error:
        return _say(f"{error}{_hint(error)}")
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", 130)
    except Exception as error:
        if show := getattr(error, "show", None):  # a usage error of the library: it has its words
            show()
            return int(getattr(error, "exit_code", 2))
        raise
    return code if isinstance(code, int) else 0


def _hint(error: Exception) -> str:
    if isinstance(error, PortInUse):
        return " (PENSTOCK_PORT)"
    if isinstance(error, EndpointConnectionError):
        return "; does the local cloud still run? See `penstock status`"
    return ""


def _say(words: str, code: int = 1) -> int:
    print(f"penstock: {words}", file=sys.stderr)
    return code


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM ends us as Ctrl-C does, so that everything we started is ended too."""
    raise KeyboardInterrupt
