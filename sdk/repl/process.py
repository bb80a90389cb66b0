"""A program on a pseudo terminal of its own, which pexpect owns. Reading and writing never block."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, NamedTuple, Self

from sdk.errors import LanguageStartError
from sdk.processes import age, ignores
from sdk.repl.error_terminal import ErrorTerminal
from sdk.repl.launch import Launch

_IFLAG, _OFLAG, _LFLAG = 0, 1, 3
_STOPS, _LOOK = (
    0.02,
    0.0001,
)  # seconds in which a signal stops a process, however busy the machine is; between two looks
_TIOCSIG = 0x40045436  # a signal for the foreground group; not in the termios module
_TIOCGPTN = 0x80045430  # which pseudo terminal is this; not in the termios module


class Exit(NamedTuple):
    """How the program ended: `status`, or the number of the signal that ended it."""

    status: int | None
    signal: int | None

    def __str__(self) -> str:
        if self.signal is not None:
            return f"was ended by {signal_name(self.signal)}"
        return "ended" if self.status is None else f"ended with status {self.status}"


def signal_name(number: int) -> str:
    """SIGKILL for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Process:
    """The child and its terminal. Belongs to the event loop's thread."""

    between_signals: ClassVar[float] = 0.0
    """Seconds that are to be left between two interrupts that follow each other closely."""

    def __init__(self, child: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._child = child
        self._loop = loop
        self._unwritten = bytearray()
        self._exit: Exit | None = None
        self._end_fd = -1
        self.errors: ErrorTerminal | None = None
        self.fd: int = child.child_fd
        self.pid: int = child.pid
        self.modes = termios.tcgetattr(self.fd)
        os.set_blocking(self.fd, False)
        # The slave's device number: how a reader of this terminal is known by its file descriptors.
        self.terminal = os.ptsname(self.fd) if hasattr(os, "ptsname") else _ptsname(self.fd)
        self.device = os.stat(self.terminal).st_rdev

    @classmethod
    def spawn(cls, launch: Launch, loop: asyncio.AbstractEventLoop) -> Self:
        """Start it. Raises LanguageStartError when it cannot be executed."""
        import pexpect  # only here: 20 ms that a kernel which has not run a cell need not pay

        command = launch.argv[0]
        errors = ErrorTerminal.make(launch.stderr, launch.dimensions) if launch.stderr else None
        cwd = launch.cwd if launch.cwd and os.path.isdir(launch.cwd) else None
        try:
            child = pexpect.spawn(
                command,
                list(launch.argv[1:]),
                env=dict(launch.env),
                cwd=cwd,
                echo=True,
                preexec_fn=_prepare_child,
                dimensions=launch.dimensions,
            )
        except (pexpect.ExceptionPexpect, OSError) as error:
            if errors is not None:
                errors.close()
            raise LanguageStartError(
                f"{command!r} could not be started: {str(error).splitlines()[0]} "
                f"Is it installed, and in PATH ({launch.env.get('PATH', '')})?"
            ) from error
        process = cls(child, loop)
        process.errors = errors
        return process

    # -- the terminal --------------------------------------------------------------------------------------------------

    def read(self) -> bytes | None:
        """What can be read now: b"" when there is nothing, None when nothing will come any more."""
        try:
            return os.read(self.fd, 65536) or None
        except BlockingIOError:
            return b""
        except OSError:  # EIO: the last one that had the terminal open has gone
            return None

    def write(self, data: bytes) -> None:
        """Type `data`; what the terminal does not take now is written when it does."""
        self._unwritten += data
        self._write_more()

    def _write_more(self) -> None:
        try:
            written = os.write(self.fd, self._unwritten)
        except BlockingIOError:
            written = 0
        except OSError:
            written = len(self._unwritten)  # nobody is there to read it
        del self._unwritten[:written]
        if self._unwritten:
            self._loop.add_writer(self.fd, self._write_more)
        else:
            self._loop.remove_writer(self.fd)

    def restore_modes(self) -> None:
        """Set the terminal as it was at the start, if a program left it otherwise. Only while the child is idle."""
        with suppress(termios.error):
            if termios.tcgetattr(self.fd) != self.modes:
                termios.tcsetattr(self.fd, termios.TCSANOW, self.modes)

    def input_modes(self) -> tuple[bool, bool, bool]:
        """Whether the terminal echoes, collects lines, and turns CR into LF (a line editor switches the last off)."""
        try:
            modes = termios.tcgetattr(self.fd)
        except termios.error:
            return True, True, True
        return (
            bool(modes[_LFLAG] & termios.ECHO),
            bool(modes[_LFLAG] & termios.ICANON),
            bool(modes[_IFLAG] & termios.ICRNL),
        )

    def set_size(self, rows: int, columns: int) -> None:
        """Change the terminal's size; programs in the foreground get SIGWINCH."""
        if self.fd >= 0 and self._child.getwinsize() != (rows, columns):
            self._child.setwinsize(rows, columns)
        if self.fd >= 0 and self.errors is not None:
            self.errors.set_size(rows, columns)

    def unread_input(self) -> bool:
        """Whether something that was typed has not been read by anybody yet."""
        try:
            fd = os.open(self.terminal, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            return fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0") != b"\0\0\0\0"
        finally:
            os.close(fd)

    # -- the process ---------------------------------------------------------------------------------------------------

    def foreground_group(self) -> int:
        """The process group that has the keyboard; 0 when it cannot be told."""
        try:
            return os.tcgetpgrp(self.fd)
        except OSError:
            return 0

    def signal_foreground(self, number: int) -> None:
        """Send a signal to the foreground group; to the child itself if there is none."""
        try:
            os.killpg(self.foreground_group() or self.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError:  # another user's (su, sudo): the terminal may send what its keys send
            with suppress(OSError):
                fcntl.ioctl(self.fd, _TIOCSIG, signal.SIGINT if number == signal.SIGINT else signal.SIGQUIT)

    def ignores_interrupts(self) -> bool:
        """Whether the child itself ignores SIGINT now."""
        return ignores(self.pid, signal.SIGINT)

    def interrupt_was_lost(self) -> bool | None:
        """Whether the last interrupt has missed the foreground; None where that is to be found out here."""
        return None

    def signal(self, number: int) -> None:
        """Send a signal to the child alone."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stop the child for a moment, but not what it has started. Only where it can be seen to have stopped."""
        if not os.path.exists(f"/proc/{self.pid}/stat"):
            yield
            return
        self.signal(signal.SIGSTOP)
        end = time.monotonic() + _STOPS
        while not self.is_stopped() and time.monotonic() < end:
            time.sleep(_LOOK)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def is_stopped(self) -> bool:
        """Whether the child was stopped by a signal. Without /proc: it is not known to be."""
        try:
            with open(f"/proc/{self.pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] == "T"
        except OSError:
            return False

    def watch_end(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when the child has ended. Never called where the system cannot tell."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            return

        def over() -> None:
            self.watch_no_more()
            callback()

        self._end_fd = descriptor
        self._loop.add_reader(descriptor, over)

    def watch_no_more(self) -> None:
        """The child's end is of no interest any more."""
        if self._end_fd >= 0:
            self._loop.remove_reader(self._end_fd)
            os.close(self._end_fd)
            self._end_fd = -1

    def poll(self) -> Exit | None:
        """How the child ended, None while it lives."""
        if self._exit is None:
            process = self._child.ptyproc
            try:
                if process.isalive():
                    return None
            except Exception as error:  # somebody else has reaped it
                if type(error).__name__ != "PtyProcessError":
                    raise
            self._exit = Exit(process.exitstatus, process.signalstatus)
        return self._exit

    async def ended(self, limit: float) -> Exit | None:
        """Wait up to `limit` seconds for the child's end."""
        pause, deadline = 0.0005, self._loop.time() + limit
        while (exited := self.poll()) is None and self._loop.time() < deadline:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.02)
        return exited

    def close_terminal(self) -> None:
        """Close our side: whoever still has the terminal open gets SIGHUP from the system."""
        if self.fd >= 0:
            self._loop.remove_reader(self.fd)
            self._loop.remove_writer(self.fd)
            self.fd = -1
            self._child.ptyproc.fileobj.close()
            self._child.ptyproc.fd = self._child.child_fd = -1
            self._child.ptyproc.closed = self._child.closed = True
            if self.errors is not None:
                self._loop.remove_reader(self.errors.fd)
                self.errors.close()

    async def close(self) -> None:
        """End the child, what runs in its foreground, and its jobs, as a terminal does whose window is closed."""
        if self.fd >= 0:
            group = self.foreground_group() if self.poll() is None else 0
            self.close_terminal()  # first: a shell looks at its terminal to know whether its jobs must go, too
            if group:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGHUP)
            self.signal(signal.SIGHUP)
            self.signal(signal.SIGCONT)
        if await self.ended(1.0) is None:
            hang_up_session(self.pid, signal.SIGKILL)
            self.signal(signal.SIGKILL)
            await self.ended(1.0)
        elif self._exit is not None and self._exit.signal == signal.SIGKILL:
            hang_up_session(self.pid, signal.SIGHUP)  # a shell that was killed could not tell its jobs
        else:
            hang_up_session(self.pid, signal.SIGHUP, younger_than=1.0)  # the shell's signal may have met their fork

    def kill(self) -> None:
        """End the child and the rest of its session by force, without waiting."""
        if self._exit is None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)
        hang_up_session(self.pid, signal.SIGKILL)


def hang_up_session(leader: int, number: int, *, younger_than: float = float("inf")) -> None:
    """Send a signal to what is left of the session that the process `leader` began, if it is so young (seconds)."""
    try:
        processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return
    for pid in processes:
        with suppress(OSError, ValueError, IndexError):
            if pid != leader and os.getsid(pid) == leader and age(pid) < younger_than:
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)


def _prepare_child() -> None:
    # A kernel ignores SIGPIPE and may block or ignore SIGINT; what is ignored stays so in the child and all its
    # children, and then nothing there could be interrupted.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    modes = termios.tcgetattr(0)
    # ECHO stays on: a program that switches it off asks for a password. OPOST off saves turning LF into CRLF and back.
    modes[_IFLAG] = (modes[_IFLAG] | termios.ICRNL) & ~termios.IXON
    modes[_OFLAG] &= ~termios.OPOST
    modes[_LFLAG] = (modes[_LFLAG] | termios.ICANON | termios.ISIG | termios.ECHO) & ~getattr(termios, "ECHOCTL", 0)
    termios.tcsetattr(0, termios.TCSANOW, modes)


def _ptsname(fd: int) -> str:
    import sys

    if sys.platform == "linux":  # os.ptsname came with Python 3.13
        number = int.from_bytes(fcntl.ioctl(fd, _TIOCGPTN, b"\0\0\0\0"), sys.byteorder)
        return f"/dev/pts/{number}"
    import ctypes

    ptsname = ctypes.CDLL(None).ptsname
    ptsname.restype = ctypes.c_char_p
    name: bytes = ptsname(fd)
    return name.decode()
