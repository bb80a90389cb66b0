"""Cells of every shape: what they show is what Octave's own prompt shows."""

from __future__ import annotations

import asyncio
import subprocess
from typing import Any

import pytest

from octave_kernel import executable, lines
from sdk.repl import reader
from tests.octave_kernel.conftest import Octave
from tests.repl.driven import Recorder

AT_THE_PROMPT = [
    "1 + 1",
    "ans",
    "x = 3",
    "x;",
    "x",
    "x == 3",
    "[1 2; 3 4]",
    "[0.1 100000]",
    "1:0",
    "[]",
    "zeros (0, 3)",
    "'text'",
    '"double\\ttab"',
    "{1, 'a'; [1 2 3], {2}}",
    "s.a = 1",
    "s",
    "struct ('p', {1, 2})",
    "@(t) t + 1",
    "int8 (200)",
    "uint16 ([1 2 3])",
    "true",
    "[true false]",
    "pi",
    "1e10",
    "[1e10 1e-10]",
    "3 + 4i",
    "[1+2i 3.5-4i]",
    "NaN",
    "[Inf -Inf NaN]",
    "sparse ([1 0; 0 2])",
    "single (1) / 3",
    "magic (4)",
    "rand (2) > 2",
    "char ('ab', 'c')",
    "[q, w] = max ([3 9 2])",
    "1, 2; 3",
    "disp (7), 8",
    "if true, 5, end",
    "for i = 1:3, i, end",
    "y.z.w = 1",
    "format long; pi, format short",
]


def test_what_is_shown_is_what_octave_itself_shows_at_its_prompt(shared: Octave) -> None:
    shared.run("clear all")
    told = "".join(f"printf ('<{n}>');\n{code}\n" for n, code in enumerate(AT_THE_PROMPT))
    command = [*executable.find(""), "--norc", "--no-window-system", "--no-line-editing", "--no-history", "--quiet"]
    command += ["--interactive", "--eval", "PS1 (''); PS2 (''); page_screen_output (false);", "--persist"]
    said = subprocess.run(command, input=told, capture_output=True, text=True, check=True, timeout=60).stdout
    pieces = said.split("<")[1:]
    expected = {int(piece.partition(">")[0]): piece.partition(">")[2] for piece in pieces}
    shown = {n: shared.run(code).text for n, code in enumerate(AT_THE_PROMPT)}
    expected[len(AT_THE_PROMPT) - 1] = shown[len(AT_THE_PROMPT) - 1]  # at its end Octave says a line end more
    assert shown == expected


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("", ""),
        ("   \n\n", ""),
        ("# a comment", ""),
        ("%{\nblock\n%}", ""),
        ("1 + 1 ...", "ans = 2\n"),
        ("v = 1 + ...\n 2", "v = 3\n"),
        ("\tv\t=\t3", "v = 3\n"),
        ("v = 1\r\nw = 2\r\nif v\r\n  disp (w)\r\nend", "v = 1\nw = 2\n2\n"),
        ("#!/usr/bin/octave\n1 + 1", "ans = 2\n"),
        ("1;\nfunction cell_a ()\n  disp ('a');\nend\ncell_a ()", "a\n"),
        ("function cell_b ()\n  disp ('b');\nend\ncell_b ()", "b\n"),
        ("%{\nwhat it is\n%}\n# more\n  function cell_c ()\n  disp ('c');\nend\ncell_c ()", "c\n"),
        ("disp (1); return; disp (2)", "1\n"),
        ("v = '" + "a" * 5000 + "'; disp (numel (v))", "5000\n"),
        ("v = [" + "1," * 100_000 + "1]; disp (numel (v))", "100001\n"),
        ("disp ('é日本')", "é日本\n"),
        ("disp (char ([255 65]))", "\ufffdA\n"),
        ("puts ('no line end');", "no line end"),
        ("eval = 3; source = 4; feval = 5; disp (eval)", "3\n"),
        ("clear eval source feval; disp ('back')", "back\n"),
        ("x = evalc ('disp (5)')", "x = 5\n\n"),
        ("printf ('%s', PS1 ()(1:0))", ""),
    ],
)
def test_a_cell_of_every_shape_runs(shared: Octave, code: str, shown: str) -> None:
    cell = shared.run(code)
    assert (cell.text, cell.error, cell.notice) == (shown, None, "")


