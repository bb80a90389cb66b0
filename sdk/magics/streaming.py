"""`run`: a program beside the language, whose output is shown while it comes. For the threads of magics.

The program gets a process group of its own, so that all of it can be ended.
"""

from __future__ import annotations

import codecs
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock, Thread

_PIECE = 65_536
_GRACE = 2.0  # seconds from SIGINT to SIGTERM to SIGKILL
_LAST_WORDS = 0.2  # seconds in which what it has said is shown

Say = Callable[[str, str], None]
"""Gets the name of a stream, "stdout" or "stderr", and text."""


class Program:
    """One program. `start`, then `wait`, on threads, where no interrupt comes between; `end` may be called from any."""

    def __init__(
        self,
        argv: Sequence[str],
        say: Say,
        *,
        stdin: bool = False,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """With `stdin` something is written to it, else its input is empty."""
        self.argv = argv
        self._stdin = subprocess.PIPE if stdin else subprocess.DEVNULL
        self._say = say
        self._cwd = cwd
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[Thread] = []
        self._starting = Lock()
        self._is_over = False

    def start(self) -> None:
        """Start it, unless it was ended before. Raises OSError."""
        with self._starting:
            if self._is_over:
                return
            self._process = process = subprocess.Popen(
                self.argv,
                stdin=self._stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._cwd,
                env=self._env,
                start_new_session=True,
            )
        assert process.stdout is not None
        assert process.stderr is not None
        for name, file in (("stdout", process.stdout), ("stderr", process.stderr)):
            thread = Thread(target=self._pump, args=(name, file.fileno()), name=f"{self.argv[0]} {name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def write(self, data: bytes) -> bool:
        """Write to its input, and wait until it takes it; False: it does not read any more."""
        process = self._running
        assert process.stdin is not None
        try:
            process.stdin.write(data)
            process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def close_input(self) -> None:
        """Its input ends."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def wait(self) -> int:
        """Wait until it has ended and all that it said is shown; its exit status, negative for a signal.

        Raises KeyboardInterrupt when it died of SIGINT: the kernel's own meets a program that has no group of its own
        yet, which may have ended before anybody else knows of the interrupt.
        """
        process = self._running
        status = process.wait()
        for thread in self._threads:
            thread.join()
        for file in (process.stdout, process.stderr):
            if file is not None:
                file.close()
        self.close_input()
        self._is_over = True
        if status == -signal.SIGINT:
            raise KeyboardInterrupt
        return status

    def end(self) -> None:
        """Interrupt it, and press harder until it ends, with all that it has started; nothing after `wait`."""
        with self._starting:
            process = None if self._is_over else self._process
            self._is_over = True
        if process is None:
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
                break
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it has left running
        for thread in self._threads:
            thread.join(_LAST_WORDS)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _pump(self, name: str, descriptor: int) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        while data := os.read(descriptor, _PIECE):
            self._say(name, decode(data))
        self._say(name, decode(b"", True))


def how(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"status {status}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-status).name}"
    return f"killed by signal {-status}"
