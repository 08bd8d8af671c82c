"""What became of some cases is told, sooner than the records of their answers arrive."""

from cli.demo import truths
from cli.demo.story import Story

TITLE = "labels arrive: late, in pieces, twice, and before the records they belong to"
CASES = 80


def play(story: Story) -> None:
    """They wait for their records; whether they find them, the last chapter sees."""
    if story.usecase.labels is None:
        return
    cases = truths.asked(story, story.source.rows[:CASES])
    wrong = cases[0] | {story.contract.target.column: "perhaps"}
    half = CASES // 2
    begin = story.timeline.now()
    with story.timeline.waiting("labels"):
        files = {
            "first.csv": [*cases[: half + 10], wrong, truths.unknown(cases[0])],
            "second.csv": cases[half:],
        }
        reports = {name: truths.send(story, name, rows) for name, rows in files.items()}
    story.timeline.span("labels", "labels", begin, story.timeline.now())
    story.labels = list(reports.values())
    rejected = [report["rows_rejected"] for report in reports.values()]
    accepted = [report["rows_accepted"] for report in reports.values()]
    seen = f"{sum(accepted)} taken in two files that overlap, {sum(rejected)} set aside"
    held = rejected == [1, 0] and accepted == [half + 11, CASES - half]
    story.expect("labels are taken but for the wrong word", held, seen)
    for reason in reports["first.csv"]["reasons"]:
        story.timeline.say(f"set aside: {reason}")
