"""Many rows from one function of ours to another, as arrays: as JSON they cost more than scoring.

`{column: numbers | texts}`. Numbers are base64 of float64 [n], little-endian: true is 1, NaN is
missing. Texts are `{"words": distinct ones, "codes": base64 of int32 [n]}`: each row's place among
the words, -1 where it is missing.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock import quick
from penstock.contract import MISSING_TEXT, Column, Columns, Contract
from penstock.errors import SHOWN, ContractError, PenstockError, Violation, shown

Floats = npt.NDArray[np.float64]
_NUMBER, _CODE = np.dtype("<f8"), np.dtype("<i4")


def numbers(values: npt.NDArray[Any]) -> str:
    """[n], NaN where missing."""
    return _text(values, _NUMBER)


def texts(codes: npt.NDArray[Any], words: Sequence[str]) -> dict[str, Any]:
    """`codes` [n]: each row's place among the words, -1 where it is missing."""
    return {"words": list(words), "codes": _text(codes, _CODE)}


def read(packed: Any, contract: Contract) -> Columns:
    """What Contract.parse_columns would give of the same values; ContractError as there."""
    if not isinstance(packed, Mapping):
        raise ContractError([Violation(None, "packed", "an object of columns", shown(packed))])
    columns = {name: _column(name, said) for name, said in packed.items()}
    rules = {rule.name: rule for rule in contract.columns}
    lengths = {len(values) for values in columns.values()}
    if (
        columns.keys() == rules.keys()
        and len(lengths - {0}) == len(lengths) == 1
        and all(quick.array(rule, columns[name]) for name, rule in rules.items())
    ):
        return {name: columns[name] for name in rules}
    plain = {name: _plain(values, rules.get(name)) for name, values in columns.items()}
    return contract.parse_columns(plain)


def answer(scores: Floats, contract: Contract) -> dict[str, Any]:
    """Scores [n], with what makes a label of one: the second from the threshold on."""
    if not np.isfinite(scores).all():
        raise PenstockError(
            "the model gave a score that is no number",
            where=f"row {int(np.argmin(np.isfinite(scores)))}",
            expected="a probability",
        )
    target = contract.target
    return {
        "scores": numbers(scores),
        "threshold": contract.threshold,
        "labels": [target.negative, target.positive],
    }


def scores(answered: Mapping[str, Any]) -> Floats:
    """[n], of an answer."""
    return _array(answered["scores"], _NUMBER).astype(np.float64)


def _text(values: npt.NDArray[Any], kind: np.dtype[Any]) -> str:
    return base64.b64encode(values.astype(kind).tobytes()).decode("ascii")


def _array(text: str, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), kind)


def _column(name: str, said: Any) -> npt.NDArray[Any]:
    """float64 [n], or an object array of str [n]; copies, which features.py may write into."""
    try:
        if isinstance(said, str):
            return np.array(_array(said, _NUMBER), np.float64)
        words, codes = said["words"], _array(said["codes"], _CODE)
        if set(map(type, words)) <= {str} and (codes >= -1).all():
            # -1 is the place of the last one
            known = np.array([*words, MISSING_TEXT], object)
            return np.take(known, codes)
        got = "other words, or other codes"
    except (IndexError, KeyError, TypeError, ValueError) as error:
        got = type(error).__name__
    raise ContractError([Violation(None, name[:SHOWN], "packed numbers, or words and codes", got)])


def _plain(values: npt.NDArray[Any], rule: Column | None) -> list[Any]:
    """As JSON would have them, for the contract to name what is wrong with them."""
    found = [None if v == MISSING_TEXT or v != v else v for v in values.tolist()]
    if rule is None or rule.type != "boolean":
        return found
    return [bool(v) if v in (0, 1) else v for v in found]
