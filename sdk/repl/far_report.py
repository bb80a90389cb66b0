"""`Reports`: what the far side of a prefix tells of its foreground, and how old that may be."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Report(NamedTuple):
    """What the far side last saw: `what` is one of the letters below; the flags are those of its terminal."""

    what: str
    echo: bool = True
    lines: bool = True
    returns_are_newlines: bool = True
    dies: bool = False
    """Whether an interrupt ends the foreground, which is not the program itself."""

    deaf: bool = False
    """Whether the program itself ignores interrupts."""

    @property
    def reads(self) -> bool:
        """The foreground waits for a line."""
        return self.what in ("r", "o")

    @property
    def is_own(self) -> bool:
        """The program itself does, for a command or for an answer."""
        return self.what in ("p", "o")

    @property
    def at_prompt(self) -> bool:
        """The program itself waits for its next command."""
        return self.what == "p"

    @property
    def unknown(self) -> bool:
        """The foreground sleeps, and what for cannot be seen."""
        return self.what == "u"


class Reports:
    """The last report of the turn that runs."""

    def __init__(self) -> None:
        self.last: Report | None = None
        self.on_quiet: Callable[[], None] = lambda: None
        """Called when the terminal there echoes no longer."""
        self.pressed = False
        """Whether a key that interrupts was typed."""
        self.unsettled = False
        """Whether an interrupt may still come to the program's prompt; what is said until then is of no interest."""
        self._there_and_back = float("inf")  # seconds
        self._typed = 0.0
        self._not_before = 0.0

    def typed(self) -> None:
        """A control line is typed: its start will be reported."""
        self.last = None
        self._typed = time.monotonic()

    def begin(self) -> None:
        """The start of a turn is reported."""
        self.last = None
        self._there_and_back = min(self._there_and_back, time.monotonic() - self._typed)

    def answered(self) -> None:
        """An answer is typed: what comes before it can have been seen there speaks of the time before."""
        self.last = None
        self._not_before = time.monotonic() + min(self._there_and_back, 1.0)

    def receive(self, text: str) -> None:
        """A report has come: the letter, then whether each of the flags is set."""
        if time.monotonic() >= self._not_before:
            what, *flags = text.split(" ")
            self.last = Report(what, *(flag != "0" for flag in flags[:5]))
