"""A shell behind a prefix: by ssh, as another user, and where none of this machine's temporary files can be seen."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.errors import LanguageStartError, NotReachedError
from sdk.testing import KernelProcess
from tests.bash_kernel.conftest import Cell, Shell
from tests.conftest import needs
from tests.elsewhere import ANOTHER_USER, OTHER_FILES, Sshd, left, running, running_container, running_sshd
from tests.waiting import seen_soon, until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An sshd of this module's own."""
    with running_sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


@pytest.fixture(scope="module")
def container() -> Iterator[list[str]]:
    """What leads into a container of this module's own."""
    with running_container() as prefix:
        yield prefix


def made(prefix: object, tmp_path: Path) -> Shell:
    """A kernel whose shell is behind `prefix`."""
    made = Shell()
    made.kernel.bashrc = False
    made.kernel.prefix = prefix  # type: ignore[assignment]
    made.kernel.snapshot_after = 0.0
    return made


def closed(shell: Shell) -> None:
    """End it, and see that nothing is left there."""
    session = shell.kernel.session
    there = session.there if session is not None else ""
    shell.close()
    if there:
        try:
            until(lambda: not left(there))
        except AssertionError:
            assert not left(there)


@pytest.fixture(params=["ssh", "container", "another user", "other files"])
def far(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell elsewhere, in each way that there is."""
    monkeypatch.setattr("sdk.repl.session.temporary_directory", lambda: str(tmp_path))
    if request.param == "ssh":
        prefix = request.getfixturevalue("sshd").prefix()
    elif request.param == "container":
        prefix = request.getfixturevalue("container")
    else:
        if os.getuid() != 0:
            pytest.skip("only root may become another user, or see other files")
        prefix = ANOTHER_USER if request.param == "another user" else OTHER_FILES
    shell = made(prefix, tmp_path)
    try:
        yield shell
    finally:
        closed(shell)
    assert os.listdir(tmp_path) == [], "a session directory was left behind"


@pytest.fixture
def ssh(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell by ssh."""
    monkeypatch.setattr("sdk.repl.session.temporary_directory", lambda: str(tmp_path))
    shell = made(sshd.prefix(), tmp_path)
    try:
        yield shell
    finally:
        closed(shell)


# -- cells -------------------------------------------------------------------------------------------------------------


def test_cells_keep_their_state_and_say_their_status(far: Shell) -> None:
    assert far.run("x=5; cd /usr; f() { echo f$x; }").text == ""
    cell = far.run("f; pwd; (exit 3)")
    assert (cell.text, cell.error) == ("f5\n/usr\n", ("ExitStatus", "3"))
    assert far.run("echo $?").text == "3\n"
    assert far.kernel.cwd == "/usr"
    cell = far.run("echo before\nif then fi\necho after")
    assert cell.text.startswith("before\nbash: In[4]: line 2: syntax error")
    assert cell.error == ("ExitStatus", "2")


def test_unicode_and_every_special_character_arrive(far: Shell) -> None:
    text = "é 漢 🎉 tab\there !! $HOME `x` 'q' \"d\" \\ \\n \x01\x03\x04\x15\x1b[1m\x7f ~. \r end"
    cell = far.run(f"cat <<'EOF'\n{text}\nEOF")
    assert (cell.text, cell.error) == (f"{text}\n", None)


def test_a_cell_of_200_kilobytes(far: Shell) -> None:
    code = "".join(f"v{number}='{'é' * 20}{number}'\n" for number in range(4000)) + "echo $v0 $v3999"
    assert len(code.encode()) > 190_000
    cell = far.run(code)
    assert (cell.text, cell.error) == (f"{'é' * 20}0 {'é' * 20}3999\n", None)


def test_output_is_complete(far: Shell) -> None:
    cell = far.run("seq 700000")
    assert cell.text == "".join(f"{number}\n" for number in range(1, 700_001))
    cell = far.run("head -c 1000000 /dev/zero | tr '\\0' x; echo")
    assert cell.text == "x" * 1_000_000 + "\n"


def test_nothing_of_the_kernels_own_is_seen(far: Shell) -> None:
    assert far.run("set -x; echo t").text.lstrip("+") == " echo t\nt\n"
    assert far.run("set +x").text.lstrip("+") == " set +x\n"
    assert far.run("history").text.count("\n") == 3
    assert far.run("jobs; echo $!").text == "\n"


def test_the_terminal_is_set_right_again(far: Shell) -> None:
    assert far.run("stty raw -echo; sleep 0.05; echo raw").text == "raw\n"
    assert far.run("stty -a | grep -o ' .echo \\| echo \\|.icanon\\|icanon'").text.split() == ["icanon", "echo"]
    assert far.interrupted("echo go; sleep 100", lambda said: "go\n" in said.text()).error == ("KeyboardInterrupt", "")


def test_a_size_is_passed_on(far: Shell) -> None:
    assert far.run("echo $(tput lines 2>/dev/null || stty size)").text.startswith("24")


# -- input and interrupts ----------------------------------------------------------------------------------------------


def test_questions_are_asked(far: Shell) -> None:
    cell = far.run("read -p 'name? ' n; echo hello $n", ["Ada"])
    assert (cell.text, cell.recorder.asked) == ("hello Ada\n", [("name? ", False)])
    cell = far.run("read -s -p 'secret: ' s; echo; echo ${#s}", ["xyzzy"])
    assert (cell.text, cell.recorder.asked) == ("\n5\n", [("secret: ", True)])
    cell = far.run("read a; read b; echo $a-$b; cat", ["1", "2", "three", EOFError])
    assert (cell.text, len(cell.recorder.asked)) == ("1-2\nthree\n", 4)


def test_a_program_without_echo_asks_for_a_password(far: Shell) -> None:
    needs("python3")
    code = "python3 -c 'import getpass; print(len(getpass.getpass()), len(input(\"more? \")))'"
    cell = far.run(code, ["12345678", "é"])
    assert cell.text == "\n8 1\n"
    assert cell.recorder.asked == [("Password: ", True), ("more? ", False)]


def test_a_question_that_nobody_can_answer_ends(far: Shell) -> None:
    assert far.run("read x; echo got:$x").text == "got:\n"


@pytest.mark.parametrize(
    "code",
    [
        "sh -c 'echo go; exec sleep 100'",
        "{ echo go >/dev/tty; sleep 100; } | cat",
        "echo go; while :; do :; done",
        "echo go; read x",
        "bash -c 'echo go; exec yes >/dev/null'",
    ],
)
def test_what_runs_is_interrupted(ssh: Shell, code: str) -> None:
    cell = ssh.interrupted(f"x=1; {code}\necho no", lambda said: "go\n" in said.text())
    assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))
    assert ssh.run("echo $x").text == "1\n"


