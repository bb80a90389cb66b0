"""The keyboard: sees when the foreground wants a line, and knows how an answer is typed. Knows nothing of turns.

A look costs 20-50 microseconds and happens only in silence: 4, 30, 60, 120, 250 ms after the last output, then every
250 ms. The first decides only whether an unfinished line is held back as a possible prompt.
"""

from __future__ import annotations

from typing import NamedTuple

from sdk.repl.input_detection import Demand, look
from sdk.repl.process import Process

SILENCES = (0.004, 0.03, 0.06, 0.12, 0.25)
_SILENCE_OF_UNKNOWN = 0.5  # seconds, where the foreground cannot be looked into
_END_OF_FILE = b"\x04"


class Seen(NamedTuple):
    """What one look found."""

    wants: bool
    pid: int = 0
    unsure: bool = False
    """Whether a later look may find that an unfinished line was a prompt all the same."""


class Typing(NamedTuple):
    """What to type for an answer, and what of it the terminal will echo."""

    data: bytes
    echo: bytes


class Keyboard:
    """The input side of one process's terminal."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def look(self, *, silence: float, unfinished_line: bool, deep: bool) -> Seen:
        """Does the foreground want a line? `silence` in seconds since the last output."""
        process = self._process
        demand, pid = look(process.foreground_group(), process.device, child=process.pid, deep=deep)
        if demand is Demand.READS:
            # What was typed a moment ago and is still to be read is no new demand.
            return Seen(not process.unread_input(), pid)
        if demand is Demand.UNKNOWN and silence < _SILENCE_OF_UNKNOWN:
            return Seen(False, pid, unsure=True)
        if demand is Demand.UNKNOWN:
            echo, _, _ = process.input_modes()
            return Seen(unfinished_line or not echo, pid)
        return Seen(False, pid)

    def prompt_is_told(self) -> bool | None:
        """Whether the program itself waits for its next command; None where nobody tells."""
        return None

    def asks_for_password(self) -> bool:
        """Echo is off, and lines are collected: something not to be shown."""
        echo, lines, _ = self._process.input_modes()
        return lines and not echo

    def typing(self, answer: str) -> Typing:
        """How `answer` is typed now."""
        echo, lines, returns_are_newlines = self._process.input_modes()
        data = answer.encode("utf-8", "replace")
        if lines:
            data += b"\n"
        elif not returns_are_newlines:
            data += b"\r"  # a line editor
        elif len(answer) != 1:
            data += b"\n"  # one character for those who read single keys (read -n 1), else a line
        return Typing(data, data if echo else b"")

    def end_of_file(self) -> Typing:
        """How the end of the input is typed."""
        return Typing(_END_OF_FILE, b"")
