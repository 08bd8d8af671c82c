"""Finds use cases by their folders: a new folder is a new use case, nothing else is told."""

import importlib.util
from pathlib import Path

from cli import paths
from cli.errors import CommandError
from penstock.source import Source
from penstock.spec import UseCase
from penstock.spec_file import load


def names() -> list[str]:
    return sorted(path.parent.name for path in paths.USECASES.glob("*/usecase.yaml"))


def read(name: str, *, mode: str | None = None) -> UseCase:
    """The use case of that name, in its own or another `mode` of serving; CommandError lists the
    known ones."""
    if name not in names():
        raise CommandError(f"no use case {name!r} in usecases/: expected {' or '.join(names())}")
    return load(paths.USECASES / name / "usecase.yaml", mode=mode)


def source(name: str, data_dir: Path | None) -> Source:
    """The rows of the use case's data.py, loaded by its path, since a folder is no package."""
    path = paths.USECASES / name / "data.py"
    found = importlib.util.spec_from_file_location(f"penstock_usecase_{name}_data", path)
    if found is None or found.loader is None or not path.exists():
        raise CommandError(f"usecases/{name}/data.py is missing: the demo takes its rows from it")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    made: Source = module.source(data_dir)
    return made


def origin(source: Source) -> str:
    """Where the rows are from and their licence; made-up rows say so, once."""
    words = f"{source.origin} ({source.licence})"
    said = "synthetic" in source.origin.lower()
    return f"SYNTHETIC: {words}" if source.synthetic and not said else words