@pytest.mark.parametrize(
    "code",
    [
        "clear all",
        "fclose all;",
        "restoredefaultpath;",
        "rmpath (fileparts (which ('__k_go__')))",
        "PS1 ('hello> '); PS2 ('more> ')",
        "PS1 ('hello> '); error ('x')",
        "restoredefaultpath; error ('x')",
        "more on",
        "page_output_immediately (false)",
        "crash_dumps_octave_core (true)",
        "addpath = 3; warning = 4; exist = 5; input = 6;",
        "addpath = 3; nosuch",
        "warning ('on', 'all')",
        "warning ('off', 'all')",
        "clear -all; clear functions; rehash",
    ],
)
def test_the_next_cell_runs_whatever_the_last_one_has_changed(shared: Octave, code: str) -> None:
    shared.run(code)
    cell = shared.run("clear all; disp ('on'); 5")
    shared.run("warning ('on', 'all'); warning ('off', 'Octave:language-extension');")
    assert (cell.text, cell.error, cell.notice) == ("on\nans = 5\n", None, "")


@pytest.mark.parametrize(
    "name", ["path", "get", "index", "isempty", "sprintf", "strcmp", "strrep", "PS1", "fopen", "pwd"]
)
def test_a_function_that_hides_one_of_octaves_does_not_end_the_session(shared: Octave, name: str) -> None:
    shared.run("kept = 42;")
    shared.run(f"function {name} (varargin)\n  error ('mine:id', 'mine')\nend")
    assert shared.run(f"disp (kept), {name} (1)").error == ("mine:id", "mine")
    shared.run(f"clear -f {name}")
    cell = shared.run("disp (kept)")
    assert (cell.text, cell.error, cell.notice) == ("42\n", None, "")


def test_a_current_folder_that_is_removed_is_left(octave: Octave) -> None:
    cell = octave.run("folder = pwd (); mkdir gone; cd gone; rmdir ../gone; disp (1)")
    assert (cell.error, cell.text.partition("[")[0]) == (None, "1\n")
    assert octave.run("disp (strcmp (pwd (), folder))").text == "1\n"
    octave.run("mkdir ('one/two'); cd one/two")
    cell = octave.run("confirm_recursive_rmdir (false, 'local'); rmdir (fullfile (folder, 'one'), 's');")
    assert "the current folder is gone; now it is " in cell.text
    cell = octave.run("disp (strcmp (pwd (), folder))")
    assert (cell.text, cell.error, cell.notice) == ("1\n", None, "")


def test_nothing_of_ours_is_in_the_workspace(octave: Octave) -> None:
    assert octave.run("who").text == ""
    octave.run("x = 1; clear x")
    octave.run("nosuch")
    assert octave.run("who").text == ""


def test_code_cannot_see_how_the_prompt_tells_of_the_end(octave: Octave) -> None:
    octave.run("1;")
    assert octave.run("seen = PS1 (); disp (index (seen, ';r;'))").text == "0\n"
    cell = octave.run("puts (seen); puts (PS1 ()); disp ('end')")
    assert (cell.text, cell.error) == ("end\n", None)


def test_functions_of_a_cell_are_there_in_later_ones(shared: Octave) -> None:
    shared.run("function r = twice (x)\n  r = 2 * x;\nend")
    assert shared.run("twice (21)").text == "ans = 42\n"


def test_a_class_is_defined_and_used(octave: Octave) -> None:
    cell = octave.run(
        "# a point\nclassdef Point\n  properties\n    x = 1;\n  end\nend\np = Point (); disp (p.x)\nnosuch"
    )
    assert cell.text == "1\n"
    assert cell.error is not None
    assert octave.run("disp (Point ().x)").text == "1\n"
    told = octave.run("classdef Point\n  properties\n    x = 2;\n  end\nend").notice
    assert "clear all" in told
    octave.run("clear all")
    octave.run("classdef Point\n  properties\n    x = 2;\n  end\nend")
    assert octave.run("disp (Point ().x)").text == "2\n"


