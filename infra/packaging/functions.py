"""A function's own package: kilobytes of our code, so that a change of code deploys in seconds."""

import json
from pathlib import Path

from infra.packaging.archive import ROOT, Archive, tree, zipped
from infra.packaging.bytecode import COMPILED
from infra.packaging.target import Target
from penstock.spec import UseCase


def usecase_files(usecase: UseCase, folder: Path) -> dict[str, Path | bytes]:
    """usecase/: what the code of every stage knows of the one it works for."""
    contract = json.dumps(usecase.contract().to_dict(), sort_keys=True, indent=1)
    return {
        "usecase/usecase.json": usecase.to_json().encode(),
        "usecase/contract.json": contract.encode(),
        "usecase/features.py": folder / "features.py",
    }


def files(stage: str) -> dict[str, Path | bytes]:
    """penstock/ and functions/<stage>/, as they lie in LAMBDA_TASK_ROOT."""
    return {
        **tree(ROOT / "penstock", "penstock/"),
        "functions/__init__.py": ROOT / "functions" / "__init__.py",
        **tree(ROOT / "functions" / "shared", "functions/shared/"),
        **tree(ROOT / "functions" / stage, f"functions/{stage}/"),
    }


def build(stage: str, usecase: UseCase, folder: Path, target: Target) -> Archive:
    """With usecase/ but for predict, whose model says all that it has to know: what it does not
    read must not begin a release when it changes."""
    derive = COMPILED if target.takes_our_bytecode else None
    own = {} if stage == "predict" else usecase_files(usecase, folder)
    return zipped(f"function-{stage}", files(stage) | own, derive=derive)
