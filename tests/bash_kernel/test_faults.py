"""What goes wrong around the shell: it dies, the disk is full, files vanish, limits are reached. Over ZeroMQ.

Each time the cell says so, the kernel goes on (or begins anew and says that), and nothing hangs or is left behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sdk.errors import ClientError
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from sdk.protocol.stdin import InputRequest
from sdk.testing.exchange import IDLE
from tests.bash_kernel.live import INTERRUPTED, Live, Renewed
from tests.repl.live import of
from tests.waiting import until

SOAK = [pytest.mark.soak, pytest.mark.timeout(3600)]
TIMES = pytest.mark.parametrize("times", [1, pytest.param(200, marks=SOAK)])


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path, options=["--BashKernel.snapshot_after=0.1"]) as one:
        yield one


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# -- the shell's death -------------------------------------------------------------------------------------------------


@TIMES
def test_a_shell_that_is_killed_in_a_cell(live: Live, times: int) -> None:
    for number in range(times):
        live.run(f"x={number}")
        pid = live.shell_pid()
        header = live.begin("echo go; sleep 30; echo no")
        shown = live.until(header, "go\n")
        os.kill(pid, signal.SIGKILL)
        cell = live.end(header, shown=shown)
        assert (cell.text, cell.error) == ("go\n", ("BashEnded", "bash was ended by SIGKILL"))
        assert "a new one was started" in cell.notice
        live.goes_on()


@TIMES
def test_a_shell_that_is_killed_between_cells(live: Live, times: int) -> None:
    for _ in range(times):
        pid = live.shell_pid()
        os.kill(pid, signal.SIGKILL)
        cell = live.run("echo next")
        assert (cell.text, cell.error) == ("next\n", None)
        assert "bash was ended by SIGKILL; a new one was started" in cell.notice


def test_a_shell_that_is_killed_while_a_question_is_open(live: Live) -> None:
    pid = live.shell_pid()
    header = live.begin('read -p "q? " x', [])
    question = live.question(header)
    os.kill(pid, signal.SIGKILL)
    assert live.end(header).error == ("BashEnded", "bash was ended by SIGKILL")
    live.client.reply_to(question, "touch executed")
    assert live.run("ls; echo next").text == "next\n"


@pytest.mark.parametrize("code", ["bash -c 'kill -9 $PPID'; echo no", "(kill -9 $$; sleep 1); echo no", "kill -9 $$"])
def test_a_shell_that_is_killed_by_its_own_cell(live: Live, code: str) -> None:
    cell = live.run(code)
    assert (cell.text, cell.error) == ("", ("BashEnded", "bash was ended by SIGKILL"))
    live.goes_on()


def test_a_shell_that_dies_with_a_job_on_its_terminal(live: Live) -> None:
    cell = live.run("sleep 5 & echo $!; kill -9 $$")
    assert cell.error == ("BashEnded", "bash was ended by SIGKILL")
    until(lambda: not is_alive(int(cell.text)))
    live.goes_on()


def test_a_shell_that_a_cell_has_stopped_for_good(live: Live) -> None:
    pid = live.shell_pid()
    os.kill(pid, signal.SIGSTOP)
    assert live.run("echo late").text == "late\n"
    assert live.shell_pid() == pid


def test_a_state_with_which_no_shell_works_is_not_restored_again(live: Live) -> None:
    """What is restored skips the line that begins a cell, now that the file is gone."""
    live.run("x=kept; touch file")
    keep(live, "shopt -s extdebug; trap '[[ $BASH_COMMAND != *__k_go* || -e file ]]' DEBUG")
    (live.work / "file").unlink()
    cell = live.run(":")
    assert "a new one was started, with its variables" in cell.notice
    assert "a new one was started, without what the last ones held" in cell.notice
    live.goes_on()
    assert live.run("echo ${x-nothing}").text == "nothing\n"


# -- the kernel's death ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["", "sleep 100", "while :; do :; done", "read x", "sleep 100 & sleep 100 | sleep 100 | sleep 100", "yes"]
)
def test_a_kernel_that_is_killed_takes_its_shell_along(tmp_path: Path, code: str) -> None:
    with Live(tmp_path) as live:
        pid = live.shell_pid()
        if code:
            header = live.begin(f"echo go; {code}")
            live.until(header, "go\n")
        live.kernel.process.kill()
        live.kernel.wait()
        until(lambda: not is_alive(pid))
        until(lambda: os.listdir(live.tmp) == [], "the session's directory is left")


def test_what_a_killed_kernel_has_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with Live(tmp_path) as live:
        shell = live.shell_pid()
        session = live.session()
        live.run("trap - EXIT")
        live.kernel.process.kill()
        live.kernel.wait()
        until(lambda: not is_alive(shell))
        assert session.exists()
        with Live(tmp_path, alone=False) as following:
            following.goes_on()
            with Live(tmp_path, alone=False) as third:
                third.goes_on()
                until(lambda: not session.exists())
                assert following.run("echo next").text == "next\n"
                assert following.run("echo '<b>' | display text/html").error is None


@pytest.mark.parametrize(
    "code", ["sleep 100", "while :; do :; done", "trap '' INT TERM HUP; while :; do :; done", "read x"]
)
def test_a_kernel_that_is_asked_to_end_twice_ends(tmp_path: Path, code: str) -> None:
    """As Jupyter's manager does: SIGTERM follows when the first request has not helped."""
    with Live(tmp_path) as live:
        header = live.begin(f"echo go; {code}")
        live.until(header, "go\n")
        for _ in range(2):
            live.kernel.process.terminate()
            with suppress(ClientError):
                live.kernel.wait(timeout=0.5)
                break
        live.kernel.wait(timeout=20)


