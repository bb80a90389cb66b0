"""`%cd %pwd %ls %%file %load %edit %include %run`, in every kernel."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sdk.magics import folder_listing, writing
from sdk.protocol.iopub import DisplayData, ExecuteResult
from sdk.protocol.shell import CompleteRequest
from sdk.testing import Exchange
from tests.magics.conftest import Live, error_of, started

NAMES = ("cd", "pwd", "ls", "load", "edit", "include", "run")
FAILS: Mapping[str, tuple[str, str, str]] = {
    "echo": ("error boom", "boom", ""),
    "bash": ("nosuchcommand", "status 127", ", line 2"),
    "octave": ("error ('my:id', 'boom')", "boom", ", line 2"),
}
"""Kernel -> a line that fails, what is told of it, and how its place is told in a file whose second line it is."""


def next_cell(done: Exchange) -> Sequence[Mapping[str, Any]]:
    payload: Sequence[Mapping[str, Any]] = done.reply.content.to_fields()["payload"]
    return payload


def shown(done: Exchange) -> Mapping[str, Any]:
    (display,) = (content for content in done.outputs() if isinstance(content, DisplayData))
    return display.data


def completed(kernel: Live, code: str) -> list[str]:
    reply = kernel.client.request(CompleteRequest(code, len(code))).reply.content
    return list(reply.to_fields()["matches"])


@pytest.mark.parametrize("name", [*(f"%{name}" for name in NAMES), "%%file", "%%writefile"])
def test_each_tells_what_it_takes_and_refuses_other_options(any_kernel: Live, name: str) -> None:
    helped = any_kernel.run(f"{name} --help")
    assert helped.text().split()[:2] == ["usage:", name]
    assert helped.error is None
    error = error_of(any_kernel.run(f"{name} --nonsense"))
    assert error is not None
    assert error[1].startswith(f"{name}: --nonsense: no such option")
    any_kernel.goes_on()


# -- folders -----------------------------------------------------------------------------------------------------------


def test_cd_goes_where_the_language_then_is_and_back_again(any_kernel: Live) -> None:
    kernel, there = any_kernel, any_kernel.work / "über den Wolken"
    there.mkdir()
    assert kernel.run(f"%cd '{there.name}'").text() == f"{there}\n"
    assert kernel.run("%pwd").text() == f"{there}\n"
    if kernel.name != "echo":
        own = {"bash": "pwd", "octave": "disp (pwd)"}[kernel.name]
        assert kernel.run(own).text() == f"{there}\n"
    assert kernel.run("%cd -").text() == f"{kernel.work}\n"
    assert kernel.run("%cd -").text() == f"{there}\n"
    assert kernel.run("%cd ..").text() == f"{kernel.work}\n"
    assert kernel.run("%cd").text() == f"{kernel.home}\n"
    assert kernel.run(f"%cd {kernel.work}").text() == f"{kernel.work}\n"


def test_pwd_follows_the_language(bash: Live, octave: Live) -> None:
    for kernel in (bash, octave):
        (kernel.work / "elsewhere").mkdir()
        kernel.run("cd elsewhere")
        assert kernel.run("%pwd").text() == f"{kernel.work}/elsewhere\n"
        kernel.run("cd ..")


def test_cd_stays_out_of_the_shells_history(bash: Live) -> None:
    bash.run("%cd .")
    assert "builtin cd" not in bash.run("history").text()


def test_cd_names_what_is_no_folder_and_stays(any_kernel: Live) -> None:
    (any_kernel.work / "no folder").write_text("")
    assert error_of(any_kernel.run("%cd nosuch")) == ("UsageError", "%cd: nosuch: no such folder")
    assert error_of(any_kernel.run('%cd "no folder"')) == ("UsageError", "%cd: no folder: it is no folder")
    assert any_kernel.run("%pwd").text() == f"{any_kernel.work}\n"


def test_there_is_no_folder_before_the_first_cd(tmp_path: Path) -> None:
    with started("echo", tmp_path) as kernel:
        error = error_of(kernel.run("%cd -"))
        assert error is not None
        assert error[1] == "%cd: -: there is no folder before; %cd has not been used yet"


def test_ls_lists_names_in_order_with_sizes_and_dates_and_folders_below(any_kernel: Live) -> None:
    kernel, top = any_kernel, any_kernel.work / "list"
    (top / "Beta" / "deep").mkdir(parents=True)
    (top / "alpha.txt").write_text("123")
    (top / "Beta" / "ä.txt").write_text("")
    (top / ".hidden").write_text("")
    os.utime(top / "alpha.txt", (0, 0))
    assert kernel.run("%ls list").text() == "alpha.txt  Beta/\n"
    assert kernel.run("%ls -a list").text() == ".hidden  alpha.txt  Beta/\n"
    assert kernel.run("%ls list -r").text() == (
        "list:\nalpha.txt  Beta/\n\nlist/Beta:\ndeep/  ä.txt\n\nlist/Beta/deep:\n"
    )
    lines = kernel.run("%ls -l list").text().split("\n")
    assert re.fullmatch(r"3  19(69|70)-\d\d-\d\d \d\d:\d\d  alpha\.txt", lines[0])
    assert re.fullmatch(r"-  20\d\d-\d\d-\d\d \d\d:\d\d  Beta/", lines[1])
    assert kernel.run("%ls list/*.txt").text() == "list/alpha.txt\n"
    assert kernel.run("%ls list/alpha.txt").text() == "list/alpha.txt\n"


def test_ls_names_what_is_not_there(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%ls nosuch")) == ("UsageError", "%ls: nosuch: No such file or directory")
    assert error_of(any_kernel.run("%ls *.nosuch")) == ("UsageError", "%ls: *.nosuch: no file has such a name")


def test_a_long_list_can_be_interrupted(any_kernel: Live) -> None:
    done = any_kernel.interrupted("%ls -r /usr", until="/usr")
    assert done.error is not None
    assert done.error.ename == "KeyboardInterrupt"
    any_kernel.goes_on()


def test_names_stand_in_columns_whatever_they_are_made_of(tmp_path: Path) -> None:
    names = [b"new\nline", b"\xff", "日本語".encode(), *(b"a%02d" % number for number in range(40))]
    for name in names:
        (tmp_path / os.fsdecode(name)).touch()
    lines = list(folder_listing.lines(str(tmp_path), "."))
    assert all(line.endswith("\n") and len(line) <= 101 for line in lines)
    words = " ".join(lines).split()
    assert sorted(words) == sorted(
        [*(f"a{number:02}" for number in range(40)), "new?line", "\N{REPLACEMENT CHARACTER}", "日本語"]
    )
    assert len(lines) < 8


def test_links_are_shown_with_their_ends_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "gone").symlink_to("nowhere")
    assert list(folder_listing.lines(str(tmp_path), ".", recursive=True)) == [".:\n", "gone  loop/\n"]
    lines = list(folder_listing.lines(str(tmp_path), ".", long=True))
    assert [line.rpartition("  ")[2] for line in lines] == ["gone -> nowhere\n", "loop/ -> .\n"]


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["file", "writefile"])
def test_file_writes_what_is_below_and_says_what_it_did(any_kernel: Live, name: str) -> None:
    kernel, path = any_kernel, any_kernel.work / f"{name}.txt"
    assert kernel.run(f"%%{name} {path.name}\n%pwd\n  grün\t!\n\n").text() == f"{path.name}: created (16 bytes)\n"
    assert path.read_text() == "%pwd\n  grün\t!\n\n"
    assert kernel.run(f"%%{name} -a {path.name}\nmore").text() == f"{path.name}: appended (5 bytes)\n"
    assert path.read_text() == "%pwd\n  grün\t!\n\nmore\n"
    assert kernel.run(f"%%{name} {path.name}").text() == f"{path.name}: overwritten (0 bytes)\n"
    assert path.read_text() == ""
    kernel.goes_on()


def test_file_makes_folders_only_when_told(any_kernel: Live) -> None:
    kernel = any_kernel
    error = error_of(kernel.run("%%file new/deep/x.txt\ntext"))
    assert error == ("UsageError", f"%%file: new/deep/x.txt: there is no folder {kernel.work}/new/deep; -p makes it")
    assert kernel.run("%%file -p new/deep/x.txt\nx").text() == "new/deep/x.txt: created (2 bytes)\n"
    assert (kernel.work / "new/deep/x.txt").read_text() == "x\n"
    assert error_of(kernel.run("%%file new\nx")) == ("UsageError", "%%file: new: Is a directory")


def test_a_file_that_is_replaced_keeps_its_permissions_and_links(tmp_path: Path) -> None:
    path, link, twin = tmp_path / "a", tmp_path / "link", tmp_path / "twin"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to("a")
    assert writing.write(str(link), "new") == ("overwritten", 3)
    assert (path.read_text(), path.stat().st_mode & 0o777, link.is_symlink()) == ("new", 0o640, True)
    os.link(path, twin)
    writing.write(str(path), "both")
    assert twin.read_text() == "both"
    assert sorted(os.listdir(tmp_path)) == ["a", "link", "twin"]


def test_a_file_keeps_its_text_when_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        writing.write(str(path), "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


# -- into cells --------------------------------------------------------------------------------------------------------


def test_load_puts_a_file_into_the_next_cell_and_shows_it(any_kernel: Live) -> None:
    kernel = any_kernel
    (kernel.work / "load ü.txt").write_text("one\n<zwei>\n\nvier\n")
    done = kernel.run('%load "load ü.txt"')
    assert next_cell(done) == [{"source": "set_next_input", "text": "one\n<zwei>\n\nvier", "replace": False}]
    assert shown(done)["text/plain"] == "one\n<zwei>\n\nvier"
    assert "&lt;zwei&gt;" in shown(done)["text/html"]
    kernel.goes_on()


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [("2:3", "2 3"), ("2-3", "2 3"), ("4", "4"), ("4:", "4 5"), (":2", "1 2"), ("5,1:2", "5 1 2"), ("3:99", "3 4 5")],
)
def test_load_takes_the_lines_that_are_asked_for(echo: Live, wanted: str, lines: str) -> None:
    (echo.work / "five").write_text("1\n2\n3\n4\n5\n")
    (payload,) = next_cell(echo.run(f"%load -r {wanted} five"))
    assert payload["text"].split("\n") == lines.split()


@pytest.mark.parametrize("wanted", ["0", "6", "3:2", "x", "1,,2", "9:"])
def test_load_names_lines_that_are_not_there(echo: Live, wanted: str) -> None:
    (echo.work / "five").write_text("1\n2\n3\n4\n5\n")
    error = error_of(echo.run(f"%load five -r {wanted}"))
    assert error is not None
    assert error[1].startswith(f"%load: --range {wanted}: ")


@pytest.mark.parametrize(("text", "cell"), [("%ls\n\n  grün\n", "%ls\n\n  grün"), ("blank\n\n", "blank\n\n"), ("", "")])
def test_edit_gives_a_cell_that_writes_the_same_file_again(any_kernel: Live, text: str, cell: str) -> None:
    kernel, path = any_kernel, any_kernel.work / "edit me.txt"
    path.write_text(text)
    (payload,) = next_cell(kernel.run("%edit 'edit me.txt'"))
    assert payload["text"] == f"%%file 'edit me.txt'\n{cell}"
    path.write_text("")
    kernel.run(payload["text"])
    assert path.read_text() == text


def test_edit_of_a_file_that_is_not_there_begins_it(any_kernel: Live) -> None:
    done = any_kernel.run("%edit newfile")
    assert done.text("stderr") == "%edit: newfile: it will be a new file\n"
    assert next_cell(done)[0]["text"] == "%%file newfile\n"


def test_edit_says_that_windows_line_ends_go(echo: Live) -> None:
    (echo.work / "dos").write_bytes(b"a\r\nb\r\n")
    done = echo.run("%edit dos")
    assert done.text("stderr") == "%edit: dos: its line ends are CRLF; the cell will write LF\n"
    assert next_cell(done)[0]["text"] == "%%file dos\na\nb"


@pytest.mark.parametrize("name", ["load", "include", "run"])
def test_a_file_that_is_not_there_or_no_text_is_named(any_kernel: Live, name: str) -> None:
    (any_kernel.work / "binary").write_bytes(b"a\xff")
    there = any_kernel.work
    error = ("UsageError", f"%{name}: {there}/nosuch: No such file or directory")
    assert error_of(any_kernel.run(f"%{name} nosuch")) == error
    error = ("UsageError", f"%{name}: {there}/binary: it is no UTF-8 text (at byte 1)")
    assert error_of(any_kernel.run(f"%{name} binary")) == error
    error = ("UsageError", f"%{name}: /dev/zero: it is no file, but a pipe or a device")
    assert error_of(any_kernel.run(f"%{name} /dev/zero")) == error
    any_kernel.goes_on()


# -- code from files ---------------------------------------------------------------------------------------------------


def test_include_runs_files_before_the_rest_of_the_cell_with_their_magics(any_kernel: Live) -> None:
    kernel = any_kernel
    (kernel.work / "first").write_text(f"\ufeff%pwd\n{kernel.say('eins ü')}\n")
    (kernel.work / "second").write_text(f"{kernel.say('zwei')}\n")
    done = kernel.run(f"%include first second\n{kernel.say('rest')}")
    assert done.error is None
    assert done.text().split() == [str(kernel.work), "eins", "ü", "zwei", "rest"]


def test_include_runs_nothing_when_one_of_the_files_is_missing(any_kernel: Live) -> None:
    (any_kernel.work / "there").write_text(any_kernel.say("there"))
    done = any_kernel.run(f"%include there nosuch\n{any_kernel.say('rest')}")
    assert error_of(done) == ("UsageError", f"%include: {any_kernel.work}/nosuch: No such file or directory")
    assert done.text() == ""
    assert error_of(any_kernel.run("%include")) == ("UsageError", "%include: PATHS is missing")


def test_run_keeps_what_the_file_has_defined(bash: Live, octave: Live) -> None:
    for kernel, ask in ((bash, 'echo "$from_file"'), (octave, "disp (from_file)")):
        (kernel.work / "defines").write_text("from_file=42\n")
        assert kernel.run(f"%run defines\n{ask}").text().endswith("42\n")
        assert kernel.run(ask).text() == "42\n"


def test_run_gives_the_value_of_the_file(echo: Live) -> None:
    (echo.work / "value").write_text("shout grün")
    assert echo.run("%run value").result == {"text/plain": "GRÜN"}


def test_run_tells_an_error_with_the_files_name_and_line(any_kernel: Live) -> None:
    kernel = any_kernel
    line, said, place = FAILS[kernel.name]
    (kernel.work / "fails.txt").write_text(f"\n{line}\n")
    (kernel.work / "outer.txt").write_text("%include fails.txt\n")
    done = kernel.run("%run outer.txt")
    assert done.error is not None
    traceback = "\n".join(done.error.traceback)
    assert traceback.startswith("%run outer.txt:\n%include fails.txt:\n")
    assert said in traceback
    assert f"fails.txt{place}" in traceback
    assert "In[" not in traceback
    kernel.goes_on()


def test_run_by_line_shows_each_value_and_ends_at_the_line_that_fails(any_kernel: Live) -> None:
    kernel = any_kernel
    line, said, _ = FAILS[kernel.name]
    (kernel.work / "lines.txt").write_text(f"{kernel.say('one')}\n\n{line}\n{kernel.say('never')}\n")
    done = kernel.run("%run -n lines.txt")
    assert done.text().startswith("one")
    assert "never" not in done.text()
    assert done.error is not None
    traceback = "\n".join(done.error.traceback)
    assert traceback.startswith("%run lines.txt, line 3:\n")
    assert said in traceback
    assert "line 1" not in traceback


def test_run_by_line_shows_values_between(echo: Live) -> None:
    (echo.work / "values").write_text("shout a\nshout b\n")
    values = [one.data for one in echo.run("%run --by-line values").outputs() if isinstance(one, ExecuteResult)]
    assert values == [{"text/plain": "A"}, {"text/plain": "B"}]


def test_run_by_another_language_is_that_cell_magic(any_kernel: Live) -> None:
    (any_kernel.work / "page").write_text("<b>ü</b>\n")
    assert shown(any_kernel.run("%run -l html page"))["text/html"] == "<b>ü</b>\n"
    framed = any_kernel.run('%run --language "html --isolated" page').contents()
    assert any(isinstance(one, DisplayData) and one.metadata == {"text/html": {"isolated": True}} for one in framed)


def test_run_gives_a_file_of_bash_its_arguments_and_the_session_its_own_back(bash: Live) -> None:
    (bash.work / "arguments").write_text('echo "$#:$1:$2"\n')
    bash.run("set -- mine")
    assert bash.run("%run arguments 'a b' -- -v").text() == "2:a b:-v\n"
    assert bash.run('echo "$#:$1"').text() == "1:mine\n"


def test_run_says_where_files_take_no_arguments(echo: Live, octave: Live) -> None:
    for kernel in (echo, octave):
        (kernel.work / "any").write_text("")
        assert error_of(kernel.run("%run any 1")) == ("UsageError", f"%run: files of {kernel.name} take no arguments")


def test_a_file_that_runs_itself_is_told(any_kernel: Live) -> None:
    (any_kernel.work / "itself").write_text("%run itself\n")
    error = ("UsageError", "%run: itself: it runs already, and would run itself for ever")
    assert error_of(any_kernel.run("%run itself")) == error
    assert error_of(any_kernel.run("%run itself")) == error, "the first failure is not forgotten"


def test_a_file_that_runs_can_be_interrupted(bash: Live, octave: Live) -> None:
    for kernel, wait in ((bash, "sleep 60"), (octave, "pause (60)")):
        (kernel.work / "waits").write_text(f"{kernel.say('begun')}\n{wait}\n{kernel.say('never')}\n")
        done = kernel.interrupted("%run waits", until="begun")
        assert done.status == "error"
        assert "never" not in done.text()
        kernel.goes_on()


# -- the language's own ------------------------------------------------------------------------------------------------


def test_what_reads_like_a_comment_is_one_in_octave(octave: Live) -> None:
    done = octave.run("%load the data from disk\n% run nosuch\n%cd to the top\ndisp (1)")
    assert (done.error, done.text()) == (None, "1\n")
    for name in ("run", "include"):
        done = octave.run(f"%{name} the simulation\ndisp (2)")
        assert (done.error, done.text(), done.text("stderr")) == (None, "2\n", "")


@pytest.mark.parametrize("line", ["%run simulation", "%include files", "%load data", "%edit below", "%image size"])
def test_one_word_above_code_that_names_no_file_is_a_comment_and_is_told(octave: Live, line: str) -> None:
    done = octave.run(f"{line}\ndisp (2)")
    name, word = line.split()
    assert (done.error, done.text()) == (None, "2\n")
    assert done.text("stderr") == f"{name}: {word}: no such file; so this line is taken for a comment\n"


def test_a_backslash_gives_the_line_to_bash(bash: Live) -> None:
    done = bash.run("\\%ls")
    assert "%ls: no such job" in done.text()


# -- completion --------------------------------------------------------------------------------------------------------


def test_paths_are_completed_as_they_have_to_be_typed(any_kernel: Live) -> None:
    there = any_kernel.work / "complete"
    (there / "a folder").mkdir(parents=True)
    (there / "a file").touch()
    assert completed(any_kernel, "%cd complete/a") == ["complete/a\\ folder/"]
    assert completed(any_kernel, "%run complete/a") == ["complete/a\\ file", "complete/a\\ folder/"]
    assert completed(any_kernel, "%load -r 1:2 'complete/a fi") == ["'complete/a file'"]
    assert completed(any_kernel, "%%file complete/a\\ fi") == ["complete/a\\ file"]
    assert completed(any_kernel, "%ls --") == ["--recursive", "--long", "--all", "--help"]


# -- a language elsewhere ----------------------------------------------------------------------------------------------


def test_files_here_are_not_those_of_a_language_elsewhere(tmp_path: Path) -> None:
    with started("bash", tmp_path, "--BashKernel.prefix=env") as kernel:
        (kernel.work / "below").mkdir()
        (kernel.work / "here.txt").write_text("echo here\n")
        assert kernel.run("%cd below").text() == f"{kernel.work}/below\n"
        assert kernel.run("%cd -").text() == f"{kernel.work}\n"
        for code in ("%ls", "%load here.txt", "%run here.txt", "%%file new.txt\nx"):
            error = error_of(kernel.run(code))
            assert error is not None
            assert "bash runs elsewhere, and magics see the files of this machine" in error[1], code
        error = error_of(kernel.run("%cd ~"))
        assert error is not None
        assert error[1] == "%cd: ~: bash runs elsewhere; name the folder by its whole path"
        assert kernel.run(f"%run {kernel.work}/here.txt").text() == "here\n"
        assert kernel.run(f"%ls {kernel.work}").text() == "below/  here.txt\n"
        assert completed(kernel, "%run h") == []
