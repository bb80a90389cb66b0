"""`%time`, `%timeit`, `%timeout` and their cell forms, in every kernel."""

from __future__ import annotations

import re

import pytest

from sdk.magics.cpu_time import cpu_time
from sdk.magics.shared.timing import shown
from sdk.protocol.iopub import ExecuteInput
from tests.magics.conftest import LIMIT, Live, error_of
from tests.waiting import until

LASTS = {"bash": "echo begun; sleep 1000", "octave": "disp ('begun'); pause (1000)"}
WORKS = {
    "bash": "for ((i = 0; i < 60000; i++)); do :; done",
    "octave": "for i = 1:1500000, x = i; end",
}


@pytest.fixture(params=["bash", "octave"])
def language(request: pytest.FixtureRequest) -> Live:
    """The kernels whose cells can last."""
    live: Live = request.getfixturevalue(request.param)
    return live


# -- %time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["%time {}", "%%time\n{}"])
def test_the_time_follows_what_the_code_says(any_kernel: Live, form: str) -> None:
    text = any_kernel.run(form.format(any_kernel.say("grün"))).text()
    assert re.fullmatch(rf"{any_kernel.said('grün')}Wall time: [\d.]+ (s|ms|µs)(; CPU time: .*)?\n", text)
    any_kernel.goes_on()


def test_the_time_of_the_languages_own_process_and_of_its_programs_is_seen(language: Live) -> None:
    text = language.run(f"%%time\n{WORKS[language.name]}").text()
    assert re.search(r"CPU time: [\d.]+ (s|ms) \(user ", text), text


def test_the_time_of_programs_that_have_ended_is_seen(bash: Live) -> None:
    text = bash.run(f"%%time\nbash -c '{WORKS['bash']}'").text()
    assert re.search(r"CPU time: [\d.]+ (s|ms) \(user ", text), text


def test_a_value_is_still_the_cells_value(echo: Live) -> None:
    assert echo.run("%time shout x").result == {"text/plain": "X"}


def test_code_that_fails_is_timed_and_fails(any_kernel: Live) -> None:
    code = {"echo": "error x", "bash": "false", "octave": "error ('x')"}[any_kernel.name]
    done = any_kernel.run(f"%%time\n{code}")
    assert "Wall time" in done.text()
    assert done.status == "error"
    assert done.error is not None
    assert done.error.ename in ("EchoError", "ExitStatus", "error", "Octave:error")


def test_cpu_time_never_goes_back() -> None:
    first = cpu_time()
    assert first is not None
    sum(range(500_000))
    second = cpu_time()
    assert second is not None
    assert second.since(first).user >= 0
    assert first.since(second) == (0.0, 0.0) or second == first


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ns"),
        (2.5e-8, "25 ns"),
        (0.00123456, "1.23 ms"),
        (5.0, "5 s"),
        (61.4, "1 min 1 s"),
        (7384, "2 h 3 min 4 s"),
    ],
)
def test_times_are_shown_for_people(seconds: float, words: str) -> None:
    assert shown(seconds) == words


# -- %timeit -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["%timeit -n 3 -r 2 {}", "%%timeit -n 3 -r 2\n{}"])
def test_code_is_run_often_and_says_nothing(any_kernel: Live, form: str) -> None:
    done = any_kernel.run(form.format(any_kernel.say("x")))
    assert done.error is None
    assert re.fullmatch(
        r"\S+ \S+ ± \S+ \S+ per loop \(mean ± std\. dev\. of 2 runs, 3 loops each\); an empty cell takes \S+ \S+\n",
        done.text(),
    )
    any_kernel.goes_on()


def test_the_code_is_run_as_often_as_is_said_after_the_setup(bash: Live, octave: Live) -> None:
    bash.run("%%timeit -n 3 -r 2 count=10\n((count++))")
    assert bash.run("echo $count").text() == "16\n"
    octave.run("%%timeit -n 3 -r 2 count = 10;\ncount++;")
    assert octave.run("disp (count)").text() == "16\n"


