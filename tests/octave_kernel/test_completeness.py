"""is_complete, and that Octave's own parser sees each piece of the corpus the same way."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from octave_kernel.language.completeness import judge
from tests.octave_kernel.conftest import Octave
from tests.octave_kernel.corpus import COMPLETE, INCOMPLETE, INVALID

_TRIED = (  # what might make a piece right after all
    *("", "end", ")", "]", "}", "x", "1", "1)", "1]", "1}", "x = 1", "(1)", "until 1", "'", '"', "end\nend", "1\nend"),
    *("= 1\nend", "case 1\nend", "catch\nend", "unwind_protect_cleanup\nend", "i = 1:3\nend", "f\nend"),
)
_PARSE = """
for k = 1:%d
  try
    __parse_file__ (sprintf ("%s/p%%d.m", k));
    printf ("@%%d ok\\n", k);
  catch
    printf ("@%%d bad\\n", k);
  end
end
"""


@pytest.mark.parametrize("code", COMPLETE)
def test_complete(code: str) -> None:
    assert judge(code).status == "complete"


@pytest.mark.parametrize("code", INCOMPLETE)
def test_incomplete(code: str) -> None:
    assert judge(code).status == "incomplete"


@pytest.mark.parametrize("code", [f"{first}\n{rest}" for first, rest in INCOMPLETE.items()])
def test_complete_once_it_has_gone_on(code: str) -> None:
    assert judge(code).status == "complete"


@pytest.mark.parametrize("code", INVALID)
def test_invalid(code: str) -> None:
    assert judge(code).status == "invalid"


def test_a_function_without_an_end_goes_on() -> None:
    """A file may end where its function does; who types one wants to go on."""
    assert judge("function f()\n  x = 1").status == "incomplete"
    assert judge("%{\n comment").status == "incomplete"
    assert judge("x = 1 ...").status == "incomplete"


def test_a_class_is_a_block_of_blocks() -> None:
    code = "classdef A < handle\n  properties (Access = public)\n    x = 1;\n  end\n  methods\n    function f(o)\n"
    assert judge(code).status == "incomplete"
    assert judge(f"{code}    end\n  end\n").status == "incomplete"
    assert judge(f"{code}    end\n  end\nend").status == "complete"


@pytest.mark.parametrize(
    ("code", "indent"),
    [
        ("if x", "  "),
        ("if x\n  y", "  "),
        ("if x\n  y\nelse", "  "),
        ("if x\n  for i = 1:3", "    "),
        ("if x\n  for i = 1:3\n    i\n  end", "  "),
        ("x = [1, 2", "  "),
        ("x = [1, 2\n     3", "     "),
        ("x = 1 + ...", "  "),
        ("x = 1 + ...\n  2 + ...", "  "),
        ("switch x\n  case 1", "    "),
        ('x = "a\\', ""),
        ("%{\nabc", ""),
    ],
)
def test_indent_of_the_next_line(code: str, indent: str) -> None:
    reply = judge(code)
    assert (reply.status, reply.indent) == ("incomplete", indent)


@pytest.mark.parametrize("code", ["(" * 5000, "if 1\n" * 3000, "[" * 3000 + "]" * 3000, "'" * 5001, "x = 1;\n" * 5000])
def test_long_code_is_judged_in_one_pass(code: str) -> None:
    assert judge(code).status in ("complete", "incomplete", "invalid")


def _parsed(octave: Octave, folder: Path, pieces: Iterable[str]) -> list[bool]:
    count = 0
    for count, piece in enumerate(pieces, 1):
        (folder / f"p{count}.m").write_text(f"1; {piece}\n")
    said = octave.run(_PARSE % (count, folder)).text
    verdicts = dict(line[1:].split() for line in said.splitlines() if line.startswith("@"))
    return [verdicts[str(number)] == "ok" for number in range(1, count + 1)]


def test_octave_parses_what_is_complete(shared: Octave, tmp_path: Path) -> None:
    verdicts = _parsed(shared, tmp_path, COMPLETE)
    assert [code for code, right in zip(COMPLETE, verdicts, strict=True) if not right] == []


def test_octave_parses_what_is_incomplete_only_once_it_has_gone_on(shared: Octave, tmp_path: Path) -> None:
    verdicts = _parsed(shared, tmp_path, INCOMPLETE)
    # Octave takes a file that ends in a continued line: nothing comes after it.
    assert [code for code, right in zip(INCOMPLETE, verdicts, strict=True) if right] == []
    whole = [f"{first}\n{rest}" for first, rest in INCOMPLETE.items()]
    verdicts = _parsed(shared, tmp_path, whole)
    assert [code for code, right in zip(whole, verdicts, strict=True) if not right] == []


def test_nothing_makes_octave_parse_what_is_invalid(shared: Octave, tmp_path: Path) -> None:
    tried = [f"{code}\n{rest}" if rest else code for code in INVALID for rest in _TRIED]
    verdicts = _parsed(shared, tmp_path, tried)
    assert [code for code, right in zip(tried, verdicts, strict=True) if right] == []


def _own_code(octave: Octave) -> list[str]:
    """What Octave itself is written in, and the tests of that."""
    folder = Path(octave.run("disp (fullfile (matlabroot (), 'share', 'octave', version (), 'm'))").text.strip())
    assert folder.is_dir()
    return [path.read_text(errors="replace") for path in sorted(folder.rglob("*.m"))]


def test_octaves_own_code_is_complete(shared: Octave) -> None:
    codes = _own_code(shared)
    assert len(codes) > 500
    # A file whose first function has no end of its own is complete only as a file.
    unlike = [code for code in codes[::5] if judge(code).status != "complete" and "endfunction" in code]
    assert unlike == []


def test_lines_of_octaves_own_code_are_seen_as_octave_sees_them(shared: Octave, tmp_path: Path) -> None:
    chance = random.Random(7)
    codes = [code for code in _own_code(shared) if "classdef" not in code]
    pieces: list[str] = []
    while len(pieces) < 400:
        lines = [line for line in chance.choice(codes).split("\n") if line.strip()]
        tests = [line[2:] for line in lines if line.startswith("%! ")]
        lines = chance.choice([tests, [line for line in lines if line.lstrip()[0] not in "%#"]])
        first = chance.randrange(max(1, len(lines)))
        piece = "\n".join(lines[first : first + chance.randint(1, 6)])
        # Where a file ends, so does a function or a continued line.
        if "function" not in piece and not piece.split("\n")[-1].rstrip().endswith("..."):
            pieces.append(piece)
    verdicts = _parsed(shared, tmp_path, pieces)
    assert {True, False} == set(verdicts)
    told = [judge(piece).status == "complete" for piece in pieces]
    assert [piece for piece, ours, theirs in zip(pieces, told, verdicts, strict=True) if ours != theirs] == []


def test_the_corpus_is_large() -> None:
    assert len(COMPLETE) + len(INCOMPLETE) + len(INVALID) > 300
