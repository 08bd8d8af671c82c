"""A usecase.yaml is refused with the file, the key, and what was expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.errors import PenstockError
from penstock.spec_file import load

GOOD: dict[str, Any] = {
    "name": "demo",
    "owner": "someone@example.com",
    "description": "A use case.",
    "problem": "binary",
    "target": {"column": "outcome", "positive": "yes", "negative": "no"},
    "row_id": "id",
    "columns": [
        {"name": "age", "type": "int", "min": 0, "max": 120},
        {"name": "plan", "type": "category", "values": ["a", "b"]},
    ],
    "algorithm": {"name": "xgboost"},
    "gates": [{"metric": "roc_auc", "min": 0.7}],
    "budget": {"monthly_usd": 10},
}


def write(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "usecase.yaml"
    path.write_text(yaml.safe_dump(GOOD | changes))
    return path


def test_a_good_file_loads_and_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    one, two = load(write(tmp_path)), load(write(tmp_path))
    assert one.to_json() == two.to_json()
    assert [c.name for c in one.contract().columns] == ["age", "plan"]


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"gatez": []}, "gatez", "'gates'"),
        ({"serving": {"memory": 1}}, "serving.memory", "'memory_mb'"),
        ({"columns": [{"name": "a", "type": "float", "mn": 1}]}, "columns.0.mn", "'min'"),
        ({"columns": [{"name": "a b", "type": "float"}]}, "columns.0.name", "pattern"),
        ({"columns": [{"name": "a", "type": "category"}]}, "columns.0", "needs `values`"),
        ({"columns": [{"name": "id", "type": "float"}]}, "(top)", "used twice"),
        ({"columns": [{"name": "score", "type": "float"}]}, "(top)", "reserved"),
        ({"problem": "ranking"}, "problem", "'binary'"),
        ({"retraining": {"on": ["schedule"]}}, "retraining", "schedule_days"),
        ({"retraining": {"on": [], "labels": 9}}, "retraining", "`labels` in `on`"),
        ({"retraining": {"on": ["labels"], "labels": 9}}, "(top)", "reads none"),
        ({"retraining": {"on": ["schedule"], "schedule_days": 7}}, "retraining", "max_per_month"),
        ({"split": {"holdout": 1.5}}, "split.holdout", "less than 1"),
        ({"serving": {"canary": {"visible_shift": 0.1}}}, "serving.canary", "max_score_shift"),
        ({"serving": {"canary": {"min_samples": 5}}}, "serving.canary.min_samples", "20"),
        ({"serving": {"shadow": {"hours": 2}}}, "serving", "strategy: shadow"),
        ({"serving": {"mode": "batch", "strategy": "canary"}}, "serving", "batch has strategy all"),
        ({"serving": {"mode": "batch"}, "monitoring": {"quiet_hours": 2}}, "(top)", "callers"),
        ({"monitoring": {"quality": {"slices": ["weight"]}}}, "(top)", "slices"),
        (
            {"monitoring": {"quality": {"smallest_loss": {"f1": 0.1}}}},
            "monitoring.quality",
            "roc_auc",
        ),
        ({"labels": {"wait": 1}}, "labels.wait", "'wait_days'"),
        (
            {
                "columns": [{"name": "a", "type": "float", "personal": True}],
                "monitoring": {"attribution": True},
            },
            "(top)",
            "personal",
        ),
        (
            {"serving": {"strategy": "linear", "canary": {"percent": 1, "minutes": 60}}},
            "serving",
            "of 2880 minutes",
        ),
    ],
)
def test_a_wrong_key_is_named_with_what_was_expected(
    tmp_path: Path, changes: dict[str, Any], key: str, expected: str
) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(PenstockError) as caught:
        load(path)
    assert str(path) in caught.value.where
    assert f"key {key}" in caught.value.where
    assert expected in caught.value.expected


def test_a_missing_key_a_missing_file_and_broken_yaml_say_so(tmp_path: Path) -> None:
    path = tmp_path / "usecase.yaml"
    with pytest.raises(PenstockError, match="no such file"):
        load(path)
    path.write_text("a: [")
    with pytest.raises(PenstockError, match="not YAML"):
        load(path)
    path.write_text(yaml.safe_dump({k: v for k, v in GOOD.items() if k != "owner"}))
    with pytest.raises(PenstockError, match="owner: missing"):
        load(path)


def test_the_row_id_may_not_be_a_column_or_the_target(tmp_path: Path) -> None:
    with pytest.raises(PenstockError, match="used twice"):
        load(write(tmp_path, row_id="outcome"))


def test_yes_and_on_are_words_not_booleans(tmp_path: Path) -> None:
    path = tmp_path / "usecase.yaml"
    text = yaml.safe_dump(GOOD).replace("positive: 'yes'", "positive: Yes")
    path.write_text(text + "retraining: {on: [dataset], cool_down_hours: 1}\n")
    usecase = load(path)
    assert usecase.target.positive == "Yes"
    assert usecase.retraining.on == ("dataset",)


def test_a_batch_job_asks_one_version_so_that_it_is_released_all_at_once(tmp_path: Path) -> None:
    assert load(write(tmp_path, serving={"mode": "batch"})).serving.strategy == "all_at_once"


def test_another_mode_in_the_place_of_the_files_is_held_to_its_rules(tmp_path: Path) -> None:
    path = write(tmp_path, serving={"threshold": 0.4})
    serving = load(path, mode="endpoint").serving
    assert (serving.mode, serving.threshold) == ("endpoint", 0.4)
    assert load(path, mode="serverless_endpoint").serving.strategy == "all_at_once"
    with pytest.raises(PenstockError, match=r"serving\.mode"):
        load(path, mode="carrier_pigeon")
