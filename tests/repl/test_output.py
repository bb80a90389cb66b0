"""What the terminal says after an interrupt, however it is cut: a shell's own line end is dropped, a cell's is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from sdk.repl.output import Output
from sdk.repl.session import Session
from sdk.repl.sink import ContextSink
from sdk.repl.turn import Turn
from tests.repl.driven import Recorder


class Heard:
    """The output of turn 2, which follows one that was interrupted."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.session = Session()
        self.said = Recorder(1, None)
        self.turn = self._turn(1)
        self.output = Output(self.session, ContextSink(self.said), on_barrier=self._barrier)  # type: ignore[arg-type]
        self.output.begin(self.turn, ())
        self.turn.interrupts = 1
        self._end()
        self.turn = self._turn(2)
        self.output.begin(self.turn, ())

    def _turn(self, number: int) -> Turn:
        return Turn(number, b"", ContextSink(self.said))  # type: ignore[arg-type]

    def _barrier(self, number: int) -> None:
        if number == self.turn.number:
            self._end()

    def _end(self) -> None:
        self.output.end_turn(self.turn)
        self.turn.end()

    def feed(self, pieces: Sequence[str | int]) -> str:
        for piece in pieces:
            text = f"\x1b]5151;{self.session.token};{piece}\a" if isinstance(piece, int) else piece
            self.output.feed(text.encode())
        return self.said.text()


@pytest.fixture
def heard() -> Iterator[Heard]:
    made = Heard()
    yield made
    made.loop.close()


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    "pieces", [["\n", 1, "a\n", 2], ["\r\n", 1, 1, "a", "\n", 2], ["\n", "\n", 1, "a\n", 2], [1, "a\n", 2]]
)
def test_an_interrupt_at_the_prompt_leaves_no_line_end(heard: Heard, begun: bool, pieces: Sequence[str | int]) -> None:
    """The record that the next cell has begun may be read before the line end that came before it."""
    heard.turn.begun = begun
    assert heard.feed(pieces) == "a\n"


def test_a_cells_own_line_ends_are_shown(heard: Heard) -> None:
    heard.turn.begun = True
    assert heard.feed([1, "\n", "\n", "a", "\n", "\n", 2]) == "\n\na\n\n"


def test_a_cells_own_line_ends_are_no_prompt(heard: Heard) -> None:
    heard.turn.begun = True
    heard.feed([1, "\n", "\n"])
    assert heard.output.unfinished_line == ""
    assert (heard.output.take_prompt(), heard.said.text()) == ("", "\n\n")
    heard.feed(["\n", "name? "])
    assert (heard.output.take_prompt(), heard.said.text()) == ("name? ", "\n\n\n")