# -- the disk ----------------------------------------------------------------------------------------------------------


@pytest.mark.needs("unshare")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_an_error_of_the_cell(tmp_path: Path) -> None:
    """The session's directory is on a disk of its own, which the kernel alone sees."""
    script = 'mount -t tmpfs -o size=128k,mode=700 tmpfs "$TMPDIR" && exec "$@"'
    before = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"]
    with Live(tmp_path, before=before) as live:
        live.run("x=kept; mkfifo gate")
        disk = Path(f"/proc/{live.kernel.process.pid}/root{live.tmp}")
        for _ in range(2):
            fill(disk)
            for code in ("echo anything", "echo " + "y" * 20_000, "echo again"):
                cell = live.run(code)
                assert cell.error is not None, code
                assert "No space left on device" in cell.error[1]
            assert live.client.request(CompleteRequest("ec")).status == "ok"
            (disk / "filler").unlink()
            assert live.run("echo $x").text == "kept\n"
        # The disk is filled while a cell runs.
        header = live.begin("echo go; read <gate; echo end")
        shown = live.until(header, "go\n")
        fill(disk)
        (live.work / "gate").write_text("go\n")
        assert live.end(header, shown=shown).text == "go\nend\n"
        live.run("kill -9 $$")
        (disk / "filler").unlink(missing_ok=True)
        live.goes_on()


