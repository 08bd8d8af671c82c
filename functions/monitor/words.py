"""What a person is told when something has drifted: which column, how much, since when, where."""

from functions.monitor.report import Report, of

LONGEST = 1000  # an alarm's reason holds 1,023 characters


def causes(report: Report, names: list[str], link: str) -> str:
    """One line a cause, the gravest first; cut at whole lines so that the link always fits."""
    head = f"{report['usecase']} ({report['environment']}): {_count(len(names))} drifted"
    tail = f"Report: {link}"
    lines, left = [head], LONGEST - len(head) - len(tail) - 40
    for i, name in enumerate(names):
        line = _line(report, name)
        if len(line) > left:
            lines.append(f"and {len(names) - i} more")
            break
        lines.append(line)
        left -= len(line) + 1
    return "\n".join([*lines, tail])


def subject(report: Report, names: list[str]) -> str:
    """At most 100 characters without a line break, as SNS demands."""
    return f"{report['usecase']} ({report['environment']}): drift in {', '.join(names)}"[:100]


def _line(report: Report, name: str) -> str:
    found = of(report, name)
    return f"{name}: {found['why']}; since {found['since']}"


def _count(n: int) -> str:
    return "1 input or output has" if n == 1 else f"{n} inputs or outputs have"
