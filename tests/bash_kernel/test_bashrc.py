"""A user's .bashrc, however strange, neither stops the kernel nor speaks in its cells; what it says is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bash_kernel.conftest import Shell, started
from tests.conftest import needs

Start = Callable[[str], Shell]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a shell with a .bashrc of this text."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shells = []

    def with_bashrc(text: str) -> Shell:
        (tmp_path / "home" / ".bashrc").write_text(text, encoding="utf-8")
        shells.append(started(tmp_path, bashrc=True))
        return shells[-1]

    yield with_bashrc
    for shell in shells:
        shell.close()


def test_what_it_says_is_shown_once_in_the_first_cell(start: Start) -> None:
    shell = start("echo hello; nosuchcommand; mine=1")
    cell = shell.run("echo $mine")
    assert cell.text == "1\n"
    assert cell.notice.startswith("[bash said while it started:]\nhello\n")
    assert "nosuchcommand: command not found" in cell.notice
    assert shell.run("echo 2").notice == ""


def test_one_that_says_nothing_is_not_mentioned(start: Start) -> None:
    cell = start("mine=1").run("echo $mine")
    assert (cell.text, cell.notice) == ("1\n", "")


def test_the_users_history_is_not_shortened(start: Start, tmp_path: Path) -> None:
    """As bash does with the file that HISTFILE names, when HISTFILESIZE is set."""
    history = "".join(f"echo {number}\n" for number in range(50))
    (tmp_path / "home" / ".bash_history").write_text(history)
    shell = start("HISTSIZE=10 HISTFILESIZE=20")
    assert shell.run("echo ${HISTFILE-none} $HISTFILESIZE").text == "none 20\n"
    assert (tmp_path / "home" / ".bash_history").read_text() == history


def test_one_that_says_much_is_shown_in_part(start: Start) -> None:
    notice = start("echo first; seq 100000; echo last").run("true").notice
    assert len(notice) < 2200
    assert notice.startswith("[bash said while it started:]\nfirst\n1\n2\n")
    assert notice.endswith("\n100000\nlast\n")


@pytest.mark.parametrize(
    ("bashrc", "reason"),
    [
        ("echo broken; exit 4", "ended with status 4"),
        ("kill -9 $$", "was ended by SIGKILL"),
        ("exec true", "ended with status 0"),
        ("exec cat", "ended with status 0"),
        ("exec sh", "ended with status 0"),
        ("set -e; false", "ended with status 1"),
    ],
)
def test_one_that_ends_the_shell_is_left_out_and_that_is_said(start: Start, bashrc: str, reason: str) -> None:
    cell = start(bashrc).run("echo next")
    assert (cell.text, cell.error) == ("next\n", None)
    assert reason in cell.notice
    assert "started again with less of the user's set-up" in cell.notice


def test_one_that_does_not_end_is_left_out_and_that_is_said(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bash_kernel.kernel.BashKernel.start_limit", 0.5)
    cell = start("echo waiting; while :; do sleep 1; done").run("echo next")
    assert cell.text == "next\n"
    assert "it was not ready after 0.5 seconds\nIt said:\nwaiting" in cell.notice


@pytest.mark.parametrize(
    "question", ["read -p 'Load? [y/n] ' answer", "select x in a b; do break; done", "cat", "read -s -p Password: x"]
)
def test_one_that_asks_gets_the_end_of_the_input(start: Start, question: str) -> None:
    cell = start(f"{question}; mine=1").run('echo "$mine<$answer>"')
    assert cell.text == "1<>\n"


@pytest.mark.parametrize(
    "bashrc",
    [
        "PS1='(base) \\u@\\h> '; PS0='run'; PS2='more'; PROMPT_COMMAND='echo PC'",
        "PROMPT_COMMAND=(a b); PROMPT_COMMAND+=('echo PC')",
        "precmd() { echo PC; }; trap 'echo +$BASH_COMMAND' DEBUG; PROMPT_COMMAND=precmd",
        "PS1='\\[\\e]0;\\w\\a\\]$ '; printf '\\e]133;A\\a'; __vte() { printf '\\e]7;x\\a'; }; PROMPT_COMMAND=__vte",
        "shopt -s extdebug nullglob failglob; set -u -o noclobber -o posix",
        "IFS=x; umask 777; TMOUT=1; set -o vi; bind 'set editing-mode vi' 2>/dev/null",
        "alias cd='echo no'; alias ls='ls --color'; alias .='echo no'; cd() { :; }; printf() { echo P; }",
        "unset PATH; HISTFILE=/nonexistent; unset HOME",
        "exec 2>/dev/null",
        "stty -echo; stty raw",
        "readonly PROMPT_COMMAND",
        "readonly IFS PATH",
        "sleep 100 & coproc cat; disown -a",
        "trap 'true' EXIT HUP; ulimit -c 0",
        'if [ -z "$PS1" ]; then return; fi; [ -t 0 ] && [ -t 1 ]',
        "case $- in *i*) ;; *) return ;; esac",
    ],
)
def test_strange_ones_do_not_disturb(start: Start, bashrc: str) -> None:
    shell = start(f"{bashrc}\nmine=1")
    cell = shell.run("\\builtin echo $mine")
    assert (cell.text, cell.error) == ("1\n", None)
    cell = shell.run("\\builtin echo a; \\builtin false")
    assert (cell.text, cell.error) == ("a\n", ("ExitStatus", "1"))
    cell = shell.interrupted("\\builtin echo go; while :; do :; done", lambda said: "go" in said.text())
    assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))
    assert shell.run("\\builtin echo b").text == "b\n"


def test_traces_begin_with_the_first_cell(start: Start) -> None:
    shell = start("set -x\nmine=1")
    cell = shell.run("echo $mine")
    assert cell.text == "++ echo 1\n1\n"
    assert "__k" not in cell.notice


def test_it_can_be_left_out(tmp_path: Path, start: Start) -> None:
    start("true")
    (tmp_path / "home" / ".bashrc").write_text("mine=1")
    shell = started(tmp_path)
    try:
        assert shell.run("echo ${mine-none}").text == "none\n"
    finally:
        shell.close()


def test_pagers_are_off_whatever_it_says(start: Start) -> None:
    shell = start("export PAGER=less GIT_PAGER='less -R' MANPAGER=less; LESS=")
    code = (
        "git init -q -b main .; git config core.pager less; git config user.name n; git config user.email e@e; "
        "for i in {1..60}; do git commit -q --allow-empty -m m$i; done; git log --oneline | tail -n 1; "
        "git log --oneline; git help log | head -n 3"
    )
    needs("git")
    cell = shell.run(code, [])
    assert (cell.recorder.asked, cell.error) == ([], None)
    assert cell.text.count("\n") >= 61


@pytest.mark.needs("less")
def test_what_fits_on_the_screen_is_printed_by_less(start: Start) -> None:
    cell = start("").run("seq 5 | less; seq 3 >numbers; less numbers", [])
    text = re.sub(r"\x1b\[[mK]", "", cell.text)
    assert (text.split(), cell.recorder.asked) == (["1", "2", "3", "4", "5", "1", "2", "3"], [])


@pytest.mark.needs("vim")
@pytest.mark.parametrize("program", ["vim -u NONE -N numbers", "less numbers"])
def test_a_program_of_the_whole_screen_is_said_and_left_by_interrupts(start: Start, program: str) -> None:
    shell = start("")
    shell.run("seq 1000 >numbers")
    cell = shell.interrupted(program, lambda said: said.asked != [], times=5)
    assert "whole screen" in cell.notice
    assert "500" not in cell.text
    assert shell.run("echo next").text == "next\n"


@pytest.mark.needs("vim")
def test_a_program_of_the_whole_screen_takes_keys(start: Start) -> None:
    shell = start("")
    cell = shell.run("seq 1000 >numbers; vim -u NONE -N numbers; echo left", [":q!"])
    assert cell.text.endswith("left\n")
