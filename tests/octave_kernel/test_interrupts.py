"""Interrupts end every kind of code, the workspace stays, and the next cell is not troubled."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.octave_kernel.conftest import Octave
from tests.repl.driven import Cell, Recorder

INTERRUPTED = ("KeyboardInterrupt", "")
WELL = ("42\n", None, "")


def begun(recorder: Recorder) -> bool:
    return "go\n" in recorder.text()


def state(octave: Octave) -> tuple[str, tuple[str, str] | None, str]:
    cell = octave.run("disp (kept)")
    return cell.text, cell.error, cell.notice


@pytest.mark.parametrize(
    "code",
    [
        "while true, end",
        "pause (30)",
        "for i = 1:1e9, x = sin (i); end",
        "a = rand (400); while true, a * a; end",
        "cellfun (@(x) pause (30), {1})",
        "[s, out] = system ('sleep 30');",
        "[s, out] = system ('sleep 30; sleep 30');",
        "while true, system ('sleep 1'); end",
        "while true, [s, out] = system ('true'); end",
        "function turns (), while true, end, end\nturns ()",
        "eval ('while true, end')",
        "evalc ('while true, end');",
        "PS1 ('other> '); while true, end",
        "x = inputname (1); while true, end",
    ],
)
def test_one_interrupt_ends_what_runs(shared: Octave, code: str) -> None:
    shared.run("kept = 42;")
    # Later, when that code runs: a signal is lost that comes with an error that is caught, or before a fork.
    cell = shared.interrupted(f"disp go;\n{code}\ndisp after", begun, later=0.1)
    assert (cell.error, cell.text.strip("\n"), cell.notice) == (INTERRUPTED, "go", "")
    assert state(shared) == WELL


@pytest.mark.parametrize(
    "code",
    ["while true, try, error ('a'), catch, end, end", "while true, try, x = 1; x(5); catch, pause (0.01), end, end"],
)
def test_code_that_catches_every_error_is_ended_by_the_second(shared: Octave, code: str) -> None:
    shared.run("kept = 42;")
    cell = shared.interrupted(f"disp go;\n{code}", begun, times=2)
    assert (cell.error, f"{cell.text.strip()}\n", cell.notice) == (INTERRUPTED, "go\n", "")
    assert state(shared) == WELL


def test_a_cell_that_took_our_functions_away_is_ended_too(shared: Octave) -> None:
    shared.run("kept = 42;")
    cell = shared.interrupted("restoredefaultpath; disp go; while true, end", begun)
    assert cell.error == INTERRUPTED
    assert state(shared) == WELL


def test_what_cleans_up_runs_to_its_end(shared: Octave) -> None:
    shared.run("kept = 42;")
    code = (
        "unwind_protect\n  disp go; pause (30)\nunwind_protect_cleanup\n"
        "  pause (0.2); system ('sleep 0.2; echo cleaned'); disp done\nend_unwind_protect\ndisp after"
    )
    cell = shared.interrupted(code, begun)
    assert (cell.error, cell.text.split()) == (INTERRUPTED, ["go", "cleaned", "done"])
    assert state(shared) == WELL


def test_a_program_that_octave_waits_for_is_ended(shared: Octave) -> None:
    shared.run("kept = 42;")
    cell = shared.interrupted("disp go;\nstatus = system ('sleep 30');", begun)
    assert cell.error in (None, INTERRUPTED)  # Octave itself takes this for the program's end alone
    assert state(shared) == WELL


@pytest.mark.parametrize(
    "script",
    ['trap "" INT; echo up >/dev/tty; sleep 30; sleep 30', 'sh -c "sleep 30 &"; echo up >/dev/tty; sleep 30'],
    ids=["two after each other", "orphan"],
)
def test_what_ignores_interrupts_is_ended_by_the_third(shared: Octave, script: str) -> None:
    shared.run("kept = 42;")
    cell = shared.interrupted(f"[s, out] = system ('{script}');", lambda said: "up" in said.text(), times=3)
    assert cell.error == ("KeyboardInterrupt", "")
    assert state(shared) == WELL


@pytest.mark.parametrize(
    ("code", "prompt"),
    [
        ("x = input ('n? ');", "n? "),
        ("x = input ('');", ""),
        ("keyboard", "keyboard> "),
        ("k = kbhit ();", ""),
        ("yes_or_no ('q? ')", "q? (yes or no) "),
        ("pause", ""),
        ("system ('read x');", ""),
    ],
)
def test_a_question_is_ended(shared: Octave, code: str, prompt: str) -> None:
    shared.run("kept = 42;")
    cell = shared.interrupted(f"{code}\npause (0.05); disp after", lambda recorder: bool(recorder.asked))
    assert cell.recorder.asked[0] == (prompt, False)  # yes_or_no may ask again before it knows
    assert cell.error == INTERRUPTED or code.startswith("system")
    assert state(shared) == WELL


def test_a_call_that_cannot_be_interrupted_is_ended_after_it(shared: Octave) -> None:
    shared.run("kept = 42; a = rand (700);")
    cell = shared.interrupted("disp go;\nsvd (a); svd (a); while true, end", begun)
    assert (cell.error, cell.text.strip()) == (INTERRUPTED, "go")
    assert state(shared) == WELL


def test_an_interrupt_between_cells_does_nothing(shared: Octave) -> None:
    shared.run("kept = 42;")
    shared.do(shared.kernel.do_interrupt())
    assert state(shared) == WELL


async def pressed_at(octave: Octave, code: str, moment: float) -> Cell:
    work = asyncio.ensure_future(octave.cell(code, []))
    await asyncio.sleep(moment)  # into the cell
    while not work.done():
        await octave.kernel.do_interrupt()
        await asyncio.wait([work], timeout=1)
    return await work


def test_an_interrupt_at_any_moment_leaves_octave_well(shared: Octave) -> None:
    chance = random.Random(5)
    shared.run("kept = 42;")
    for code in ["while true, end", "1;", "x = input ('');", "[s, out] = system ('sleep 3');", "pause (5)"] * 6:
        shared.do(pressed_at(shared, code, chance.random() * 0.015))
        for _ in range(3):  # one that comes at the very end of a cell may meet one of the next, or its line
            shared.run("1;")
        assert state(shared) == WELL


@pytest.mark.soak
def test_hundreds_of_interrupts_at_any_moment_leave_octave_well(shared: Octave) -> None:
    chance = random.Random(6)
    shared.run("kept = 42;")
    codes = ["while true, end", "1;", "x = input ('');", "[s, out] = system ('sleep 3');", "pause (5)"]
    codes += ["while true, try, error ('a'), catch, end, end", "for i = 1:1e6, s.a = i; end", "disp (1)"]
    took = []
    for code in codes * 50:
        begin = time.perf_counter()
        shared.do(pressed_at(shared, code, chance.random() * 0.02))
        took.append(time.perf_counter() - begin)
        for _ in range(3):  # as above
            shared.run("1;")
        assert state(shared) == WELL, code
    assert sorted(took)[len(took) // 2] < 0.2
