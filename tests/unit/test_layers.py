"""Who may know whom: the rules of the house, kept by reading every import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"penstock", "functions", "infra", "training", "localcloud", "cli", "usecases"}
MAY_KNOW: dict[str, set[str]] = {
    "penstock": set(),
    "functions": {"penstock"},
    "training": {"penstock"},
    "infra": {"penstock"},
    "localcloud": set(),
    "cli": {"penstock", "localcloud"},
    "usecases": {"penstock"},
}
# Libraries that a layer must not touch: penstock is pure, and a Lambda holds no CDK.
MAY_NOT_IMPORT: dict[str, set[str]] = {
    "penstock": {"boto3", "botocore", "aws_cdk", "polars"},
    "functions": {"aws_cdk", "moto", "ministack"},
    "training": {"boto3", "botocore", "aws_cdk", "polars", "sagemaker_containers"},
    "localcloud": {"aws_cdk"},
    "usecases": {"boto3", "aws_cdk"},
    "infra": {"boto3"},
    "cli": {"aws_cdk", "ministack", "moto"},
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("layer", sorted(MAY_KNOW))
def test_a_layer_knows_only_whom_it_may(layer: str) -> None:
    files = sorted((ROOT / layer).rglob("*.py"))
    assert files, f"{layer} is empty: is its name still right?"
    for path in files:
        known = imports(path)
        strangers = (known & OURS) - MAY_KNOW[layer] - {layer}
        assert not strangers, f"{path.relative_to(ROOT)} imports {strangers}"
        banned = known & MAY_NOT_IMPORT.get(layer, set())
        assert not banned, f"{path.relative_to(ROOT)} imports {banned}"


def test_a_use_case_is_one_folder_that_nothing_else_names() -> None:
    """A fork is one folder: no line of code outside usecases/<name>/ knows its name."""
    names = [p.parent.name for p in (ROOT / "usecases").glob("*/usecase.yaml")]
    assert len(names) >= 2
    for layer in ("penstock", "functions", "infra", "training", "localcloud", "cli"):
        for path in (ROOT / layer).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            words = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
            # `triage` is the command line's documented default; that is data, not knowledge
            named = words & set(names) - ({"triage"} if layer == "cli" else set())
            assert not named, f"{path.relative_to(ROOT)} names {named}"


def test_no_module_has_outgrown_its_room() -> None:
    for layer in MAY_KNOW:
        for path in (ROOT / layer).rglob("*.py"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 220, f"{path.relative_to(ROOT)} has {lines} lines: split it"


@pytest.mark.parametrize("run", [("unit", "infra", "integration"), ("e2e",)])
def test_no_two_files_of_one_run_of_tests_share_a_name(run: tuple[str, ...]) -> None:
    """Pytest imports them by their names alone, and would collect neither."""
    paths = [path for part in run for path in (ROOT / "tests" / part).rglob("test_*.py")]
    names = [path.name for path in paths]
    assert len(names) == len(set(names)), sorted(n for n in set(names) if names.count(n) > 1)
