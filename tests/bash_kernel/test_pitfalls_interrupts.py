"""Interrupts over ZeroMQ: at whatever moment one comes, what runs ends and the session goes on."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.stdin import InputRequest
from tests.bash_kernel.live import INTERRUPTED, Live, Renewed
from tests.conftest import needs
from tests.repl.live import of

TIMES = pytest.mark.parametrize("times", [1, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
MANY = pytest.mark.parametrize("times", [50, pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])


@pytest.fixture
def live(renewed: Renewed) -> Live:
    return renewed.get()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A kernel for cells that leave it as it was."""
    with Live(tmp_path_factory.mktemp("shared")) as one:
        yield one


@TIMES
@pytest.mark.parametrize(
    "code",
    [
        "sleep 30",
        "while :; do :; done",
        "while :; do /bin/true; done",
        "while :; do sleep .01; done",
        "while :; do (:); done",
        "while :; do x=$(echo 1); done",
        "sleep 30 | cat | (echo piped; cat)",
        "x=$(sleep 30)",
        "x=$(while :; do :; done)",
        "( echo piped; sleep 30 )",
        "( echo piped; while :; do :; done )",
        "f() { sleep 30; }; f",
        "f() { while :; do :; done; }; f",
        "sleep 30 & echo piped; wait",
        "sleep 30 <<<x | sleep 30",
        "read x </dev/zero",
        "exec 9<>gate; read x <&9",
        "time sleep 30",
        "until false; do sleep 0; done",
        "eval 'sleep 30'",
        "bash -c 'sleep 30; echo inner'",
        "sh -c 'sleep 30; echo inner'",
        "set -m; sleep 30 & fg >/dev/null",
    ],
)
def test_an_interrupt_ends_what_runs(shared: Live, code: str, times: int) -> None:
    shared.run("kept=1; [[ -p gate ]] || mkfifo gate")
    shown = "go\npiped\n" if "piped" in code else "go\n"
    for _ in range(times):
        # dash itself loses, once in a thousand times, an interrupt that comes as it is about to fork.
        cell = shared.interrupted(f"echo go; {code}\necho second", shown, times=2 if code.startswith("sh ") else 1)
        assert "second" not in cell.text
        assert "inner" not in cell.text
        assert cell.error == INTERRUPTED
        assert shared.run("echo $kept").text == "1\n"
    shared.run("kill $(jobs -p) 2>/dev/null; wait")  # what goes on in the background would be told in another test


@TIMES
@pytest.mark.parametrize(
    "code",
    [
        "/bin/true | cat; /bin/true | cat; sleep 30 | cat; echo second",
        "/bin/true | /bin/true | cat; sleep 30 | cat | cat; echo second",
        "for i in 1 2 3; do /bin/true | cat; done; sleep 30 | cat; echo second",
        "/bin/true; /bin/true; /bin/true; sleep 30; echo second",
    ],
)
def test_an_interrupt_among_programs_that_are_just_being_started_is_not_lost(
    shared: Live, code: str, times: int
) -> None:
    """It must not meet a copy of the shell that is not yet the program it was made for, nor fall between two."""
    moments = random.Random(times)
    for _ in range(times):
        header = shared.begin(f"echo go; {code}")
        shown = shared.until(header, "go\n")
        time.sleep(moments.random() * 0.003)
        shared.interrupt()
        cell = shared.end(header, shown=shown, timeout=10)
        assert cell.error == INTERRUPTED
        assert "second" not in cell.text


def test_a_program_that_deals_with_its_interrupt_well_is_no_interrupted_cell(live: Live) -> None:
    code = "import time\ntry:\n  print('go', flush=True); time.sleep(30)\nexcept KeyboardInterrupt: pass"
    for _ in range(5):
        cell = live.interrupted(f'{sys.executable} -S -c "{code}"; echo second', "go\n")
        assert (cell.text, cell.error) == ("go\nsecond\n", None)


def test_a_trap_of_the_user_is_run(live: Live) -> None:
    code = "trap 'echo trapped; stop=1' INT; echo go; until [[ ${stop-} ]]; do :; done; echo on"
    cell = live.interrupted(code, "go\n")
    assert (cell.text, cell.error) == ("go\ntrapped\non\n", None)
    live.run("trap - INT")
    live.goes_on()


@TIMES
def test_an_interrupt_stops_a_flood(live: Live, times: int) -> None:
    for _ in range(times):
        header = live.begin("yes")
        live.until(header, "y\n" * 1000)
        live.interrupt()
        assert live.end(header).error == INTERRUPTED
        live.goes_on()


@MANY
def test_random_interrupts_of_a_cell_that_sleeps(live: Live, times: int) -> None:
    """0-6 ms after the cell was sent or has said that it runs: none is lost, none hangs."""
    moments = random.Random(times)
    for number in range(times):
        header = live.begin("echo go; sleep 30; echo no")
        shown = live.until(header, "go\n") if number % 2 else ""
        time.sleep(moments.random() * 0.006)
        if not shown:  # not before the cell is known to be under way: an interrupt between cells does nothing
            live.until_it_runs(header)
        live.interrupt()
        cell = live.end(header, shown=shown, timeout=10)
        assert cell.error == INTERRUPTED, f"cell {number}"
        assert "no\n" not in cell.text
    live.goes_on()


