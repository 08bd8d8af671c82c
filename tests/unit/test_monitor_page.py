"""The page and the message say what the report says, and only that."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monitor_world import (
    BASELINE,
    CHAMPION,
    CONTRACT,
    LIMITS,
    NOW,
    SINCE,
    USECASE,
    WINDOW,
    look,
    sample,
    write,
)

from functions.monitor import page, reading, reference, report, silence, words
from functions.monitor.page.html import Html, tag
from functions.monitor.query import Wanted
from functions.monitor.seen import Report, Seen
from functions.monitor.silence import Heard
from functions.shared.files import Trouble

VOID = ("meta",)


class Checked(HTMLParser):
    """Every element is closed in its turn; what is loaded or run is written down."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.loads = "", []  # type: ignore[var-annotated]
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [v for k, v in attrs if k in ("src", "href") or k.startswith("on")]
        self.loads += [tag] if tag in ("script", "link", "img", "iframe") else []
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


@pytest.fixture
def drifted(tmp_path: Path) -> Report:
    quiet = look(write(tmp_path / "a.parquet", sample(800, 1)))
    moved = sample(800, 2, shift=1.0) | {"plan": np.array(["b"] * 800, dtype=object)}
    return look(write(tmp_path / "b.parquet", moved), previous=quiet)


def test_the_page_is_one_file_without_a_script(drifted: Report) -> None:
    made = Checked(page.render(drifted))
    assert made.loads == []
    assert "url(" not in page.render(drifted)


def test_the_page_says_what_drifted_and_since_when(drifted: Report) -> None:
    text = Checked(page.render(drifted)).text
    assert "2 of 5 have drifted" in text
    assert text.index("plan") < text.index("columns that have not drifted")
    assert text.count("since 20 Nov 12:00") == 2
    assert "2 columns that have not drifted" in text
    assert "The last 2 looks" in text


def test_a_quiet_page_says_so(tmp_path: Path) -> None:
    text = Checked(page.render(look(write(tmp_path / "a.parquet", sample(800, 1))))).text
    assert "Nothing of 5 has drifted" in text
    assert "What changed" not in text


@pytest.mark.parametrize("rows", [0, 1])
def test_a_page_can_be_made_of_next_to_nothing(tmp_path: Path, rows: int) -> None:
    Checked(page.render(look(write(tmp_path / "a.parquet", sample(rows, 1)))))


def test_whatever_stands_in_the_data_stays_text(tmp_path: Path) -> None:
    """A category's value and a refusal's reason come from outside."""
    evil = "<script>alert(1)</script>"
    table = {**BASELINE["columns"]["plan"], "values": {evil: 0.5, "b": 0.4}, "other": 0.005}
    known = {**BASELINE, "columns": {**BASELINE["columns"], "plan": table}}
    compared = reference.read(known, CONTRACT, "s3://a/b")
    refused = write(tmp_path / "r.parquet", sample(9, 1), refused=True, reason=evil)
    found = reading.read([refused], Wanted(compared.fields, LIMITS, WINDOW))
    found = replace(found, troubles=[Trouble(evil)])
    seen = Seen(USECASE, "dev", CHAMPION | {"version": evil}, SINCE, NOW, compared, found)
    text = page.render(report.make(seen))
    assert evil not in text
    assert "&lt;script&gt;" in text
    Checked(text)


def test_an_element_escapes_all_but_elements() -> None:
    made = tag("p", "a < b", Html("<i></i>"), class_='"', stroke_width=1.5, title=None)
    assert made == '<p class="&quot;" stroke-width="1.5">a &lt; b<i></i></p>'


def test_what_the_model_goes_by_most_comes_first(tmp_path: Path) -> None:
    """Shift x importance, where the baseline says how much each column matters."""
    moved = sample(800, 2, shift=1.0) | {"plan": np.array(["b"] * 800, dtype=object)}
    file = write(tmp_path / "a.parquet", moved)
    assert look(file)["drifted"] == ["plan", "weight"]
    known = {**BASELINE, "importance": {"weight": 0.9, "plan": 0.01}}
    found = look(file, known=known)
    assert found["drifted"] == ["weight", "plan"]
    assert "importance 90%" in page.render(found)


def test_a_drift_that_lasts_keeps_its_beginning_and_ends_with_its_champion(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", sample(800, 2, shift=1.0))
    first = look(file)
    compared = reference.read(BASELINE, CONTRACT, "s3://a/b")
    found = reading.read([file], Wanted(compared.fields, LIMITS, WINDOW))
    later = NOW + timedelta(hours=1)

    def again(champion: dict[str, Any]) -> Report:
        return report.make(
            Seen(USECASE, "dev", champion, SINCE, later, compared, found, previous=first)
        )

    def fresh(found: Report) -> list[str]:
        return [each["name"] for each in found["fresh"]]

    assert fresh(first) == ["weight"]
    lasting = again(CHAMPION)
    assert (fresh(lasting), lasting["columns"]["weight"]["since"]) == ([], first["at"])
    assert fresh(again({"model_package_arn": "next", "version": "5"})) == ["weight"]
    assert len(lasting["history"]) == 2


def test_the_history_does_not_grow_without_end(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.parquet", sample(50, 1)))
    found["history"] = found["history"] * 500
    again = look(write(tmp_path / "b.parquet", sample(50, 1)), previous=found)
    assert len(again["history"]) == report.KEPT
    assert len(page.render(again)) < 500_000


def test_a_message_names_the_causes_and_fits_an_alarms_reason(drifted: Report) -> None:
    told = words.causes(drifted, drifted["findings"], "s3://lake/report.html")
    assert told.splitlines()[0] == "demo (dev): 2 inputs or outputs have drifted"
    assert f"plan: {drifted['columns']['plan']['why']}; since {drifted['at']}" in told
    many = drifted["findings"] * 30
    told = words.causes(drifted, many, "s3://lake/report.html")
    assert len(told) <= 1000
    assert told.splitlines()[-2].startswith("and ")
    assert told.endswith("Report: s3://lake/report.html")
    assert len(words.subject(drifted, many)) <= 100


@pytest.mark.parametrize(
    ("heard", "error"),
    [
        (Heard(1000, 0, 1.0, None, None), silence.NoData),
        (Heard(1000, 0, 0.02, None, None), silence.NoData),
        (Heard(1000, 0, 0.0, None, None), None),
        (Heard(10, 0, 1.0, None, None), None),
        (Heard(1000, 3, 1.0, None, None), None),
        (Heard(0, 0, 1.0, None, None), None),
        (Heard(0, 0, 1.0, 0.0, 24), silence.NoTraffic),
        (Heard(0, 0, 1.0, 1.0, 24), None),
    ],
)
def test_silence_is_news_only_where_something_was_to_be_heard(
    heard: Heard, error: type[Exception] | None
) -> None:
    if error is None:
        silence.check(heard)
        return
    with pytest.raises(error):
        silence.check(heard)


def test_many_drifts_fold_behind_the_gravest(tmp_path: Path) -> None:
    names = [f"n{i}" for i in range(20)]
    found = look(write(tmp_path / "a.parquet", sample(800, 2, shift=1.0)))
    for name in names:
        found["columns"][name] = found["columns"]["weight"]
    text = Checked(page.render(found)).text
    assert text.index("12 more") < text.index("Every column")
