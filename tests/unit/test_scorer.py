"""The one path to a score answers a row as it answers a table, and refuses what it cannot trust."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from trained import contract, table, trained

from penstock import features
from penstock.contract import Columns
from penstock.errors import PenstockError
from penstock.scorer import Scorer


def _columns(usecase: str, rows: int) -> Columns:
    found = table(usecase).head(rows)
    return {
        c.name: found[c.name].fill_null("" if c.is_text else float("nan")).to_numpy()
        for c in contract(usecase).columns
    }


@pytest.mark.parametrize("usecase", ["triage", "churn"])
def test_a_row_alone_scores_as_it_does_among_others(usecase: str) -> None:
    scorer = Scorer(trained(usecase)[1])
    columns = _columns(usecase, 150)
    together = scorer.score(columns)
    alone = [
        float(scorer.score({n: v[i : i + 1] for n, v in columns.items()})[0]) for i in range(150)
    ]
    assert together.dtype == np.float64
    assert together.shape == (150,)
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-6)
    assert together.std() > 0.1


def test_the_label_is_the_positive_one_from_the_threshold_on() -> None:
    scorer = Scorer(trained("triage")[1])
    threshold = scorer.contract.threshold
    assert scorer.label(threshold) == "malignant"
    assert scorer.label(threshold - 1e-9) == "benign"


def test_a_category_that_training_never_saw_scores_as_a_missing_one() -> None:
    scorer = Scorer(trained("churn")[1])
    one = {name: values[:1] for name, values in _columns("churn", 1).items()}
    known, unknown, missing = (
        scorer.score(one | {"contract": np.array([value], dtype=object)})[0]
        for value in ("Month-to-month", "Ten years", "")
    )
    assert unknown == missing != known


def test_other_features_than_the_deployed_ones_are_refused() -> None:
    model = trained("triage")[1]
    Scorer(model, features_sha256=features.sha256(model / "features.py"))
    with pytest.raises(PenstockError, match="sha256"):
        Scorer(model, features_sha256="0" * 64)


@pytest.mark.parametrize("name", ["model.onnx", "contract.json", "encoding.json"])
def test_a_damaged_file_is_named(name: str, tmp_path: Path) -> None:
    shutil.copytree(trained("triage")[1], tmp_path / "model")
    (tmp_path / "model" / name).write_bytes(b"not what it was")
    with pytest.raises(PenstockError, match=name):
        Scorer(tmp_path / "model")