def fill(disk: Path) -> None:
    with open(disk / "filler", "wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_session_directory_that_vanishes_between_cells(live: Live) -> None:
    live.run("x=1; f() { echo F; }")
    for _ in range(3):
        shutil.rmtree(live.session())
        cell = live.run("echo next; echo $x; f; ls $__k_d 2>/dev/null | wc -l")
        assert cell.text.startswith("next\n1\nF\n"), (cell.error, cell.notice)
        live.goes_on()
        assert live.client.request(CompleteRequest("ech")).reply.content.to_fields()["matches"]
        assert live.run("echo '<b>' | display text/html").error is None


def test_a_session_directory_that_vanishes_in_a_cell(live: Live) -> None:
    live.run("x=1; mkfifo gate")
    for _ in range(3):
        header = live.begin("echo go; read <gate; echo end")
        shown = live.until(header, "go\n")
        shutil.rmtree(live.session())
        (live.work / "gate").write_text("go\n")
        cell = live.end(header, shown=shown)
        assert cell.text == "go\nend\n"
        assert live.run("echo $x").text == "1\n"


def test_files_of_a_session_that_vanish(live: Live) -> None:
    """As a cleaner of temporary files does: what is old goes, what is new stays."""
    live.run("x=1; mkfifo gate")
    for name in ("records", "display", "rc"):
        (live.session() / name).unlink(missing_ok=True)
    assert live.run("echo $x").text == "1\n"
    header = live.begin("echo go; read <gate; echo end")
    shown = live.until(header, "go\n")
    (live.session() / "records").unlink()
    (live.work / "gate").write_text("go\n")
    assert live.end(header, shown=shown).text == "go\nend\n"
    live.goes_on()


def test_a_shell_that_does_not_know_its_session_any_more_writes_nothing_into_the_root(live: Live) -> None:
    def ours() -> dict[str, int]:
        names = ("functions", "state", "state.exit", "trap")
        return {name: os.stat(f"/{name}").st_mtime_ns for name in names if os.path.exists(f"/{name}")}

    before = ours()
    for code in ("exit 3", "set -e; false"):
        assert live.run(f"unset -v __k_d; {code}").error is not None
        live.goes_on()
    assert ours() == before


def test_the_whole_temporary_directory_vanishes_and_comes_back(live: Live) -> None:
    live.run("x=1")
    shutil.rmtree(live.tmp)
    cell = live.run("echo next")
    assert cell.text == "next\n" or cell.error is not None
    live.tmp.mkdir(exist_ok=True)
    assert live.run("echo next").text == "next\n"


# -- limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "ulimit -Sf 0; echo x >file",
        "ulimit -Sn 10",
        "ulimit -Sn 4",
        "ulimit -Sc 0",
        "ulimit -Ss 200",
        "ulimit -St 1; while :; do :; done",
        "ulimit -Sv 30000; x=$(head -c 100M /dev/zero | tr '\\0' x)",
        "cd /proc/self; :",
        "TMOUT=1",
        "readonly TMOUT=1",
        "trap 'exit 3' EXIT; exit",
        "trap 'echo bye; sleep 1' EXIT HUP; exit 2",
        "umask 0777; touch x",
        "unset TMPDIR HOME PATH",
        "export TMPDIR=/nonexistent HOME=/nonexistent",
        "chroot() { :; }; cd /; cd - >/dev/null",
    ],
)
def test_limits_and_odd_settings(renewed: Renewed, code: str) -> None:
    live = renewed.get()
    live.run(code, timeout=15)
    if "TMOUT" in code:
        time.sleep(1.3)  # a second is what the cell sets: longer than a shell may wait for its next line
    cell = live.run("\\builtin echo a")
    if "TMOUT" in code and "readonly" not in code:
        assert (cell.text, cell.notice) == ("a\n", "")
    assert cell.text == "a\n" or cell.error is not None
    reply = live.client.request(CompleteRequest("ech"), timeout=10)
    assert reply.status == "ok"
    assert live.run("\\builtin echo b").text == "b\n"


def keep(live: Live, code: str) -> None:
    """Run `code`, and wait until the shell has written down what came of it."""
    live.run(code)
    until((live.session() / "state").exists)


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        ("exec sh", ["echo inner", "exit"]),
        ("exec bash", ["echo inner", "exit"]),
        ("bash", ["echo inner", "exit"]),
        pytest.param("sh -i", ["echo inner", "exit"], marks=pytest.mark.soak),
        ("dash", ["echo inner", "exit"]),
        ("bash --norc --noediting -i", ["echo inner", "exit"]),
        ("exec bash --norc --noediting -i", ["echo inner", "exit"]),
        ("script -qc 'read -p \"q? \" x; echo inner $x' /dev/null", ["a"]),
        ("env -i bash --norc -c 'read x; echo inner $x'", ["a"]),
        ("setsid -w bash -c 'echo inner'", []),
    ],
)
def test_programs_that_know_nothing_of_the_kernel(live: Live, code: str, answers: list[str]) -> None:
    keep(live, "x=kept")
    given = iter(answers)
    cell = live.run(code, lambda request: next(given, "exit"))
    assert "inner" in cell.text
    assert live.run("echo $x").text == "kept\n"
    assert live.run("echo next", []).text == "next\n"


@pytest.mark.parametrize("code", ["exec sh", "exec bash", "bash", "dash", "bash --norc --noediting -i"])
def test_programs_that_ask_for_commands_when_nobody_can_be_asked(live: Live, code: str) -> None:
    keep(live, "x=kept")
    live.run(code)
    assert live.run("echo $x").text == "kept\n"


