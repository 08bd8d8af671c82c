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


def load(path: Path, *, mode: str | None = None) -> UseCase:
    """Read and check a usecase.yaml; a PenstockError names the file, the key, what was expected.

    A `mode` of serving stands in the place of the file's own.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except FileNotFoundError:
        raise PenstockError("no such file", where=str(path), expected="a usecase.yaml") from None
    except yaml.YAMLError as error:
        raise PenstockError(
            f"not YAML: {error}".replace("\n", " "), where=str(path), expected="a YAML mapping"
        ) from None
    if mode and isinstance(raw, dict):
        raw["serving"] = (raw.get("serving") or {}) | {"mode": mode}
    try:
        return UseCase.model_validate(raw)
    except ValidationError as error:
        raise _explain(error, path) from None


def _explain(error: ValidationError, path: Path) -> PenstockError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in _written(first["loc"])) or "(top)"
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    expected = first["msg"]
    what = f"got {first.get('input')!r}"[:120]
    if first["type"] == "extra_forbidden":
        what, expected = "unknown key", f"one of {_known_keys(first['loc'])}"
    elif first["type"] == "missing":
        what, expected = "missing", "this key"
    return PenstockError(f"{key}: {what}{more}", where=f"{path}, key {key}", expected=expected)


def _written(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """As it stands in the file, where no key says which algorithm's settings they are."""
    return (*loc[:1], *loc[2:]) if loc[:1] == ("algorithm",) else loc


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the part of the file holding `loc` knows."""
    part: Any = UseCase
    for name in loc[:-1]:
        if isinstance(name, str) and name in getattr(part, "model_fields", {}):
            part = part.model_fields[name].annotation
        while kinds := get_args(part):  # tuple[ColumnSpec, ...] -> ColumnSpec
            part = next((kind for kind in kinds if _tag(kind) & set(loc)), kinds[0])
    return sorted(part.model_fields)


def _tag(part: Any) -> set[Any]:
    """The name that tells a part from others that may stand in its place."""
    name = getattr(part, "model_fields", {}).get("name")
    return set(get_args(name.annotation)) if name else set()
