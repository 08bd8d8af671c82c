"""The page's section on free text: how long texts are, and which words they hold."""

from functions.monitor.page.card import card, key
from functions.monitor.page.html import Html, join, tag
from functions.monitor.seen import Report


def section(report: Report) -> Html:
    """Each text column's measures side by side; nothing where there is none."""
    if not report["texts"]:
        return Html("")
    lead = (
        "Lengths in characters and in words, the share of a text's different words that are not "
        "of training's vocabulary, and the words whose share of texts moved most. Of a personal "
        "text only its length is known."
    )
    parts = []
    for column, names in report["texts"].items():
        cards = [card(name, report["columns"][name]) for name in names if name in report["columns"]]
        parts += [tag("h3", column), tag("div", *cards, class_="grid")]
    said = (tag("h2", "Texts"), tag("p", lead, class_="lead"), key("w"))
    return tag("section", *said, join(parts), class_="texts")
