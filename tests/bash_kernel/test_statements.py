"""Where the commands of a cell begin: compared with what bash itself takes for whole commands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bash_kernel.statements import statements

SCRIPTS = sorted(Path("/usr/share/bash-completion/completions").glob("[a-d]*"))[:60]
CHECK = 'while IFS= read -r -d "" each; do bash -n -O extglob <<<"$each" >/dev/null 2>&1 || echo "$each"; done'


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", []),
        ("# nothing\n\n", []),
        ("a; b & c\nd", [("a", 1), ("b", 1), ("c", 1), ("d", 2)]),
        ("a && b ||\n  c | \\\n  d\ne", [("a && b ||\n  c | \\\n  d", 1), ("e", 4)]),
        ("a >&2 2>&1 &>x & b", [("a >&2 2>&1 &>x", 1), ("b", 1)]),
        ("if a; then b; else\nc; fi; d", [("if a; then b; else\nc; fi", 1), ("d", 2)]),
        ("for ((i = 0; i < 3; i++)); do a; done\nb", [("for ((i = 0; i < 3; i++)); do a; done", 1), ("b", 2)]),
        ("for do in if; do done=1; done; a", [("for do in if; do done=1; done", 1), ("a", 1)]),
        (
            "case $x in a) b;; (if | fi) c;& *) d; esac\ne",
            [("case $x in a) b;; (if | fi) c;& *) d; esac", 1), ("e", 2)],
        ),
        (
            "f() (\n a; b\n)\nfunction g\n{ while a; do b; done }\nf",
            [("f() (\n a; b\n)", 1), ("function g\n{ while a; do b; done }", 4), ("f", 6)],
        ),
        ("cat <<E | wc; a\n; b\nE\nc", [("cat <<E | wc", 1), ("a\n; b\nE", 1), ("c", 4)]),
        ("cat <<-'E F'\n\tx;y\n\tE F\nc", [("cat <<-'E F'\n\tx;y\n\tE F", 1), ("c", 4)]),
        ("[[ a =~ (b|c) && d < e ]] && f; g", [("[[ a =~ (b|c) && d < e ]] && f", 1), ("g", 1)]),
        ("x=(a;b); y", [("x=(a;b)", 1), ("y", 1)]),
        ("echo \"$(a; b \"c;d\")\" 'e;f' `g; h` $'i\\';j' ${k#;}; l", None),
        ("(( x = 1, y ))\n( a; b ); c", [("(( x = 1, y ))", 1), ("( a; b )", 2), ("c", 2)]),
        ("diff <(a; b) >(c); d#e # f; g\nh", [("diff <(a; b) >(c)", 1), ("d#e # f; g", 1), ("h", 2)]),
        ("a=1 b=2 if; c", [("a=1 b=2 if", 1), ("c", 1)]),
        ("! time a; { b; }", [("! time a", 1), ("{ b; }", 1)]),
    ],
)
def test_each_command_and_its_line(code: str, expected: list[tuple[str, int]] | None) -> None:
    found = [(one.text, one.line) for one in statements(code)]
    if expected is None:
        assert [text for text, _ in found] == [code.removesuffix("; l"), "l"]
    else:
        assert found == expected


@pytest.mark.parametrize("code", ["echo 'abc", "if a; then", "f() {", 'a "$(b', "case x in"])
def test_code_without_an_end_is_no_trouble(code: str) -> None:
    assert list(statements(code)) == []


@pytest.mark.needs("bash-completion")
def test_bash_takes_each_command_of_real_scripts_for_whole() -> None:
    taken = [one for script in SCRIPTS for one in statements(script.read_text(errors="replace"))]
    assert len(taken) > 100
    parsed = subprocess.run(
        ["bash", "-O", "extglob", "-c", CHECK],
        input="".join(f"{one.text}\0" for one in taken),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert parsed.stdout == ""
