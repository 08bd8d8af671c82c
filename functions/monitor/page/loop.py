"""The page's word on retraining: why the newest began, what it came to, what holds it back."""

from functions.monitor.page import plots
from functions.monitor.page.html import Html, join, tag
from functions.monitor.seen import Report


def section(report: Report) -> Html:
    """Nothing before the first training that is known of."""
    return join([_held_back(report), _newest(report)])


def _held_back(report: Report) -> Html:
    if not report.get("retraining"):
        return Html("")
    said = tag("p", f"Retraining is {report['retraining']}", class_="panel troubles")
    return tag("section", tag("h2", "The loop does not train"), said)


def _newest(report: Report) -> Html:
    if (training := report.get("training")) is None:
        return Html("")
    facts = [
        ("Began", f"{plots.when(training['at'])} UTC, by {training['trigger']}"),
        ("For", training["reason"] or "no known reason"),
        ("Came to", training["outcome"]),
    ]
    said = (tag("p", tag("b", f"{name}: "), words) for name, words in facts)
    return tag("section", tag("h2", "The newest training"), tag("div", *said, class_="panel"))
