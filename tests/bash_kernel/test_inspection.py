"""Inspection in a real shell: what it knows of a name, and manual pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bash_kernel.inspection import Subject, page, subject
from sdk.protocol.shell import InspectReply, InspectRequest
from tests.bash_kernel.conftest import Recorder, Shell, started
from tests.waiting import seen_soon

_SET_UP = """my_var=1; declare -ir number=5; array=(a 'b c'); alias my_alias='ls -l' nothing_alias=no_such_program
my_func() {
 echo hi
}
export my_var; big=$(head -c 9000 /dev/zero | tr '\\0' x); test_var=both; both_kinds() { :; }; both_kinds=1"""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell that the tests do not change."""
    made = started(tmp_path_factory.mktemp("shell"))
    made.run(_SET_UP)
    yield made
    made.close()


def inspect(shell: Shell, code: str, position: int | None = None, detail: int = 0) -> InspectReply:
    request = InspectRequest(code, len(code) if position is None else position, detail)
    return shell.do(shell.kernel.do_inspect(request, Recorder(0, None)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("my_func", "my_func () \n{ \n    echo hi\n}\n# defined in In[1], line 2"),
        ("$my_var", 'declare -x my_var="1"'),
        ("my_var", 'declare -x my_var="1"'),
        ('echo "${my_var', 'declare -x my_var="1"'),
        ("echo ${#my_var", 'declare -x my_var="1"'),
        ("$number", 'declare -ir number="5"'),
        ("$array", 'declare -a array=([0]="a" [1]="b c")'),
        ("nothing_alias", "alias nothing_alias='no_such_program'"),
        ("sudo my_func", "my_func () \n{ \n    echo hi\n}\n# defined in In[1], line 2"),
        ("both_kinds", 'both_kinds () \n{ \n    :\n}\n# defined in In[1], line 5\ndeclare -- both_kinds="1"'),
    ],
)
def test_what_the_shell_knows(one: Shell, code: str, text: str) -> None:
    assert inspect(one, code) == InspectReply(found=True, data={"text/plain": text})


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("cd", "NAME\n    cd - Change"),
        ("while", "NAME\n    while - "),
        ("[", "NAME\n    [ - "),
        ("x; printf", "NAME\n    printf"),
    ],
)
def test_help_of_builtins_and_keywords(one: Shell, code: str, begins: str) -> None:
    for detail in (0, 1):
        reply = inspect(one, code, detail=detail)
        assert reply.data["text/plain"].startswith(begins)


def test_the_name_is_found_from_anywhere_in_it(one: Shell) -> None:
    code = "echo é; my_func a"
    for position in range(8, 16):
        assert inspect(one, code, position).data["text/plain"].startswith("my_func ()")


@pytest.mark.parametrize(
    "code", ["", "   ", "no_such_thing_at_all", "$no_such_variable", "# my_func", "ls --no-such-option", "/", "-x"]
)
def test_of_what_is_not_known_nothing_is_told(one: Shell, code: str) -> None:
    for detail in (0, 1) if not code.startswith("ls") else (0,):
        assert inspect(one, code, detail=detail) == InspectReply(found=False)


def test_a_long_value_is_cut(one: Shell) -> None:
    text = inspect(one, "$big").data["text/plain"]
    assert len(text) < 5000
    assert text.endswith("[... 9017 characters]")


@pytest.mark.needs("man")
def test_a_command_tells_its_path_and_what_it_is_for(one: Shell) -> None:
    for code in ("ls", "ls -l ", "my_alias", "sudo ls"):
        reply = inspect(one, code)
        assert re.search(
            r"\n\nNAME\n +ls - list directory contents\n\nSYNOPSIS\n +ls \[OPTION\]", reply.data["text/plain"]
        )
        assert "<b>NAME</b>\n       ls - list directory contents" in reply.data["text/html"]
        assert len(reply.data["text/plain"]) < 1000


