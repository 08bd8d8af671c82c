"""Waiting for what was told to end, within the 15 minutes that a function may run."""

from collections.abc import Callable

TIMEOUT_SECONDS = 600.0


def until_gone(
    left: Callable[[], list[str]], sleep: Callable[[float], None], now: Callable[[], float]
) -> None:
    """Asked until it names nothing; TimeoutError with what it still names."""
    deadline = now() + TIMEOUT_SECONDS
    while found := left():
        if now() > deadline:
            raise TimeoutError(f"still there after {TIMEOUT_SECONDS:.0f} s: {found}")
        sleep(2.0)