def test_cells_that_ask_through_a_dead_end(live: Live) -> None:
    for code in ("exec 0</dev/null; cat", "read x <&-", "cat <&-", "exec 9</dev/tty; read x <&9"):
        live.run(code)
    live.goes_on()


# -- much of everything ------------------------------------------------------------------------------------------------


def resident(pid: int) -> int:
    """Bytes of private memory."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(("Private_Dirty", "Private_Clean"))) * 1024


@pytest.mark.parametrize("cells", [500, pytest.param(10_000, marks=SOAK), pytest.param(50_000, marks=SOAK)])
def test_many_short_cells_leave_nothing(live: Live, cells: int) -> None:
    """But what the kernel remembers: the last 10,000 cells and the signatures of the last 65,536 messages.

    Before the longest form all of that is full, and its pages are as mixed as they get, so that nothing may come to it.
    """
    pid, shell = live.kernel.process.pid, live.shell_pid()

    def held() -> tuple[int, int, int, int]:
        files = [len(os.listdir(f"/proc/{process}/fd")) for process in (pid, shell)]
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True).stdout
        return files[0], files[1], len(children.split()), len(os.listdir(live.session()))

    bodies = ("echo {}", "x={}; echo $x", "(echo {})", "echo {} | cat", "[[ {} ]] && echo {}", "f() {{ echo {}; }}; f")
    remembered = cells < 50_000
    for number in range(min(cells // 2, 600) if remembered else 40_000):
        live.run(bodies[number % len(bodies)].format(number, number))
    for _ in range(0 if remembered else 65_536):
        live.client.request(KernelInfoRequest())
    keep(live, ":")
    until(lambda: held()[1] <= 5)
    before, memory = held(), (resident(pid), resident(shell))
    for number in range(cells):
        assert live.run(bodies[number % len(bodies)].format(number, number)).text == f"{number}\n"
    until(lambda: all(now <= then for now, then in zip(held(), before, strict=True)), f"more is held than {before}")
    grown = resident(pid) - memory[0], resident(shell) - memory[1]
    print(f"{cells} cells: the kernel has grown by {grown[0] >> 10} kB, the shell by {grown[1] >> 10} kB")
    # What is remembered stands between what is not, so that some pages hold little.
    assert grown[0] < 4_500_000 + cells * remembered * (250 + 130)
    assert grown[1] < 1_500_000


@pytest.mark.parametrize("megabytes", [200, pytest.param(5_000, marks=SOAK)])
def test_much_output_in_flat_memory(live: Live, megabytes: int) -> None:
    line = "the quick brown fox jumps over the lazy dog, and that over and over again"
    live.run(f"yes '{line}' | head -c 20000000")
    pid = live.kernel.process.pid
    before = resident(pid)
    header = live.begin(f"yes '{line}' | head -c {megabytes}000000; echo end")
    length = most = 0
    while True:
        message = live.client.wait_for(lambda message: of(header, message), timeout=60)
        if isinstance(message.content, Stream):
            length += len(message.content.text)
            if length % 50 == 0:
                most = max(most, resident(pid))
        if message.content == IDLE:
            break
    assert live.client.receive(Channel.SHELL).content.to_fields()["status"] == "ok"
    assert length == megabytes * 1_000_000 + 4
    most = max(most, resident(pid))
    print(f"{megabytes} MB: at most {(most - before) >> 10} kB more than before")
    assert most - before < 40_000_000


def test_a_flood_of_lines_of_every_kind(live: Live) -> None:
    cell = live.run(
        "for i in {1..20000}; do printf '%s\\r\\n\\033[1m%s\\033[0m\\t\\303\\251\\n' $i $i; done", timeout=40
    )
    assert cell.text == "".join(f"{i}\n\x1b[1m{i}\x1b[0m\té\n" for i in range(1, 20_001))


def test_an_interrupted_flood_and_a_question(live: Live) -> None:
    for _ in range(5):
        header = live.begin("yes | head -c 3000000; read -p 'q? ' x; echo no", [])
        question = live.question(header)
        assert isinstance(question.content, InputRequest)
        assert question.content.prompt == "q? "
        live.interrupt()
        cell = live.end(header)
        assert cell.error == INTERRUPTED
        assert len(cell.text) >= 3_000_000
