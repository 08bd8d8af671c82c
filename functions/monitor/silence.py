"""What a look must shout of, though no column has moved: silence, and an alias that was moved."""

from dataclasses import dataclass

from penstock.errors import PenstockError

ENOUGH = 20  # records that ought to be there: that chance kept none of them is below 1e-8


@dataclass(frozen=True)
class Heard:
    """requests: to the champion's function, those that a record has had time to arrive of.

    quiet: requests in the last `quiet_hours`; None where nobody wants to know.
    """

    requests: float
    records: bool
    capture_rate: float
    quiet: float | None
    quiet_hours: int | None


class NoData(PenstockError):
    """Requests were answered, and the lake has no record of them."""


class NoTraffic(PenstockError):
    """Nobody asked anything, which the use case says is not normal."""


class LiveAstray(PenstockError):
    """Someone moved the alias beside the release."""


def check_live(astray: str | None) -> None:
    """`astray`: what `live` is instead of the champion's version."""
    if astray is not None:
        raise LiveAstray(
            astray, where="the predict function's alias", expected="only a release moves it"
        )


def check(heard: Heard) -> None:
    """Raise what should wake someone."""
    expected = heard.requests * heard.capture_rate
    if not heard.records and expected >= ENOUGH:
        raise NoData(
            f"{heard.requests:.0f} requests and no prediction record",
            where="the log's subscription, Firehose, predictions/",
            expected=f"about {expected:.0f} records",
        )
    if heard.quiet is not None and not heard.quiet:
        raise NoTraffic(
            f"no request in {heard.quiet_hours} hours",
            where="usecase.yaml, key monitoring.quiet_hours",
            expected="at least one",
        )