def test_an_interrupt_in_every_way_elsewhere(far: Shell) -> None:
    cell = far.interrupted("sh -c 'echo go; exec sleep 100'; echo no", lambda said: "go\n" in said.text())
    assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))
    assert far.run("echo on").text == "on\n"


def test_an_interrupt_before_the_cell_has_begun_waits_for_it(ssh: Shell) -> None:
    async def interrupted() -> Cell:
        work = asyncio.ensure_future(ssh.cell("read x"))
        await seen_soon(lambda: ssh.kernel.idle_repl is None, every=0)
        await ssh.kernel.do_interrupt()
        return await work

    ssh.run(":")
    for _ in range(100):
        assert ssh.do(interrupted()).error == ("KeyboardInterrupt", "")
        assert ssh.run("echo on").text == "on\n"


def test_a_program_that_ignores_interrupts_is_ended_by_further_ones(ssh: Shell) -> None:
    code = "{} -c \"trap '' INT; echo go; while :; do sleep 0.1; done\""
    ssh.run("x=1")
    before = ssh.pid
    cell = ssh.interrupted(code.format("sh"), lambda said: "go\n" in said.text(), times=3)
    assert cell.error is not None
    assert (ssh.run("echo $x").text, ssh.pid) == ("1\n", before)
    cell = ssh.interrupted(code.format("bash"), lambda said: "go\n" in said.text(), times=4)  # it ignores SIGQUIT too
    assert cell.error is not None
    assert ssh.run("echo on").text == "on\n"


# -- services ----------------------------------------------------------------------------------------------------------


def test_completion_knows_what_is_there(far: Shell) -> None:
    needs("git", "bash-completion")
    far.run('d=$(mktemp -d -p /tmp); cd "$d"; mkdir -p folder; touch file-there; myfunction() { :; }')
    far.run("git init -q . && git -c user.name=n -c user.email=e commit -q --allow-empty -m m && git branch feature-x")
    assert "myfunction" in far.complete("myfunc").matches
    assert "file-there" in far.complete("cat fil").matches
    assert "folder/" in far.complete("cd fol").matches
    assert "feature-x" in [match.strip() for match in far.complete("git checkout feat").matches]
    far.run('cd /; rm -rf "$d"')


