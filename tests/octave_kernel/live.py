"""An Octave kernel as a process of its own, and clients over ZeroMQ."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sdk.protocol.iopub import Stream
from sdk.protocol.message import Header
from sdk.testing import Exchange, KernelProcess
from tests.conftest import needs

ARGV = [sys.executable, "-P", "-m", "octave_kernel", "-f", "{connection_file}"]
NEW = "a new one was started; variables and functions are lost]"


class Live:
    """One kernel, whose home, temporary and working directories are `folder`/home, /tmp and /work.

    When it has ended, nothing may be left of it, and the working directory must hold what the test has put there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        needs("octave")
        self.folder, self.tmp, self.work = folder, folder / "tmp", folder / "work"
        for name in ("home", "tmp", "work"):
            (folder / name).mkdir(exist_ok=True)
        self._stack = ExitStack()
        environment = {"HOME": str(folder / "home"), "TMPDIR": str(self.tmp), "LC_ALL": "C.UTF-8", **(env or {})}
        self.kernel = KernelProcess([*before, *ARGV, *options], env=environment, cwd=self.work)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.kernel)
            self.client = stack.enter_context(self.kernel.client())
            self.client.patience = 30
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if kind is None:
            assert self.kernel.leftovers == [], f"processes were left behind: {self.kernel.leftovers}"
            assert comes_true(lambda: not any(self.tmp.iterdir())), f"left behind: {list(self.tmp.rglob('*'))}"

    def run(self, code: str, **options: object) -> Exchange:
        """Run a cell to its end."""
        return self.client.execute(code, **options)  # type: ignore[arg-type]

    def goes_on(self) -> None:
        """The next cell runs, and shows what it says and nothing else."""
        done = self.run("disp ('next')")
        assert (done.text(), done.text("stderr"), done.error) == ("next\n", "", None)

    def until(self, header: Header, text: str) -> None:
        """Wait until the cell has shown `text`."""
        self.client.wait_for(
            lambda message: (
                message.parent_header is not None
                and message.parent_header.msg_id == header.msg_id
                and isinstance(message.content, Stream)
                and text in message.content.text
            )
        )

    def octave(self) -> int:
        """The process of Octave."""
        return int(self.run("disp (getpid ())").text())

    def session(self) -> Path:
        """The session's directory."""
        (path,) = self.tmp.glob("repl-*")
        return path


def error_of(done: Exchange) -> tuple[str, str] | None:
    """The name and the message of the cell's error."""
    return None if done.error is None else (done.error.ename, done.error.evalue)


def comes_true(condition: Callable[[], bool], limit: float = 10.0) -> bool:
    """Whether `condition()` becomes true within `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def children(pid: int) -> list[int]:
    """The children of a process, those of all its threads."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
            found += [int(word) for word in file.read().split()]
    return found


def name_of(pid: int) -> str:
    """The command of a process; empty when it has gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def descriptors(pid: int) -> int:
    """How many a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident(pid: int) -> int:
    """Bytes of private memory."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(("Private_Dirty", "Private_Clean"))) * 1024
