"""An Octave that is used for long, and what goes wrong around it: over ZeroMQ, as a front-end sees it.

Each time the cell says so, the kernel goes on (or begins anew and says that), and nothing hangs or is left behind.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import DisplayData, Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, InspectRequest
from sdk.protocol.stdin import InputRequest
from sdk.testing import Exchange
from tests.conftest import needs
from tests.octave_kernel.live import NEW, Live, children, descriptors, error_of, name_of, resident
from tests.waiting import until

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system has no /proc")
LONG = [pytest.mark.soak, pytest.mark.timeout(3600)]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path) as one:
        yield one


def images(done: Exchange) -> int:
    return sum("image/png" in one.data for one in done.outputs() if isinstance(one, DisplayData))


# -- many cells and figures --------------------------------------------------------------------------------------------

CELLS = (
    ("x = {n}", "x = {n}\n"),
    ("printf ('%d\\n', {n});", "{n}\n"),
    ("function y = twice (x)\n  y = 2 * x;\nend\ndisp (twice ({n}))", None),
    ("s.a = {n}; s.b = {{s.a, 'text'}}; c = struct2cell (s);", ""),
    ("warning ('careful %d', {n})", ""),
    ("error ('my:id', 'no %d', {n})", ""),
    ("m = rand (30) * {n}; m", None),
    ("[status, out] = system ('echo {n}'); fdisp (stdout, strtrim (out));", "{n}\n"),
    ("f = fopen (tempname (), 'w+'); fputs (f, 'text'); name = fopen (f); fclose (f); delete (name);", ""),
    ("for i = 1:5, disp (i); fflush (stdout); end", "1\n2\n3\n4\n5\n"),
)
FIGURES = (
    "plot (rand (1, 100)); title ('figure {n}')",
    "surf (peaks (12)); colorbar ()",
    "figure (); bar (1:{n}); figure (); pie ([1 2 3])",
    "for i = 1:2, plot (1:i+1); drawnow (); end",
)


def run_cells(live: Live, begin: int, end: int) -> None:
    for number in range(begin, end):
        code, text = CELLS[number % len(CELLS)]
        done = live.run(code.format(n=number))
        assert done.status == ("error" if code.startswith("error") else "ok"), done.error
        assert text is None or done.text() == text.format(n=number)
        if number % 50 == 0:
            assert "print" in live.client.request(CompleteRequest("prin", 4)).reply.content.to_fields()["matches"]
            live.client.request(InspectRequest("twice", 1))


def run_figures(live: Live, times: int) -> None:
    for number in range(times):
        assert images(live.run(FIGURES[number % len(FIGURES)].format(n=number % 20 + 1))) >= 1


@pytest.mark.parametrize(("cells", "figures"), [(120, 16), pytest.param(2_000, 200, marks=LONG)])
def test_many_cells_and_figures_leave_nothing(live: Live, cells: int, figures: int) -> None:
    needs("gnuplot")
    kernel, octave = live.kernel.process.pid, live.octave()
    warm_up = min(cells // 2, 600)
    most = resident(octave)  # Octave gives memory back and takes it again, as much as 40 MB

    def held() -> list[int]:
        files = [path for path in live.tmp.rglob("*") if not re.match(r"In\[?", path.name)]
        return [descriptors(kernel), descriptors(octave), len(children(kernel)), len(children(octave)), len(files)]

    for number in range(0, warm_up, 10):
        run_cells(live, number, number + 10)
        most = max(most, resident(octave))
    for _ in range(4):
        run_figures(live, len(FIGURES))
        most = max(most, resident(octave))
    before, memory = held(), (resident(kernel), most)
    run_cells(live, 1_000, 1_000 + cells)
    run_figures(live, figures)
    until(lambda: all(now <= then for now, then in zip(held(), before, strict=True)), f"more is held than {before}")
    allowed = 10_000_000 + 2_000 * cells + 20_000 * figures
    for _ in range(20):
        if resident(octave) - memory[1] < allowed:
            break
        run_figures(live, len(FIGURES))  # it has taken much, and gives it back
    grown = resident(kernel) - memory[0], resident(octave) - memory[1]
    print(
        f"{cells} cells, {figures} figures: the kernel has grown by {grown[0] >> 10} kB, Octave by {grown[1] >> 10} kB"
    )
    assert len(list(live.session().glob("In*"))) <= 50
    assert os.listdir(live.work) == []
    assert live.octave() == octave
    assert grown[0] < 3_000_000 + 1_000 * cells
    assert grown[1] < allowed


# -- who draws ---------------------------------------------------------------------------------------------------------

_WRAPPER = """#!/bin/sh
case "$*" in *TERMINALS*|*version*) exec {gnuplot} "$@";; esac
{what}
"""


@pytest.mark.parametrize(
    "what",
    [
        "kill -9 $$",
        "read line; kill -9 $$",
        "head -c 3000 | {gnuplot} & sleep 0.2; kill -9 $! $$",
        "read line; exit 3",
    ],
    ids=["at once", "after its first line", "in the middle", "by itself"],
)
def test_a_gnuplot_that_is_killed_while_it_draws(live: Live, what: str) -> None:
    """The figure is told of, and the next one is drawn by another gnuplot."""
    gnuplot = wrapped(live, what)
    done = live.run(f"x = 5; gnuplot_binary ('{gnuplot}'); surf (peaks (40)); disp ('drawn')")
    assert done.text().startswith("drawn\n")
    assert "figure 1 cannot be shown: " in done.text() + done.text("stderr")
    assert (error_of(done), images(done)) == (None, 0)
    done = live.run("gnuplot_binary ('gnuplot'); x, plot (1:3)")
    assert (done.text(), images(done)) == ("x = 5\n", 1)
    until(lambda: children(live.octave()) == [], "a gnuplot is left")


def test_a_gnuplot_that_does_nothing_can_be_interrupted(live: Live) -> None:
    gnuplot = wrapped(live, "sleep 1000")
    octave = live.octave()
    header = live.client.send_execute(f"x = 5; gnuplot_binary ('{gnuplot}'); disp ('go'), plot (1:3)")
    live.until(header, "go")
    until(lambda: any(name_of(one) in ("sh", "gnuplot") for one in children(octave)), "no gnuplot was started")
    live.client.request(InterruptRequest(), Channel.CONTROL)
    live.client.collect(header)
    done = live.run("gnuplot_binary ('gnuplot'); x, plot (1:3)")
    assert (done.text(), images(done)) == ("x = 5\n", 1)


def test_octave_waiting_for_a_gnuplot_that_is_gone_can_be_interrupted(live: Live) -> None:
    gnuplot = wrapped(live, "kill -9 $PPID; kill -9 $$")
    octave = live.octave()
    header = live.client.send_execute(f"x = 5; gnuplot_binary ('{gnuplot}'); plot (1:3)")
    until(lambda: "fifo" in wait_of(octave) or "partner" in wait_of(octave), "Octave opens no pipe")
    live.client.request(InterruptRequest(), Channel.CONTROL)
    assert live.client.collect(header).error is not None
    done = live.run("gnuplot_binary ('gnuplot'); x, plot (1:3)")
    assert (done.text(), images(done)) == ("x = 5\n", 1)


def wait_of(pid: int) -> str:
    """What of the system a process waits in."""
    return Path(f"/proc/{pid}/wchan").read_text(encoding="ascii")


def wrapped(live: Live, what: str) -> Path:
    needs("gnuplot")
    gnuplot = shutil.which("gnuplot") or ""
    made = live.folder / "gnuplot"
    made.write_text(_WRAPPER.format(gnuplot=gnuplot, what=what.format(gnuplot=gnuplot)))
    made.chmod(0o755)
    return made


def test_a_screen_that_crashes_ends_octave_and_there_is_a_new_one(tmp_path: Path) -> None:
    needs("octave", "Xvfb")
    with Live(
        tmp_path, options=["--OctaveKernel.plot=--toolkit qt"], env={"DISPLAY": "", "XDG_RUNTIME_DIR": ""}
    ) as live:
        assert images(live.run("x = 5; plot (1:3)")) == 1
        (screen,) = (one for one in family(live.kernel.process.pid) if name_of(one) == "Xvfb")
        os.kill(screen, signal.SIGKILL)
        done = live.run("plot (1:3)")
        assert NEW in done.text("stderr") or done.error is not None
        done = live.run("disp (exist ('x')); plot (1:3)")
        assert (done.text(), images(done), error_of(done)) == ("0\n", 1, None)


def test_what_takes_a_screen_is_an_error_without_one_and_not_octaves_end(tmp_path: Path) -> None:
    with Live(tmp_path, env={"DISPLAY": ""}) as live:
        octave = live.octave()
        for dialog in ("uigetfile", "uiputfile", "uigetdir"):
            assert error_of(live.run(f"{dialog} ();")) == ("Octave:error", f"{dialog}: fltk graphics toolkit required")
        for call in ("edit foo", "p = ginput (1)", "waitforbuttonpress ()"):
            _, message = error_of(live.run(call)) or ("", "")
            assert "the variable DISPLAY is not set" in message, call
        assert live.octave() == octave


def family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        found += children(one)
    return found


# -- Octave's death ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, pytest.param(100, marks=LONG)])
@pytest.mark.parametrize("code", ["while true, end", "pause (60)", "x = input ('');", "system ('sleep 60');"])
def test_an_octave_that_is_killed_in_a_cell(live: Live, code: str, times: int) -> None:
    for _ in range(times):
        octave = live.octave()
        header = live.client.send_execute(f"disp ('go'); {code}", allow_stdin=True)
        live.until(header, "go")
        if "input" in code:
            live.client.wait_for(lambda message: isinstance(message.content, InputRequest), channel=Channel.STDIN)
        os.kill(octave, signal.SIGKILL)
        done = live.client.collect(header)
        assert error_of(done) == ("OctaveEnded", "octave was ended by SIGKILL")
        assert NEW in done.text("stderr")
        live.goes_on()


def test_a_kernel_that_is_killed_takes_octave_along(tmp_path: Path) -> None:
    live = Live(tmp_path)
    with live.kernel as kernel, kernel.client() as client:
        octave = int(client.execute("disp (getpid ())").text())
        client.send_execute("while true, end")
        kernel.process.kill()
        until(lambda: name_of(octave) == "", "Octave is left")


# -- disks and folders -------------------------------------------------------------------------------------------------


def test_a_session_directory_that_vanishes(live: Live) -> None:
    live.run("kept = 1;")
    shutil.rmtree(live.session())
    live.run("kept")
    live.goes_on()
    header = live.client.send_execute("disp ('go'); pause (0.5); disp ('end')")
    live.until(header, "go")
    shutil.rmtree(live.session())
    live.client.collect(header)
    live.run("1;")
    live.goes_on()


@pytest.mark.needs("unshare")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_an_error_of_the_cell(tmp_path: Path) -> None:
    """The session's directory is on a disk of its own, which the kernel alone sees."""
    script = 'mount -t tmpfs -o size=256k,mode=700 tmpfs "$TMPDIR" && exec "$@"'
    before = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"]
    with Live(tmp_path, before=before) as live:
        live.run("kept = 5;")
        disk = Path(f"/proc/{live.kernel.process.pid}/root{live.tmp}")
        for _ in range(2):
            fill(disk)
            for code in ("disp ('anything')", f"x = '{'y' * 20_000}';"):
                done = live.run(code)
                assert done.error is not None, code
                assert f"No space left on device: '{live.tmp}/" in done.error.evalue
            assert live.client.request(CompleteRequest("prin")).status == "ok"
            (disk / "filler").unlink()
            assert live.run("kept").text() == "kept = 5\n"
        header = live.client.send_execute("disp ('go'); pause (0.5); plot (1:3); disp ('end')")
        live.until(header, "go")
        fill(disk)
        done = live.client.collect(header)
        assert "end" in done.text()
        assert "figure 1 cannot be shown" in done.text() + done.text("stderr")
        (disk / "filler").unlink()
        assert images(live.run("plot (1:3)")) == 1
        assert live.run("kept").text() == "kept = 5\n"


