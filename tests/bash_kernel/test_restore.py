"""What a new shell knows of the one whose place it takes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bash_kernel.state import Saved, read, replace
from tests.bash_kernel.conftest import Shell, started
from tests.waiting import seen_soon

SET_UP = r"""
shopt -s extglob
x=5; declare -A map=([k]='v w'); list=(1 2 '3 4'); declare -i number=7; readonly fixed=yes; declare -ar rlist=(a b)
export given=1; both=$'two\nlines; declare -x HOME="no"'; ref_to=target; declare -n ref=ref_to
f() { echo F$x; }; export -f f
odd-name.1() { echo odd; }
function if { echo if; }
@x() { echo at; }
pattern() { case $1 in @(a|b)) echo matched ;; *) echo no ;; esac; }
alias hi='echo hello'
uses_hi() { hi; }
shopt -s nullglob dotglob
set -o noclobber; set -f; set +o braceexpand
umask 027
mkdir -p 'a dir/e'; cd 'a dir'; pushd e >/dev/null
set -- one 'two words'
trap 'echo usr1' USR1
IFS=:
unset REMOVED
"""
LOOK = r"""
echo "$x ${map[k]} ${list[2]} $number $fixed ${rlist[1]} $given $ref"
echo "$both"
f; bash -c f; odd-name.1; \if; @x; pattern b; hi; uses_hi
shopt nullglob dotglob extglob
set -o | grep -E 'noclobber|noglob|braceexpand|errexit|nounset|history|monitor'
umask
basename "$PWD"; popd >/dev/null; basename "$PWD"
echo "$# $2"
kill -USR1 $$
printf '%q\n' "$IFS"
echo "${REMOVED-gone}"
declare -p fixed rlist given
type display | head -1
"""


async def snapshot_taken(shell: Shell) -> None:
    """Wait for the shell's state to be saved; the timer's seconds are the kernel's."""
    session = shell.kernel.session
    assert session is not None
    await seen_soon(lambda: os.path.exists(session.file("state")))


