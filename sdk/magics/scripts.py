"""`Scripts`: programs that run for a cell, with the cell on their stdin. One process group each, ended with the kernel.

Output is shown as it comes. A program has ended when its process has, and nobody holds its output any more.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock, Thread

from sdk.processes import dies_of, in_group

Say = Callable[[str, str], None]
"""Gets a stream's name and text."""

_PRESSES = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_LOST = (0.01, 0.03, 0.08, 0.2, 0.5)  # seconds after SIGINT: has one lost it that a shell was about to begin?


class Script:
    """One run of a program."""

    def __init__(self, argv: Sequence[str], *, cwd: str | None) -> None:
        self._argv, self._cwd = argv, cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._presses = 0
        self._starting = Lock()

    def run(self, text: str, say: Say) -> int:
        """Start it, give it `text`, and show what it writes until its end. Gives its status, as subprocess has it.

        For a thread, where no interrupt comes between; who is interrupted before is not started. Raises OSError.
        """
        with self._starting:
            if self._presses:
                return -signal.SIGINT
            self._process = process = subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._cwd,
                start_new_session=True,
                bufsize=0,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        reading = {process.stdout.fileno(): "stdout", process.stderr.fileno(): "stderr"}
        decoders = {number: codecs.getincrementaldecoder("utf-8")("replace") for number in reading}
        writing = process.stdin.fileno()
        os.set_blocking(writing, False)
        left = memoryview(text.encode())
        poller = select.poll()
        for number in reading:
            poller.register(number, select.POLLIN)
        poller.register(writing, select.POLLOUT)
        if not left:
            poller.unregister(writing)
            process.stdin.close()
        while reading:
            for number, _ in poller.poll():
                if number in reading:
                    piece = os.read(number, 65536)
                    shown = decoders[number].decode(piece, final=not piece)
                    if shown:
                        say(reading[number], shown)
                    if not piece:
                        poller.unregister(number)
                        del reading[number]
                    continue
                left = _written(writing, left)
                if not left:
                    poller.unregister(writing)
                    process.stdin.close()
        with process:  # closes its pipes
            return process.wait()

    def interrupt(self) -> None:
        """SIGINT to all of it; the second time SIGTERM, then SIGKILL."""
        with self._starting:
            process = self._process
            if process is not None and not self._presses and process.poll() is not None:
                self._presses = 1  # what it has left behind, and a shell's background jobs, take no SIGINT
            number = _PRESSES[min(self._presses, len(_PRESSES) - 1)]
            self._presses += 1
        self._signal(number)
        if number == signal.SIGINT and process is not None:
            Thread(target=self._repeat, args=(process,), name="script interrupted", daemon=True).start()

    def _repeat(self, process: subprocess.Popen[bytes]) -> None:
        """Repeat SIGINT for those that did not get it.

        A shell blocks signals while it forks: the copy that it makes then is in the group a moment too late. Who lives
        on when the shell has died of SIGINT, although it would end it too, is such a one.
        """
        since = time.monotonic()
        for pause in _LOST:
            time.sleep(max(0.0, since + pause - time.monotonic()))
            if self._presses != 1:
                return
            if process.poll() is not None:
                for pid in in_group(process.pid):
                    if dies_of(pid, signal.SIGINT):
                        with suppress(ProcessLookupError, PermissionError):
                            os.kill(pid, signal.SIGINT)

    def kill(self) -> None:
        """End all of it at once."""
        with self._starting:
            self._presses = len(_PRESSES)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


class Scripts:
    """Those that run."""

    def __init__(self) -> None:
        self.running: list[Script] = []

    def close(self) -> None:
        """The kernel ends."""
        for script in self.running:
            script.kill()


def _written(descriptor: int, left: memoryview) -> memoryview:
    """What is left to be written; nothing, when nobody reads it."""
    try:
        return left[os.write(descriptor, left[:65536]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]
