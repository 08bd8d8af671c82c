"""The page: complete, self-contained, and honest about its data."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from story import story

from cli.demo import report

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Balanced(HTMLParser):
    """Fails on a tag that is closed out of turn; collects what is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loaded += [v for k, v in attrs if k in ("src", "href") and v]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return report.render(story())


def test_the_page_is_well_formed_and_loads_nothing(page: str) -> None:
    """One file that shows the same offline, years later."""
    parser = Balanced()
    parser.feed(page)
    assert not parser.open
    assert not parser.loaded
    assert "<script" not in page
    assert not re.search(r"url\(|@import", page)


def test_text_from_elsewhere_is_escaped(page: str) -> None:
    """An origin or a reason may hold anything, and must not become markup."""
    assert "a &lt;public&gt; table" in page
    assert "<public>" not in page


def test_everything_that_happened_is_on_the_page(page: str) -> None:
    """Checks, quarantine, gates, releases, refusal and drift each leave their trace."""
    words = [
        "broken rows were set aside", "radius: not a number", "roc_auc", "0.08 is above 0.07",
        "rolled back", "scores differ", "only columns", "0f1e2d3c4b5a6978", "1,834",
        "100.0 % of rows moved",
    ]  # fmt: skip
    assert [word for word in words if word not in page] == []
    assert "2 of 3" in page


def test_features_are_sorted_by_their_drift(page: str) -> None:
    """The one that moved most is seen first."""
    shown = re.findall(r"<h3>(feature_\d)</h3>", page)
    assert shown == [f"feature_{i}" for i in reversed(range(9))]
    assert page.count('class="panel drifted"') == 6


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_data_says_so(synthetic: bool) -> None:
    """A reader must never take made-up rows for real ones, nor the other way round."""
    told = story()
    told["data"]["synthetic"] = synthetic
    assert ("synthetic data" in report.render(told).lower()) is synthetic


def test_a_story_broken_off_still_makes_a_page() -> None:
    """A page about a failure is wanted most when there was one."""
    told: dict[str, Any] = story() | {
        "files": [], "models": [], "releases": [], "refusal": None, "spans": [], "chapters": [],
        "drift": {"alarm": 0.25, "columns": []},
    }  # fmt: skip
    assert "What was expected" in report.render(told)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "n/a"), (1834, "1,834"), (3.0, "3"), (0.98712, "0.9871"), (1.2e-7, "1.2e-07")],
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    assert report.number(value) == shown
