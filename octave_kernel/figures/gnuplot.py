"""`Gnuplot`: looks after the gnuplot that Octave keeps for its figures, and after an Octave that waits for one in vain.

It is Octave that starts it and draws by it (`m/__k_lasting_gnuplot__.m`). Here it is ended when it has had nothing to
do for a while, and killed when what it was told has left it waiting for more: Octave then draws by another one.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdk.repl import Session

IDLE = 120.0
"""Seconds without a cell after which it is ended: it holds 16 MB."""

_GONE = "gone"
_LOOK = 1.0  # seconds between two looks at one that may be stuck
_AFTER_INTERRUPT = (0.1, 0.3, 1.0, 2.0)  # seconds
_ANSWERS, _OURS = "oct-", "gnuplot-"
_ANSWER = b"dumb jpeg pdfcairo png pngcairo svg\n"
"""To the question what it can draw on: of one that can nothing Octave waits for a text instead."""
_TOLD, _PID = ".in", ".pid"


class Gnuplot:
    """That of one Octave."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._cells = 0
        self._is_there = False
        self._seen = ""

    def started(self) -> None:
        """Octave has started one."""
        self._is_there = True
        self._restart()

    def begun(self) -> None:
        """A cell begins."""
        self._running = True
        self._cells += 1
        if self._is_there:
            self._restart()

    def ended(self) -> None:
        """It has ended."""
        self._running = False
        if self._is_there:
            self._restart()

    def close(self) -> None:
        """Octave has ended, and gnuplot with it."""
        self._is_there = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def interrupted(self) -> None:
        """The interrupt that the cell gets ends gnuplot, too: Octave may wait for it."""
        for pause in _AFTER_INTERRUPT:
            asyncio.get_running_loop().call_later(pause, self._answer, self._cells)

    def _answer(self, cell: int) -> None:
        """Whoever opens a pipe waits until the other side does. Only if the cell has not ended meanwhile."""
        if self._running and self._cells == cell:
            for name in [*self._names(_ANSWERS), *self._names(_OURS, _TOLD)]:
                with suppress(OSError):
                    pipe = os.open(self._session.file(name), os.O_RDWR | os.O_NONBLOCK)
                    try:
                        os.write(pipe, _ANSWER if name.startswith(_ANSWERS) else b"")
                    finally:
                        os.close(pipe)

    def _restart(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        pause, work = (_LOOK, self._look) if self._running else (IDLE, self._end)
        self._timer = asyncio.get_running_loop().call_later(pause, work)

    def _look(self) -> None:
        before, self._seen = self._seen, self._stuck()
        if self._seen and self._seen == before:
            pid, _, done = self._seen.partition(" ")
            if done == _GONE:
                self._answer(self._cells)  # whoever should have done that has gone, too
            else:
                with suppress(OSError):
                    os.kill(int(pid), signal.SIGKILL)
        self._restart()

    def _stuck(self) -> str:
        """The state of gnuplot if it sleeps, or has gone, although Octave waits for an answer; empty otherwise."""
        if not self._names(_ANSWERS):
            return ""
        for name in self._names(_OURS, _PID):
            with suppress(OSError), open(self._session.file(name)) as file:
                pid = file.read().strip()
            if pid:
                return _sleeping(pid)
        return ""

    def _end(self) -> None:
        self._is_there, self._timer = False, None
        for name in self._names(_OURS, _TOLD):
            with suppress(OSError):  # nobody reads it any more
                pipe = os.open(self._session.file(name), os.O_WRONLY | os.O_NONBLOCK)
                try:
                    os.write(pipe, b"exit\n")
                finally:
                    os.close(pipe)

    def _names(self, beginning: str, end: str = "") -> list[str]:
        try:
            names = os.listdir(self._session.path)
        except OSError:
            return []
        return [name for name in names if name.startswith(beginning) and name.endswith(end)]


def _sleeping(pid: str) -> str:
    """What the process has done until now, if it sleeps; empty otherwise, and where the system does not tell."""
    if not os.path.exists("/proc/self/stat"):
        return ""
    try:
        with open(f"/proc/{pid}/stat") as file:
            state, *rest = file.read().rpartition(")")[2].split()
    except OSError:
        state, rest = "X", []
    if state in "ZX":
        return f"{pid} {_GONE}"
    return f"{pid} {rest[10]} {rest[11]}" if state == "S" else ""
