"""A real bash under the kernel's class, without sockets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bash_kernel.kernel import BashKernel
from tests.bash_kernel.live import Renewed
from tests.repl.driven import LIMIT, Cell, Driven, Recorder

__all__ = ["LIMIT", "Cell", "Recorder", "Shell", "started"]


class Shell(Driven[BashKernel]):
    """A bash kernel."""

    def __init__(self) -> None:
        super().__init__(BashKernel())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A bash in an empty directory, with nothing of the user's."""
    folder = tmp_path / "session"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    made = started(tmp_path)
    try:
        yield made
    finally:
        made.close()
    assert os.listdir(folder) == [], "a session directory was left behind"


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renewed]:
    """Gives each test a shell of its own, in one kernel over ZeroMQ."""
    made = Renewed(lambda: tmp_path_factory.mktemp("kernel"))
    try:
        yield made
    finally:
        made.close()


def started(folder: Path, *, bashrc: bool = False) -> Shell:
    """A shell whose working directory is `folder`/work."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    made = Shell()
    made.kernel.bashrc = bashrc
    made.kernel.cwd = str(work)
    made.do(made.kernel.start())
    return made
