"""`InSession`: a job that the language itself runs beside its cells, on a terminal of its own."""

from __future__ import annotations

import codecs
import os
import select
import signal
import tempfile
import termios
import time
from contextlib import suppress
from threading import Event

from sdk.exchange.folder import Kept
from sdk.magics.jobs.job import Job

_PIECE = 65_536
_LOOK = 200  # milliseconds between looks at whether it has ended and something of it keeps the terminal
_BEGIN = 5.0  # seconds in which it must have begun
_GRACE = 2.0  # seconds from SIGTERM to SIGKILL


class InSession:
    """`terminal` and `status` are what `Kernel.job_code` takes. `close` it if the language could not start the job."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        _let_pass(self._slave)
        self.terminal = os.ttyname(self._slave)
        self._kept = Kept(tempfile.gettempdir())
        self.status = os.path.join(self._kept.folder, "status")
        self._ended = Event()

    def run(self, job: Job) -> str:
        """Show what it says until it has ended; how it failed."""
        try:
            self._await_begin()
            os.close(self._slave)
            self._slave = -1
            self._read(job)
            status = self._statuses()[1:]
        finally:
            self._ended.set()
            self.close()
        if not status:
            return "it was killed"
        return "" if status[0] == "0" else f"status {status[0]}"

    def kill(self) -> None:
        """End its process group: SIGTERM, then SIGKILL."""
        pid = self._pid()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            # Without job control it is in the language's own group. A group outlives its leader: what ignores SIGTERM.
            end = os.killpg if os.getpgid(pid) == pid else os.kill
            end(pid, signal.SIGTERM)
            self._ended.wait(_GRACE)
            end(pid, signal.SIGKILL)
            self._ended.wait(_GRACE)

    def close(self) -> None:
        """Give back what it has."""
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1
        self._kept.close()

    def _await_begin(self) -> None:
        end = time.monotonic() + _BEGIN
        while self._pid() is None:  # until then nobody else may have the terminal open
            if time.monotonic() > end:
                raise TimeoutError("the language did not begin it")
            time.sleep(0.005)

    def _read(self, job: Job) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        ended = False
        while True:
            if not poll.poll(0 if ended else _LOOK):
                if ended:
                    return  # what it has left running keeps the terminal
                ended = len(self._statuses()) > 1 or not self._lives()
                continue
            try:
                data = os.read(self._master, _PIECE)
            except OSError:  # nobody has the terminal open any more
                return
            text = decode(data)
            if text:
                job.context.stream("stdout", text)
                job.heard("stdout", text)

    def _lives(self) -> bool:
        pid = self._pid()
        try:
            os.kill(pid or 0, 0)
        except ProcessLookupError:
            return False
        return True

    def _statuses(self) -> list[str]:
        try:
            with open(self.status, encoding="ascii") as file:
                return [line.strip() for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def _pid(self) -> int | None:
        said = self._statuses()
        return int(said[0]) if said else None


def _let_pass(terminal: int) -> None:
    """Change nothing of what is written."""
    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
