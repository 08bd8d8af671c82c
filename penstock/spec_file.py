"""Reading a usecase.yaml and saying what is wrong: the file, the key, what was expected."""

import re
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from penstock.errors import PenstockError
from penstock.spec import UseCase


class Loader(yaml.SafeLoader):
    """YAML whose only booleans are true and false: `on:` is a key here, and `Yes` a label."""


_BOOL = "tag:yaml.org,2002:bool"
Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != _BOOL]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


def load(path: Path) -> UseCase:
    """Read and check a usecase.yaml; a PenstockError names the file, the key, what was expected."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except FileNotFoundError:
        raise PenstockError("no such file", where=str(path), expected="a usecase.yaml") from None
    except yaml.YAMLError as error:
        raise PenstockError(
            f"not YAML: {error}".replace("\n", " "), where=str(path), expected="a YAML mapping"
        ) from None
    try:
        return UseCase.model_validate(raw)
    except ValidationError as error:
        raise _explain(error, path) from None


def _explain(error: ValidationError, path: Path) -> PenstockError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "(top)"
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    expected = first["msg"]
    what = f"got {first.get('input')!r}"[:120]
    if first["type"] == "extra_forbidden":
        what, expected = "unknown key", f"one of {_known_keys(first['loc'])}"
    elif first["type"] == "missing":
        what, expected = "missing", "this key"
    return PenstockError(f"{key}: {what}{more}", where=f"{path}, key {key}", expected=expected)


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the part of the file holding `loc` knows."""
    part: Any = UseCase
    for name in loc[:-1]:
        if isinstance(name, str) and name in getattr(part, "model_fields", {}):
            part = part.model_fields[name].annotation
        while get_args(part):  # tuple[ColumnSpec, ...] -> ColumnSpec
            part = get_args(part)[0]
    return sorted(part.model_fields)
