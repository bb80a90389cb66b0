"""A kernel as a process of its own, and one client over ZeroMQ: what the tests share that attack one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sdk.errors import ClientError
from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import ExecuteInput, Stream
from sdk.protocol.message import Channel, Header, Message
from sdk.protocol.stdin import InputRequest
from sdk.testing import KernelProcess
from tests.waiting import until

Answers = Callable[[InputRequest], str] | Sequence[str]


class LiveKernel:
    """One kernel, whose home, temporary and working directories are `folder`/home, /tmp and /work.

    When it has ended, nothing may be left of it.
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        *,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        alone: bool = True,
        patience: float = 10.0,
    ) -> None:
        self.folder, self.tmp, self.work = folder, folder / "tmp", folder / "work"
        for name in ("home", "tmp", "work"):
            (folder / name).mkdir(exist_ok=True)
        self.alone = alone
        """Whether no other kernel has the same directories."""
        self._patience = patience
        self._stack = ExitStack()
        environment = {"HOME": str(folder / "home"), "TMPDIR": str(self.tmp), "LC_ALL": "C.UTF-8", **(env or {})}
        self.kernel = KernelProcess([*before, *argv, *options], env=environment, cwd=self.work)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.kernel)
            self.client = stack.enter_context(self.kernel.client())
            self.client.patience = self._patience
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if kind is None and self.alone:
            assert self.kernel.leftovers == [], f"processes were left behind: {self.kernel.leftovers}"
            # A program that was killed is outlived for a moment by what removes its files.
            until(lambda: not list(self.tmp.rglob("*")), f"files were left behind in {self.tmp}")

    # -- cells ---------------------------------------------------------------------------------------------------------

    def begin(self, code: str, stdin: Answers | None = None) -> Header:
        """Send a cell."""
        return self.client.send_execute(code, allow_stdin=stdin is not None)

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

    def has_ended(self, header: Header, seconds: float) -> bool:
        """Whether the cell ends within so many seconds."""
        try:
            message = self.client.wait_for(lambda message: of(header, message), channel=Channel.SHELL, timeout=seconds)
        except ClientError:
            return False
        self.client._inbox.append((Channel.SHELL, message))
        return True

    def session(self) -> Path:
        """The session's directory."""
        (path,) = self.tmp.glob("repl-*")
        return path


def of(header: Header, message: Message, kind: type[object] = object) -> bool:
    """Whether `message` belongs to the request with `header`."""
    parent = message.parent_header
    return parent is not None and parent.msg_id == header.msg_id and isinstance(message.content, kind)
