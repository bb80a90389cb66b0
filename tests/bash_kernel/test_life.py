"""The shell's end, wanted or not: the next cell finds a shell, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from sdk.errors import LanguageStartError
from tests.bash_kernel.conftest import Shell, started
from tests.waiting import seen_soon

SET_UP = "x=5; declare -A m=([k]=v); a=(1 2 '3 4'); f() { echo F$x; }; alias hi='echo hello'; mkdir d; cd d; export e=1"
LOOK = 'echo $x ${m[k]} ${a[2]} $e; f; hi; basename "$PWD"'
FOUND = "5 v 3 4 1\nF5\nhello\nd\n"


@pytest.mark.parametrize(
    ("code", "evalue"),
    [("set -e; false", "bash ended with status 1"), ("exit 3", "bash ended with status 3"), ("exit", "")],
)
def test_the_state_is_restored_after_an_end(shell: Shell, code: str, evalue: str) -> None:
    shell.run(SET_UP)
    before = shell.pid
    cell = shell.run(code)
    assert cell.error == (("BashEnded", evalue) if evalue else None)
    assert cell.notice.startswith("[bash ended with status ")
    assert shell.pid != before
    assert shell.run(LOOK).text == FOUND


def test_set_e_spares_what_bash_spares(shell: Shell) -> None:
    shell.run("set -e")
    before = shell.pid
    assert shell.run("false && true").error == ("ExitStatus", "1")
    assert shell.run("if false; then :; fi; echo on").text == "on\n"
    assert shell.pid == before


def test_exec_replaces_the_shell_and_a_new_one_follows(shell: Shell) -> None:
    cell = shell.run("exec echo replaced")
    assert (cell.text, cell.error) == ("replaced\n", None)
    assert "a new one was started" in cell.notice
    assert shell.run("echo next").text == "next\n"


def test_a_shell_that_is_killed_in_a_cell(shell: Shell) -> None:
    shell.run("mkdir d; cd d")
    cell = shell.run("kill -9 $$; echo no")
    assert cell.error == ("BashEnded", "bash was ended by SIGKILL")
    assert shell.run("basename $PWD").text == "d\n"


def test_a_shell_that_is_stopped_can_be_interrupted(shell: Shell) -> None:
    cell = shell.interrupted("echo go; kill -STOP $$; echo on", lambda said: "go\n" in said.text(), times=2)
    assert cell.error is None or cell.error[0] == "KeyboardInterrupt"


def test_another_shell_in_its_place_asks_for_its_commands(shell: Shell) -> None:
    cell = shell.run("exec sh", ["echo inner", "exit"])
    assert "inner\n" in cell.text
    assert shell.run("echo next").text == "next\n"


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


async def gone(pids: list[int]) -> bool:
    return await seen_soon(lambda: not any(alive(pid) for pid in pids), f"of {pids} some are left")


@pytest.mark.parametrize("killed", [False, True])
def test_no_process_is_left_after_a_stop(tmp_path: Path, killed: bool) -> None:
    shell = started(tmp_path)
    try:
        cell = shell.run("sleep 100 & echo $!; (sleep 100; :) & echo $!; set -m; sleep 100 | sleep 100 & echo $!")
        pids = [int(word) for word in cell.text.split() if word.isdigit()] + [shell.pid]
        assert len(pids) == 4
        assert all(alive(pid) for pid in pids)
        if killed:
            os.kill(shell.pid, signal.SIGKILL)
        shell.do(shell.kernel.stop(restart=False))
        assert shell.do(gone(pids))
    finally:
        shell.close()


def test_a_stop_in_the_middle_of_a_cell(tmp_path: Path) -> None:
    shell = started(tmp_path)

    async def stop() -> int:
        cell = asyncio.ensure_future(shell.cell("echo go; echo $BASHPID; sleep 100", []))
        life = shell.kernel.life
        await seen_soon(lambda: life.repl is None or life.repl.state.name == "RUNNING", every=0.001)
        pid = shell.pid
        await shell.kernel.stop(restart=True)
        cell.cancel()
        await asyncio.wait([cell])
        assert await gone([pid])
        return pid

    try:
        assert shell.do(stop()) > 0
    finally:
        shell.close()


def test_a_shell_that_is_not_there_is_named(tmp_path: Path) -> None:
    shell = Shell()
    shell.kernel.shell = "no-such-bash"
    with pytest.raises(LanguageStartError, match="'no-such-bash' could not be started"):
        shell.do(shell.kernel.start())
    shell.close()


def test_a_bashrc_is_read_and_one_that_ends_the_shell_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    bashrc = tmp_path / ".bashrc"
    bashrc.write_text("mine=1; PS1='fancy> '; PROMPT_COMMAND='echo PC'; TMOUT=1; echo hello\n")
    shell = Shell()
    try:
        assert shell.run("echo $mine").text == "1\n"
    finally:
        shell.close()
    bashrc.write_text("echo I am broken; exit 4\n")
    shell = Shell()
    try:
        cell = shell.run("echo next")
        assert cell.text == "next\n"
        assert "I am broken" in cell.notice
        assert "ended with status 4" in cell.notice
    finally:
        shell.close()


def test_importing_the_kernel_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, bash_kernel.kernel; "
        "print([name for name in ('asyncio', 'pexpect', 'zmq', 'subprocess', 'tempfile') if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "[]\n"
