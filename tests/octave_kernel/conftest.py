"""A real Octave under the kernel's class, without sockets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from octave_kernel.kernel import OctaveKernel
from tests.conftest import needs
from tests.repl.driven import Cell, Driven

__all__ = ["Cell", "Octave", "started"]


class Octave(Driven[OctaveKernel]):
    """An Octave kernel."""

    def __init__(self) -> None:
        super().__init__(OctaveKernel())


def started(folder: Path, *, octaverc: bool = False) -> Octave:
    """An Octave whose working directory is `folder`/work."""
    needs("octave")
    work = folder / "work"
    work.mkdir(exist_ok=True)
    made = Octave()
    made.kernel.octaverc = octaverc
    made.kernel.cwd = str(work)
    made.do(made.kernel.start())
    return made


@pytest.fixture
def octave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Octave]:
    """An Octave of one test, in an empty directory, with nothing of the user's."""
    folder = tmp_path / "session"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    made = started(tmp_path)
    try:
        yield made
    finally:
        made.close()
    assert os.listdir(folder) == [], "a session directory was left behind"
    assert os.listdir(tmp_path / "work") == [], "something was left in the user's directory"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Octave]:
    """One Octave for many tests; each clears what it has made, or uses names of its own."""
    made = started(tmp_path_factory.mktemp("octave"))
    try:
        yield made
    finally:
        made.close()
