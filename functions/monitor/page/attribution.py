"""The page's section on attributions: what the model goes by, in training and now."""

from collections.abc import Mapping
from typing import Any

from functions.monitor.page import plots
from functions.monitor.page.html import Html, tag
from functions.monitor.seen import Report


def section(report: Report) -> Html:
    """Nothing where nothing was explained."""
    if not (found := report.get("attribution")):
        return Html("")
    lead = (
        f"Each feature's share of all attributions, of {found['rows']:,} answers explained. The "
        f"order of the features is worth {found['ndcg']:.2f} of the training's (NDCG); below "
        f"{found['worth_knowing']:g}, beyond chance, it calls."
    )
    features = found["features"]
    longest = max([max(f["trained"], f["now"]) for f in features.values()] + [1e-9])
    rows = (
        tag(
            "li",
            tag("span", name),
            plots.pair(feature["trained"], feature["now"], longest),
            tag("span", _places(feature)),
        )
        for name, feature in features.items()
    )
    kind = "panel rank places drifted" if found["drifted"] else "panel rank places"
    key = tag("p", tag("i", class_="o"), "in training",
              tag("i", class_="d" if found["drifted"] else "w"), "now", class_="key")  # fmt: skip
    title = tag("h2", "What the model goes by")
    return tag("section", title, tag("p", lead, class_="lead"), key, tag("ol", *rows, class_=kind))


def _places(feature: Mapping[str, Any]) -> str:
    """Its place among the features, then and now where it changed."""
    before, now = feature["place_trained"], feature["place_now"]
    return f"{now}." if before == now else f"{before}. → {now}."
