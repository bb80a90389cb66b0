"""`MainThread` by itself: what another thread brings just as this one goes to sleep."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from threading import Thread, Timer
from types import CodeType
from typing import Any

import pytest

from sdk.protocol.message import Channel, Message, Session
from sdk.protocol.shell import KernelInfoRequest
from sdk.seam import Drive
from sdk.transport.alarm import Alarm
from sdk.transport.asyncio_loop import AsyncioLoop
from sdk.transport.intake import Arrival
from sdk.transport.interrupts import Interrupts
from sdk.transport.limits import Limits
from sdk.transport.main_thread import Loop, MainThread, Sleep
from sdk.transport.plain_loop import PlainLoop

LOST = 5.0  # seconds after which what has not been answered is not going to be
MOMENTS = (
    "before it is known to sleep",
    "before the last look",
    "between the last look and what follows from it",
    "after the last look",
    "while it sleeps",
)


class Answering:
    """Notes what it is asked, and ends after the last."""

    def __init__(self, last: int) -> None:
        self.answered: list[int] = []
        self.main: MainThread
        self._last = last

    async def begin(self, drive: Drive) -> None:
        """Nothing to start."""

    async def receive(self, channel: Channel, message: Message, sequence: int, drive: Drive) -> None:
        """Note it."""
        self.answered.append(sequence)
        if sequence == self._last:
            self.main.end(restart=False)

    async def end(self, drive: Drive, *, restart: bool) -> None:
        """Nothing to end."""


class Watched:
    """A loop that tells when what serves on it goes to sleep."""

    def __init__(self, loop: Loop, tell: Callable[[str], None]) -> None:
        self._loop = loop
        self._tell = tell

    @property
    def bottom(self) -> CodeType:
        """The other's."""
        return self._loop.bottom

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def sleep(self) -> Sleep:
        """The other's, which tells when it is awaited."""
        self._tell("before it is known to sleep")
        return _Sleep(self._loop.sleep(), self._tell)


class _Sleep:
    def __init__(self, sleep: Sleep, tell: Callable[[str], None]) -> None:
        self._sleep = sleep
        self._tell = tell

    def __await__(self) -> Generator[Any, Any, None]:
        self._tell("after the last look")
        yield from self._sleep.__await__()

    def wake(self) -> None:
        """End it."""
        self._sleep.wake()


class _Inbox(deque[Any]):
    """Tells when it was found empty, and before anything follows from that."""

    tell: Callable[[str], None]
    is_last_look = False

    def __bool__(self) -> bool:
        found = len(self) > 0
        if self.is_last_look:
            self.is_last_look = False
            self.tell("between the last look and what follows from it")
        return found


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    one = Alarm(lambda: None)
    one.open()
    yield one
    os.close(one.fileno())


@pytest.fixture
def shell() -> Iterator[int]:
    """A descriptor on which nothing comes."""
    reader, writer = os.pipe()
    yield reader
    os.close(reader)
    os.close(writer)


def arrival(number: int) -> Arrival:
    return Arrival(Channel.SHELL, Message(Session("test").header("kernel_info_request"), KernelInfoRequest()), number)


@pytest.mark.parametrize("new_loop", [AsyncioLoop, PlainLoop])
@pytest.mark.parametrize("moment", MOMENTS)
def test_what_comes_as_it_goes_to_sleep_is_answered(
    alarm: Alarm, shell: int, moment: str, new_loop: Callable[[], Loop]
) -> None:
    receiver = Answering(last=9)
    main = receiver.main = MainThread(receiver, Interrupts(alarm), Limits(alarm), alarm)  # type: ignore[arg-type]
    main._inbox = inbox = _Inbox()
    numbers = iter(range(10))
    later: list[Timer] = []

    def bring() -> None:
        number = next(numbers, None)
        if number is not None:
            main.put(arrival(number))

    def tell(what: str) -> None:
        if what == "before the last look":
            inbox.is_last_look = True
        if what == moment:
            thread = Thread(target=bring)
            thread.start()
            thread.join()
        elif (what, moment) == ("after the last look", "while it sleeps"):
            later.append(Timer(0.01, bring))
            later[-1].start()

    inbox.tell = tell
    rescue = Timer(LOST, main.end, kwargs={"restart": False})
    rescue.start()
    try:
        main.run(lambda: Watched(new_loop(), tell), shell, lambda: tell("before the last look"))  # type: ignore[arg-type,return-value]
    finally:
        rescue.cancel()
        for one in later:
            one.join()
    assert receiver.answered == list(range(10))


@pytest.mark.parametrize("new_loop", [AsyncioLoop, PlainLoop])
def test_a_wake_up_that_comes_late_takes_none_from_those_that_follow(
    alarm: Alarm, shell: int, new_loop: Callable[[], Loop]
) -> None:
    """One that was on its way when the sleep that it meant had ended already."""
    receiver = Answering(last=1)
    main = receiver.main = MainThread(receiver, Interrupts(alarm), Limits(alarm), alarm)  # type: ignore[arg-type]
    sleeps: list[Sleep] = []

    class Keeping(Watched):
        def sleep(self) -> Sleep:
            sleeps.append(super().sleep())
            return sleeps[-1]

    def tell(what: str) -> None:
        if what == "after the last look" and len(sleeps) == 1:
            timers[0].start()
        elif what == "after the last look":
            sleeps[0].wake()
            timers[1].start()

    timers = [Timer(0.01, main.put, [arrival(number)]) for number in (0, 1)]
    rescue = Timer(LOST, main.end, kwargs={"restart": False})
    rescue.start()
    try:
        main.run(lambda: Keeping(new_loop(), tell), shell, lambda: None)  # type: ignore[arg-type,return-value]
    finally:
        rescue.cancel()
        for one in timers:
            one.join()
    assert receiver.answered == [0, 1]
