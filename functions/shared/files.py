"""Parquet files as one table, whatever became of a column on the way; what is wrong is said.

A column that a file has not, or has as something else, is missing there: the others are compared.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl
from polars.exceptions import PolarsError

Types = Mapping[str, pl.DataType]
HIVE: Types = {"string": pl.String(), "double": pl.Float64(), "boolean": pl.Boolean()}
T = TypeVar("T")


@dataclass(frozen=True)
class Trouble:
    """Something about the data that a person should know; `column` is None if it is about all."""

    what: str
    column: str | None = None


@dataclass(frozen=True)
class Schemas:
    """The files that can be read, with the type that each has for the columns that are wanted."""

    found: dict[Path, dict[str, pl.DataType | None]]
    unreadable: tuple[Path, ...]


def schemas(paths: Iterable[Path], wanted: Types) -> Schemas:
    found, unreadable = {}, []
    for path in paths:
        try:
            schema = pl.read_parquet_schema(path)
        except PolarsError:
            unreadable.append(path)
        else:
            found[path] = {name: schema.get(name) for name in wanted}
    return Schemas(found, tuple(unreadable))


def read(
    paths: Iterable[Path], wanted: Types, look: Callable[[pl.LazyFrame], T]
) -> tuple[T, Schemas]:
    """What `look` makes of the table of all files but the corrupt, which the schemas tell of."""
    seen = schemas(paths, wanted)
    try:
        return look(table(seen.found, wanted)), seen
    except PolarsError:
        good = whole(seen.found)
        if len(good) == len(seen.found):
            raise  # not the files' fault
        bad = tuple(path for path in seen.found if path not in good)
        seen = Schemas({path: seen.found[path] for path in good}, seen.unreadable + bad)
        return look(table(seen.found, wanted)), seen


def whole(paths: Iterable[Path]) -> list[Path]:
    """Those whose every page can be decoded: a footer may outlive its data."""
    return [path for path in paths if _is_whole(path)]


def _is_whole(path: Path) -> bool:
    try:
        pl.read_parquet(path)
    except PolarsError:
        return False
    return True


def table(found: Mapping[Path, Mapping[str, pl.DataType | None]], wanted: Types) -> pl.LazyFrame:
    """The wanted columns of all files, each in its wanted type; files alike are one scan."""
    alike: dict[tuple[pl.DataType | None, ...], list[Path]] = defaultdict(list)
    for path, schema in found.items():
        alike[tuple(schema.values())].append(path)
    frames = [_one(paths, dict(zip(wanted, types, strict=True)), wanted)
              for types, paths in alike.items()]  # fmt: skip
    return pl.concat(frames) if frames else pl.LazyFrame(schema=dict(wanted))


def _one(paths: list[Path], types: Mapping[str, pl.DataType | None], wanted: Types) -> pl.LazyFrame:
    held = {name: type_ for name, type_ in types.items() if type_ is not None}
    frame = pl.scan_parquet(paths, schema=held, extra_columns="ignore")
    return frame.select(_as(name, types[name], type_) for name, type_ in wanted.items())


def _as(name: str, found: pl.DataType | None, wanted: pl.DataType) -> pl.Expr:
    if found == wanted:
        return pl.col(name)
    if found is not None and fits(found, wanted):
        return pl.col(name).cast(wanted)
    return pl.lit(None, wanted).alias(name)


def fits(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether values of a type say the same in another: a whole number is a number."""
    if wanted == pl.Float64:
        return found.is_numeric() or found == pl.Boolean
    return found == wanted or (wanted == pl.String and found == pl.Categorical)


def troubles(schemas: Schemas, wanted: Types) -> list[Trouble]:
    """Files that cannot be read; columns that are gone, or are not what they were."""
    said = []
    total = len(schemas.found) + len(schemas.unreadable)
    if schemas.unreadable:
        said.append(
            Trouble(f"{len(schemas.unreadable)} of {total} files cannot be read (corrupt?)")
        )
    seen = list(schemas.found.values())
    for name, type_ in wanted.items():
        types = [schema[name] for schema in seen]
        absent = sum(found is None for found in types)
        if seen and absent == len(seen):
            said.append(Trouble(f"no file has {name}: the column has vanished", name))
        elif absent:
            said.append(Trouble(f"{absent} of {len(seen)} files have no {name}", name))
        other = sorted({str(t) for t in types if t is not None and not fits(t, type_)})
        if other:
            files = sum(t is not None and not fits(t, type_) for t in types)
            said.append(Trouble(
                f"{name} is {_listed(other)} in {files} of {len(seen)} files, not {type_}: "
                "it counts as missing there", name,
            ))  # fmt: skip
    return said


def _listed(names: Sequence[str]) -> str:
    return " or ".join(names)