def test_how_often_is_found_out(echo: Live) -> None:
    assert re.search(r"of 5 runs, [\d,]+ loops each", echo.run("%timeit hello").text())


def test_code_that_fails_ends_the_runs(any_kernel: Live) -> None:
    code = {"echo": "error x", "bash": "false", "octave": "error ('x')"}[any_kernel.name]
    done = any_kernel.run(f"%timeit {code}")
    assert done.status == "error"
    assert "per loop" not in done.text()
    any_kernel.goes_on()


def test_the_runs_are_interrupted(any_kernel: Live) -> None:
    header = any_kernel.client.send_execute(f"%timeit -n 10000000 {any_kernel.say('x')}")
    until(
        lambda: any(isinstance(message.content, ExecuteInput) for _, message in any_kernel.client.pending),
        "the cell did not begin",
    )
    any_kernel.interrupt()
    error = error_of(any_kernel.end(header))
    assert error is not None
    assert error[0] == "KeyboardInterrupt"
    any_kernel.goes_on()


@pytest.mark.parametrize("options", ["-r 0", "-n -1", "-n x"])
def test_wrong_numbers_are_named(any_kernel: Live, options: str) -> None:
    error = error_of(any_kernel.run(f"%timeit {options} {any_kernel.say('x')}"))
    assert error is not None
    assert error[0] == "UsageError"


# -- %timeout ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["%timeout 0.3\n{}", "%%timeout 0.3\n{}"])
def test_a_cell_that_takes_too_long_ends_with_an_error_that_says_so(language: Live, form: str) -> None:
    done = language.run(form.format(LASTS[language.name]))
    assert done.text() == "begun\n"
    assert error_of(done) == ("TimeoutError", "the code took longer than 0.3 s and was interrupted")
    language.goes_on()


def test_what_stands_in_a_magic_is_limited_too(any_kernel: Live) -> None:
    done = any_kernel.run(f"%timeout 0.3\n%timeit -n 10000000 {any_kernel.say('x')}")
    assert error_of(done) == ("TimeoutError", "the code took longer than 0.3 s and was interrupted")
    any_kernel.goes_on()


def test_code_that_ignores_the_interrupt_is_pressed_until_it_ends(bash: Live) -> None:
    done = bash.run("%%timeout 0.2\ntrap 'echo no' INT; while :; do sleep 0.05; done", timeout=LIMIT)
    error = error_of(done)
    assert error is not None
    assert error[0] == "TimeoutError"
    bash.run("trap - INT")
    bash.goes_on()


def test_a_cell_in_time_is_as_it_was(any_kernel: Live) -> None:
    done = any_kernel.run(f"%%timeout 100\n{any_kernel.say('x')}")
    assert (done.text(), done.error) == (any_kernel.said("x"), None)
    done = any_kernel.run(f"%timeout 100\n{any_kernel.say('x')}")
    assert (done.text().strip(), done.error) == (any_kernel.said("x").strip(), None)


def test_the_users_own_interrupt_is_no_timeout(language: Live) -> None:
    done = language.interrupted(f"%%timeout 100\n{LASTS[language.name]}", until="begun\n")
    error = error_of(done)
    assert error is not None
    assert error[0] == "KeyboardInterrupt"


@pytest.mark.parametrize("seconds", ["0", "-3", "soon", "inf", ""])
def test_what_is_no_time_is_refused(any_kernel: Live, seconds: str) -> None:
    error = error_of(any_kernel.run(f"%%timeout {seconds}\n{any_kernel.say('x')}"))
    assert error is not None
    assert error[0] == "UsageError"
    any_kernel.goes_on()


@pytest.mark.parametrize("name", ["%time", "%%time", "%timeit", "%%timeit", "%timeout", "%%timeout"])
def test_each_has_help(any_kernel: Live, name: str) -> None:
    assert f"usage: {name}" in any_kernel.run(f"{name} --help").text()
