"""What has gone wrong with kernels for Octave before, as far as no other test of this folder is about it."""

from __future__ import annotations

import pytest

from sdk import ExecuteRequest, ExecutionError
from tests.octave_kernel.conftest import Octave
from tests.repl.driven import Recorder


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("function first ()\n  1;\nend\n\nerror ('here')", 5),
        ("%{\nwhat it is\n%}\nfunction second ()\n  error ('here')\nend\nsecond ()", 5),
        ("# one\n\n  function third ()\n  end\nthird ()\n  error ('here')", 6),
        ("\n\n\nerror ('here')", 4),
    ],
)
def test_lines_are_those_of_the_cell_whatever_it_begins_with(shared: Octave, code: str, line: int) -> None:
    shared.count += 1
    recorder = Recorder(shared.count, None)
    with pytest.raises(ExecutionError) as raised:
        shared.do(shared.kernel.do_execute(ExecuteRequest(code), recorder))  # type: ignore[arg-type]
    assert any(f", line {line}, column " in one for one in raised.value.traceback), raised.value.traceback


@pytest.mark.parametrize(
    "code",
    [
        "try, while true, end, catch, disp ('caught'), end",
        "try, while true, end, catch e, disp (e.message), end_try_catch",
        "try, error ('x'), catch, while true, end, end",
    ],
)
def test_an_interrupt_is_not_caught_as_an_error(shared: Octave, code: str) -> None:
    shared.run("kept = 42;")
    # Not at once: Octave itself forgets an interrupt that comes while it takes an error back.
    cell = shared.interrupted(f"disp ('go');\n{code}\ndisp ('after')", lambda said: "go" in said.text(), later=0.1)
    assert (cell.error, cell.text) == (("KeyboardInterrupt", ""), "go\n")
    assert shared.run("disp (kept)").text == "42\n"


@pytest.mark.parametrize("megabytes", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_characters_of_several_bytes_are_whole_wherever_they_are_cut(shared: Octave, megabytes: int) -> None:
    count = megabytes * 1_000_000 // 10
    cell = shared.run(f"text = 'aé日🎉'; disp (numel (text)); puts (repmat (text, 1, {count})); 1;")
    length, _, text = cell.text.partition("\n")
    assert length == "10"
    assert text.removesuffix("ans = 0\n") == "aé日🎉" * count


def test_a_printed_marker_or_prompt_ends_nothing(shared: Octave) -> None:
    session = shared.kernel.session
    assert session is not None
    marker = f'"\\033]5151;{session.token};1\\007"'
    cell = shared.run(f"puts ({marker}); printf ('%s', PS1 ()); fflush (stdout); pause (0.05); disp ('end')")
    assert cell.text.endswith("end\n")
    assert shared.run("disp (5)").text == "5\n"
    cell = shared.run("fwrite (stdout, char (mod (1:100000, 256))); disp ('end')")
    assert cell.text.endswith("end\n")
    assert shared.run("disp (5)").text == "5\n"