def test_displays_come_in_order(far: Shell) -> None:
    octal = "".join(f"\\{byte:03o}" for byte in PNG[:8])
    code = (
        'd=$(mktemp -d -p /tmp); cd "$d"; for i in {0..255}; do printf "\\\\$(printf %03o $i)"; done >block\n'
        "for i in {1..12}; do cat block block >more; mv more block; done\n"
        f"{{ printf '{octal}'; cat block; }} >a.png\n"
        "echo before; display a.png; echo after; echo '<b>x</b>' | display text/html | cat; display nosuch\n"
        'cd /; rm -rf "$d"'
    )
    cell = far.run(code)
    shown = [what for kind, what in cell.recorder.shown if kind == "display"]
    assert shown == [({"image/png": PNG}, None), ({"text/html": "<b>x</b>\n"}, None)]
    kinds = [kind for kind, _ in cell.recorder.shown]
    assert kinds.index("stdout") < kinds.index("display")
    assert cell.text.startswith("before\nafter\n")
    assert "nosuch" in cell.text


@pytest.mark.parametrize("lacking", ["base64", "python3", "base64 python3"])
def test_displays_need_few_programs(tmp_path: Path, lacking: str) -> None:
    if os.getuid() != 0:
        pytest.skip("only root may hide programs")
    path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
    hide = 'for name in $0; do mount --bind /dev/null $(readlink -f /usr/bin/$name); done; exec "$@"'
    shell = made(["unshare", "--mount", "sh", "-c", f"{path}; {hide}", lacking], tmp_path)
    octal = "".join(f"\\{byte:03o}" for byte in PNG[:2000])
    try:
        cell = shell.run(
            f"d=$(mktemp -d -p /tmp); cd \"$d\"; printf '{octal}' >a.png; display a.png; rm a.png\n"
            'echo 1 | display --id x text/html; cd /; rm -rf "$d"'
        )
    finally:
        closed(shell)
    shown = [what for kind, what in cell.recorder.shown if kind == "display"]
    assert (shown, cell.error) == ([({"image/png": PNG[:2000]}, None), ({"text/html": "1\n"}, "x")], None)


# -- the way there, and its end ----------------------------------------------------------------------------------------


def test_a_host_that_is_not_known_and_a_key_that_is_locked_are_asked_for(sshd: Sshd, tmp_path: Path) -> None:
    shell = made(sshd.prefix("-o", "StrictHostKeyChecking=ask", key="locked", known="none"), tmp_path)
    try:
        cell = shell.run("echo here", ["yes", "open sesame"])
    finally:
        closed(shell)
    assert cell.text == "here\n"
    (first, first_is_secret), (second, second_is_secret) = cell.recorder.asked
    assert first.startswith("Are you sure you want to continue connecting")
    assert second.startswith("Enter passphrase for key")
    assert (first_is_secret, second_is_secret) == (False, True)
    assert "authenticity of host" in cell.notice
    assert "open sesame" not in cell.text + cell.notice


def test_a_question_on_the_way_that_nobody_can_answer_is_said(sshd: Sshd, tmp_path: Path) -> None:
    shell = made(sshd.prefix(key="locked"), tmp_path)
    try:
        with pytest.raises(NotReachedError, match=r"Enter passphrase.*nobody can be asked"):
            shell.run("echo here")
    finally:
        shell.close()


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("no-such-program -it", "no-such-program"),
        ("sh -c 'echo not today; exit 4' sh", "not today"),
        ("setsid --wait sh -c '\"$@\" </dev/null 2>&1 | cat' sh", "before the shell was reached|no terminal"),
        ("'", "prefix"),
    ],
)
def test_why_the_shell_is_not_reached_is_said(prefix: str, said: str, tmp_path: Path) -> None:
    shell = made(prefix, tmp_path)
    try:
        with pytest.raises(LanguageStartError, match=said):
            shell.run("echo here")
    finally:
        shell.close()


def test_without_a_terminal_there_the_remedy_is_said(sshd: Sshd, tmp_path: Path) -> None:
    shell = made([word for word in sshd.prefix() if word != "-t"], tmp_path)
    try:
        with pytest.raises(NotReachedError, match="ssh -t"):
            shell.run("echo here")
    finally:
        shell.close()


