"""One column on the page: what is said of it, its picture, its figures."""

from collections.abc import Mapping
from typing import Any

from functions.monitor.columns import REFUSED
from functions.monitor.page import plots
from functions.monitor.page.html import Html, tag
from penstock.text import VOCABULARY

WORDS = 10  # of a vocabulary that are shown
_SAID = {
    "psi": "PSI",
    "jensen_shannon": "Jensen-Shannon",
    "wasserstein": "Wasserstein",
    "kolmogorov_smirnov": "Kolmogorov-Smirnov",
    "chi_squared": "chi-squared",
    "unseen": "unseen",
    "missing": "missing",
}


def card(name: str, column: Mapping[str, Any]) -> Html:
    """With its badge where it has drifted."""
    badge = (
        tag("span", f"since {plots.when(column['since'])}", class_="badge")
        if column["since"]
        else tag("span", f"{column['shift']:.1%} moved", class_="soft")
    )
    figures = [f"{label} {_figure(column['statistics'][key])}"
               for key, label in _SAID.items() if column["statistics"].get(key)]  # fmt: skip
    if column["importance"] is not None:
        figures.append(f"importance {column['importance']:.0%}")
    return tag(
        "div",
        tag("div", tag("h3", called(name)), badge, class_="title"),
        tag("p", sentence(column["why"]) + "."),
        words(column) if column["kind"] == VOCABULARY else plots.bins(name, column),
        tag("p", " · ".join(figures), class_="figures"),
        class_="panel drifted" if column["drifted"] else "panel",
    )


def words(column: Mapping[str, Any]) -> Html:
    """Those of a vocabulary that moved most, the share of texts that hold each."""
    sides = zip(column["bins"], column["expected"], column["actual"], strict=True)
    moved = sorted(sides, key=lambda one: -abs(one[2] - one[1]))[:WORDS]
    longest = max([share for _, *shares in moved for share in shares] + [1e-9])
    rows = (
        tag(
            "li",
            tag("span", word, dir="auto"),
            plots.pair(before, now, longest),
            tag("span", f"{now - before:+.1%}"),
        )
        for word, before, now in moved
    )
    return tag("ol", *rows, class_="rank places")


def sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def called(name: str) -> str:
    return "refused requests" if name == REFUSED else name


def key(now: str) -> Html:
    return tag("p", tag("i", class_="o"), "in training", tag("i", class_=now), "now", class_="key")
