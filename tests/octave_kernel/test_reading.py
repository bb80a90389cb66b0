"""Files that come, change and go between cells are noticed, although Octave does not read all folders for each cell."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from octave_kernel.folders import Folders
from octave_kernel.lines import REREAD
from octave_kernel.reading import Reading
from tests.octave_kernel.conftest import Octave, started


@pytest.fixture
def work(tmp_path: Path) -> Iterator[tuple[Octave, Path]]:
    """An Octave, and the folder that it is in."""
    octave = started(tmp_path)
    try:
        octave.run("1;")
        yield octave, tmp_path / "work"
    finally:
        octave.close()


def write(path: Path, code: str, *, ago: float = 0) -> None:
    """A file that was changed `ago` seconds before now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    os.utime(path, (time.time() - ago,) * 2)


def settled(path: Path) -> None:
    """Nothing has happened here for long."""
    os.utime(path, (time.time() - 100,) * 2)


def test_functions_come_change_and_go(work: tuple[Octave, Path]) -> None:
    octave, folder = work
    settled(folder)
    assert octave.run("newcomer ()").error
    write(folder / "newcomer.m", "function newcomer ()\n  disp first\nend\n", ago=5)
    assert octave.run("newcomer ()").text == "first\n"
    write(folder / "newcomer.m", "function newcomer ()\n  disp second\nend\n", ago=-5)
    assert octave.run("newcomer ()").text == "second\n"
    (folder / "newcomer.m").unlink()
    assert octave.run("newcomer ()").error


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_file_takes_the_place_of_a_function_that_was_called_before(
    work: tuple[Octave, Path], interrupted: bool
) -> None:
    octave, folder = work
    assert octave.run("disp (fliplr (1:2))").text == "   2   1\n"
    if interrupted:
        octave.interrupted("disp go;\nwhile true, end", lambda recorder: "go" in recorder.text())
    settled(folder)
    octave.run("1;")
    write(folder / "fliplr.m", "function y = fliplr (x)\n  y = 'mine';\nend\n")
    assert octave.run("disp (fliplr (1:2))").text == "mine\n"
    (folder / "fliplr.m").unlink()
    assert octave.run("disp (fliplr (1:2))").text == "   2   1\n"


@pytest.mark.parametrize(
    ("file", "call"),
    [
        ("private/inner.m", "outer ()"),
        ("lib/+bundle/inner.m", "addpath lib\nbundle.inner ()"),
        ("sub/inner.m", "addpath sub\ninner ()"),
    ],
)
def test_folders_of_every_kind_are_looked_at(work: tuple[Octave, Path], file: str, call: str) -> None:
    octave, folder = work
    write(folder / "outer.m", "function outer ()\n  inner ()\nend\n")
    write(folder / file, "function inner ()\n  disp one\nend\n", ago=5)
    assert octave.run(call).text == "one\n"
    settled((folder / file).parent)
    octave.run("1;")
    write(folder / file, "function inner ()\n  disp two\nend\n", ago=-5)
    write((folder / file).parent / "other.m", "function other ()\n  disp other\nend\n")
    assert octave.run(call).text == "two\n"


def test_the_current_folder_is_another_one(work: tuple[Octave, Path]) -> None:
    octave, folder = work
    write(folder / "sub" / "here.m", "function here ()\n  disp here\nend\n")
    assert octave.run("here ()").error
    assert octave.run("cd sub\nhere ()").text == "here\n"
    settled(folder / "sub")
    octave.run("1;")
    write(folder / "sub" / "there.m", "function there ()\n  disp there\nend\n")
    assert octave.run("there ()").text == "there\n"
    octave.run("cd ..")


def test_a_change_is_told_once_and_again_while_the_clock_may_hide_another(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    settled(tmp_path / "private")
    settled(tmp_path)
    folders = Folders()
    folders.use([str(tmp_path), str(tmp_path / "missing")])
    assert not folders.changed()
    (tmp_path / "new").touch()
    assert folders.changed()
    assert folders.changed()  # a second one in the same second would not show
    settled(tmp_path)
    assert folders.changed()
    assert not folders.changed()
    (tmp_path / "private" / "new").touch()
    assert folders.changed()


def test_a_change_settles_as_soon_as_the_file_system_tells_the_next_one_apart(tmp_path: Path) -> None:
    folders = Folders()
    os.utime(tmp_path, (time.time() - 0.2,) * 2)  # a file system that keeps fractions of a second
    folders.use([str(tmp_path)])
    assert not folders.changed()
    os.utime(tmp_path, (int(time.time()),) * 2)  # and one that may keep none
    folders.use([str(tmp_path)])
    assert folders.changed()


def test_the_folders_that_came_with_octave_are_not_looked_at_again(tmp_path: Path) -> None:
    own, site = tmp_path / "octave" / "7.3.0" / "m" / "plot", tmp_path / "octave" / "7.3.0" / "site" / "m"
    for folder in (own, site):
        folder.mkdir(parents=True)
        settled(folder)
    settled(tmp_path)
    reading = Reading()
    reading.line("first")
    reading.ended({"cwd": str(tmp_path), "path": f".:{own}:{site}"})
    (own / "new.m").touch()
    assert reading.line("cell") == "cell"
    reading.ended({})
    (site / "new.m").touch()
    assert reading.line("cell") == f"{REREAD}cell"