def test_the_way_there_can_be_interrupted(tmp_path: Path) -> None:
    shell = made("sh -c 'sleep 100'", tmp_path)

    async def interrupt() -> None:
        cell = asyncio.ensure_future(shell.cell("echo here"))
        life = shell.kernel.life
        await seen_soon(lambda: life._place is not None and life._place.on_the_way, every=0)
        await shell.kernel.do_interrupt()
        assert (await cell).error == ("KeyboardInterrupt", "")

    try:
        shell.do(interrupt())
    finally:
        shell.close()


def test_a_connection_that_breaks_in_a_cell_is_said_and_the_next_cell_has_another(ssh: Shell) -> None:
    ssh.run("x=1; f() { echo f$x; }")
    ssh.do(ssh.kernel.snapshot())
    there = ssh.kernel.session
    assert there is not None
    cell = ssh.run("kill -9 $PPID; sleep 10")
    assert cell.error == ("BashEnded", "bash ended with status 255")
    assert "a new one is started when a cell needs it" in cell.notice
    assert ssh.run("f").text == "f1\n"
    until(lambda: not os.path.exists(there.there), limit=40)


def test_a_connection_that_breaks_between_cells_is_said_by_the_next(ssh: Shell) -> None:
    ssh.run("x=1")
    os.kill(ssh.pid, signal.SIGKILL)
    cell = ssh.run("echo next")
    assert (cell.text, cell.error) == ("next\n", None)
    assert "bash was ended by SIGKILL" in cell.notice


def test_a_shell_that_ends_there_keeps_its_state(far: Shell) -> None:
    far.run("x=5; f() { echo f$x; }; cd /usr")
    assert far.run("exit 3").error == ("BashEnded", "bash ended with status 3")
    assert far.run("f; pwd").text == "f5\n/usr\n"


def test_a_shell_that_is_killed_there_leaves_nothing(far: Shell) -> None:
    far.run(":")
    there = far.kernel.session
    assert there is not None
    far.run("kill -9 $$")
    assert far.run("echo next").text == "next\n"


def test_jobs_there_end_with_the_kernel(sshd: Sshd, tmp_path: Path) -> None:
    shell = made(sshd.prefix(), tmp_path)
    try:
        mark = f"{os.getpid()}.25"
        disowned = int(shell.run(f"sleep 9{mark} & echo $!; disown %1; sleep 8{mark} &").text)
        until(lambda: len(running(f"sleep 8{mark}")) == 1)  # a job has its name when it has become another program
    finally:
        closed(shell)
    until(lambda: not running(f"sleep 8{mark}"))
    os.kill(disowned, signal.SIGKILL)


def test_two_kernels_in_one_place(far: Shell, tmp_path: Path) -> None:
    other = made(far.kernel.prefix, tmp_path)
    try:
        far.run("x=far")
        other.run("x=other")
        assert (far.run("echo $x").text, other.run("echo $x").text) == ("far\n", "other\n")
    finally:
        closed(other)


def test_kernel_info_does_not_wait_for_the_way(tmp_path: Path) -> None:
    shell = made("sh -c 'sleep 100'", tmp_path)
    try:
        shell.do(shell.kernel.start())
        assert shell.kernel.session is None
    finally:
        shell.close()


def test_directories_that_are_cleaned_up_cost_no_more_than_a_new_shell(far: Shell) -> None:
    far.run("x=1")
    session = far.kernel.session
    assert session is not None
    far.run(f"rm -rf {session.there}")
    assert far.run("echo next").text == "next\n"


def test_the_option_and_the_questions_through_a_real_kernel(sshd: Sshd, tmp_path: Path) -> None:
    prefix = shlex.join(sshd.prefix("-o", "StrictHostKeyChecking=ask", key="locked", known="none_yet"))
    argv = [sys.executable, "-P", "-m", "bash_kernel", "-f", "{connection_file}", "--no-history"]
    with KernelProcess([*argv, f"--BashKernel.prefix={prefix}"]) as kernel, kernel.client() as client:
        done = client.execute("read -p 'name? ' x; echo hello $x", stdin=["yes", "open sesame", "Ada"])
        assert (done.text(), done.error) == ("hello Ada\n", None)
        assert client.execute("echo ${SSH_TTY:+far}").text() == "far\n"


# -- values ------------------------------------------------------------------------------------------------------------


def test_values_go_there_and_come_back(far: Shell) -> None:
    far.run(":")
    for value in (7, "é\n' $HOME", ["a b", "", "*"], {"k k": "v"}, [f"line {number}" for number in range(300)]):
        far.do(far.kernel.set_variable("given", value))
        assert far.do(far.kernel.get_variable("given")) == value
