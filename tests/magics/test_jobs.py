"""`%%bg`, `%jobs`, `%fg`, `%kill`, in every kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from sdk.protocol.iopub import Error, Stream
from sdk.protocol.message import Channel, Header
from sdk.testing.processes import marked
from tests.magics.conftest import Live, error_of, started
from tests.waiting import until

LASTS = {"bash": "echo begun; sleep 1000", "octave": "disp ('begun'); fflush (stdout); pause (1000)"}
FAILS = {"echo": "error x", "bash": "false", "octave": "error ('x')"}


class Begun(NamedTuple):
    """A job, the header of its cell, and what that has got before it ended."""

    number: int
    header: Header
    text: str = ""
    errors: str = ""


def begun(kernel: Live, body: str, options: str = "") -> Begun:
    """Start a job."""
    header = kernel.client.send_execute(f"%%bg {options}\n{body}")
    done = kernel.end(header)
    assert done.error is None
    found = re.match(r"\[job (\d+): ", done.text("stderr"))
    assert found is not None, done.outputs()
    return Begun(int(found[1]), header, done.text(), done.text("stderr"))


def shown_below(kernel: Live, job: Begun, text: str, name: str = "stdout") -> None:
    """Wait until the job's cell has got this text, while it ran or after its end."""
    if text not in (job.text if name == "stdout" else job.errors):
        kernel.wait_for(job.header, text, name)


def parents(kernel: Live, kind: type) -> set[str]:
    """The requests to which what was not taken of this kind belongs."""
    return {
        message.parent_header.msg_id
        for place, message in kernel.client.pending
        if place is Channel.IOPUB and message.parent_header is not None and isinstance(message.content, kind)
    }


def test_what_a_job_says_stays_with_its_cell_while_others_run(any_kernel: Live) -> None:
    job = begun(any_kernel, any_kernel.say("später"))
    for _ in range(3):
        any_kernel.goes_on()
    assert any_kernel.run("%fg").error is None
    shown_below(any_kernel, job, "später")
    assert parents(any_kernel, Stream) <= {job.header.msg_id}


def test_output_is_live(bash: Live, octave: Live) -> None:
    for kernel in (bash, octave):
        job = begun(kernel, LASTS[kernel.name])
        shown_below(kernel, job, "begun")
        assert re.search(rf"^{job.number} +running ", kernel.run("%jobs").text(), re.MULTILINE)
        assert kernel.run(f"%kill {job.number}").text() == f"job {job.number}: killed\n"
        assert re.search(rf"^{job.number} +killed ", kernel.run("%jobs").text(), re.MULTILINE)


def test_jobs_are_listed_by_name(any_kernel: Live) -> None:
    number = begun(any_kernel, any_kernel.say("x"), "--name größer").number
    any_kernel.run(f"%fg {number}")
    assert re.search(rf"^{number} +done +\S+ \S+ +größer$", any_kernel.run("%jobs").text(), re.MULTILINE)


def test_the_shells_variables_are_visible_and_stay_as_they_were(bash: Live) -> None:
    bash.run('x=5; f() { echo "f$x"; }')
    number = begun(bash, "f; x=6; cd /; exit 0").number
    assert bash.run(f"%fg {number}").text() == "f5\n"
    assert bash.run("echo $x $PWD").text() == f"5 {bash.work}\n"


def test_magics_in_a_job_are_refused_where_the_language_runs_it(bash: Live, octave: Live) -> None:
    error = error_of(bash.run("%%bg\n%time echo x"))
    assert error is not None
    assert "knows no magics" in error[1]
    number = begun(octave, "%time disp (1)").number
    assert octave.run(f"%fg {number}").text().startswith("1\nWall time: ")


def test_options_of_the_shell_hold_in_the_job(bash: Live) -> None:
    bash.run("set -e")
    number = begun(bash, "false; echo not reached").number
    error = error_of(bash.run(f"%fg {number}"))
    assert error == ("UsageError", f"%fg: job {number}: failed: status 1")
    bash.run("set +e; set -x")
    number = begun(bash, "echo traced").number
    traced = bash.run(f"%fg {number}").text()
    assert re.fullmatch(r"\++ echo traced\ntraced\n", traced), traced
    bash.run("set +x")


def test_the_shells_own_jobs_are_not_told_of_ours(bash: Live) -> None:
    number = begun(bash, "sleep 0.1").number
    assert bash.run("jobs").text() == ""
    bash.run(f"%fg {number}")
    done = bash.run("echo x")
    assert (done.text(), done.text("stderr")) == ("x\n", "")
    assert bash.run("sleep 0 & wait; echo %1 %%").text().endswith("%1 %%\n")


