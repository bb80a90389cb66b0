"""A bash kernel as a process of its own, and one client over ZeroMQ: what the tests that attack it share."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sdk.errors import ClientError
from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import ExecuteInput, Stream
from sdk.protocol.message import Channel, Header, Message
from sdk.protocol.stdin import InputRequest
from sdk.testing import Exchange, KernelProcess

ARGV = [sys.executable, "-P", "-m", "bash_kernel", "-f", "{connection_file}"]
NEXT = "echo next"
INTERRUPTED = ("KeyboardInterrupt", "")

Answers = Callable[[InputRequest], str] | Sequence[str]


class Done(NamedTuple):
    """How a cell ended."""

    text: str
    error: tuple[str, str] | None
    notice: str
    asked: list[tuple[str, bool]]
    exchange: Exchange


class Live:
    """One kernel, whose home, temporary and working directories are `folder`/home, /tmp and /work."""

    def __init__(
        self,
        folder: Path,
        *,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        alone: bool = True,
    ) -> None:
        self.folder, self.tmp, self.work = folder, folder / "tmp", folder / "work"
        for name in ("home", "tmp", "work"):
            (folder / name).mkdir(exist_ok=True)
        self.alone = alone
        """Whether no other kernel has the same directories."""
        self._stack = ExitStack()
        environment = {"HOME": str(folder / "home"), "TMPDIR": str(self.tmp), "LC_ALL": "C.UTF-8", **(env or {})}
        self.kernel = KernelProcess([*before, *ARGV, *options], env=environment, cwd=self.work)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.kernel)
            self.client = stack.enter_context(self.kernel.client())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if kind is None and self.alone:
            assert self.kernel.leftovers == [], f"processes were left behind: {self.kernel.leftovers}"
            end = time.monotonic() + 5  # a shell that was killed is outlived for a moment by what removes its files
            while (left := [str(path) for path in self.tmp.rglob("*")]) and time.monotonic() < end:
                time.sleep(0.05)
            assert left == [], f"files were left behind: {left}"

    # -- cells ---------------------------------------------------------------------------------------------------------

    def run(self, code: str, stdin: Answers | None = None, *, timeout: float = 20.0) -> Done:
        """Run a cell; the client can be asked if there are answers."""
        return self.end(self.begin(code, stdin), stdin, timeout=timeout)

    def begin(self, code: str, stdin: Answers | None = None) -> Header:
        """Send a cell."""
        return self.client.send_execute(code, allow_stdin=stdin is not None)

    def end(self, header: Header, stdin: Answers | None = None, *, shown: str = "", timeout: float = 20.0) -> Done:
        """Wait for the end of a cell; `shown` is what was taken of its text already."""
        return done(self.client.collect(header, stdin=stdin, timeout=timeout), shown)

    def until(self, header: Header, text: str, *, timeout: float = 10.0) -> str:
        """Wait until the cell has shown `text`; all that it has shown."""
        shown = ""
        while text not in shown:
            message = self.client.wait_for(lambda message: of(header, message, Stream), timeout=timeout)
            assert isinstance(message.content, Stream)
            shown += message.content.text
        return shown

    def until_it_runs(self, header: Header) -> None:
        """Wait until the cell is known to be under way; before, an interrupt does nothing."""
        self.client.wait_for(lambda message: of(header, message, ExecuteInput))

    def question(self, header: Header, *, timeout: float = 10.0) -> Message:
        """Wait for the cell's next question."""
        return self.client.wait_for(
            lambda message: of(header, message, InputRequest), channel=Channel.STDIN, timeout=timeout
        )

    def interrupt(self) -> None:
        """Interrupt, and wait for the answer to that."""
        self.client.request(InterruptRequest(), Channel.CONTROL)

    def interrupted(self, code: str, text: str, *, times: int = 1) -> Done:
        """Run a cell; interrupt it when it has shown `text`, and again while it has not ended after a second."""
        header = self.begin(code)
        shown = self.until(header, text)
        for press in range(times):
            self.interrupt()
            if self.has_ended(header, 1.0 if press + 1 < times else 0.0):
                break
        return self.end(header, shown=shown)

    def has_ended(self, header: Header, seconds: float) -> bool:
        """Whether the cell ends within so many seconds."""
        try:
            message = self.client.wait_for(lambda message: of(header, message), channel=Channel.SHELL, timeout=seconds)
        except ClientError:
            return False
        self.client._inbox.append((Channel.SHELL, message))
        return True

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

    def session(self) -> Path:
        """The session's directory."""
        (path,) = self.tmp.glob("repl-*")
        return path


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


def of(header: Header, message: Message, kind: type[object] = object) -> bool:
    """Whether `message` belongs to the request with `header`."""
    parent = message.parent_header
    return parent is not None and parent.msg_id == header.msg_id and isinstance(message.content, kind)
