"""Tells the story, chapter after chapter, and leaves nothing running but what was asked for."""

import json
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

import localcloud
from cli import paths, usecases
from cli.children import Children
from cli.demo import report
from cli.demo.chapters import (
    asking,
    bad_release,
    drifting,
    first_model,
    labels,
    opening,
    quality,
    second_model,
)
from cli.demo.story import Story, Unexpected
from cli.demo.summary import SERVED, page, summary, table
from cli.demo.timeline import Timeline
from cli.errors import CommandError

CHAPTERS = (opening, first_model, asking, second_model, bad_release, labels, drifting, quality)


def run(name: str, console: Console, *, keep: bool, mode: str | None = None) -> str | None:
    """Play every chapter; None if all that was expected happened, else what did not.

    `mode` stands in the place of the use case's own. The local cloud is stopped at the end, unless
    it is to be kept; on Ctrl-C always.
    """
    usecase = usecases.read(name, mode=mode)
    if (asked := usecase.serving.mode) not in SERVED:
        raise CommandError(
            f"the demo has a canary, which mode {asked} has not in this way: "
            f"expected --mode {' or '.join(SERVED)}"
        )
    source = usecases.source(name, paths.data_dir())
    timeline = Timeline(console)
    console.print(f"[bold]{name}[/]: {usecase.description}")
    console.print(f"data: {len(source.rows)} rows, {usecases.origin(source)}", soft_wrap=True)
    finished = False
    try:
        with Children() as children:
            story = Story(usecase, source, timeline, children)
            failure = _play(story)
        finished = True
    finally:
        if not (keep and finished):
            localcloud.stop(paths.CLOUD)
    story.seconds = {"total": timeline.now(), **story.seconds}
    _leave(story, failure, console)
    return failure


def _play(story: Story) -> str | None:
    for chapter in CHAPTERS:
        begin = story.timeline.now()
        try:
            with story.timeline.chapter(chapter.TITLE):
                chapter.play(story)
        except Unexpected as unexpected:
            return str(unexpected)
        except CommandError as error:
            story.timeline.console.print(error.output, markup=False, soft_wrap=True)
            return f"{chapter.TITLE}: {error}"
        except (ClientError, BotoCoreError) as error:
            return f"{chapter.TITLE}: {error}"
        finally:
            name = chapter.__name__.rsplit(".", 1)[-1]
            story.seconds.setdefault(name, story.timeline.now() - begin)
    return None


def _leave(story: Story, failure: str | None, console: Console) -> None:
    """The table for now, the page and the figures for later; also of a story broken off."""
    figures = summary(story, failure)
    paths.DEMO.mkdir(parents=True, exist_ok=True)
    numbers, html = paths.DEMO / "summary.json", paths.DEMO / "report.html"
    _write(numbers, json.dumps(figures, indent=2, default=float) + "\n")
    _write(html, report.render(page(story, figures)))
    console.print()
    console.print(table(story, figures))
    console.print(f"\n{paths.shown(html)}\n{paths.shown(numbers)}")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