@pytest.mark.needs("man")
def test_with_more_detail_the_manual_page_is_told(one: Shell) -> None:
    data = inspect(one, "ls", detail=1).data
    assert "\x08" not in data["text/plain"]
    assert "\x1b" not in data["text/plain"]
    assert all(len(line) <= 81 for line in data["text/plain"].split("\n"))
    for text in ("-A, --almost-all", "SEE ALSO"):
        assert text in data["text/plain"]
    assert "<b>-A</b>, <b>--almost-all</b>" in data["text/html"]
    assert data["text/html"].count("<b>") == data["text/html"].count("</b>")


@pytest.mark.needs("man")
def test_an_option_is_told_from_the_page(one: Shell) -> None:
    expected = "       -A, --almost-all\n              do not list implied . and .."
    for code in ("ls --almost-all", "ls -A"):
        assert inspect(one, code) == InspectReply(found=True, data={"text/plain": expected})


@pytest.mark.needs("man")
def test_a_page_is_not_longer_than_may_be(one: Shell) -> None:
    data = inspect(one, "bash", detail=1).data
    assert 90_000 < len(data["text/plain"]) < 101_000
    assert len(data["text/html"]) < 101_000
    assert data["text/html"].count("<b>") == data["text/html"].count("</b>")


@pytest.mark.needs("man", "git")
def test_a_subcommand_has_a_page_of_its_own(one: Shell) -> None:
    for code in ("git commit", "git -v commit"):
        assert "git-commit - Record changes" in inspect(one, code).data["text/plain"]
    assert "--amend" in inspect(one, "git commit --amend").data["text/plain"].split("\n")[0]


def test_without_man_the_shell_is_enough(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert inspect(shell, "ls").data["text/plain"].split("\n")[0].endswith("/ls")
    assert list(inspect(shell, "ls", detail=1).data) == ["text/plain"]


def test_while_a_cell_runs_what_was_known_is_told(shell: Shell) -> None:
    shell.kernel.snapshot_after = 0  # the snapshot is taken here
    shell.run(_SET_UP)
    shell.run("mkfifo gate")
    shell.do(shell.kernel.snapshot())

    async def busy() -> list[str]:
        cell = asyncio.ensure_future(shell.cell("read <gate"))
        await seen_soon(lambda: shell.kernel.idle_repl is None, every=0)
        found = []
        for code in ("my_func", "$number", "nothing_alias", "mktemp", "no_such"):
            reply = await shell.kernel.do_inspect(InspectRequest(code, len(code)), Recorder(0, None))  # type: ignore[arg-type]
            found.append(reply.data.get("text/plain", "").split("\n")[0])
        assert not cell.done()
        Path(f"{shell.kernel.cwd}/gate").write_text("go\n")
        await cell
        return found

    *known, program, nothing = shell.do(busy())
    assert known == ["my_func () ", 'declare -ir number="5"', "alias nothing_alias='no_such_program'"]
    assert re.fullmatch("mktemp is /.*/mktemp", program)
    assert nothing == ""


def test_what_man_writes_of_pages_that_were_left_out_is_no_page() -> None:
    assert page("This system has been minimized by removing packages and content.\n") == ("", "")


def test_overstrikes_become_tags() -> None:
    found = page("N\x08NA\x08AM\x08ME\x08E\n  _\x08a_\x08_b <x> \x1b[1mc\x1b[0m\n")
    assert found == ("NAME\n  a_b <x> c", "<b>NAME</b>\n  <u>a_</u>b &lt;x&gt; c")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("git -v commit --am", Subject("--am", command="git", subcommand="commit")),
        ("git", Subject("git")),
        ("git ", Subject("git")),
        ("git com", Subject("com", command="git", subcommand="com")),
        ("echo $x", Subject("x", variable=True)),
        ("cat <f", None),
    ],
)
def test_what_is_asked_about(code: str, expected: Subject | None) -> None:
    assert subject(code, len(code)) == expected
