"""The report as a page: one file, nothing loaded from anywhere, no script; phones and the dark."""

from pathlib import Path

from functions.monitor.page import attribution, loop, quality, sections, texts
from functions.monitor.page.html import Html, join, tag
from functions.monitor.seen import Report

_STYLE = Path(__file__).with_name("style.css")


def render(report: Report) -> str:
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", f"{report['usecase']} · {sections.verdict(report)}"),
        tag("style", Html(_STYLE.read_text(encoding="utf-8"))),
    )
    main = tag(
        "main",
        sections.tiles(report),
        sections.troubles(report),
        loop.section(report),
        sections.changed(report),
        sections.ranked(report),
        texts.section(report),
        attribution.section(report),
        sections.over_time(report),
        quality.section(report),
        sections.refused(report),
        sections.others(report),
        sections.rules(report),
    )
    body = tag("body", sections.head(report), main)
    return f"<!doctype html>\n{tag('html', join([head, body]), lang='en')}\n"
