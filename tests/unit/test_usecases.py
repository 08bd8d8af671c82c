"""Every use case keeps its own rules: its data fits its contract, its features hold for one row."""

import importlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trained import ROOT, table, trained

from penstock import features, gates, golden, metrics, spec_file
from penstock.contract import Columns
from penstock.scorer import Scorer
from penstock.source import Source
from penstock.spec import UseCase

USECASES = sorted(p.parent.name for p in (ROOT / "usecases").glob("*/usecase.yaml"))
DATA = os.environ.get("PENSTOCK_DATA", ROOT.parent / "shared" / "data")
DATA_DIR = Path(DATA) if Path(DATA).is_dir() else None
PLACES = [None, DATA_DIR] if DATA_DIR else [None]


@pytest.fixture(scope="module", params=USECASES)
def usecase(request: pytest.FixtureRequest) -> UseCase:
    return spec_file.load(ROOT / "usecases" / request.param / "usecase.yaml")


def _source(name: str, data_dir: Path | None = None) -> Source:
    made: Source = importlib.import_module(f"usecases.{name}.data").source(data_dir)
    return made


def _columns(usecase: UseCase, data_dir: Path | None = None) -> Columns:
    """All rows, read as JSON requests: whatever breaks the contract is an error here."""
    rules = usecase.contract()
    instances: list[dict[str, Any]] = []
    for row in table(usecase.name, data_dir).iter_rows(named=True):
        typed = {c.name: row[c.name] for c in rules.columns}
        for c in rules.columns:
            if c.type == "boolean":
                typed[c.name] = {1.0: True, 0.0: False}[typed[c.name]]
        instances.append(typed)
    return rules.parse(instances)


@pytest.mark.parametrize("data_dir", PLACES, ids=lambda place: "data" if place else "none")
def test_its_rows_fit_its_contract(usecase: UseCase, data_dir: Path | None) -> None:
    rows = _source(usecase.name, data_dir).rows
    names = {c.name for c in usecase.columns} | {usecase.row_id, usecase.target.column}
    assert all(row.keys() == names for row in rows)
    assert len({row[usecase.row_id] for row in rows}) == len(rows) >= 500
    found = {row[usecase.target.column] for row in rows}
    assert found == {usecase.target.positive, usecase.target.negative}
    _columns(usecase, data_dir)


def test_a_feature_of_one_row_is_that_rows_feature_in_the_table(usecase: UseCase) -> None:
    derive = features.load(ROOT / "usecases" / usecase.name / "features.py")
    columns = _columns(usecase)
    before = {name: values.copy() for name, values in columns.items()}
    table_wide = derive(columns)
    for name, values in before.items():  # the record is made of the columns afterwards
        np.testing.assert_array_equal(columns[name], values)
    for i in range(0, len(columns[usecase.columns[0].name]), 37):
        alone = derive({name: values[i : i + 1] for name, values in columns.items()})
        assert alone.keys() == table_wide.keys()
        for name, values in alone.items():
            np.testing.assert_array_equal(values, table_wide[name][i : i + 1], err_msg=name)


def test_no_feature_is_infinite_at_the_edges_of_the_contract(usecase: UseCase) -> None:
    derive = features.load(ROOT / "usecases" / usecase.name / "features.py")
    for end in ("min", "max"):
        row = {
            c.name: np.array([c.values[0]], dtype=object)
            if c.values
            else np.array([float(getattr(c, end) or 0)])
            for c in usecase.columns
        }
        with np.errstate(all="raise"):
            for name, values in derive(row).items():
                assert values.dtype == object or not np.isinf(values).any(), name


@pytest.mark.parametrize("data_dir", PLACES, ids=lambda place: "data" if place else "none")
def test_its_model_passes_its_own_gates(usecase: UseCase, data_dir: Path | None) -> None:
    """On a holdout that training never saw; the road's other gates are evaluate's to measure."""
    made, model = trained(usecase.name, data_dir)
    scorer, arrays = Scorer(model), np.load(made.holdout)
    columns = {
        c.name: arrays[c.name].astype(object if c.is_text else np.float64)
        for c in scorer.contract.columns
    }
    found = metrics.evaluate(arrays["__target__"], scorer.score(columns), usecase.serving.threshold)
    failures = golden.failures(golden.read(model / "golden.jsonl"), scorer)
    found |= {"parity_max_abs": 0.0, "parity_over_tolerance": 0.0, "golden_failures": len(failures)}
    for result in gates.check(usecase.gates, found, None):
        assert result.passed, result


def test_a_personal_column_leaves_no_value_in_the_artifact(usecase: UseCase) -> None:
    baseline = json.loads((trained(usecase.name)[1] / "baseline.json").read_text())
    for column in usecase.columns:
        assert baseline["columns"][column.name].get("personal", False) == column.personal


def test_made_up_data_say_so_and_are_the_same_each_time(tmp_path: Path) -> None:
    made = _source("churn", tmp_path)  # a folder without the table
    assert made.synthetic
    assert "SYNTHETIC" in made.origin
    assert made == _source("churn")
    assert not _source("triage").synthetic


@pytest.mark.skipif(DATA_DIR is None, reason="the public table is not on this machine")
def test_the_public_churn_table_is_read_whole() -> None:
    found = _source("churn", DATA_DIR)
    assert not found.synthetic
    assert len(found.rows) == 7043
    assert sum(row["churn"] == "Yes" for row in found.rows) == 1869
    assert sum(not row["total_charges"].strip() for row in found.rows) == 11
