"""is_complete: what bash itself says of the code, and how the next line is indented."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.shell import IsCompleteReply, IsCompleteRequest
from tests.bash_kernel.conftest import Recorder, Shell, started
from tests.waiting import seen_soon


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = started(tmp_path_factory.mktemp("shell"))
    yield made
    made.close()


def judged(shell: Shell, code: str) -> IsCompleteReply:
    return shell.do(shell.kernel.do_is_complete(IsCompleteRequest(code), Recorder(0, None)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "indent"),
    [
        ("if true; then", "    "),
        ("if a; then\n    b", "    "),
        ("if a; then\n    b\nelse", "    "),
        ("while a; do", "    "),
        ("  for i in 1 2; do", "      "),
        ("for i in 1 2", ""),
        ("case x in", "    "),
        ("case x in\n    a)", "        "),
        ("case x in\n    a)\n        b\n        ;;", "    "),
        ("f() {", "    "),
        ("f() { # comment", "    "),
        ("(", "    "),
        ("echo $(", "    "),
        ("x=(1 2", ""),
        ("x=(", "    "),
        ("echo a |", "    "),
        ("echo a |\n    b |", "    "),
        ("a &&", "    "),
        ("a || # why not", "    "),
        ("echo a \\", "    "),
        ("echo a \\\n    b \\", "    "),
        ("[[ a", ""),
        ("[[ a &&", "    "),
        ("((1 +", ""),
        ("${x", ""),
        ("`date", ""),
        # Blanks would become part of the text.
        ('echo "abc', ""),
        ("  echo 'abc {", ""),
        ("cat <<EOF\n    line", ""),
        ("if a; then\n    cat <<-EOF", ""),
        ('f() {\n    echo "then', ""),
    ],
)
def test_incomplete(one: Shell, code: str, indent: str) -> None:
    assert judged(one, code) == IsCompleteReply("incomplete", indent)
    assert judged(one, f"{code}\n") == IsCompleteReply("incomplete", indent)


@pytest.mark.parametrize(
    "code", ["if then fi", "fi", "echo )", "done <", "}", "f() { }; }", "[[ a b ]]", "case x in ;; esac", ";;"]
)
def test_invalid(one: Shell, code: str) -> None:
    assert judged(one, code) == IsCompleteReply("invalid")


@pytest.mark.parametrize(
    "code",
    [
        *("echo ok", "x=(1 2)", "", "   ", "# comment", "# comment \\", "cat <<EOF\nline\nEOF", "[[ a ]]", "((1 + 1))"),
        *("shopt -s extglob; ls !(a)", "f() {\n  :\n}", "case x in a) ;; esac", "echo 'a\\'", 'echo "a \\\\"', "a &"),
        *("echo $(cat <<X\n)\nX\n)", "echo 'unexpected end of file'", "echo é", "exit 3", "kill -9 $$"),
    ],
)
def test_complete(one: Shell, code: str) -> None:
    assert judged(one, code) == IsCompleteReply("complete")


def test_an_empty_line_ends_what_a_backslash_continues(one: Shell) -> None:
    assert judged(one, "echo a \\\n\n").status == "complete"


def test_the_shells_aliases_and_options_count(shell: Shell) -> None:
    assert judged(shell, "begin").status == "complete"
    assert judged(shell, "ls !(a|b)").status == "invalid"
    shell.run("alias begin='if true; then' quoted='echo it'\\''s\nfine'; shopt -s extglob")
    assert judged(shell, "begin") == IsCompleteReply("incomplete", "")
    assert judged(shell, "ls !(a|b)").status == "complete"
    assert judged(shell, "quoted").status == "incomplete"  # its value has an open quote


def test_nothing_is_run(shell: Shell) -> None:
    assert judged(shell, "touch was_run; x=$(touch was_run)").status == "complete"
    assert shell.run("ls was_run").error is not None


def test_a_cell_that_runs_is_not_waited_for(shell: Shell) -> None:
    shell.run("mkfifo gate")

    async def busy() -> str:
        cell = asyncio.ensure_future(shell.cell("read <gate"))
        await seen_soon(lambda: shell.kernel.idle_repl is None, every=0)
        reply = await shell.kernel.do_is_complete(IsCompleteRequest("if a"), Recorder(0, None))  # type: ignore[arg-type]
        assert not cell.done()
        Path(f"{shell.kernel.cwd}/gate").write_text("go\n")
        await cell
        return reply.status

    assert shell.do(busy()) == "incomplete"
