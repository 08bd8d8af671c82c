"""The local cloud's clock: sped up, stepped, and in the order of time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from localcloud import busy, clock, stepping, tables


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    kept = dict(tables.table("clock"))
    tables.table("clock").clear()
    yield
    tables.table("clock").clear()
    tables.table("clock").update(kept)


def test_a_step_wakes_those_who_wait_in_the_order_of_their_deadlines() -> None:
    """Also one who waits again inside of the step."""
    order: list[str] = []

    def sleeper(name: str, *durations: float) -> None:
        for index, duration in enumerate(durations):
            assert clock.sleep(duration)
            order.append(f"{name}{index}")

    plans = [("a", (3000.0,)), ("b", (1000.0, 1000.0, 1500.0)), ("c", (3200.0,))]
    threads = [threading.Thread(target=sleeper, args=(name, *plan)) for name, plan in plans]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    began = time.monotonic()
    stepping.advance(3600)
    for thread in threads:
        thread.join(2)
    assert order == ["b0", "b1", "a0", "c0", "b2"]
    assert time.monotonic() - began < 2


def test_age_follows_the_scale_and_the_steps_that_came_after() -> None:
    """A timestamp of before a change of speed keeps what it had aged by then."""
    stamp = time.time()
    time.sleep(0.05)
    clock.set_scale(1000)
    time.sleep(0.05)
    stepping.advance(500)
    age = clock.age(stamp)
    assert 500 + 50 <= age < 500 + 400  # the step, 0.05 s at 1000, and its settling
    assert clock.age(time.time()) < 50


def test_now_is_real_time_and_the_steps_whatever_the_scale() -> None:
    clock.set_scale(10_000)
    stepping.advance(86_400)
    assert abs(clock.now() - time.time() - 86_400) < 0.01


def test_a_change_of_the_scale_shortens_a_wait_that_runs() -> None:
    began = time.monotonic()
    threading.Timer(0.1, clock.set_scale, [1000]).start()
    assert clock.sleep(300)
    assert 0.3 < time.monotonic() - began < 1


def test_a_point_in_time_is_reached_by_a_step_and_not_by_speed() -> None:
    clock.set_scale(100_000)
    due = clock.at(time.time() + 3600)
    assert not due.wait(at_most=0.1)
    stepping.advance(3600)
    assert due.passed()


def test_work_is_neither_sped_up_nor_stepped() -> None:
    clock.set_scale(1000)
    bound = clock.work(5)
    stepping.advance(10)
    assert not bound.passed()


@pytest.mark.parametrize("kind", [threading.Event, clock.Signal])
def test_a_cancelled_wait_ends_and_says_so(kind: type[threading.Event]) -> None:
    event = kind()
    threading.Timer(0.05, event.set).start()
    began = time.monotonic()
    assert not clock.sleep(3600, event)
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("wrong", [0, 0.5, -1, 1e9])
def test_an_impossible_scale_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="time scale"):
        clock.set_scale(wrong)


def test_no_step_goes_back() -> None:
    with pytest.raises(ValueError, match="expected 0 to a year"):
        stepping.advance(-1)


def test_a_step_waits_for_the_work_that_it_has_caused() -> None:
    """What a first deadline starts is done before a later one is reached."""
    order: list[str] = []

    def slow() -> None:
        time.sleep(0.3)
        order.append("work")

    def first() -> None:
        assert clock.sleep(100)
        threading.Thread(target=busy.holding(slow)).start()

    def second() -> None:
        assert clock.sleep(200)
        order.append("later")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    stepping.advance(300)
    for thread in threads:
        thread.join(2)
    assert order == ["work", "later"]


def test_a_step_serves_what_lies_in_a_table_though_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread that looks at the table may be busy: no due point is passed over, or merged."""
    due = [clock.after(seconds) for seconds in (100.0, 200.0, 200.0, 5000.0)]
    served: list[float] = []

    def left() -> float | None:
        return min((point.left() for point in due), default=None)

    def serve() -> None:
        while due and due[0].passed():
            served.append(round(due.pop(0).point - start))

    start = clock.elapsed()
    monkeypatch.setattr(stepping, "_calendars", [stepping.Calendar(left, serve)])
    stepping.advance(1000)
    assert served == [100, 200, 200]
    assert len(due) == 1
