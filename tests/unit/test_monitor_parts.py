"""What a look finds beside its columns: columns together, attributions, parts that fail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from monitor_world import CHAMPION, CONTRACT, NOW, TRAINED, USECASE, sample, write

from functions.monitor import measure, page, service, words
from functions.monitor.columns import REFUSED
from functions.monitor.measure import Outcome
from functions.monitor.part import Part
from functions.monitor.seen import Seen
from functions.monitor.silence import LiveAstray
from functions.monitor.store import Store
from functions.shared.usecase import Deployed
from penstock import baseline
from penstock.contract import Columns, Contract
from penstock.errors import PenstockError

OPEN = Contract(
    usecase="demo",
    row_id="id",
    columns=tuple(column for column in CONTRACT.columns if not column.personal),
    target=CONTRACT.target,
    threshold=0.5,
)


def derive(columns: Columns) -> Columns:
    return dict(columns)


def contributions(weight: Any, active: Any, plan: Any) -> Columns:
    return {"weight": np.nan_to_num(weight), "active": active * 0.5, "plan": plan * 0.1}


def trained() -> dict[str, Any]:
    """A model that goes by weight before all."""
    made = baseline.build(TRAINED, TRAINED["score"], OPEN)
    numbers = (TRAINED["plan"] == "a").astype(float)
    added = contributions(TRAINED["weight"], TRAINED["active"], numbers)
    return baseline.explained(made, added, {c.name: TRAINED[c.name] for c in OPEN.columns}, derive)


@dataclass
class Fake:
    """A store whose lake is a folder; explains a row by how the model then goes."""

    folder: Path
    model: Any = contributions
    known: dict[str, Any] = field(default_factory=trained)
    last: dict[str, Any] | None = None
    said: list[tuple[str, str]] = field(default_factory=list)
    moved: str | None = None
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def champion(self) -> dict[str, Any]:
        return CHAMPION | {"baseline_uri": "s3://a/baseline.json"}

    def baseline(self, uri: str) -> dict[str, Any]:
        return self.known

    def download(self, since: datetime, folder: Path) -> list[Path]:
        return sorted(self.folder.glob("*.parquet"))

    def latest(self) -> dict[str, Any] | None:
        return self.last

    def write(self, report: dict[str, Any], at: datetime) -> str:
        self.last = report
        page.render(report)
        return "s3://lake/report.json"

    def tell(self, subject: str, text: str) -> None:
        self.said.append((subject, text))

    def astray(self) -> str | None:
        return self.moved

    def requests(self, since: datetime, until: datetime) -> float:
        return 0.0

    def held_back(self, now: datetime) -> str | None:
        return None

    def newest_training(self) -> tuple[None, None]:
        return None, None

    def explain(self, champion: Any, instances: Sequence[Mapping[str, Any]]) -> list[Any]:
        self.asked += instances
        weight = np.array([np.nan if i["weight"] is None else i["weight"] for i in instances])
        active = np.array([float(i["active"]) for i in instances])
        plan = np.array([float(i["plan"] == "a") for i in instances])
        found = self.model(weight, active, plan)
        return [{"contributions": {n: v[row] for n, v in found.items()}}
                for row in range(len(instances))]  # fmt: skip


def usecase(**settings: Any) -> Deployed:
    return replace(USECASE, contract=OPEN, min_rows=50, **settings)


def look(store: Fake, watched: Deployed) -> Outcome:
    outcome = measure.measure(watched, cast(Store, store), "dev", NOW)
    service.tell(cast(Store, store), outcome)
    return outcome


def findings(outcome: Outcome) -> list[tuple[str, str]]:
    assert outcome.report is not None
    return [(found["kind"], found["name"]) for found in outcome.report["findings"]]


@pytest.fixture
def only() -> Iterator[list[Any]]:
    """The parts of a look, for a test to choose."""
    before, chosen = measure.PARTS, []
    measure.PARTS = cast(Any, chosen)
    yield chosen
    measure.PARTS = before


def test_a_model_that_goes_by_its_features_as_before_is_no_finding(tmp_path: Path) -> None:
    """Whatever moved in the columns is told by the columns."""
    write(tmp_path / "a.parquet", sample(600, 5))
    store = Fake(tmp_path)
    outcome = look(store, usecase(attribution=True))
    assert outcome.report is not None
    assert findings(outcome) == []
    told = outcome.report["attribution"]
    assert (told["rows"], told["drifted"]) == (500, False)
    assert told["ndcg"] == pytest.approx(1, abs=0.02)
    assert told["features"]["weight"]["place_now"] == 1
    assert set(store.asked[0]) == {"weight", "plan", "active"}
    assert isinstance(store.asked[0]["active"], bool)


def test_a_model_that_goes_by_other_features_is_found(tmp_path: Path) -> None:
    """The same rows: what changed is what they are judged by."""
    write(tmp_path / "a.parquet", sample(600, 5))

    def other(weight: Any, active: Any, plan: Any) -> Columns:
        return {"weight": np.nan_to_num(weight) * 0.1, "active": active * 0.5, "plan": plan * 3}

    store = Fake(tmp_path, other)
    outcome = look(store, usecase(attribution=True))
    assert findings(outcome) == [("attribution", "ranking")]
    ((subject, text),) = store.said
    assert subject == "demo (dev): found: attribution, ranking"
    assert "attribution, ranking: the model goes by other features: NDCG 0." in text
    assert "plan had" in text
    assert outcome.findings == 1
    look(store, usecase(attribution=True))
    assert len(store.said) == 1  # it lasts: told once


def test_attributions_that_cannot_be_compared_are_said(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", sample(600, 5))
    store = Fake(tmp_path, known=trained() | {"attribution": None})
    outcome = look(store, usecase(attribution=True))
    assert outcome.summary()["troubles"] == [
        "attributions are not compared: the champion's baseline has none"
    ]
    assert store.asked == []


def test_columns_that_come_apart_are_a_finding_of_their_own_kind(tmp_path: Path) -> None:
    """Weight now follows whether one is active; each alone is as it was."""
    moved = sample(1000, 7)
    order = np.argsort(np.nan_to_num(moved["weight"], nan=0.0))
    active = np.empty(1000)
    active[order] = np.sort(moved["active"])
    known = trained()
    write(tmp_path / "a.parquet", moved | {"active": active})
    outcome = look(Fake(tmp_path, known=known), usecase(multivariate="pca"))
    assert findings(outcome) == [("multivariate", "columns together")]
    assert outcome.report is not None
    assert outcome.report["drifted"] == []
    assert "columns together" in page.render(outcome.report)
    again = look(Fake(tmp_path, known=known), usecase())
    assert findings(again) == []


def test_a_part_that_fails_is_raised_last_and_keeps_no_other_from_its_word(
    tmp_path: Path, only: list[Any]
) -> None:
    write(tmp_path / "a.parquet", sample(600, 5, shift=2))

    def fails(seen: Seen, store: Store) -> Part:
        raise PenstockError("no answer", where="there", expected="one")

    def finds(seen: Seen, store: Store) -> Part:
        return Part("other", {"worth": "0.81, at evaluation 0.97"}, {"worth": 0.81})

    only += [fails, finds]
    store = Fake(tmp_path)
    outcome = look(store, usecase())
    assert findings(outcome) == [("drift", "weight"), ("other", "worth")]
    assert outcome.report is not None
    assert outcome.report["other"] == {"worth": 0.81}
    assert "no answer" in outcome.summary()["troubles"][0]
    assert "other, worth: 0.81, at evaluation 0.97" in store.said[0][1]
    with pytest.raises(PenstockError, match="no answer"):
        service.listen(usecase(), cast(Store, store), outcome, NOW)


def test_what_a_part_found_is_told_though_too_few_rows_came_to_judge_columns(
    tmp_path: Path, only: list[Any]
) -> None:
    """Labels come later than traffic."""
    write(tmp_path / "a.parquet", sample(12, 5, shift=9))
    found: dict[str, str] = {}
    only.append(lambda seen, store: Part("other", found, {}))
    quiet = look(Fake(tmp_path), usecase())
    assert (quiet.findings, quiet.judged) == (None, False)  # nothing found says nothing
    assert quiet.report is not None
    assert quiet.report["columns"]["weight"]["why"].startswith("not judged")
    found["worth"] = "fell"
    loud = look(Fake(tmp_path), usecase())
    assert (findings(loud), loud.findings) == ([("other", "worth")], 1)
    assert "12 rows of the champion, 50 are needed" in loud.summary()["troubles"][0]


def test_the_kinds_of_finding_share_one_budget() -> None:
    whole = usecase().kinds_of_finding
    assert usecase(attribution=True).kinds_of_finding == whole + 1


def test_an_alias_that_somebody_moved_shouts(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", sample(600, 5))
    store = Fake(tmp_path, moved="live points at version 7; the release left it at 4")
    with pytest.raises(LiveAstray, match="live points at version 7"):
        service.listen(usecase(), cast(Store, store), look(store, usecase()), NOW)


def test_a_message_names_other_kinds_by_their_kind() -> None:
    report = {"usecase": "demo", "environment": "dev"}
    drift = {"kind": "drift", "name": REFUSED, "why": "more", "since": "now"}
    other = drift | {"kind": "quality", "name": "log loss"}
    assert words.causes(report, [drift], "x").startswith("demo (dev): 1 input or output has")
    assert "2 things are not as they were" in words.causes(report, [drift, other], "x")
    assert words.subject(report, [drift, other]) == "demo (dev): found: refused, quality, log loss"
