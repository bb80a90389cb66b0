"""`Alarm`: readable when the earliest of all times asked for has come."""

from __future__ import annotations

import contextlib
import math
import os
import select
import threading
from collections.abc import Iterator

import pytest

from sdk.transport import alarm as module
from sdk.transport.alarm import Alarm

PATIENCE = 20.0
LONG = 1000.0  # seconds; no test lasts so long


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    """An alarm with a timer of the system's."""
    one = Alarm(lambda: pytest.fail("it needs nobody to be woken"))
    if one.open() < 0:
        pytest.skip("this system has no timer with a descriptor")
    yield one
    os.close(one.fileno())


def is_due(alarm: Alarm, seconds: float = 0.0) -> bool:
    return bool(select.select([alarm], [], [], seconds)[0])


def test_it_is_not_due_before_anybody_asks(alarm: Alarm) -> None:
    assert alarm.remaining() is None
    assert not is_due(alarm, 0.05)


@pytest.mark.parametrize("seconds", [0, 1e-9, 0.001, 0.05, -1])
def test_it_is_due_after_the_time_that_was_asked_for(alarm: Alarm, seconds: float) -> None:
    alarm.within(seconds)
    assert is_due(alarm, PATIENCE)
    assert alarm.remaining() == 0.0


def test_a_later_time_does_not_postpone_it(alarm: Alarm) -> None:
    alarm.within(0.02)
    alarm.within(LONG)
    assert is_due(alarm, PATIENCE)


def test_an_earlier_time_brings_it_forward(alarm: Alarm) -> None:
    alarm.within(LONG)
    assert not is_due(alarm)
    assert 0 < (alarm.remaining() or 0) <= LONG
    alarm.within(0.02)
    assert is_due(alarm, PATIENCE)


def test_times_of_more_than_a_second_are_set_whole(alarm: Alarm) -> None:
    alarm.within(1.999999999)
    assert not is_due(alarm, 0.05)
    assert math.isclose(alarm.remaining() or 0, 1.95, abs_tol=1.9)


def test_once_cleared_it_is_due_no_more_until_somebody_asks_again(alarm: Alarm) -> None:
    alarm.within(0.001)
    assert is_due(alarm, PATIENCE)
    alarm.clear()
    assert alarm.remaining() is None
    assert not is_due(alarm, 0.05)
    alarm.within(0.001)
    assert is_due(alarm, PATIENCE)


def test_to_clear_it_when_it_is_not_due_does_no_harm(alarm: Alarm) -> None:
    alarm.clear()
    alarm.within(0.01)
    assert is_due(alarm, PATIENCE)


def test_what_is_asked_for_while_it_is_due_is_not_forgotten(alarm: Alarm) -> None:
    """The asker sees the time that has passed and sets nothing: who clears looks afterwards, and finds his wish."""
    alarm.within(0.001)
    assert is_due(alarm, PATIENCE)
    alarm.within(LONG)
    assert is_due(alarm)


def test_nothing_that_any_of_four_threads_asks_for_is_missed(alarm: Alarm) -> None:
    wishes = 500
    open_wishes: set[tuple[int, int]] = set()
    granted = threading.Condition()

    def wish(name: int) -> None:
        for number in range(wishes):
            open_wishes.add((name, number))
            alarm.within(0.0001 * (number % 4))
            with granted:
                if not granted.wait_for(lambda number=number: (name, number) not in open_wishes, PATIENCE):
                    return  # the main thread finds it open

    threads = [threading.Thread(target=wish, args=(name,), daemon=True) for name in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if not is_due(alarm, 0.5):
            if not open_wishes:
                continue
            assert is_due(alarm, 2), f"nobody was woken for {open_wishes}"
        alarm.clear()
        with granted:
            for entry in list(open_wishes):
                open_wishes.discard(entry)
            granted.notify_all()
    assert not open_wishes


def test_without_a_timer_it_wakes_who_waits_only_when_there_is_less_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_timer", lambda: (-1, None))
    woken: list[None] = []
    alarm = Alarm(lambda: woken.append(None))
    assert alarm.open() == -1
    alarm.within(LONG)
    assert len(woken) == 1
    alarm.within(2 * LONG)
    assert len(woken) == 1
    alarm.within(0)
    assert len(woken) == 2
    assert alarm.remaining() == 0.0
    alarm.clear()
    assert alarm.remaining() is None


def test_a_system_that_gives_no_timer_is_waited_for_with_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "platform", "other")
    assert Alarm(lambda: None).open() == -1


def test_what_was_asked_for_before_it_had_a_timer_is_due_by_it() -> None:
    woken: list[None] = []
    alarm = Alarm(lambda: woken.append(None))
    alarm.within(0.001)
    assert (len(woken), alarm.fileno()) == (1, -1)
    if alarm.open() < 0:
        pytest.skip("this system has no timer with a descriptor")
    assert is_due(alarm, PATIENCE)
    alarm.clear()
    alarm.within(0.001)
    assert is_due(alarm, PATIENCE)
    assert len(woken) == 1
    os.close(alarm.fileno())


def test_its_descriptor_is_not_inherited(alarm: Alarm) -> None:
    assert not os.get_inheritable(alarm.fileno())
    assert not os.get_blocking(alarm.fileno())


def test_many_alarms_leave_no_descriptor_behind_once_closed() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        descriptor = Alarm(lambda: None).open()
        with contextlib.suppress(OSError):
            os.close(descriptor)
    assert len(os.listdir("/proc/self/fd")) == before
