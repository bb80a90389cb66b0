"""`MainThread`: one loop and one long-lived coroutine that answers what comes, in order. User code runs here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from types import CodeType
from typing import Any, Protocol

from sdk.seam import Drive, Guest, Receiver
from sdk.transport.alarm import Alarm
from sdk.transport.intake import Arrival
from sdk.transport.interrupts import Interrupts
from sdk.transport.limits import Limits

LONG = 0.010  # seconds after which a cell counts as long, and the control thread reads shell in its stead


class Sleep(Awaitable[None], Protocol):
    """Awaited by what serves, ended by anybody."""

    def wake(self) -> None:
        """End the sleep. Any thread, any number of times."""


class Loop(Protocol):
    """What the main thread waits with: `AsyncioLoop`, or `PlainLoop` for languages that never await."""

    bottom: CodeType

    def drive(self, interrupts: Interrupts, limits: Limits) -> Drive:
        """The drive of requests that are answered in order."""

    def run(self, serving: Coroutine[Any, Any, None], shell: int, drain: Callable[[], None]) -> None:
        """Run `serving` to its end; call `drain` when the descriptor `shell` is readable."""

    def call(self, callback: Callable[[], None]) -> None:
        """Call this on the loop. Any thread."""

    def answer_beside(self, answering: Callable[[Drive], Coroutine[Any, Any, None]]) -> bool:
        """Answer a request beside what runs, if that can be. Any thread."""

    def sleep(self) -> Sleep:
        """A new sleep of what serves."""

    def join(self, make: Callable[[int], Guest] | None) -> None:
        """Let another event loop run whenever this one waits; None ends it. Raises RuntimeError when it cannot."""


class MainThread:
    """Answers requests in the order of their arrival."""

    def __init__(self, receiver: Receiver, interrupts: Interrupts, limits: Limits, alarm: Alarm) -> None:
        self._receiver = receiver
        self._interrupts = interrupts
        self._limits = limits
        self._alarm = alarm
        self._inbox: deque[tuple[Arrival, bool]] = deque()
        self._movable: dict[int, Arrival] = {}  # of those in the inbox, by sequence
        self._loop: Loop | None = None
        self._sleeping: Sleep | None = None
        self._ending = False
        self._restart = False
        self.busy = True
        """Whether what arrives must wait. True from the start until the language is up."""
        self.busy_since: float | None = None

    # -- from any thread -----------------------------------------------------------------------------------------------

    def put(self, arrival: Arrival, *, movable: bool = False) -> None:
        """Answer this after what came before. What is `movable` may be claimed before its turn comes."""
        if movable:
            self._movable[arrival.sequence] = arrival
        self._inbox.append((arrival, movable))
        self._wake()

    def movable(self) -> list[Arrival]:
        """What waits here and may be answered elsewhere."""
        return list(self._movable.values())

    def claim(self, arrival: Arrival) -> bool:
        """Whether the caller is the one to answer this movable arrival."""
        return self._movable.pop(arrival.sequence, None) is not None

    def is_long_busy(self) -> bool:
        """Whether a cell runs that is not going to end at once."""
        since = self.busy_since
        return since is not None and time.monotonic() - since >= LONG

    def offer_beside(self, arrival: Arrival) -> None:
        """Answer this movable arrival on the loop, beside the cell that runs; or in its turn, if that never awaits."""
        if self._loop is not None:
            self._loop.answer_beside(lambda drive: self._answer_beside(arrival, drive))

    def call(self, callback: Callable[[], None]) -> None:
        """Call this on the loop."""
        if self._loop is not None:
            self._loop.call(callback)

    def join(self, make: Callable[[int], Guest] | None) -> None:
        """Let another event loop run whenever this thread waits. By this thread."""
        if self._loop is not None:
            self._loop.join(make)

    def end(self, *, restart: bool) -> None:
        """End the loop after what it is doing, which is interrupted."""
        self._ending = True
        self._restart = restart
        self._wake()
        if self._interrupts.active:
            self._interrupts.interrupt()

    def _wake(self) -> None:
        # `_serve` sets `_sleeping` before its last look into the inbox: so either it sees what was put there, or this
        # sees that it sleeps. Nobody else sets it: who is late with an old sleep shall not take away the new one.
        sleeping = self._sleeping
        if sleeping is not None:
            sleeping.wake()

    async def _answer_beside(self, arrival: Arrival, drive: Drive) -> None:
        channel, message, sequence = arrival
        if self.claim(arrival):
            await self._receiver.receive(channel, message, sequence, drive)

    # -- the thread ----------------------------------------------------------------------------------------------------

    def run(self, new_loop: Callable[[], Loop], shell: int, drain: Callable[[], None]) -> bool:
        """Serve until the end; whether a restart is wanted. `shell` is the descriptor to watch, `drain` reads it."""
        loop = new_loop()
        drive = loop.drive(self._interrupts, self._limits)
        with self._interrupts.installed(loop):
            self._loop = loop
            loop.run(self._serve(loop, drive, drain), shell, drain)
        return self._restart

    async def _serve(self, loop: Loop, drive: Drive, drain: Callable[[], None]) -> None:
        interrupts, receive, inbox = self._interrupts, self._receiver.receive, self._inbox
        # Long from its first moment: while it awaits, this loop reads shell too, and kernel_info shall not wait for it.
        self.busy_since = time.monotonic() - LONG
        interrupts.active = True
        interrupts.pending = None  # it came while the loop was made: no reason not to start the language
        await self._receiver.begin(drive)
        interrupts.active = interrupts.starting = False
        interrupts.pending = None
        if interrupts.starting_through is not None:
            self._receiver.interrupt_waiting(interrupts.starting_through)
        self.busy_since = None
        while not self._ending:
            while inbox and not self._ending:
                arrival, movable = inbox.popleft()
                if movable and not self.claim(arrival):
                    continue
                channel, message, sequence = arrival
                self.busy_since = time.monotonic()
                self._alarm.within(LONG)
                interrupts.active = True
                try:
                    await receive(channel, message, sequence, drive)
                finally:
                    interrupts.active = False
                    interrupts.pending = None
                    self.busy_since = None
            self.busy = False
            self._sleeping = sleeping = loop.sleep()
            drain()
            if not inbox and not self._ending:
                await sleeping
            self._sleeping = None
            self.busy = True
        await self._receiver.end(drive, restart=self._restart)
