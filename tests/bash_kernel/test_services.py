"""Completion, inspection, is_complete, and displays."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from bash_kernel.words import Kind, place_at
from sdk.protocol.shell import InspectRequest, IsCompleteRequest
from tests.bash_kernel.conftest import Recorder, Shell

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize(
    ("code", "kind", "text", "words"),
    [
        ("ec", Kind.COMMAND, "ec", ["ec"]),
        ("ls -l; ec", Kind.COMMAND, "ec", ["ec"]),
        ("if tr", Kind.COMMAND, "tr", ["tr"]),
        ("for x in a; do tr", Kind.COMMAND, "tr", ["tr"]),
        ("A=1 B=2 git che", Kind.ARGUMENT, "che", ["git", "che"]),
        ("sudo -E apt ins", Kind.ARGUMENT, "ins", ["apt", "ins"]),
        ("echo $HO", Kind.VARIABLE, "HO", []),
        ('echo "${HO', Kind.VARIABLE, "HO", []),
        ("echo '$HO", Kind.ARGUMENT, "$HO", ["echo", "$HO"]),
        ("cat my\\ f", Kind.ARGUMENT, "my f", ["cat", "my f"]),
        ('cat "my f', Kind.ARGUMENT, "my f", ["cat", "my f"]),
        ("cat <fi", Kind.FILE, "fi", []),
        ("cat 2>fi", Kind.FILE, "fi", []),
        ("x=~/fi", Kind.FILE, "~/fi", []),
        ("echo $(whi", Kind.COMMAND, "whi", ["whi"]),
        ('echo "$(ls --al', Kind.ARGUMENT, "--al", ["ls", "--al"]),
        ("echo $(date) b", Kind.ARGUMENT, "b", ["echo", "$(date)", "b"]),
        ("echo `ls -", Kind.ARGUMENT, "-", ["ls", "-"]),
        ("ls # com", Kind.NOTHING, "", []),
        ("ls ", Kind.ARGUMENT, "", ["ls", ""]),
        ("", Kind.COMMAND, "", [""]),
        ("a | b && c || d & e", Kind.COMMAND, "e", ["e"]),
    ],
)
def test_what_is_to_be_completed(code: str, kind: Kind, text: str, words: list[str]) -> None:
    place = place_at(f"{code} and more", len(code))
    assert (place.kind, place.word.text, [word.text for word in place.words]) == (kind, text, words)


@pytest.mark.parametrize(
    ("code", "start", "matches"),
    [
        ("echo $my_v", 6, ["my_var"]),
        ("my_f", 0, ["my_func"]),
        ("ls; my_a", 4, ["my_alias"]),
        ("cat my", 4, ["my\\ file.txt"]),
        ('cat "my', 4, ['"my file.txt"']),
        ("cat 'my", 4, ["'my file.txt'"]),
        ("cat a\\ d", 4, ["a\\ dir/"]),
        ("ls >my", 4, ["my\\ file.txt"]),
        ("./pro", 0, ["./program"]),
        ("cd a", 3, ["a\\ dir/"]),
        ("# my", 4, []),
    ],
)
def test_completion(shell: Shell, code: str, start: int, matches: list[str]) -> None:
    shell.run(
        "my_var=1; my_func() { :; }; alias my_alias=ls; mkdir 'a dir'; touch 'my file.txt' program; chmod +x program"
    )
    for nuisance in ("true", "set -eu; IFS=x", "set -o posix"):
        shell.run(nuisance)
        reply = shell.complete(code)
        assert (list(reply.matches), reply.cursor_start, reply.cursor_end) == (matches, start, len(code))
    assert shell.run("echo $-").text == "ehimuBHs\n"


@pytest.mark.needs("bash-completion", "git")
def test_completion_of_commands_that_have_rules(shell: Shell) -> None:
    shell.run("git init -q; git -c user.name=a -c user.email=b commit -q --allow-empty -m x; alias g=git")
    shell.run("git branch feature-1; git branch feature-2")
    for code in ("git checkout fea", "g checkout fea", "X=1 git checkout fea"):
        assert list(shell.complete(code).matches) == ["feature-1", "feature-2"]
    assert list(shell.complete("ls --alm").matches) == ["--almost-all"]
    assert list(shell.complete("git log --pretty=one").matches) == ["oneline"]
    shell.run("(exit 9)")
    shell.complete("git checkout fea")
    assert shell.run("echo $?").text == "9\n"


def test_completion_while_a_cell_runs_does_not_wait_for_it(shell: Shell) -> None:
    async def busy() -> list[str]:
        cell = asyncio.ensure_future(shell.cell("mkfifo gate; touch a_file; read <gate"))
        recorder = Recorder(0, None)
        while not Path(f"{shell.kernel.cwd}/a_file").exists():
            await asyncio.sleep(0.001)
        from sdk.protocol.shell import CompleteRequest

        found = [
            list((await shell.kernel.do_complete(CompleteRequest(code), recorder)).matches)  # type: ignore[arg-type]
            for code in ("cat a_f", "echo $HO")
        ]
        assert not cell.done()
        Path(f"{shell.kernel.cwd}/gate").write_text("go\n")
        await cell
        return [*found[0], found[1][0]]

    assert shell.do(busy()) == ["a_file", "HOME"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cd", "cd - Change the shell working directory."),
        ("my_func", "my_func () \n{ \n    echo hi\n}"),
        ("$my_var", 'declare -- my_var="1"'),
        ("my_var", 'declare -- my_var="1"'),
        ("my_alias", "alias my_alias='ls'"),
        ("ls", "ls is "),
        ("while", "while - "),
    ],
)
def test_inspection(shell: Shell, name: str, expected: str) -> None:
    shell.run("my_var=1; my_func() { echo hi; }; alias my_alias=ls")
    reply = shell.do(shell.kernel.do_inspect(InspectRequest(f"{name} x", 1), Recorder(0, None)))  # type: ignore[arg-type]
    assert reply.found
    assert expected in reply.data["text/plain"]


def test_inspection_of_nothing(shell: Shell) -> None:
    for code in ("", "no_such_thing_at_all", "   "):
        reply = shell.do(shell.kernel.do_inspect(InspectRequest(code, 1), Recorder(0, None)))  # type: ignore[arg-type]
        assert (reply.found, dict(reply.data)) == (False, {})


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *(
            (code, "incomplete")
            for code in (
                *("if true; then", 'echo "abc', "cat <<EOF\nline", "f() {", "echo a |", "echo a \\", "case x in", "("),
                *("echo $(", "for i in 1 2", "a &&", "[[ a", "x=(1 2", "${x", "`date"),
            )
        ),
        *((code, "invalid") for code in ("if then fi", "fi", "echo )", "done <")),
        *(
            (code, "complete")
            for code in ("echo ok", "x=(1 2)", "", "cat <<EOF\nline\nEOF", "shopt -s extglob; ls !(a)")
        ),
    ],
)
def test_is_complete(shell: Shell, code: str, status: str) -> None:
    recorder = Recorder(0, None)
    reply = shell.do(shell.kernel.do_is_complete(IsCompleteRequest(code), recorder))  # type: ignore[arg-type]
    assert reply.status == status


def test_an_image_stands_between_the_text_around_it(shell: Shell) -> None:
    Path(f"{shell.kernel.cwd}/dot.png").write_bytes(PNG)
    cell = shell.run("echo before; display dot.png; echo after")
    assert cell.recorder.shown == [
        ("stdout", "before\n"),
        ("display", ({"image/png": PNG}, None)),
        ("stdout", "after\n"),
    ]


def test_displays_from_pipes_and_with_ids(shell: Shell) -> None:
    cell = shell.run(
        'for n in 1 2; do echo "<b>$n</b>" | display --id p text/html; done >/dev/null 2>&1\n'
        "echo '{\"a\": 1}' | display application/json; echo x | display --update q text/markdown"
    )
    assert cell.recorder.shown == [
        ("display", ({"text/html": "<b>1</b>\n"}, "p")),
        ("update", ({"text/html": "<b>2</b>\n"}, "p")),
        ("display", ({"application/json": {"a": 1}}, None)),
        ("update", ({"text/markdown": "x\n"}, "q")),
    ]


def test_any_program_can_display(shell: Shell) -> None:
    code = "import os, subprocess; subprocess.run([os.environ['JUPYTER_DISPLAY'], 'text/html'], input=b'<i>hi</i>')"
    cell = shell.run(f'python3 -c "{code}"')
    assert cell.recorder.shown == [("display", ({"text/html": "<i>hi</i>"}, None))]


def test_what_cannot_be_displayed_is_an_error(shell: Shell) -> None:
    cell = shell.run("display nothing.png")
    assert cell.error == ("ExitStatus", "1")
    assert "nothing.png: no such file" in cell.text
    cell = shell.run("echo no json | display application/json; echo on")
    assert cell.text == "display: standard input: line 1, column 1: no JSON: Expecting value\non\n"
