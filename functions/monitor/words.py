"""What a person is told when something was found: what, how much, since when, where."""

from collections.abc import Mapping, Sequence

from functions.monitor.columns import DRIFT, MULTIVARIATE
from functions.monitor.seen import Report

LONGEST = 1000  # an alarm's reason holds 1,023 characters
Finding = Mapping[str, str]  # of the report's `findings`


def causes(report: Report, found: Sequence[Finding], link: str) -> str:
    """One line a cause, the gravest first; cut at whole lines so that the link always fits."""
    head = f"{report['usecase']} ({report['environment']}): {_count(found)}"
    tail = f"Report: {link}"
    lines, left = [head], LONGEST - len(head) - len(tail) - 40
    for i, each in enumerate(found):
        line = f"{label(each)}: {each['why']}; since {each['since']}"
        if len(line) > left:
            lines.append(f"and {len(found) - i} more")
            break
        lines.append(line)
        left -= len(line) + 1
    return "\n".join([*lines, tail])


def subject(report: Report, found: Sequence[Finding]) -> str:
    """At most 100 characters without a line break, as SNS demands."""
    about = ", ".join(map(label, found))
    what = "drift in" if all(each["kind"] == DRIFT for each in found) else "found:"
    return f"{report['usecase']} ({report['environment']}): {what} {about}"[:100]


def label(found: Finding) -> str:
    """A column by its name, anything else by its kind too: quality, ROC AUC."""
    if found["kind"] in (DRIFT, MULTIVARIATE):
        return found["name"]
    return f"{found['kind']}, {found['name']}"


def _count(found: Sequence[Finding]) -> str:
    n, drift = len(found), all(each["kind"] == DRIFT for each in found)
    if n == 1:
        return "1 input or output has drifted" if drift else "1 thing is not as it was"
    return f"{n} inputs or outputs have drifted" if drift else f"{n} things are not as they were"
