"""From features to the two inputs of the ONNX graph, in an order that never moves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.contract import MISSING_TEXT, Columns


@dataclass(frozen=True)
class Encoding:
    """Which features are numbers and which are categories, and the categories that were seen."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, features: Columns, *, texts: Collection[str] = ()) -> "Encoding":
        """Learn the names, sorted, and each category's values (never the missing one).

        texts: free texts among the features, which no model takes as they are: left out.
        """
        kept = features.keys() - set(texts)
        text = sorted(name for name in kept if features[name].dtype.kind in "OU")
        return cls(
            numeric=tuple(sorted(kept - set(text))),
            categorical=tuple(text),
            categories={
                name: tuple(sorted(set(features[name].tolist()) - {MISSING_TEXT})) for name in text
            },
        )

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """The columns of the matrix that the model sees: `age`, `colour=red`."""
        return self.numeric + tuple(
            f"{name}={value}" for name in self.categorical for value in self.categories[name]
        )

    def pack(self, features: Columns) -> dict[str, npt.NDArray[Any]]:
        """float32 [n, k] under `numeric`, str objects [n, m] under `categorical`.

        An input without columns is absent. Missing: nan, and "" (all zeros after the one-hot).
        """
        packed: dict[str, npt.NDArray[Any]] = {}
        if self.numeric:
            columns = [features[n] for n in self.numeric]
            wide = np.concatenate(columns, dtype=np.float32, casting="same_kind")
            packed["numeric"] = wide.reshape(len(columns), -1).T
        if self.categorical:
            packed["categorical"] = np.array([features[n] for n in self.categorical], object).T
        return packed

    def to_dict(self) -> dict[str, Any]:
        return {
            "numeric": list(self.numeric),
            "categorical": list(self.categorical),
            "categories": {name: list(values) for name, values in self.categories.items()},
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Encoding":
        return cls(
            numeric=tuple(raw["numeric"]),
            categorical=tuple(raw["categorical"]),
            categories={name: tuple(values) for name, values in raw["categories"].items()},
        )
