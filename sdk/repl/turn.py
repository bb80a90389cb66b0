"""One turn: a control line that was typed, and what became of it."""

from __future__ import annotations

from asyncio import Future
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

    def __init__(self, number: int, line: bytes, sink: Sink, ended: Future[Outcome]) -> None:
        self.number = number
        self.line = line
        self.sink = sink
        self.ended = ended
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
        return self.ended.done()

    @property
    def runs(self) -> bool:
        """Whether the program may still say or do something for it."""
        return not self.ended.done() and self.state is not State.DEAD

    def end(self, exited: Exit | None = None) -> None:
        """It is over; `exited` says how the child ended, if that is why."""
        if not self.ended.done():
            self.state = State.IDLE if exited is None else State.DEAD
            self.ended.set_result(Outcome(self.record, self.interrupts > 0, self.refused_input, exited, self.begun))
