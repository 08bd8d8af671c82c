"""The parts of the page, in the order in which they are read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.monitor.columns import REFUSED
from functions.monitor.page import plots
from functions.monitor.page.card import called, card, key, sentence
from functions.monitor.page.html import Html, tag
from functions.monitor.report import of
from functions.monitor.scan import SCORE
from functions.monitor.seen import Report
from functions.monitor.words import label

FIRST = 9  # cards that are shown at once
History = Sequence[Mapping[str, Any]]


def verdict(report: Report) -> str:
    n, total = len(report["drifted"]), len(report["columns"]) + 1
    others = len(report["findings"]) - n
    said = f"{n or 'nothing'} of {total} {'has' if n < 2 else 'have'} drifted"
    return said + (f", {others} other finding{'s'[: others != 1]}" if others else "")


def head(report: Report) -> Html:
    found = report["findings"]
    lead = ", ".join(called(label(each)) for each in found[:4])
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    words = f"{lead}{more}" if found else "Inputs, scores and refusals are as in training."
    return tag(
        "header",
        tag(
            "div",
            tag("p", f"{report['usecase']} · {report['environment']}", class_="word"),
            tag("h1", sentence(verdict(report))),
            tag("p", words),
            class_="bad" if found else "good",
        ),
    )


def tiles(report: Report) -> Html:
    window, champion = report["window"], report["champion"]
    facts = [
        (f"{report['rows']:,}", "predictions looked at"),
        (f"{window['hours']} h", f"to {plots.when(window['to'])} UTC"),
        (f"{report['refused']['rows']:,}", "requests refused"),
        (f"version {champion['version']}", f"trained on {report['baseline_rows']:,} rows"),
    ]
    return tag(
        "div", *(tag("div", tag("b", big), tag("span", small), class_="tile")
                 for big, small in facts), class_="tiles",
    )  # fmt: skip


def troubles(report: Report) -> Html:
    if not report["troubles"]:
        return Html("")
    said = (tag("li", trouble["what"]) for trouble in report["troubles"])
    return _section("Wrong with the data", tag("ul", *said, class_="panel troubles"))


def changed(report: Report) -> Html:
    names = [name for name in report["columns"] if report["columns"][name]["drifted"]]
    if report["refused"]["drifted"]:
        names.append(REFUSED)
    if not names:
        return Html("")
    cards = [card(name, of(report, name)) for name in names]
    first, rest = cards[:FIRST], cards[FIRST:]
    more = tag("details", tag("summary", f"{len(rest)} more"), tag("div", *rest, class_="grid"))
    lead = "What matters most first. " + (
        "Shift is weighed by how much the model goes by a column."
        if any(c["importance"] is not None for c in report["columns"].values())
        else "By the share of rows that moved."
    )
    grid = [tag("div", *first, class_="grid"), *([more] if rest else [])]
    return _section("What changed", key("d"), *grid, lead=lead)


def ranked(report: Report) -> Html:
    columns = report["columns"]
    longest = max([max(c["shift"], c["threshold"]) for c in columns.values()] + [1e-9])
    rows = (
        tag("li", tag("span", name), plots.bar(c, longest), tag("span", f"{c['shift']:.1%}"))
        for name, c in columns.items()
    )
    lead = "The share of rows that moved; the mark is what is worth knowing of that column."
    return _section("Every column", tag("ol", *rows, class_="panel rank"), lead=lead)


def over_time(report: Report) -> Html:
    history = report["history"]
    parts = [tag("h3", "How far the worst column had moved"), *_timed(plots.course, history)]
    if score := report["columns"].get(SCORE):
        bands = score["bins"]
        shown = [point for point in history if len(point["score"]) == len(bands)]
        parts += [
            tag("h3", "Scores, low below and high above"),
            *_timed(lambda points: plots.scores(points, bands), shown),
        ]
    lead = f"The last {len(history)} looks; orange where something had drifted."
    return _section("Over time", tag("div", *parts, class_="panel time"), lead=lead)


def _timed(plot: Callable[[History], Html], points: History) -> list[Html]:
    """A plot, and under it the looks that it begins and ends with."""
    if not points:
        return []
    ends = {points[0]["at"]: None, points[-1]["at"]: None}
    return [plot(points), tag("p", *(tag("span", plots.when(at)) for at in ends), class_="span")]


def refused(report: Report) -> Html:
    reasons = report["refused"]["reasons"]
    if not reasons:
        return Html("")
    rows = [
        tag("tr", tag("td", why), tag("td", f"{n:,}", class_="n"))
        for why, n in sorted(reasons.items(), key=lambda item: -item[1])[:12]
    ]
    top = tag("tr", tag("th", "why"), tag("th", "requests", class_="n"))
    return _section("Refused requests", tag("div", tag("table", top, *rows), class_="panel"))


def others(report: Report) -> Html:
    of_texts = {name for names in report["texts"].values() for name in names}
    quiet = {name: c for name, c in report["columns"].items()
             if not c["drifted"] and name not in of_texts}  # fmt: skip
    if not quiet:
        return Html("")
    cards = (card(name, column) for name, column in quiet.items())
    inner = tag("div", *cards, class_="grid")
    said = tag("summary", f"{len(quiet)} columns that have not drifted")
    return tag("section", tag("details", said, key("w"), inner))


def rules(report: Report) -> Html:
    set_to = report["rules"]
    words = (
        f"A column has drifted if its move is beyond chance and more than "
        f"{set_to['smallest_shift']:.0%} of its rows moved (or more than stretches of the training "
        f"data did by themselves). Chance is held to {set_to['false_alarms_per_year']:g} false "
        f"alarms a year over all columns and {set_to['looks_per_year']:,.0f} looks; at this look "
        f"the strictest level was "
        f"{min((c['level'] for c in report['columns'].values()), default=0):.1g}."
    )
    names = [
        ("look", report["at"]),
        ("window", f"{report['window']['from']} to {report['window']['to']}"),
        *((name.replace("_", " "), str(value)) for name, value in report["champion"].items()),
    ]
    listed = (part for name, value in names for part in (tag("dt", name), tag("dd", value)))
    return tag("footer", tag("p", words), tag("dl", *listed))


def _section(title: str, *content: str, lead: str = "") -> Html:
    intro = [tag("p", lead, class_="lead")] if lead else []
    return tag("section", tag("h2", title), *intro, *content)