@pytest.fixture
def quick(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell that is saved soon after each cell."""
    shell.kernel.snapshot_after = 0.02
    return shell


def test_all_is_there_after_an_exit(shell: Shell) -> None:
    shell.run(SET_UP)
    before = shell.run(LOOK).text
    shell.run("pushd e >/dev/null")
    cell = shell.run("exit 3")
    assert cell.notice == (
        "[bash ended with status 3; a new one was started, with its variables, functions, aliases and options]\n"
    )
    assert shell.run(LOOK).text == before
    assert before.startswith("5 v w 3 4 7 yes b 1 target\ntwo\n")
    assert "F5\nF\nodd\nif\nat\nmatched\nhello\nhello\n" in before
    assert "\nusr1\n:\ngone\n" in before


@pytest.mark.parametrize("end", ["kill -9 $$", "exec true", "exec sh -c 'kill -9 $$'"])
def test_all_that_was_saved_is_there_after_any_end(quick: Shell, end: str) -> None:
    quick.run(SET_UP)
    before = quick.run(LOOK).text
    quick.run("pushd e >/dev/null")
    quick.do(snapshot_taken(quick))
    cell = quick.run(end)
    assert cell.notice.endswith(
        "a new one was started, with its variables, functions, aliases and options as they were after In[3]]\n"
    )
    assert quick.run(LOOK).text == before


def test_a_shell_that_dies_between_cells_is_restored(quick: Shell) -> None:
    quick.run("kept=1; f() { echo f; }")
    quick.do(snapshot_taken(quick))
    os.kill(quick.pid, signal.SIGKILL)
    assert quick.run("echo $kept; f").text == "1\nf\n"


def test_a_second_death_finds_what_the_first_one_left(quick: Shell) -> None:
    quick.run("kept=1")
    quick.do(snapshot_taken(quick))
    quick.kernel.snapshot_after = 0
    for _ in range(2):
        cell = quick.run("kill -9 $$")
        assert "as they were after In[1]" in cell.notice
    assert quick.run("echo $kept").text == "1\n"


def test_the_working_directory_is_the_last_one(quick: Shell) -> None:
    quick.run("mkdir d; x=1")
    quick.do(snapshot_taken(quick))
    quick.kernel._when_idle = None
    quick.kernel.snapshot_after = 0
    quick.run("cd d")
    quick.run("kill -9 $$")
    assert quick.run('echo $x "${PWD##*/}"').text == "1 d\n"


def test_saving_leaves_no_trace(quick: Shell) -> None:
    quick.run(
        "set -u; set -o posix; IFS=-; x=1; trap 'echo D >>debug' USR2; set -- a b; alias q=r; echo a >&2 | (exit 4)"
    )
    assert quick.run("(exit 7)").error == ("ExitStatus", "7")
    look = 'echo $? $- "$*" ${!-} $RANDOM; declare -p; set +o; shopt; trap -p; alias; jobs'
    quick.run("RANDOM=5")
    quick.run("(exit 7)")
    quick.do(snapshot_taken(quick))
    saved = quick.run(look).text
    quick.kernel.snapshot_after = 0
    quick.run("RANDOM=5")
    quick.run("(exit 7)")
    unsaved = quick.run(look).text
    volatile = ("EPOCH", "SECONDS", "RANDOM", "BASHPID", "LINENO", "HISTCMD", "__k_", "PPID", "BASH_")

    def lines(text: str) -> list[str]:
        return [line for line in text.splitlines() if not any(word in line for word in volatile)]

    assert saved.splitlines()[0] == unsaved.splitlines()[0]
    assert saved.startswith("7 ")
    assert lines(saved) == lines(unsaved)


def test_set_e_is_restored_and_the_shell_can_be_used(shell: Shell) -> None:
    shell.run("set -e; x=1")
    shell.run("false")
    assert shell.run("echo $x $-").text.startswith("1 e")
    cell = shell.run("echo before; false; echo after")
    assert cell.text == "before\n"
    assert cell.error is not None
    assert shell.run("set +e; false; echo $x").text == "1\n"


def test_a_trap_of_the_users_for_the_end_is_run_and_kept(quick: Shell) -> None:
    quick.run("x=1; trap 'echo bye' EXIT")
    quick.do(snapshot_taken(quick))
    cell = quick.run("exit 2")
    assert cell.text == "bye\n"
    assert "after In[1]" in cell.notice
    assert quick.run("echo $x; trap -p EXIT").text == "1\ntrap -- 'echo bye' EXIT\n"


def test_displays_work_in_the_new_shell(shell: Shell) -> None:
    shell.run("x=1")
    shell.run("exit 1")
    cell = shell.run("echo '<b>1</b>' | display text/html")
    assert [what[0] for kind, what in cell.recorder.shown if kind == "display"] == [{"text/html": "<b>1</b>\n"}]


def test_the_bashrc_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".bashrc").write_text(f"echo read >>{tmp_path}/log; mine=1\n")
    shell = started(tmp_path, bashrc=True)
    try:
        shell.run("mine=2")
        shell.run("exit 1")
        assert shell.run("echo $mine").text == "2\n"
        assert (tmp_path / "log").read_text() == "read\n"
    finally:
        shell.close()


def test_what_would_end_every_shell_is_given_up(shell: Shell) -> None:
    shell.kernel._saved = Saved((("place", "kill -9 $$\n"),), "token")
    os.kill(shell.pid, signal.SIGKILL)
    cell = shell.run("echo next")
    assert cell.text == "next\n"
    assert "a new one was started; what it held could not be restored]" in cell.notice


def test_functions_named_like_the_commands_that_restore_do_no_harm(shell: Shell) -> None:
    names = ("cd", "shopt", "trap", "declare", "umask", "printf", "read", "unset", "set", "eval")
    shell.run("x=1; " + "; ".join(f"{name}() {{ kill -9 $$; }}" for name in names))
    shell.run("exit 1")
    assert shell.run("type -t cd; echo $x").text == "function\n1\n"


def test_a_large_state_is_saved_and_restored(quick: Shell) -> None:
    quick.run("list=({1..100000})")
    quick.do(snapshot_taken(quick))
    quick.run("kill -9 $$")
    assert quick.run("echo ${#list[@]} ${list[99999]}").text == "100000 100000\n"


def test_nothing_is_saved_while_cells_follow_each_other(shell: Shell) -> None:
    shell.kernel.snapshot_after = 60.0
    for _ in range(3):
        shell.run("x=1")
    waiting = shell.kernel._when_idle
    assert waiting is not None
    assert waiting._timer is not None
    shell.do(shell.kernel.stop(restart=False))
    assert waiting._timer is None


def test_a_state_that_was_not_written_to_its_end_replaces_none(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"variables\nx=1\0whole\n\0")
    for content in (b"", b"variables\nx=2\0who"):
        new.write_bytes(content)
        assert not replace(str(new), str(old))
        assert read(str(old), "token") is not None
    new.write_bytes(b"variables\nx=2\0whole\n\0")
    assert replace(str(new), str(old))
    assert read(str(old), "token") == Saved((("variables", "x=2"), ("whole", "")), "token")
    assert not replace(str(new), str(old))