def test_a_terminal_is_there_for_programs_that_look(bash: Live) -> None:
    number = begun(bash, "test -t 1 && echo terminal; read line || echo 'no input'").number
    assert bash.run(f"%fg {number}").text() == "terminal\nno input\n"


def test_the_folder_is_that_of_the_session(any_kernel: Live) -> None:
    (any_kernel.work / "inner").mkdir(exist_ok=True)
    if any_kernel.name == "echo":
        return
    any_kernel.run("cd inner")
    number = begun(any_kernel, "pwd").number
    assert str(any_kernel.work / "inner") in any_kernel.run(f"%fg {number}").text()
    any_kernel.run("cd ..")


def test_a_job_that_fails_says_so_in_its_cell_and_to_who_waits(any_kernel: Live) -> None:
    job = begun(any_kernel, FAILS[any_kernel.name])
    error = error_of(any_kernel.run(f"%fg {job.number}"))
    assert error is not None
    assert error[1].startswith(f"%fg: job {job.number}: failed: ")
    shown_below(any_kernel, job, f"[job {job.number} failed: ", "stderr")
    if any_kernel.name != "bash":
        assert job.header.msg_id in parents(any_kernel, Error)
    any_kernel.goes_on()


def test_waiting_is_interrupted_and_the_job_goes_on(bash: Live) -> None:
    number = begun(bash, LASTS["bash"]).number
    done = bash.interrupted(f"%fg {number}", until="begun\n")
    assert error_of(done) == ("KeyboardInterrupt", "")
    assert done.text("stderr") == f"%fg: job {number} goes on\n"
    assert re.search(rf"^{number} +running ", bash.run("%jobs").text(), re.MULTILINE)
    assert bash.run("%kill --all").error is None
    bash.goes_on()


def test_an_interrupt_of_a_cell_is_none_of_the_jobs(bash: Live) -> None:
    number = begun(bash, LASTS["bash"]).number
    bash.interrupted("echo now; sleep 1000", until="now\n")
    assert re.search(rf"^{number} +running ", bash.run("%jobs").text(), re.MULTILINE)
    assert bash.run(f"%kill {number}").error is None


def test_a_job_that_ignores_the_end_is_killed(bash: Live) -> None:
    job = begun(bash, "trap '' TERM HUP INT; echo deaf; while :; do sleep 0.1; done")
    shown_below(bash, job, "deaf")
    assert bash.run(f"%kill {job.number}").text() == f"job {job.number}: killed\n"


def test_much_output_comes_whole(bash: Live) -> None:
    job = begun(bash, "seq 200000")
    assert bash.run(f"%fg {job.number}").error is None

    def text() -> str:
        return str(job.text + bash._shown(job.header, "stdout"))

    until(lambda: text().count("\n") >= 200_000, "lines are missing")
    assert text() == "".join(f"{line}\n" for line in range(1, 200_001))


def test_mistakes_are_named(any_kernel: Live, tmp_path: Path) -> None:
    number = begun(any_kernel, any_kernel.say("x")).number
    any_kernel.run(f"%fg {number}")
    assert any_kernel.run(f"%kill {number}").text() == f"job {number} has ended before: done\n"
    for line, problem in (
        ("%fg 999", "%fg: 999: there is no such job; there is "),
        ("%kill 999", "%kill: 999: there is no such job; there is "),
        ("%kill", "%kill: which one? %kill NUMBER, or --all"),
        ("%kill x -a", "%kill: NUMBERS x: a whole number is expected"),
        ("%%bg --nosuch\nx", "%%bg: --nosuch: no such option"),
        ("%%bg\n \n", "%%bg: the cell is empty"),
    ):
        error = error_of(any_kernel.run(line))
        assert error is not None
        assert error[1].startswith(problem), error


@pytest.mark.parametrize("name", ["%%bg", "%jobs", "%fg", "%kill"])
def test_each_has_help(any_kernel: Live, name: str) -> None:
    assert f"usage: {name}" in any_kernel.run(f"{name} --help").text()


@pytest.mark.parametrize("name", ["bash", "octave"])
def test_jobs_end_with_the_kernel(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as kernel:
        assert kernel.run("%jobs").text() == "there are no jobs\n"
        job = begun(kernel, LASTS[name])
        shown_below(kernel, job, "begun")
    # `started` has seen that no process was left


@pytest.mark.parametrize("name", ["bash", "octave"])
def test_jobs_end_with_a_kernel_that_is_killed(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as kernel:
        job = begun(kernel, LASTS[name])
        shown_below(kernel, job, "begun")
        kernel.process.process.kill()
        mark = kernel.process.mark
        until(lambda: not marked(mark), "a job is left")
