"""An Octave kernel as a process of its own, and clients over ZeroMQ."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sdk.testing import Exchange
from tests.conftest import needs
from tests.repl.live import LiveKernel

ARGV = [sys.executable, "-P", "-m", "octave_kernel", "-f", "{connection_file}"]
NEW = "a new one was started; variables and functions are lost]"


class Live(LiveKernel):
    """One kernel."""

    def __init__(
        self,
        folder: Path,
        *,
        before: Sequence[str] = (),
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        needs("octave")
        super().__init__(ARGV, folder, before=before, options=options, env=env, patience=30)

    def run(self, code: str, **options: object) -> Exchange:
        """Run a cell to its end."""
        return self.client.execute(code, **options)  # type: ignore[arg-type]

    def goes_on(self) -> None:
        """The next cell runs, and shows what it says and nothing else."""
        done = self.run("disp ('next')")
        assert (done.text(), done.text("stderr"), done.error) == ("next\n", "", None)

    def octave(self) -> int:
        """The process of Octave."""
        return int(self.run("disp (getpid ())").text())


def error_of(done: Exchange) -> tuple[str, str] | None:
    """The name and the message of the cell's error."""
    return None if done.error is None else (done.error.ename, done.error.evalue)


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
