"""The command line: help that teaches, one line for what is wrong, nothing left running."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import localcloud
from cli import cdk, main, paths, target, usecases
from cli.children import Children
from cli.errors import CommandError
from cli.stack import Stack
from penstock.source import Source

COMMANDS = (
    "up", "down", "demo", "deploy", "invoke", "schema", "why", "release", "rollback", "releases",
    "labels", "status", "logs",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(main.app, [command, "--help"], prog_name="penstock")
    assert shown.exit_code == 0
    assert len(shown.output) > 200
    assert ("--aws" in shown.output) is (command not in ("up", "down", "demo", "schema"))


def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command line says on stderr when it fails with code 1."""
    monkeypatch.setattr(sys, "argv", ["penstock", *words])
    assert main.run() == 1
    return capsys.readouterr().err


def test_without_a_cloud_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "CLOUD", tmp_path)
    said = say(monkeypatch, capsys, "status")
    assert said == "penstock: no local cloud is running: start one with `penstock up`\n"


def test_an_unknown_use_case_is_answered_with_the_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = say(monkeypatch, capsys, "demo", "nope")
    assert said.startswith("penstock: no use case 'nope' in usecases/: expected ")
    assert said.count("\n") == 1


def test_a_mode_that_the_demo_cannot_tell_of_is_answered_with_those_it_can(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = usecases.names()[0]
    said = say(monkeypatch, capsys, "demo", name, "--mode", "batch")
    assert "expected --mode lambda or endpoint" in said
    said = say(monkeypatch, capsys, "demo", name, "--mode", "post")
    assert "serving.mode" in said


def test_a_request_that_is_not_json_is_refused_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "request.json"
    broken.write_text("{")
    said = say(monkeypatch, capsys, "invoke", "any", "--file", str(broken))
    assert "is not JSON" in said


@pytest.mark.parametrize(
    ("raised", "code"),
    [(KeyboardInterrupt, 130), (typer.Exit(1), 1), (typer.Exit(), 0), (CommandError("no"), 1)],
)
def test_the_exit_code_says_how_it_ended(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, code: int
) -> None:
    """An error answer, Ctrl-C and a refusal must not look like success to a script."""

    def end() -> None:
        raise raised

    app = typer.Typer()
    app.command()(end)
    monkeypatch.setattr(main, "app", app)
    monkeypatch.setattr(sys, "argv", ["penstock"])
    assert main.run() == code


def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_PORT", "http")
    with pytest.raises(CommandError, match="expected a port number"):
        target.cloud_config()


def test_use_cases_are_found_by_their_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A fork is one folder; a folder without a usecase.yaml is none."""
    monkeypatch.setattr(paths, "USECASES", tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "usecase.yaml").touch()
    (tmp_path / "notes").mkdir()
    assert usecases.names() == ["mine"]


@pytest.mark.parametrize(
    ("origin", "synthetic", "shown"),
    [
        ("a public table", False, "a public table (free)"),
        ("made up", True, "SYNTHETIC: made up (free)"),
        ("SYNTHETIC: made up", True, "SYNTHETIC: made up (free)"),
    ],
)
def test_made_up_rows_say_so_once(origin: str, synthetic: bool, shown: str) -> None:
    assert usecases.origin(Source([], origin, "free", synthetic)) == shown


def test_the_command_line_names_no_use_case() -> None:
    """Not a line outside a use case's folder knows of it (`demo` shows one by default)."""
    for path in (paths.ROOT / "cli").rglob("*.py"):
        text = path.read_text()
        named = [n for n in usecases.names() if n in text]
        assert not named or path.name in ("command.py", "main.py", "deploy.py", "invoke.py"), path


def test_a_child_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Also its own children, when we leave before it ends."""
    mark = tmp_path / "alive"
    script = f"sleep 0.7; touch {mark}"

    def run(children: Children) -> None:
        with pytest.raises(CommandError, match="failed with code -9"):
            children.run(
                ["sh", "-c", f"({script}) & wait"], environment=os.environ, log=tmp_path / "log"
            )

    with Children() as children:
        thread = threading.Thread(target=run, args=(children,))
        thread.start()
        time.sleep(0.2)
    thread.join(2)
    time.sleep(1)
    assert not thread.is_alive()
    assert not mark.exists()


def test_a_failed_child_shows_its_whole_output(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo first; echo second >&2; exit 3"]
    failed = pytest.raises(CommandError, match="code 3")
    with Children() as children, failed as error:
        children.run(command, environment=os.environ, log=tmp_path / "log")
    assert error.value.output == "first\nsecond"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Penstock-dev-Platform |  0/31 | 9:41:07 AM | CREATE_IN_PROGRESS   | AWS::KMS::Key | Key",
         ("Penstock-dev-Platform", "0", "31", "CREATE_IN_PROGRESS", "AWS::KMS::Key")),
        ("Penstock-dev-any | 12/40 | 11:41:07 | CREATE_COMPLETE | AWS::S3::Bucket | Lake/Bucket",
         ("Penstock-dev-any", "12", "40", "CREATE_COMPLETE", "AWS::S3::Bucket")),
        ("Penstock-dev-any: creating CloudFormation changeset...", None),
    ],
)  # fmt: skip
def test_the_cdks_progress_is_understood(line: str, expected: tuple[str, ...] | None) -> None:
    found = cdk._EVENT.match(line)
    assert (found.groups() if found else None) == expected


class CloudFormation:
    def __init__(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs

    def client(self, _service: str) -> "CloudFormation":
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}


def test_a_stack_without_an_output_says_which() -> None:
    with pytest.raises(CommandError, match="without the outputs LakeBucket, ArtifactsBucket"):
        Stack.of(CloudFormation({"PredictFunctionName": "f"}), "dev", "any")  # type: ignore[arg-type]


def test_the_local_target_uses_no_credentials_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a mistake nor a profile can lead the local cloud's calls to AWS."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    running = localcloud.Running(1, "http://127.0.0.1:1", tmp_path)
    local = target.local(running)
    assert local.client("s3").meta.endpoint_url == "http://127.0.0.1:1"
    given = {k: v for k, v in local.environment().items() if k.startswith("AWS_")}
    assert "AWS_PROFILE" not in given
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert local.environment()["PATH"] == os.environ["PATH"]


def test_the_shell_script_runs_from_anywhere(tmp_path: Path) -> None:
    command = [str(paths.ROOT / "bin" / "penstock"), "--help"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert shown.returncode == 0
    assert "penstock demo" in shown.stdout
