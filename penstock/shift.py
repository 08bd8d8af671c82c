"""How traffic moves to a new version, step by step: what the template says and the judge knows."""


def steps(strategy: str, percent: int) -> tuple[int, ...]:
    """The new version's shares of the traffic in percent, one after the other; the last is 100."""
    if strategy == "all_at_once":
        return (100,)
    if strategy == "linear":
        return (*range(percent, 100, percent), 100)
    return (percent, 100)


def bake_minutes(strategy: str, percent: int, minutes: int) -> int:
    """How long both versions answer side by side, `minutes` at each step but the last."""
    return (len(steps(strategy, percent)) - 1) * minutes
