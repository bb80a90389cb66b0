"""A bash kernel as a process of its own, and one client over ZeroMQ: what the tests that attack it share."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sdk.protocol.message import Header
from sdk.protocol.stdin import InputRequest
from sdk.testing import Exchange
from tests.repl.live import Answers, LiveKernel

ARGV = [sys.executable, "-P", "-m", "bash_kernel", "-f", "{connection_file}"]
NEXT = "echo next"
INTERRUPTED = ("KeyboardInterrupt", "")


class Done(NamedTuple):
    """How a cell ended."""

    text: str
    error: tuple[str, str] | None
    notice: str
    asked: list[tuple[str, bool]]
    exchange: Exchange


class Live(LiveKernel):
    """One kernel."""

    def __init__(
        self,
        folder: Path,
        *,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        alone: bool = True,
    ) -> None:
        super().__init__(ARGV, folder, before=before, options=options, env=env, alone=alone)

    # -- cells ---------------------------------------------------------------------------------------------------------

    def run(self, code: str, stdin: Answers | None = None, *, timeout: float = 20.0) -> Done:
        """Run a cell; the client can be asked if there are answers."""
        return self.end(self.begin(code, stdin), stdin, timeout=timeout)

    def end(self, header: Header, stdin: Answers | None = None, *, shown: str = "", timeout: float = 20.0) -> Done:
        """Wait for the end of a cell; `shown` is what was taken of its text already."""
        return done(self.client.collect(header, stdin=stdin, timeout=timeout), shown)

    def interrupted(self, code: str, text: str, *, times: int = 1) -> Done:
        """Run a cell; interrupt it when it has shown `text`, and again while it has not ended after a second."""
        header = self.begin(code)
        shown = self.until(header, text)
        for press in range(times):
            self.interrupt()
            if self.has_ended(header, 1.0 if press + 1 < times else 0.0):
                break
        return self.end(header, shown=shown)

    def goes_on(self) -> None:
        """The next cell runs, and shows what it says and nothing else."""
        assert self.run(NEXT).text == "next\n"

    @staticmethod
    def count(cell: Done) -> int:
        """The cell's prompt number."""
        count: int = cell.exchange.reply.content.to_fields()["execution_count"]
        return count

    # -- what the system sees ------------------------------------------------------------------------------------------

    def shell_pid(self) -> int:
        """The shell's process."""
        return int(self.run("echo $$").text)

    def children(self) -> list[int]:
        """The kernel's own children: the shell."""
        pid = self.kernel.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Renewed:
    """One kernel for many tests, each of which gets a shell of its own: to start a kernel takes long, a shell not."""

    def __init__(self, make_folder: Callable[[], Path]) -> None:
        self._make_folder = make_folder
        self._live: Live | None = None

    def get(self) -> Live:
        """A kernel whose shell has not run a cell of any test, in an empty directory."""
        if self._live is None or not self._renew(self._live):
            self.close()
            # Nothing is kept of a shell that is killed.
            self._live = Live(self._make_folder(), options=["--BashKernel.snapshot_after=0"]).__enter__()
        return self._live

    def close(self) -> None:
        """End the kernel, and see that it leaves nothing."""
        live, self._live = self._live, None
        if live is not None:
            live.__exit__(None, None, None)

    def _renew(self, live: Live) -> bool:
        """False if the new shell would have something of the old one's, because that was asked to end before."""
        if live.kernel.ended() or not (shells := live.children()):
            return False
        for pid in shells:
            os.kill(pid, signal.SIGKILL)
        live.client._inbox.clear()
        for path in live.work.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        header = live.client.send_execute(f"cd {shlex.quote(str(live.work))}", store_history=False)
        cell = live.end(header)
        return cell.error is None and "; variables and functions are lost]" in cell.notice


def done(exchange: Exchange, shown: str = "") -> Done:
    """An exchange as tests look at it."""
    error = exchange.error
    return Done(
        shown + exchange.text(),
        None if error is None else (error.ename, error.evalue),
        exchange.text("stderr"),
        [(m.content.prompt, m.content.password) for m in exchange.stdin if isinstance(m.content, InputRequest)],
        exchange,
    )
