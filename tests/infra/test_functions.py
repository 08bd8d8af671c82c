"""Each function as it is deployed: its variables are its code's, it fits, it can be imported."""

import ast
import importlib
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from synthesis import ROOT, Assembly, Resource

from infra.packaging import layers
from infra.packaging.target import named

LAMBDA_PYTHON = ROOT / ".penstock" / "lambda" / "bin" / "python"
MB = 1024 * 1024
LAYERS = ("serve", "scan", "tools", "explain")


def functions(assembly: Assembly) -> Iterator[tuple[str, Resource]]:
    for stack in assembly.usecase_stacks:
        for name, function in assembly.resources(stack, "AWS::Lambda::Function").items():
            yield f"{stack}/{name}", function["Properties"]


def package(assembly: Assembly, code: dict[str, str]) -> Path:
    return assembly.folder / f"asset.{code['S3Key']}"


def layer_names(function: Resource) -> list[str]:
    shown = [layer["Ref"] for layer in function.get("Layers", [])]
    return [name for name in LAYERS if any(s.startswith(f"Layers{name.title()}") for s in shown)]


def settings_of(stage: str) -> type[Any]:
    """The stage's own settings: what no other in its module is built on."""
    found = vars(importlib.import_module(f"functions.{stage}.settings")).values()
    (leaf,) = [c for c in found if is_dataclass(c) and not c.__subclasses__()]
    return leaf


def test_variables_are_those_that_the_code_reads(assembly: Assembly) -> None:
    for name, function in functions(assembly):
        _, stage, _, _ = function["Handler"].split(".")
        if not (ROOT / "functions" / stage / "settings.py").exists():
            assert "Environment" not in function, name
            continue
        wanted = {field.name.upper() for field in fields(settings_of(stage))}
        assert set(function["Environment"]["Variables"]) == wanted, name


def test_a_function_and_its_layers_fit_into_lambda(assembly: Assembly) -> None:
    """Lambda's limit is 250 MB unzipped; a release adds the model to predict's package."""
    for stack in assembly.usecase_stacks:
        sizes = {
            name: _unzipped(package(assembly, layer["Properties"]["Content"]))
            for name, layer in assembly.resources(stack, "AWS::Lambda::LayerVersion").items()
        }
        for name, function in assembly.resources(stack, "AWS::Lambda::Function").items():
            properties = function["Properties"]
            size = _unzipped(package(assembly, properties["Code"]))
            assert size < MB, f"{name}: our own code is kilobytes"
            size += sum(sizes[layer["Ref"]] for layer in properties.get("Layers", []))
            assert size < 240 * MB, f"{name}: {size / MB:.0f} MB"


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_for_this_machine_fit_too(layer: str) -> None:
    """The local cloud's layers hold other wheels, larger for x86."""
    size = layers.build(layer, named("host")).unzipped_bytes
    if layer in ("scan", "explain"):
        size += layers.build("tools", named("host")).unzipped_bytes
    assert size < 240 * MB


def test_layers_are_for_lambdas_machine(assembly: Assembly) -> None:
    """arm64 and Python 3.14, whatever machine built them."""
    stack = assembly.usecase_stacks[0]
    for name, layer in assembly.resources(stack, "AWS::Lambda::LayerVersion").items():
        with zipfile.ZipFile(package(assembly, layer["Properties"]["Content"])) as archive:
            binaries = [n for n in archive.namelist() if n.endswith(".so")]
            assert binaries, name
            for binary in binaries:
                with archive.open(binary) as file:
                    header = file.read(20)
                machine = int.from_bytes(header[18:20], "little")
                assert machine == 0xB7, f"{name}: {binary} is not for aarch64"
                assert "cpython-3" not in binary or "cpython-314" in binary, binary
            assert all(n.startswith("python/") for n in archive.namelist())


def test_onnxruntime_is_new_enough_for_arm64() -> None:
    """Before 1.26 it aborts on Lambda's arm64 (microsoft/onnxruntime#10038)."""
    lock = (ROOT / "layers" / "serve" / "requirements.txt").read_text(encoding="utf-8")
    (pin,) = [line for line in lock.splitlines() if line.startswith("onnxruntime==")]
    major, minor = pin.removeprefix("onnxruntime==").split(".")[:2]
    assert (int(major), int(minor)) >= (1, 26)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The layers for this machine, unpacked."""
    found = {}
    for name in LAYERS:
        folder = tmp_path_factory.mktemp(name)
        with zipfile.ZipFile(layers.build(name, named("host")).path) as archive:
            archive.extractall(folder)
        found[name] = folder / "python"
    return found


def test_each_handler_can_be_imported_with_its_own_layers_alone(
    assembly: Assembly, installed: dict[str, Path], tmp_path: Path
) -> None:
    """In Lambda's interpreter, which holds boto3 and nothing of ours."""
    seen = set()
    for name, function in functions(assembly):
        key = (function["Handler"], function["Code"]["S3Key"])
        if key in seen or "-dev-" not in name:
            continue
        seen.add(key)
        task = tmp_path / name.replace("/", "-")
        with zipfile.ZipFile(package(assembly, function["Code"])) as archive:
            archive.extractall(task)
        module = function["Handler"].rpartition(".")[0]
        done = subprocess.run(
            [str(LAMBDA_PYTHON), "-c", f"import {module} as m; m.handler"],
            cwd=task,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(
                    map(str, [task, *(installed[layer] for layer in layer_names(function))])
                ),
                "PYTHONDONTWRITEBYTECODE": "1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "LAMBDA_TASK_ROOT": str(task),
                **{
                    k: v if isinstance(v, str) else "x"
                    for k, v in function.get("Environment", {}).get("Variables", {}).items()
                },
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr[-1500:]}"
    assert len(seen) >= 9


def test_every_import_of_a_package_is_in_it(assembly: Assembly) -> None:
    """Also those inside functions: a lazy import fails at two in the morning."""
    for name, function in functions(assembly):
        with zipfile.ZipFile(package(assembly, function["Code"])) as archive:
            files = set(archive.namelist())
            for file in files:
                if file.startswith("functions/") and file.endswith(".py"):
                    for module in _ours(archive.read(file).decode()):
                        path = module.replace(".", "/")
                        assert {f"{path}.py", f"{path}/__init__.py"} & files, f"{name}: {module}"


def test_a_package_names_its_use_case(assembly: Assembly) -> None:
    """But for predict's, whose model does."""
    for name, function in functions(assembly):
        if "functions.predict." in function["Handler"]:
            continue
        usecase = name.split("/")[0].split("-", 2)[2]
        with zipfile.ZipFile(package(assembly, function["Code"])) as archive:
            assert json.loads(archive.read("usecase/usecase.json"))["name"] == usecase
            assert json.loads(archive.read("usecase/contract.json"))["usecase"] == usecase
            assert b"def features(" in archive.read("usecase/features.py")


def _ours(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in ("penstock", "functions"):
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (
                a.name for a in node.names if a.name.startswith(("penstock.", "functions."))
            )


def _unzipped(archive: Path) -> int:
    with zipfile.ZipFile(archive) as opened:
        return sum(info.file_size for info in opened.infolist())
