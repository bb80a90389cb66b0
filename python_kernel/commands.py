"""`!command`: runs a shell command on a terminal of its own, shows what it writes, and asks the user what it reads.

The terminal makes programs behave as they do for a person: they flush their lines, colour and ask for passwords. A
command that waits for the keyboard gets a line of the client's; where nobody can be asked it gets the end of input.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import select
import shutil
import signal
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Any

from IPython.core.error import StdinNotImplementedError

from sdk.repl.input_detection import Demand, look

_ROWS, _COLUMNS = 24, 80
_CHUNK = 65536
_LOOK = 0.03  # seconds of silence before the first look at who reads the terminal
_SLOWEST_LOOK = 0.25
_GRACE = 2.0  # seconds that an interrupted command gets to end
_REFUSALS = 20  # ends of input, after which a command that still reads is ended
_END_OF_INPUT, _INTERRUPT = b"\x04", b"\x03"


def run(command: str, show: Callable[[str], object]) -> int:
    """Run `command` in the user's shell; its exit status, negative for a signal.

    Raises KeyboardInterrupt when it was interrupted, after the command has ended.
    """
    return _Run(command, show).status()


class _Run:
    """One command."""

    def __init__(self, command: str, show: Callable[[str], object]) -> None:
        self._command = command
        self._show = show
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._line = ""
        """The last line, which has not ended: it may be what a question is asked with."""
        self._echo = ""
        """What the terminal will repeat of what was typed."""
        self._refused = 0

    def status(self) -> int:
        master, slave = os.openpty()
        try:
            _prepare(slave)
            device = os.fstat(slave).st_rdev
            self._master = master
            self._pid = _spawn(self._command, os.ttyname(slave))
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        self._ended: int | None = None
        try:
            try:
                self._serve(device)
            except BaseException:
                self._end()
                raise
        finally:
            os.close(master)
            self._tell(last=True)
        code = os.waitstatus_to_exitcode(self._wait())
        return -(code - 128) if code > 128 else code  # as the shell tells of its children

    # -- while it runs -------------------------------------------------------------------------------------------------

    def _serve(self, device: int) -> None:
        """Until the command has ended and all of its output is read."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        silence = _LOOK
        while not self._has_ended():
            if poll.poll(silence * 1000):
                silence = _LOOK
                if not self._read():
                    return
            elif look(_foreground(self._master), device, child=self._pid, deep=True).demand is Demand.READS:
                self._answer()
                silence = _LOOK
            else:
                self._tell(last=False)
                silence = min(silence * 2, _SLOWEST_LOOK)
        # With its session's leader the terminal is gone for all who had it open, and their last words are on the way.
        until = time.monotonic() + _GRACE
        while (left := until - time.monotonic()) > 0 and poll.poll(left * 1000) and self._read():
            pass

    def _read(self) -> bool:
        try:
            data = os.read(self._master, _CHUNK)
        except OSError:  # nobody has the terminal open any more
            return False
        text = self._decoder.decode(data, final=not data)
        if self._echo:
            same = next((n for n, (a, b) in enumerate(zip(self._echo, text, strict=False)) if a != b), None)
            length = min(len(self._echo), len(text)) if same is None else 0
            self._echo, text = self._echo[length:] if length else "", text[length:]
        done, newline, rest = (self._line + text).rpartition("\n")
        self._line = rest
        if newline:
            self._show(done + newline)
        if len(self._line) > _CHUNK:
            self._tell(last=False)
        return bool(data)

    def _tell(self, *, last: bool) -> None:
        """Show the line that has not ended."""
        line, self._line = self._line + (self._decoder.decode(b"", final=True) if last else ""), ""
        if line:
            self._show(line)

    def _answer(self) -> None:
        """The command waits for the keyboard."""
        flags = termios.tcgetattr(self._master)[3]
        prompt, self._line = self._line.rpartition("\r")[2], ""
        ask: Callable[[str], str] = (
            input if flags & (termios.ECHO | termios.ICANON) != termios.ICANON else getpass.getpass
        )
        try:
            line = ask(prompt)
        except EOFError:
            self._show(prompt)
            os.write(self._master, _END_OF_INPUT)
        except StdinNotImplementedError:
            self._show(prompt)
            self._refuse()
        else:
            self._echo = line + "\n" if flags & termios.ECHO else ""
            self._type(line.encode() + b"\n")

    def _refuse(self) -> None:
        if not self._refused:
            self._show("\n" if self._line else "")
            self._show("[the command reads its input, and the client of this cell cannot be asked: it has ended]\n")
        self._refused += 1
        if self._refused > _REFUSALS:
            self._signal(signal.SIGHUP)
        with contextlib.suppress(OSError):
            os.write(self._master, _END_OF_INPUT)

    def _type(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data[:1024]) :]

    # -- its end -------------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        """It was interrupted: let it end as a person at a terminal would, then make it."""
        for what in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            self._signal(what)
            end = time.monotonic() + _GRACE
            poll = select.poll()
            poll.register(self._master, select.POLLIN)
            while not self._has_ended() and time.monotonic() < end:
                try:
                    if poll.poll(50) and not self._read():
                        time.sleep(0.01)  # its terminal is closed, and it has not ended
                except KeyboardInterrupt:
                    break  # once more: harder
            if self._has_ended():
                return

    def _signal(self, what: signal.Signals) -> None:
        groups = {_foreground(self._master), self._pid} if what is not signal.SIGINT else {_foreground(self._master)}
        for group in groups:
            if group > 0:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, what)

    def _has_ended(self) -> bool:
        if self._ended is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._ended = status if pid else None
        return self._ended is not None

    def _wait(self) -> int:
        if self._ended is None:
            self._ended = os.waitpid(self._pid, 0)[1]
        return self._ended


def _prepare(terminal: int) -> None:
    """Lines end as they are written; the size is that of an old screen."""
    attributes: list[Any] = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.ONLCR
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    rows, columns = _ROWS, int(os.environ.get("COLUMNS") or _COLUMNS)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _spawn(command: str, terminal: str) -> int:
    """Start the shell as the leader of a session; the first terminal that it opens is its own."""
    shell = shutil.which(os.environ.get("SHELL") or "sh") or "/bin/sh"
    return os.posix_spawn(
        shell,
        [shell, "-c", command],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ],
    )


def _foreground(terminal: int) -> int:
    """The process group that has the terminal, 0 if there is none."""
    try:
        return os.tcgetpgrp(terminal)
    except OSError:
        return 0
