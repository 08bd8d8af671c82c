"""Labelled answers against the champion's evaluation: what is said, and what calls someone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import monitor_world as world
import numpy as np
import polars as pl
import pytest

from functions.monitor import page, quality, reference, report
from functions.monitor.part import Part
from functions.monitor.reading import Reading
from functions.monitor.seen import Seen
from functions.shared.usecase import Quality
from penstock.quality import binary

WORTH = {"currency": "EUR", "true_positive": 60.0, "false_positive": -15.0,
         "true_negative": 0.0, "false_negative": -100.0}  # fmt: skip
WANTED = Quality(28, {"roc_auc": 0.05, "brier": 0.05}, ("plan", "weight"), WORTH)


def answers(n: int, seed: int, apart: float = 2.5, days: int = 10) -> pl.DataFrame:
    """Labelled answers as the labels function writes them; plan b is judged worse the less
    `apart`."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.35).astype(int)
    plan = rng.choice(["a", "b"], n)
    margin = np.where((plan == "b") & (apart < 2), 0.0, apart)
    z = rng.normal(margin * y - 1.5, 1)
    at = [world.NOW - timedelta(days=days * (n - i) / n) for i in range(n)]
    return pl.DataFrame(
        {
            "prediction_id": [f"p{seed}-{i}" for i in range(n)],
            "prediction_time": [f"{t:%Y-%m-%dT%H:%M:%S.%f}+00:00" for t in at],
            "model_package": ["champion"] * n,
            "score": 1 / (1 + np.exp(-1.5 * z)),
            "outcome": pl.Series(y, dtype=pl.Int8),
            "plan": plan,
            "weight": rng.normal(0, 1, n),
        }
    )


class Lake:
    """What a look asks of its store."""

    def __init__(self, folder: Path, rows: pl.DataFrame, evaluated: pl.DataFrame | None) -> None:
        self.folder, self.rows, self.evaluated = folder, rows, evaluated

    def labelled(self, since: str, folder: Path) -> list[Path]:
        days = self.rows.with_columns(day=pl.col("prediction_time").str.slice(0, 10))
        paths = []
        for (day,), part in days.partition_by("day", as_dict=True, include_key=False).items():
            if str(day) >= since:
                part.write_parquet(folder / f"{day}.parquet")
                paths.append(folder / f"{day}.parquet")
        return paths

    def measured(self, uri: str) -> dict[str, Any]:
        if self.evaluated is None:
            return {"metrics": {}}
        y, p = self.evaluated["outcome"].to_numpy(), self.evaluated["score"].to_numpy()
        return {"intervals": {k: e.to_dict() for k, e in binary.judged(y, p).items()}}


def seen(**own: Any) -> Seen:
    known = reference.read(world.BASELINE, world.CONTRACT, "s3://a/baseline.json")
    usecase = replace(world.USECASE, **{"quality": WANTED, **own})
    champion = world.CHAMPION | {"metrics_uri": "s3://a/metrics.json"}
    return Seen(usecase, "dev", champion, world.SINCE, world.NOW, known, Reading())


def part(
    tmp_path: Path, rows: pl.DataFrame, evaluated: pl.DataFrame | None, **own: Any
) -> Part | None:
    return quality.part(seen(**own), Lake(tmp_path, rows, evaluated))  # type: ignore[arg-type]


def test_as_good_as_at_its_evaluation_calls_nobody(tmp_path: Path) -> None:
    found = part(tmp_path, answers(800, 1), answers(400, 2))
    assert found is not None
    assert found.found == {}
    assert found.details["rows"] == 800
    assert sum(period["rows"] for period in found.details["periods"]) == 800
    assert len(found.details["periods"]) >= 8
    value = found.details["value"]
    assert value["best"]["total"] >= value["total"]


def test_a_loss_is_told_with_both_intervals_and_the_worst_slice(tmp_path: Path) -> None:
    found = part(tmp_path, answers(800, 1, apart=1.9), answers(400, 2))
    assert found is not None
    why = found.found["ROC AUC"]
    assert "at evaluation 0.9" in why
    assert "(0.05 is worth knowing)" in why
    assert "worst slice plan b: 0." in why
    assert found.details["verdicts"]["roc_auc"]["lost"]


def test_few_labels_say_how_many_are_needed(tmp_path: Path) -> None:
    found = part(tmp_path, answers(30, 1, apart=0.0), answers(400, 2))
    assert found is not None
    assert found.found == {}
    assert "not enough labels" in found.details["verdicts"]["roc_auc"]["why"]
    found = part(tmp_path, answers(100, 3), answers(2000, 2))
    assert found is not None
    verdict = found.details["verdicts"]["roc_auc"]
    assert 100 < verdict["needed"] < 1000
    more = part(tmp_path, answers(verdict["needed"], 4), answers(2000, 2))
    assert more is not None
    assert more.details["verdicts"]["roc_auc"]["needed"] == pytest.approx(
        verdict["needed"], rel=0.6
    )


def test_another_champions_answers_and_older_ones_are_not_counted(tmp_path: Path) -> None:
    old = answers(300, 5, days=60)
    other = answers(50, 6).with_columns(model_package=pl.lit("before"))
    found = part(tmp_path, pl.concat([old, other]), answers(400, 2))
    assert found is not None
    assert found.details["rows"] == pytest.approx(300 * 28 / 60, abs=2)


def test_nothing_is_said_without_labels_and_nothing_held_to_an_old_evaluation(
    tmp_path: Path,
) -> None:
    assert part(tmp_path, answers(100, 1).clear(), answers(400, 2)) is None
    assert part(tmp_path, answers(100, 1), answers(400, 2), quality=None) is None
    found = part(tmp_path, answers(100, 1), None)
    assert found is not None
    assert "train again" in found.details["verdicts"]["roc_auc"]["why"]
    assert found.found == {}


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_only_is_measured_as_far_as_it_goes(tmp_path: Path, outcome: int) -> None:
    rows = answers(60, 1).with_columns(outcome=pl.lit(outcome, pl.Int8))
    found = part(tmp_path, rows, answers(400, 2))
    assert found is not None
    assert "roc_auc" not in found.details["metrics"]
    assert "both classes" in found.details["verdicts"]["roc_auc"]["why"]
    shown = page.quality.section({"quality": found.details})
    assert "Brier score" in shown


def test_the_page_shows_quality_and_has_no_section_without_it(tmp_path: Path) -> None:
    found = part(tmp_path, answers(800, 1, apart=1.9), answers(400, 2))
    assert found is not None
    shown = page.render(report.make(seen(), [found]))
    assert "<h2>Quality</h2>" in shown
    assert "quality, ROC AUC" in shown
    assert shown.count('class="dot"') > 15
    assert "EUR" in shown
    assert "plan: b" in shown
    assert "nan" not in shown.lower().replace("finance", "")
    assert page.quality.section({}) == ""
