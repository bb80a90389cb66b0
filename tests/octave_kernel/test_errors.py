"""Errors: their name, their message, and where they happened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from octave_kernel import failure
from sdk.errors import ExecutionError
from sdk.protocol.shell import ExecuteRequest
from tests.colours import plain
from tests.octave_kernel.conftest import Octave
from tests.repl.driven import Recorder


def traceback(octave: Octave, code: str) -> Sequence[str]:
    """How the cell, which is to fail, says where it did, without colours. `In[n]` stands for its name."""
    return [plain(line) for line in coloured_traceback(octave, code)]


def coloured_traceback(octave: Octave, code: str) -> Sequence[str]:
    """The same with colours."""
    octave.count += 1
    recorder = Recorder(octave.count, None)
    with pytest.raises(ExecutionError) as raised:
        octave.do(octave.kernel.do_execute(ExecuteRequest(code), recorder))  # type: ignore[arg-type]
    return [line.replace(f"In[{octave.count}]", "In[n]") for line in raised.value.traceback]


def test_a_function_that_is_defined_below_its_use_is_told_of(shared: Octave) -> None:
    later = "\n\nfunction r = defined_later (x)\n  r = x;\nend"
    told = "Octave knows defined_later from line 3 on, where it is defined: put that before its first use"
    assert traceback(shared, f"defined_later (1){later}")[-1] == told
    assert told not in traceback(shared, f"undefined_here (1){later}")
    assert shared.run("function r = defined_later (x), r = x; end\ndefined_later (1)").text == "ans = 1\n"
    shared.run("clear defined_later")
    assert told not in traceback(shared, "% function defined_later\ndefined_later (1)")


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("error ('my:id', 'boom %d', 3)", "my:id", "boom 3"),
        ("error ('boom')", "Octave:error", "boom"),
        ('error ("no traceback wanted\\n")', "Octave:error", "no traceback wanted"),
        ("rethrow (struct ('message', 'hey', 'identifier', 'a:b'))", "a:b", "hey"),
        ("try, error ('z:q', 'inner'); catch e, rethrow (e); end", "z:q", "inner"),
        ("error (struct ('message', 'told', 'identifier', 's:i'))", "s:i", "told"),
        ("try, error ('z:q', 'inner'); end_try_catch, rethrow (lasterror ())", "z:q", "inner"),
        ("f = @(x) error ('anon'); f (1)", "Octave:error", "anon"),
        ("cellfun (@(x) error ('c:f', 'in it'), {1, 2})", "c:f", "in it"),
        ("p = inputParser; p.addRequired ('a'); p.parse ()", "Octave:error", None),
        ("nosuch", "Octave:undefined-function", "'nosuch' undefined near line 1, column 1"),
        ("ones (2)(5)", "Octave:index-out-of-bounds", "index (5): out of bound 4 (dimensions are 2x2)"),
        ("[1 2] * [3 4]", "Octave:nonconformant-args", None),
        ("error ('é %s', '日本')", "Octave:error", "é 日本"),
        ("error (char ([195 40 65]))", "Octave:error", "\ufffd(A"),
        ('error ("one\\ntwo\\tthree")', "Octave:error", "one\ntwo\tthree"),
        ("error ('%s', repmat ('x', 1, 100000))", "Octave:error", "x" * 100_000),
        ("unwind_protect, error ('u:v', 'up'), unwind_protect_cleanup, disp ('c'), end", "u:v", "up"),
        ("function failing (), print_usage (); end\nfailing ()", "Octave:error", None),
        ("assert (false)", "Octave:error", "assert (false) failed"),
        ("a.b = 1; a{3}", "Octave:error", None),
    ],
)
def test_an_error_has_its_identifier_and_message(shared: Octave, code: str, name: str, message: str | None) -> None:
    shared.run("clear all")
    error = shared.run(code).error
    assert error is not None
    assert error == (name, error[1] if message is None else message)


@pytest.mark.parametrize(
    ("code", "line", "what"),
    [
        ("disp (1)\nb = [1 2\nc=)\n", 3, "syntax error"),
        ("disp (1)\nx = (1", 2, "syntax error: the code ends too early"),
        ("disp (1)\nif true", 2, "syntax error: the code ends too early"),
        ("disp (1)\nend", 2, "syntax error"),
        ("disp (1)\nx = 'abc", 2, "syntax error: the code ends too early"),
        ("disp (1)\n1 = 2", 2, "invalid constant left hand side of assignment"),
        ("disp (1)\nx = 3 4", 2, "syntax error"),
        ("disp (1)\nfunction", 2, "syntax error: the code ends too early"),
    ],
)
def test_code_that_does_not_parse_runs_not_at_all(shared: Octave, code: str, line: int, what: str) -> None:
    cell = shared.run(code)
    where = f"parse error: In[{shared.count}], line {line}: {what}"
    assert (cell.text, cell.error) == ("", ("Octave:parse-error", where))


def test_a_traceback_shows_the_code_and_leaves_out_what_is_ours(shared: Octave) -> None:
    code = "function deep ()\n  error ('deep')\nend\nfunction outer ()\n  deep ()\nend\nouter ()"
    assert traceback(shared, code) == [
        "error: deep",
        "    in deep, In[n], line 2, column 3",
        "      1 function deep ()",
        "----> 2   error ('deep')",
        "          ^",
        "      3 end",
        "      4 function outer ()",
        "    in outer, In[n], line 5, column 3",
        "    In[n], line 7, column 1",
    ]
    assert traceback(shared, "a = 1;\npause (1, 2, 3)")[-4:] == [
        "    In[n], line 2, column 1",
        "      1 a = 1;",
        "----> 2 pause (1, 2, 3)",
        "        ^",
    ]
    assert not [line for line in traceback(shared, "pause (1, 2, 3)") if "in pause" in line]


def test_what_is_looked_for_first_has_colours(shared: Octave) -> None:
    assert coloured_traceback(shared, "function fails ()\n  error ('f')\nend\nfails ()") == [
        "\x1b[1;31merror:\x1b[0m f",
        "    in fails, \x1b[32mIn[n], line 2, column 3\x1b[0m",
        "      1 \x1b[32mfunction\x1b[0m fails ()",
        "\x1b[1;32m----> 2\x1b[0m   error (\x1b[31m'f'\x1b[0m)",
        "          \x1b[1;31m^\x1b[0m",
        "      3 \x1b[32mend\x1b[0m",
        "      4 fails ()",
        "    \x1b[32mIn[n], line 4, column 1\x1b[0m",
    ]
    parse = coloured_traceback(shared, "x = )")
    assert parse[:2] == [
        "\x1b[1;31mparse error:\x1b[0m In[n], line 1: syntax error",
        "\x1b[1;32m----> 1\x1b[0m x = )",
    ]


def test_an_error_in_a_function_of_an_earlier_cell_shows_that_cell(shared: Octave) -> None:
    shared.run("function fails ()\n  error ('here')\nend")
    defined = shared.count
    assert traceback(shared, "fails ()")[:3] == [
        "error: here",
        f"    in fails, In[{defined}], line 2, column 3",
        "      1 function fails ()",
    ]


def test_errors_in_the_users_own_files_name_them(octave: Octave, tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "userf.m").write_text("function userf ()\n  error ('u:f', 'in a file');\nend\n")
    (work / "badf.m").write_text("function badf ()\n  x = (1;\nend\n")
    (work / "scr.m").write_text("a = 1;\nerror ('in a script');\n")
    assert traceback(octave, "userf ()")[:3] == [
        "error: in a file",
        f"    in userf, {work}/userf.m, line 2, column 3",
        "    In[n], line 1, column 1",
    ]
    assert f"    in scr, {work}/scr.m, line 2, column 1" in traceback(octave, "scr")
    cell = octave.run("badf ()")
    assert cell.error == ("Octave:parse-error", f"parse error: {work}/badf.m, line 2: syntax error")
    for name in ("userf.m", "badf.m", "scr.m"):
        (work / name).unlink()


def test_nothing_of_ours_is_named_in_errors_and_warnings(shared: Octave) -> None:
    for code in ("error ('x')", "warning ('x')", "nosuch (1)", "x = (1", "function w1 (), warning ('x'); end\nw1 ()"):
        shared.count += 1
        recorder = Recorder(shared.count, None)
        told = ""
        try:
            shared.do(shared.kernel.do_execute(ExecuteRequest(code), recorder))  # type: ignore[arg-type]
        except ExecutionError as error:
            told = plain("\n".join([error.evalue, *error.traceback]))
        said = recorder.text() + recorder.text("stderr") + told
        assert said
        assert "__k_" not in said
        assert "/repl-" not in said


def test_a_very_long_line_is_cut_in_the_traceback(shared: Octave) -> None:
    lines = traceback(shared, "nosuch + '" + "a" * 5000 + "';")
    assert max(len(line) for line in lines) < 200


def test_an_error_of_a_report_without_a_stack() -> None:
    error = failure.error({"message": "boom\n", "identifier": "", "stack": []}, {}, "/session")
    assert (error.ename, error.evalue, error.traceback) == ("Octave:error", "boom", ("\x1b[1;31merror:\x1b[0m boom",))