@MANY
def test_random_interrupts_of_short_cells(live: Live, times: int) -> None:
    """They may come before, in, or after the cell: it ends well or interrupted, and the next one runs."""
    moments = random.Random(times)
    bodies = ("echo a", "for i in 1 2 3; do /bin/true; done", "x=$(echo 1); echo $x", ":", "(exit 3)", "set | head -3")
    for number in range(times):
        header = live.begin(bodies[number % len(bodies)])
        time.sleep(moments.random() * 0.006)
        live.interrupt()
        live.end(header, timeout=10)
        assert live.run(f"echo {number}").text == f"{number}\n"


@MANY
def test_bursts_of_interrupts(live: Live, times: int) -> None:
    """Several in a row, as from a user who is impatient."""
    moments = random.Random(times)
    for number in range(times // 5):
        header = live.begin("echo go; while :; do /bin/true; done; echo no")
        live.until(header, "go\n")
        requests = []
        for _ in range(moments.randrange(2, 8)):
            requests.append(live.client.send(InterruptRequest(), Channel.CONTROL))
            time.sleep(moments.random() * 0.003)
        for request in requests:
            live.client.collect(request)
        assert live.end(header, timeout=10).error is not None
        assert live.run(f"echo {number}").text == f"{number}\n"


def test_an_interrupt_aborts_only_the_cell_that_runs(live: Live) -> None:
    header = live.begin("echo go; sleep 30")
    live.until(header, "go\n")
    following = live.client.send_execute("echo following", allow_stdin=False, stop_on_error=False)
    live.interrupt()
    assert live.end(header).error == INTERRUPTED
    exchange = live.client.collect(following)
    assert exchange.status in ("ok", "aborted")
    live.goes_on()


def test_an_interrupt_between_cells_does_nothing(live: Live) -> None:
    live.run("trap 'echo trapped' INT")
    for number in range(20):
        assert live.run(f"echo {number}").text == f"{number}\n"
        live.interrupt()
    assert live.run("echo end").text == "end\n"


@pytest.mark.parametrize(
    ("program", "arguments"), [("less", "numbers"), ("vim", "-u NONE -N numbers"), ("top", "-d 1"), ("man", "bash")]
)
def test_a_program_of_the_whole_screen_can_be_left(live: Live, program: str, arguments: str) -> None:
    needs(program)
    live.run("seq 1000 >numbers")
    header = live.begin(f"MANPAGER=less {program} {arguments}", [])
    if program in ("top",):
        live.client.wait_for(lambda message: of(header, message, Stream))
    else:
        live.client.wait_for(lambda message: of(header, message, InputRequest), channel=Channel.STDIN)
    for _ in range(5):
        live.interrupt()
        if live.has_ended(header, 0.7):
            break
    live.end(header, lambda request: "")
    live.goes_on()


def test_a_program_of_the_whole_screen_is_named(live: Live) -> None:
    needs("less")
    live.run("seq 1000 >numbers")
    cell = live.run("less numbers", ["q", "q", "q"])
    assert "whole screen" in cell.notice
    live.goes_on()


@pytest.mark.parametrize(
    "code",
    [
        "trap '' INT; echo go; sleep 30",
        pytest.param("trap '' INT TERM HUP; echo go; sleep 30", marks=pytest.mark.soak),
        pytest.param("trap '' INT; sh -c 'echo go; while :; do sleep 1; done'", marks=pytest.mark.soak),
        "sh -c 'trap \"\" INT TERM; echo go; while :; do sleep 1; done'",
        "trap '' INT; echo go; while :; do sleep .1; done",
        "trap '' INT TERM; (echo go; while :; do sleep .1; done) | cat",
    ],
)
def test_who_ignores_interrupts_is_ended_by_more_of_them(live: Live, code: str) -> None:
    header = live.begin(code)
    live.until(header, "go\n")
    for _ in range(8):
        live.interrupt()
        if live.has_ended(header, 0.6):
            break
    live.end(header)
    live.run("trap - INT TERM HUP")
    live.goes_on()


def test_a_shell_that_ignores_everything_still_goes_with_its_kernel(live: Live) -> None:
    header = live.begin("trap '' INT TERM HUP QUIT; echo go; while :; do :; done")
    live.until(header, "go\n")
    live.interrupt()
    # The fixture ends the kernel, and finds nothing left.


def test_a_stopped_shell_is_woken(live: Live) -> None:
    header = live.begin("echo go; kill -STOP $$; echo on")
    shown = live.until(header, "go\n")
    live.interrupt()
    if not live.has_ended(header, 1.0):
        live.interrupt()
    live.end(header, shown=shown)
    live.goes_on()


def test_a_job_that_stops_itself_gives_the_terminal_back(live: Live) -> None:
    cell = live.run("bash -c 'kill -STOP $$; echo woken'; echo after; fg", timeout=10)
    assert "Stopped" in cell.text
    assert "after\n" in cell.text
    assert cell.text.endswith("woken\n")
    live.goes_on()


def test_the_kernel_ignores_sigint_and_its_shell_does_not(tmp_path: Path) -> None:
    """As where a front-end was started with nohup, or in the background of a script."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Live(tmp_path) as live:
            signal.signal(signal.SIGINT, before)
            cell = live.interrupted("echo go; sleep 30; echo no", "go\n")
            assert (cell.text, cell.error) == ("go\n", INTERRUPTED)
            live.goes_on()
    finally:
        signal.signal(signal.SIGINT, before)
