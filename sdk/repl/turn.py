"""One turn: a control line that was typed, and what became of it."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import NamedTuple

from sdk.repl.process import Exit
from sdk.repl.sink import Sink


class State(Enum):
    """What the child does, as far as the driver knows."""

    IDLE = "it waits for a control line"
    SENT = "a control line was typed, and its start has not been reported"
    RUNNING = "it runs"
    WAITING = "it waits for the keyboard, and the user was asked"
    INTERRUPTING = "it was interrupted, and its end has not been reported"
    DEAD = "it has ended"


class Outcome(NamedTuple):
    """How a turn ended: the child's own record of it, or the child's end."""

    record: str | None
    interrupted: bool = False
    refused_input: bool = False
    exit: Exit | None = None
    begun: bool = True
    """Whether the program has reported that it read the control line."""


class Turn:
    """What the driver keeps of one turn. The next one begins when this one is over."""

    def __init__(self, number: int, line: bytes, sink: Sink) -> None:
        self.number = number
        self.line = line
        self.sink = sink
        self.outcome: Outcome | None = None
        self._awaiting: list[asyncio.Future[None]] = []
        self.state = State.SENT
        self.begun = False
        self.record: str | None = None
        self.barrier = False
        self.at_prompt = False
        self.interrupt_wanted = False
        self.interrupts = 0
        self.pressure = 0
        self.resyncs = 0
        self.given_up = False
        self.ends_of_file = 0
        self.refused_input = False

    @property
    def over(self) -> bool:
        """Whether its outcome is known."""
        return self.outcome is not None

    @property
    def runs(self) -> bool:
        """Whether the program may still say or do something for it."""
        return self.outcome is None and self.state is not State.DEAD

    @property
    def lacks_beginning(self) -> bool:
        """Whether its beginning was not told yet; a program's start is none."""
        return self.number > 0 and not self.begun

    def end(self, exited: Exit | None = None) -> None:
        """It is over; `exited` says how the child ended, if that is why."""
        if self.outcome is None:
            self.state = State.IDLE if exited is None else State.DEAD
            self.outcome = Outcome(self.record, self.interrupts > 0, self.refused_input, exited, self.begun)
            for waiter in self._awaiting:
                if not waiter.done():
                    waiter.set_result(None)

    async def ends_within(self, seconds: float) -> bool:
        """Wait so long for its end; whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended()
        except TimeoutError:
            pass
        return self.over

    async def ended(self) -> Outcome:
        """Wait for its end. Who is cancelled meanwhile leaves it as it is."""
        if self.outcome is None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._awaiting.append(waiter)
            await waiter
        assert self.outcome is not None
        return self.outcome
