"""How soon a training may follow another: a model must not be chased by its own alarm."""

from datetime import datetime, timedelta

from functions.prepare.errors import CoolingDown

COOLED = ("drift", "schedule")


def check(trigger: str, last: datetime | None, now: datetime, hours: float) -> None:
    """Raise CoolingDown for a drift or schedule within `hours` of the last such training's start.

    New data and people do not wait and are not waited for: the cool-down keeps the loop from
    chasing itself, and a model that drifts right after its release is to be heard.
    """
    if trigger not in COOLED or last is None:
        return
    ready = last + timedelta(hours=hours)
    if now < ready:
        raise CoolingDown(
            f"a training by {trigger} at {now:%Y-%m-%d %H:%M:%S} UTC, the last at {last:%H:%M:%S}",
            where="usecase.yaml, key retraining.cool_down_hours",
            expected=f"none before {ready:%Y-%m-%d %H:%M:%S} UTC ({hours:g} h)",
        )
