"""Only the feature code that was named is ever run."""

from pathlib import Path

import numpy as np
import pytest

from penstock import features
from penstock.errors import PenstockError

CODE = "def features(columns):\n    return columns | {'twice': columns['a'] * 2}\n"


def test_the_named_file_runs_and_any_other_does_not(tmp_path: Path) -> None:
    path = tmp_path / "features.py"
    path.write_text(CODE)
    function = features.load(path, features.sha256(path))
    assert function({"a": np.array([2.0])})["twice"].tolist() == [4.0]
    named = features.sha256(path)
    trap = tmp_path / "ran"
    path.write_text(f"open({str(trap)!r}, 'w')\n" + CODE)
    with pytest.raises(PenstockError, match="sha256"):
        features.load(path, named)
    assert not trap.exists()


def test_a_file_without_the_function_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "features.py"
    path.write_text("x = 1\n")
    with pytest.raises(PenstockError, match="no function `features`"):
        features.load(path)