def test_a_class_that_does_not_parse_is_an_error_with_its_line(shared: Octave) -> None:
    cell = shared.run("classdef Wrong\n  properties\n    x =\n  end\nend")
    assert cell.error == ("Octave:parse-error", "parse error: Wrong.m, line 4: syntax error")


def test_output_comes_while_the_cell_runs(shared: Octave) -> None:
    cell = shared.interrupted("disp (1); pause (30); disp (2)", lambda recorder: recorder.text() == "1\n")
    assert cell.text == "1\n"


def test_much_output_is_whole(shared: Octave) -> None:
    cell = shared.run("for i = 1:20000, disp (i); end")
    assert cell.text == "".join(f"{n}\n" for n in range(1, 20001))


def test_while_clients_are_waited_for_a_beginning_that_was_not_read_is_not_missed(
    octave: Octave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beginnings come through the terminal, which is not read meanwhile, and some ends through the FIFO."""
    octave.run("x = 5;")
    pid = octave.pid
    monkeypatch.setattr(reader, "_DRAIN_AFTER", 1)  # bytes

    async def drain(recorder: Recorder) -> None:
        await asyncio.sleep(0.03)

    monkeypatch.setattr(Recorder, "drain", drain)
    for _ in range(5):
        cell = octave.run("disp ('said'); error ('my:id', 'wrong')")
        assert (cell.text, cell.error) == ("said\n", ("my:id", "wrong"))
        assert octave.do(octave.kernel.get_variable("x")) == 5
    assert octave.pid == pid


def test_warnings_are_a_stream_of_their_own_in_their_order(shared: Octave) -> None:
    cell = shared.run("disp (1);\nwarning ('first');\ndisp (2);\nwarning ('a:b', 'second');\ndisp (3);")
    where = "warning: called from\n    In[{0}] at line {1} column 1\n\n"
    first = "warning: first\n" + where.format(shared.count, 2)
    second = "warning: second\n" + where.format(shared.count, 4)
    joined: list[tuple[str, str]] = []
    for kind, text in cell.recorder.shown:
        if joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        else:
            joined.append((kind, text))
    assert joined == [
        ("stdout", "1\n"),
        ("stderr", first),
        ("stdout", "2\n"),
        ("stderr", second),
        ("stdout", "3\n"),
    ]


def test_warnings_are_output_like_any_other_where_that_is_wanted(octave: Octave) -> None:
    octave.kernel.stderr = "terminal"
    cell = octave.run("disp (1);\nwarning ('first');")
    assert cell.text.startswith("1\nwarning: first\n")
    assert cell.notice == ""


def test_no_file_is_made_in_or_taken_from_the_users_directory(octave: Octave) -> None:
    octave.run("x = 1; save octave-workspace x")
    octave.run("quit")
    octave.run("kill (getpid (), 9)")
    assert octave.run("ls").text == "octave-workspace\n"
    octave.run("delete octave-workspace")


def test_the_code_before_the_first_statement_is_not_touched() -> None:
    assert lines.script("%{\n function\n%}\n  function f ()\nend") == "%{\n function\n%}\n  1; function f ()\nend\n"
    assert lines.script("functional = 1") == "functional = 1\n"
    assert lines.class_name("% x\nclassdef (Abstract) Name < handle") == "Name"
    assert lines.class_name("classdefinition = 1") == ""


def test_a_line_that_was_thought_to_be_lost_and_was_typed_twice_is_run_once(
    octave: Octave, monkeypatch: pytest.MonkeyPatch
) -> None:
    octave.run("n = 0;")
    typed_once = octave.kernel.cell_line

    def typed_twice(*arguments: Any) -> str:
        line = typed_once(*arguments)
        return f"{line}\n{line}"

    with monkeypatch.context() as patch:
        patch.setattr(octave.kernel, "cell_line", typed_twice)
        assert octave.run("n = n + 1\nclear all\nn = 1;").text == "n = 1\n"
        assert octave.run("n = n + 1").text == "n = 2\n"
    assert octave.run("n").text == "n = 2\n"
