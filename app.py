"""Composition root: environments x use cases -> stacks.

Context: environments, usecases (a,b), usecases_folder, mode, platform (lambda, host), git_commit.
"""

import json
import sys
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.environments import chosen
from infra.packaging.target import named
from infra.platform_stack import PlatformStack
from infra.usecase_stack import UseCaseStack
from penstock.errors import PenstockError
from penstock.spec_file import load

ROOT = Path(__file__).resolve().parent
flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
app = cdk.App(context=flags, analytics_reporting=False, tree_metadata=False)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
context = app.node.try_get_context
try:
    target = named(context("platform") or "lambda")
    folders = Path(context("usecases_folder") or ROOT / "usecases")
    every = ",".join(sorted(path.parent.name for path in folders.glob("*/usecase.yaml")))
    commit = context("git_commit") or "unknown"
    for environment in chosen(context("environments")):
        stem = f"Penstock-{environment.name}"
        platform = PlatformStack(app, f"{stem}-Platform", environment=environment)
        for folder in (folders / name for name in (context("usecases") or every).split(",")):
            UseCaseStack(
                app, f"{stem}-{folder.name}", platform=platform, folder=folder, target=target,
                usecase=load(folder / "usecase.yaml", mode=context("mode")), git_commit=commit,
            )  # fmt: skip
except PenstockError as error:
    sys.exit(f"penstock: {error}")
app.synth()