def fill(disk: Path) -> None:
    with open(disk / "filler", "wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@pytest.mark.parametrize("files", [1_000, pytest.param(10_000, marks=LONG)])
def test_a_working_directory_of_many_files_does_not_slow_cells(tmp_path: Path, files: int) -> None:
    """What Octave asks the system for a cell is as much as in an empty directory."""
    needs("octave", "strace")
    few = asked_for_a_cell(tmp_path / "few", 0)
    many = asked_for_a_cell(tmp_path / "many", files)
    print(f"system calls for a cell: {few}, with {files} files: {many}")
    assert many <= few + 20


def asked_for_a_cell(folder: Path, files: int) -> float:
    """How often Octave looks at files and folders for one cell of twenty."""
    folder.mkdir()
    log, work = folder / "calls", folder / "work"
    work.mkdir()
    for number in range(files):
        (work / f"f{number}.m").write_text(f"function y = f{number} (), y = {number}; end\n")
    os.utime(work, (1_600_000_000, 1_600_000_000))  # long ago: nobody needs to look twice
    traced = f"strace -f -e trace=%file,getdents64 -o {log} octave"
    with Live(folder, options=[f"--OctaveKernel.executable={traced}"]) as live:
        live.client.patience = 120
        for _ in range(3):
            live.run("x = 1;")
        before = log.read_bytes().count(b"\n")
        for _ in range(20):
            live.run("x = 1;")
        calls = log.read_bytes().count(b"\n") - before
        assert files == 0 or live.run("f7 ()").text() == "ans = 7\n"
    return calls / 20


@pytest.mark.parametrize("files", [300, pytest.param(10_000, marks=LONG)])
def test_functions_that_come_change_and_go_are_noticed_and_nothing_else_is_touched(tmp_path: Path, files: int) -> None:
    with Live(tmp_path) as live:
        for number in range(files):
            (live.work / f"file{number}.txt").touch()
        (live.work / "octave-workspace").write_text("mine")
        (live.work / "private").mkdir()
        (live.work / "+of_mine").mkdir()
        assert live.run("x = 1").text() == "x = 1\n"
        for path in ("mine.m", "+of_mine/mine.m"):
            name = path.replace("+of_mine/", "of_mine.").removesuffix(".m")
            for value in (1, 2, 3):
                write(live.work / path, f"function y = mine (), y = {value}; end\n")
                assert live.run(f"disp ({name} ())").text() == f"{value}\n"
            (live.work / path).unlink()
            assert live.run(f"disp ({name} ())").error is not None
        os.kill(live.octave(), signal.SIGTERM)
        live.run("1;")
        live.run("quit")
        live.run("kill (getpid (), 11)")
        assert len(os.listdir(live.work)) == files + 3
        assert (live.work / "octave-workspace").read_text() == "mine"


_times = iter(range(1, 100))


def write(path: Path, text: str) -> None:
    """Octave takes a file to be changed when its time in whole seconds is another one."""
    path.write_text(text)
    moment = path.stat().st_mtime + next(_times)
    os.utime(path, (moment, moment))


# -- several clients ---------------------------------------------------------------------------------------------------


def test_two_clients_at_once(live: Live) -> None:
    with live.kernel.client() as other:
        other.patience = 30
        live.run("total = 0;")
        assert "total" in other.request(CompleteRequest("tota", 4)).reply.content.to_fields()["matches"]
        mine = [live.client.send_execute(f"total += 1; disp ('a{n}')") for n in range(20)]
        theirs = [other.send_execute(f"total += 1; disp ('b{n}')") for n in range(20)]
        assert [live.client.collect(one).text() for one in mine] == [f"a{n}\n" for n in range(20)]
        assert [other.collect(one).text() for one in theirs] == [f"b{n}\n" for n in range(20)]
        assert other.execute("total").text() == "total = 40\n"
        # The one is asked, the other is not; completion is answered to who asked while the cell waits.
        header = live.client.send_execute("n = input ('how many? ');", allow_stdin=True)
        question = live.client.wait_for(lambda m: isinstance(m.content, InputRequest), channel=Channel.STDIN)
        assert "total" in other.request(CompleteRequest("tota", 4)).reply.content.to_fields()["matches"]
        assert [m for place, m in other.pending if place is Channel.STDIN] == []
        live.client.reply_to(question, "3")
        assert live.client.collect(header).status == "ok"
        # Each sees what the other's cells show; an interrupt by one ends the other's cell.
        header = live.client.send_execute("disp ('go'); while true, end")
        other.wait_for(lambda m: isinstance(m.content, Stream) and "go" in m.content.text)
        other.request(InterruptRequest(), Channel.CONTROL)
        assert error_of(live.client.collect(header)) == ("KeyboardInterrupt", "")
        assert other.execute("n").text() == "n = 3\n"


def test_a_client_that_leaves_in_the_middle_of_its_cell_does_not_matter(live: Live) -> None:
    with live.kernel.client() as other:
        header = other.send_execute("disp ('go'); pause (0.3); x = 7; plot (1:3)")
        live.client.wait_for(lambda m: isinstance(m.content, Stream) and "go" in m.content.text)
        del header
    assert live.run("x").text() == "x = 7\n"
