"""Why a training begins, in words; and what holds back those that nobody asked for."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.prepare import limits, reason
from functions.prepare.errors import CoolingDown, LoopPaused, MonthlyCap
from functions.prepare.limits import Past
from functions.shared.usecase import Retraining
from penstock import loop

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RULES = Retraining(cool_down_hours=24, max_per_month=3, give_up_after=2)
CHAMPION = {"training_job": "loans-20261101-000000-aaaaaa-0"}
METADATA = re.compile(r"[\w \t.:/=+\-@]{1,256}")  # what a model package's metadata takes


def last(day: str = "2026-11-10", **more: str) -> dict[str, str]:
    row = {"started_at": f"{day}T00:00:00+00:00", "job": "loans-x", "in_vain": "0",
           "in_month": "1", "reason": "drift: tenure since 2026-11-09T10:00"}  # fmt: skip
    return row | more


def counts(row: dict[str, str] | None, asked: dict[str, str] | None = None) -> dict[str, str]:
    return limits.counts("drift", Past(row, asked, CHAMPION), NOW, RULES)


def test_the_first_training_has_nothing_behind_it() -> None:
    assert counts(None) == {"in_vain": "0", "in_month": "1"}


def test_a_month_takes_so_many_and_the_next_begins_anew() -> None:
    released = {"job": "loans-20261101-000000-aaaaaa"}
    assert counts(last(**released, in_month="2"))["in_month"] == "3"
    with pytest.raises(MonthlyCap, match=r"3 trainings .* in 2026-11 .* before 2026-12-01"):
        counts(last(**released, in_month="3"))
    assert counts(last("2026-10-31", **released, in_month="3"))["in_month"] == "1"


def test_a_loop_gives_up_after_trainings_that_released_nothing() -> None:
    assert counts(last())["in_vain"] == "1"
    with pytest.raises(LoopPaused, match=r"2 trainings in a row .* drift: tenure .* retrain"):
        counts(last(in_vain="1"))


def test_a_release_a_person_or_new_data_open_it_again() -> None:
    assert counts(last(in_vain="1", job="loans-20261101-000000-aaaaaa"))["in_vain"] == "0"
    assert counts(last(in_vain="1"), asked=last("2026-11-11"))["in_vain"] == "0"
    with pytest.raises(LoopPaused):
        counts(last(in_vain="1"), asked=last("2026-11-09"))


@pytest.mark.parametrize(("hours_ago", "refused"), [(23.9, True), (24, False), (90, False)])
def test_a_cool_down_lasts_from_the_start_of_the_last_one(hours_ago: float, refused: bool) -> None:
    started = (NOW - timedelta(hours=hours_ago)).isoformat()
    row = last() | {"started_at": started}
    if not refused:
        assert counts(row)["in_vain"] == "1"
        return
    with pytest.raises(CoolingDown, match=r"none before 2026-11-20 12:06:00 UTC \(24 h\)"):
        counts(row)


def test_the_cool_down_comes_first() -> None:
    with pytest.raises(CoolingDown):
        counts(last("2026-11-20", in_vain="1", in_month="3"))


FINDINGS = [
    {"kind": "drift", "name": "tenure", "why": "x", "since": "2026-11-20T10:00:00+00:00"},
    {"kind": "drift", "name": "charges", "why": "x", "since": "2026-11-20T09:00:00+00:00"},
    {"kind": "quality", "name": "ROC AUC", "since": "2026-11-20T10:00:00+00:00",
     "why": "0.81 (0.7 to 0.9), at evaluation 0.97 (0.9 to 1): worse by 0.16"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"trigger": "dataset"}, "dataset v1"),
        ({"trigger": "labels"}, "12000 new labels"),
        ({"trigger": "schedule"}, "schedule: every 30 days"),
        ({"trigger": "manual"}, "asked for by a person"),
        (
            {"trigger": "manual", "by": "role/ann", "reason": 'a "new" clinic, soon'},
            "asked for by role/ann: a new clinic soon",
        ),
        (
            {"trigger": "drift"},
            "drift: tenure + charges since 2026-11-20T09:00 and "
            "quality: ROC AUC 0.81 was 0.97 since 2026-11-20T10:00",
        ),
        ({"trigger": "manual", "reason": "why " * 200}, "asked for by a person: why why"),
    ],
)
def test_a_training_says_why_in_words_that_a_package_takes(
    request_: dict[str, Any], said: str
) -> None:
    found = reason.words(
        request_,
        dataset_version="v1",
        report={"findings": FINDINGS},
        new_labels=12000,
        schedule_days=30,
    )
    assert found.startswith(said)
    assert METADATA.fullmatch(found)


def test_an_alarm_without_a_report_is_a_reason_too() -> None:
    found = reason.words(
        {"trigger": "drift"}, dataset_version="", report=None, new_labels=0, schedule_days=None
    )
    assert found == "drift: the alarm is on"


def test_a_cap_ends_with_its_month_and_a_pause_with_a_release_of_what_was_trained() -> None:
    capped = {"state": "capped", "since": "2026-11-20T12:00:00+00:00", "why": "enough",
              "until": "2026-12-01T00:00:00+00:00"}  # fmt: skip
    assert loop.held_back(capped, None, NOW) == "capped since 2026-11-20 12:00 UTC: enough"
    assert loop.held_back(capped, None, datetime(2026, 12, 1, tzinfo=UTC)) is None
    paused = capped | {"state": "paused", "job": "loans-20261101-000000-bbbbbb"}
    assert loop.held_back(paused, CHAMPION, NOW) == "paused since 2026-11-20 12:00 UTC: enough"
    approved = {"training_job": "loans-20261101-000000-bbbbbb-1"}
    assert loop.held_back(paused, approved, NOW) is None
    assert loop.held_back({"state": "open"}, None, NOW) is None
