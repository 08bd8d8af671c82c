"""What follows from a look: who is told, what must shout, whether to train again."""

from datetime import datetime, timedelta
from typing import Any

from functions.monitor import reconcile, silence, words
from functions.monitor.measure import Outcome
from functions.monitor.store import Store
from functions.shared import telling
from functions.shared.telling import Message
from functions.shared.usecase import Deployed
from penstock.loop import OPEN

ARRIVAL = timedelta(hours=1)  # the longest that Firehose holds a record back, and then some


def tell(store: Store, outcome: Outcome) -> None:
    """Say what was found since the look before; what had been already is known."""
    if outcome.report is None or outcome.report_uri is None:
        return
    if found := outcome.report["fresh"]:
        page = outcome.report_uri.removesuffix("json") + "html"
        store.tell(
            words.subject(outcome.report, found),
            words.causes(outcome.report, found, page),
        )


def listen(usecase: Deployed, store: Store, outcome: Outcome, now: datetime) -> None:
    """Raise what must not look like that all is well: see `functions.monitor.silence`."""
    if outcome.failures:
        raise outcome.failures[0]
    silence.check_live(store.astray())
    since = now - timedelta(hours=usecase.window_hours)
    if store.champion() is None:
        return
    quiet, hours = None, usecase.quiet_hours
    if hours is not None:
        quiet = store.requests(now - timedelta(hours=hours), now)
    silence.check(
        silence.Heard(
            requests=0 if outcome.records else store.requests(since, now - ARRIVAL),
            records=outcome.records,
            capture_rate=usecase.capture_rate,
            quiet=quiet,
            quiet_hours=hours,
        )
    )


def retrain(usecase: Deployed, store: Store, now: datetime, outcome: Outcome) -> dict[str, Any]:
    """Start the training that a drift alarm, or enough new labels, ask for, if nobody did."""
    situation = reconcile.Situation(
        alarm_state=store.alarm_state(),
        drifts=bool(outcome.findings),
        new_labels=store.new_labels() if usecase.retraining.labels else 0,
        last_training=store.last_training(),
        is_training=store.is_training(),
        is_releasing=store.lock() is not None,
        held_back=store.held_back(now),
    )
    trigger, why = reconcile.decide(now, situation, usecase.retraining)
    return {"started": store.start_training(trigger) if trigger else None, "why": why}


def tell_of_loop(usecase: Deployed, store: Store, environment: str, now: datetime) -> None:
    """Say once that nothing is trained by itself any more: who hears nothing takes it for quiet."""
    row = store.loop()
    if row is None or row["state"] == OPEN or row == store.told():
        return
    if why := store.held_back(now):
        name = usecase.name
        lines = (
            f"It is {why}.",
            telling.answers(store.champion()),
            f"What to do: {telling.newer_data(name)}, or `penstock retrain {name}`.",
        )
        what = f"retraining is {row['state']}"
        store.publish(Message(telling.about(name, environment), what, lines))
        store.remember(row)
