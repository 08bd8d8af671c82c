"""The page's section on quality: answers against their truths, as far as these are known."""

from collections.abc import Mapping
from typing import Any

from functions.monitor.page import quality_plots
from functions.monitor.page.html import Html, tag
from functions.monitor.seen import Report
from penstock.quality.loss import SAID

Found = Mapping[str, Any]
_SAID = SAID | {
    "average_precision": "average precision",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
}
_MOST_SLICES = 24


def section(report: Report) -> str:
    """Nothing where nothing is labelled."""
    if (found := report.get("quality")) is None:
        return Html("")
    lead = (
        f"{found['rows']:,} answers of the last {found['window_days']} days have a label, "
        f"{found['positives'] / found['rows']:.0%} of them positive. A loss must be beyond chance "
        "and worth knowing; the band is the evaluation."
    )
    cards = [_card(name, found) for name in found["verdicts"]]
    return tag(
        "section",
        tag("h2", "Quality"),
        tag("p", lead, class_="lead"),
        tag("div", *cards, _reliability(found), class_="grid"),
        *_value(found),
        _metrics(found),
        *_slices(found),
        class_="quality",
    )


def _card(name: str, found: Found) -> Html:
    verdict, now = found["verdicts"][name], found["metrics"].get(name)
    badge = tag("span", "lost", class_="badge") if verdict["lost"] else (
        tag("span", _interval(now), class_="soft"))  # fmt: skip
    needed = verdict["needed"]
    words = verdict["why"] + "."
    if needed is not None and needed > found["rows"]:
        words += (
            f" To tell a loss of {verdict['smallest']:g}, about {needed:,} labels are needed; "
            f"there are {found['rows']:,}."
        )
    before = found["at_evaluation"].get(name)
    shown = any(period.get(name) for period in found["periods"])
    plot = quality_plots.course(_SAID[name], found["periods"], name, before) if shown else ""
    return tag(
        "div",
        tag("div", tag("h3", _SAID[name]), badge, class_="title"),
        tag("p", words[:1].upper() + words[1:]),
        plot,
        class_="panel drifted" if verdict["lost"] else "panel",
    )


def _reliability(found: Found) -> Html:
    return tag(
        "div",
        tag("div", tag("h3", "Reliability"),
            tag("span", f"calibration error {found['calibration_error']:.3f}", class_="soft"),
            class_="title"),
        tag("p", "What the score said, and how often it was so; the line is where both agree."),
        quality_plots.reliability(found["reliability"]),
        class_="panel",
    )  # fmt: skip


def _metrics(found: Found) -> Html:
    rows = [
        tag("tr", tag("td", _SAID[name]), _cell(estimate), _cell(found["at_evaluation"].get(name)))
        for name, estimate in found["metrics"].items()
    ]
    head = _head("metric", "now", "at evaluation")
    return tag("div", tag("table", head, *rows), class_="panel under")


def _slices(found: Found) -> list[Html]:
    if not found["slices"]:
        return []
    worst = sorted(found["slices"], key=_rank)
    head = _head("slice", "labels", "positive", "ROC AUC", "Brier score")
    rows = [
        tag("tr", tag("td", f"{one['column']}: {one['slice']}"),
            tag("td", f"{one['rows']:,}", class_="n"),
            tag("td", f"{one['positives'] / one['rows']:.0%}", class_="n"),
            _cell(one["roc_auc"]), _cell(one["brier"]))
        for one in worst
    ]  # fmt: skip
    first, rest = rows[:_MOST_SLICES], rows[_MOST_SLICES:]
    more = [tag("p", f"and {len(rest)} more in the report's JSON", class_="soft")] if rest else []
    lead = "The worst first; too few labels of a class leave a place empty."
    table = tag("div", tag("table", head, *first), *more, class_="panel")
    return [tag("h3", "By slice"), tag("p", lead, class_="lead"), table]


def _rank(one: Found) -> tuple[bool, float]:
    auc = one["roc_auc"]
    return (auc is None, auc["high"] if auc else -(one["brier"] or {"low": 0.0})["low"])


def _value(found: Found) -> list[Html]:
    if (value := found["value"]) is None:
        return []
    unit, best = value["currency"], value["best"]
    each = value["each"]
    rows = [
        ("an answer", f"{_interval(each)} {unit}" if each else ""),
        (f"all {found['rows']:,} at threshold {value['threshold']:g}",
         f"{value['total']:,.0f} {unit}"),
        (f"at the best threshold, {best['threshold']:.3g}", f"{best['total']:,.0f} {unit}"),
    ]  # fmt: skip
    lines = (tag("tr", tag("td", what), tag("td", said, class_="n")) for what, said in rows)
    note = "The best threshold is found on these very answers: it flatters itself a little."
    return [tag("div", tag("h3", "Value"), tag("table", *lines), tag("p", note, class_="soft"),
                class_="panel under")]  # fmt: skip


def _interval(estimate: Found | None) -> str:
    if estimate is None:
        return "-"
    return f"{estimate['value']:.3g} ({estimate['low']:.3g} to {estimate['high']:.3g})"


def _cell(estimate: Found | None) -> Html:
    if estimate is None:
        return tag("td", "-", class_="n")
    reach = f"{estimate['low']:.3g} to {estimate['high']:.3g}"
    return tag("td", f"{estimate['value']:.3g}", tag("small", reach), class_="n")


def _head(first: str, *others: str) -> Html:
    return tag("tr", tag("th", first), *(tag("th", name, class_="n") for name in others))
