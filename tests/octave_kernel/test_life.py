"""Octaves that end, are killed, start badly or are not there."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from octave_kernel import executable
from octave_kernel.kernel import OctaveKernel
from sdk.errors import LanguageStartError
from tests.octave_kernel.conftest import Octave, started
from tests.waiting import until

NEW = "a new one was started; variables and functions are lost]\n"


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("quit (3)", ("OctaveEnded", "octave ended with status 3"), "octave ended with status 3"),
        ("function leave (), exit (4), end\nleave ()", ("OctaveEnded", "octave ended with status 4"), None),
        ("exit", None, "octave ended with status 0"),
        ("kill (getpid (), 9)", ("OctaveEnded", "octave was ended by SIGKILL"), "octave was ended by SIGKILL"),
        ("kill (getpid (), 11)", ("OctaveEnded", "octave was ended by SIGSEGV"), None),
        ("system ('kill -9 $PPID');", ("OctaveEnded", "octave was ended by SIGKILL"), None),
    ],
)
def test_an_octave_that_ends_in_a_cell_is_told_and_replaced(
    shared: Octave, code: str, error: tuple[str, str] | None, said: str | None
) -> None:
    shared.run("kept = 42;")
    cell = shared.run(code)
    assert cell.error == error
    assert cell.notice.endswith(NEW)
    assert said is None or cell.notice == f"[{said}; {NEW}"
    after = shared.run("disp (exist ('kept'))")
    assert (after.text, after.error, after.notice) == ("0\n", None, "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_an_octave_that_ends_between_cells_is_replaced(shared: Octave, number: int) -> None:
    shared.run("1;")
    pid = shared.pid
    os.kill(pid, number)
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z")
    cell = shared.run("disp ('here')")
    assert (cell.text.splitlines()[-1], cell.error) == ("here", None)
    assert NEW in cell.notice


def test_a_stopped_octave_goes_on(shared: Octave) -> None:
    os.kill(shared.pid, signal.SIGSTOP)
    assert shared.run("disp ('here')").text == "here\n"


def test_a_new_octave_is_where_the_last_one_was(octave: Octave, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    octave.run(f"cd '{tmp_path}/other'")
    octave.run("quit")
    assert octave.run("disp (pwd ())").text == f"{tmp_path}/other\n"


def test_what_runs_at_the_end_is_seen(octave: Octave) -> None:
    cell = octave.run("function bye (), disp ('bye'), end\natexit ('bye'); quit")
    assert cell.text == "bye\n"


def test_a_full_directory_does_not_matter(octave: Octave, tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / "work" / f"file{number}").touch()
    assert octave.run("x = 1").text == "x = 1\n"
    for path in (tmp_path / "work").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("octaverc", "said"),
    [
        ("disp ('hello')", "hello"),
        ("error ('rc is bad')", "error: rc is bad"),
        ("x = (1", "error sourcing file"),
        ("quit", "It was started again with less of the user's set-up"),
        ("while true, end", "It was started again with less of the user's set-up"),
        ("warning ('on', 'all'); more on; PS1 ('a> '); debug_on_error (true);", ""),
    ],
)
def test_the_users_start_up_file_may_be_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octaverc: str, said: str
) -> None:
    (tmp_path / ".octaverc").write_text(f"{octaverc}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(OctaveKernel, "start_limit", 2.0 if "while" in octaverc else 20.0)
    octave = started(tmp_path, octaverc=True)
    try:
        first, second = octave.run("disp (1)"), octave.run("disp (2)")
    finally:
        octave.close()
    assert (first.text, second.text, second.notice) == ("1\n", "2\n", "")
    assert said in first.notice
    assert first.notice or not said
    assert "__k_" not in first.notice


def test_the_version_is_known_from_the_start(shared: Octave) -> None:
    assert shared.run(f"disp (strcmp (version (), '{shared.kernel.language_info['version']}'))").text == "1\n"


@pytest.mark.parametrize("theirs", ["", "glibc.malloc.check=0"])
def test_how_octave_keeps_memory_is_not_for_what_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if theirs:
        monkeypatch.setenv("GLIBC_TUNABLES", theirs)
    octave = started(tmp_path)
    try:
        said = octave.run("disp (getenv ('GLIBC_TUNABLES')); system ('echo $GLIBC_TUNABLES');").text
    finally:
        octave.close()
    assert said == f"{theirs}\n" * 2


# -- where Octave is ------------------------------------------------------------------------------------------------


def test_an_octave_that_is_nowhere_is_an_error_that_names_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(executable.VARIABLE, raising=False)
    with pytest.raises(LanguageStartError) as raised:
        executable.find("")
    told = str(raised.value)
    places = ["octave on PATH", "octave-cli on PATH", "flatpak org.octave.Octave", "/snap/bin/octave"]
    assert [place for place in places if place not in told] == []
    assert "apt install octave" in told
    assert executable.VARIABLE in told


def test_a_chosen_octave_is_taken_or_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert executable.find(f"{sys.executable} -x") == [sys.executable, "-x"]
    assert executable.find([sys.executable, "a b"]) == [sys.executable, "a b"]
    with pytest.raises(LanguageStartError, match=r"OctaveKernel\.executable: '/nowhere/octave' is not a program"):
        executable.find("/nowhere/octave")
    monkeypatch.setenv(executable.VARIABLE, f"{sys.executable} --flag")
    assert executable.find("") == [sys.executable, "--flag"]
    monkeypatch.setenv(executable.VARIABLE, "/nowhere/octave")
    with pytest.raises(LanguageStartError, match=r"\$OCTAVE_EXECUTABLE: '/nowhere/octave' is not a program"):
        executable.find("")


def test_a_command_that_is_no_octave_is_told_with_what_it_said(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("#!/bin/sh\necho this is no octave\n")
    wrong.chmod(0o755)
    kernel = OctaveKernel()
    kernel.executable = str(wrong)
    octave = Octave()
    octave.kernel = kernel
    try:
        with pytest.raises(LanguageStartError, match="this is no octave"):
            octave.do(kernel.start())
    finally:
        octave.close()


def test_a_wrong_option_is_told() -> None:
    octave = Octave()
    octave.kernel.stderr = "nowhere"
    try:
        with pytest.raises(LanguageStartError, match="'warnings', 'split' or 'terminal'"):
            octave.do(octave.kernel.start())
    finally:
        octave.close()
