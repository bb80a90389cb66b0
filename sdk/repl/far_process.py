"""`FarProcess`, `FarKeyboard`: the local end of a connection to a program that runs behind a prefix.

The child here is ssh, docker or sudo. What it does says nothing of the program there; the far side reports that. What
can be sent to the program is what a keyboard sends.
"""

from __future__ import annotations

import asyncio
import signal

from sdk.repl.far_report import Reports
from sdk.repl.keyboard import Keyboard, Seen, Typing
from sdk.repl.process import Process

_KEYS = {signal.SIGINT: b"\x03", signal.SIGTERM: b"\x1c"}  # ^C; ^\ for a program that ignores it
_SILENCE_OF_UNKNOWN = 0.5  # seconds
_LOST = 0.4  # seconds after an interrupt in which the far side has told what came of it
_REPORT = 0.35  # seconds until the far side has looked and told
_AGAIN = 2.0  # seconds after which quiet is asked for again, if an interrupt may have taken the line
_MUCH = 3500  # bytes; a terminal keeps 4096 of what it has to echo
_FAREWELL = 2.0  # seconds that the far side has to end by itself


class FarProcess(Process):
    """A terminal whose other end is elsewhere."""

    reports: Reports
    """Whom the session tells; known before the first question."""
    farewell: bytes = b""
    """What to type for the end of the program there."""

    between_signals = 0.03

    hush: bytes = b""
    """What to type so that the terminal there is quiet, and says so."""
    echo_again: bytes = b""
    """What to type so that it echoes again."""
    _held: bytes | None = None
    _keys = 0
    _pressed_at = 0.0

    def write(self, data: bytes) -> None:
        """Type `data`; if that is much, or after an interrupt, when the terminal there has been made quiet."""
        if self._held is not None:
            self._held += data
        elif (len(data) > _MUCH or self.reports.unsettled) and self.hush:
            *uploads, last = data.splitlines(keepends=True)
            self._held = b"".join(uploads) + self.echo_again + last
            self._hush()
        else:
            super().write(data)

    def _hush(self) -> None:
        """Ask for quiet; after an interrupt first by an empty line, which it may take with it."""
        if self._held is not None and self.fd >= 0:
            super().write(b"\n" + self.hush if self.reports.unsettled else self.hush)
            if self.reports.unsettled:
                self._loop.call_later(_AGAIN, self._hush)

    def release(self) -> None:
        """The terminal there is quiet."""
        held, self._held = self._held, None
        if held:
            super().write(held)

    def read(self) -> bytes | None:
        """What can be read now, without the echo of the keys that stand for signals."""
        data = super().read()
        if self._keys and data:
            before = len(data)
            for key in _KEYS.values():
                data = data.replace(key, b"", self._keys)
            self._keys -= before - len(data)
            return data or self.read()
        return data

    def restore_modes(self) -> None:
        """The program's terminal is another one: the far side sets it right."""

    def input_modes(self) -> tuple[bool, bool, bool]:
        """The modes of the terminal there, as last reported."""
        report = self.reports.last
        return (True, True, True) if report is None else (report.echo, report.lines, report.returns_are_newlines)

    def unread_input(self) -> bool:
        """The far side reports no wish for input while there is some."""
        return False

    def foreground_group(self) -> int:
        """Not to be seen from here."""
        return 0

    def signal_foreground(self, number: int) -> None:
        """Type the key that stands for the signal; the last resort ends the connection."""
        if number in _KEYS:
            self._keys += 1
            self.reports.pressed = True
            self._pressed_at = self._loop.time()
            super().write(_KEYS[signal.Signals(number)])
        else:
            self.hang_up()

    def interrupt_was_lost(self) -> bool | None:
        """Whether something is still in the foreground that the key should have ended: it met a fork."""
        report = self.reports.last
        return report is not None and report.dies and self._loop.time() - self._pressed_at > _LOST

    def ignores_interrupts(self) -> bool:
        """Whether the program was last seen to."""
        return self.reports.last is not None and self.reports.last.deaf

    def hang_up(self) -> None:
        """End the connection."""
        super().signal_foreground(signal.SIGHUP)
        self.signal(signal.SIGHUP)
        self.signal(signal.SIGTERM)

    async def _read_to_the_end(self, limit: float) -> None:
        deadline = self._loop.time() + limit
        while self.poll() is None and self._loop.time() < deadline and self.read() is not None:
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        """End the program there, then the connection: not every prefix takes the program with it."""
        if self.fd >= 0 and self.farewell and self.poll() is None:
            for keys in (b"", _KEYS[signal.SIGINT]):  # at its prompt, a shell could lose what comes with ^C
                super().write(keys + self.farewell)
                await self._read_to_the_end(_FAREWELL / 2)
        await super().close()


class FarKeyboard(Keyboard):
    """Knows of the foreground what the far side reports."""

    def __init__(self, process: FarProcess) -> None:
        super().__init__(process)
        self._pid = process.pid
        self._reports = process.reports

    def look(self, *, silence: float, unfinished_line: bool, deep: bool) -> Seen:
        """Does the foreground want a line? `silence` in seconds since the last output."""
        report = self._reports.last
        if report is None or not (report.reads or report.at_prompt or report.unknown):
            return Seen(False, unsure=silence < _REPORT)
        if report.unknown:
            wants = silence >= _SILENCE_OF_UNKNOWN and (unfinished_line or not report.echo)
            return Seen(wants, unsure=silence < _SILENCE_OF_UNKNOWN)
        return Seen(True, self._pid if report.is_own else 0)

    def prompt_is_told(self) -> bool | None:
        """Whether the program itself waits for its next command."""
        return self._reports.last is not None and self._reports.last.at_prompt

    def typing(self, answer: str) -> Typing:
        """How `answer` is typed now."""
        typing = super().typing(answer)
        self._reports.answered()
        return typing

    def end_of_file(self) -> Typing:
        """How the end of the input is typed."""
        self._reports.answered()
        return super().end_of_file()
