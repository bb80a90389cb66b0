"""`set -x` and `set -v` show the user's commands, and nothing of ours."""

from __future__ import annotations

import pytest

from tests.bash_kernel.conftest import Shell

CELLS = [
    ("echo one", "++ echo one\none\n", "echo one\n"),
    ("echo $?", "++ echo 7\n7\n", "echo $?\n"),
    ("no-such-command", "++ no-such-command\nIn[5]: line 1: no-such-command: command not found\n", "no-such-command\n"),
    ("trap 'x=1' DEBUG", "++ trap x=1 DEBUG\n", "trap 'x=1' DEBUG\n"),
    ("trap - DEBUG", None, None),
    ("f() { return 3; }; f; return 4", "++ f\n++ return 3\n++ return 4\n", "f() { return 3; }; f; return 4\n"),
    ("read -p 'q? ' x", "++ read -p 'q? ' x\n", "read -p 'q? ' x\n"),
    ("", "", ""),
    ("# nothing", "", "# nothing\n"),
    ("cat <<E\nhi\nE", "++ cat\nhi\n", "cat <<E\nhi\nE\n"),
]
OURS = ("__k_", "builtin", "records", "repl-", "In[")


@pytest.mark.parametrize("ps4", ["+ ", "+ ${BASH_SOURCE##*/}:$LINENO "])
def test_a_trace_shows_the_cells_commands_alone(shell: Shell, ps4: str) -> None:
    shell.run(f"PS4='{ps4}'; set -x")
    for code, traced, _ in CELLS:
        if code == "echo $?":
            shell.run("(exit 7)")
        text = shell.run(code, ["answer"]).text
        if ps4 == "+ " and traced is not None:
            assert text == traced
        for word in OURS[:-1]:
            assert word not in text
    assert shell.run("set +x").text.endswith("set +x\n")
    assert shell.run("echo off; echo $-").text.startswith("off\n")


def test_verbose_shows_the_cells_lines_alone(shell: Shell) -> None:
    shell.run("set -v")
    shell.run("echo before; set -x")
    for code, _, shown in CELLS:
        text = shell.run(code, ["answer"]).text
        assert shown is None or text.startswith(shown)
        for word in OURS[:-1]:
            assert word not in text


def test_an_error_names_the_users_line_alone(shell: Shell) -> None:
    shell.run("set -x")
    text = shell.run("&& echo x").text
    assert "line 1: syntax error near unexpected token `&&'" in text
    assert "`&& echo x'" in text
    assert shell.run("echo on").text == "++ echo on\non\n"


def test_tracing_goes_on_after_an_interrupt_and_a_question(shell: Shell) -> None:
    shell.run("set -x")
    cell = shell.interrupted("echo go; sleep 30; echo no", lambda said: "\ngo\n" in said.text())
    assert cell.error == ("KeyboardInterrupt", "")
    assert shell.run("echo on").text == "++ echo on\non\n"
    shell.complete("echo $HOM")
    assert shell.run("echo on").text == "++ echo on\non\n"


def test_tracing_under_set_e(shell: Shell) -> None:
    shell.run("false")
    shell.run("set -ex")
    shell.run("false || true")
    assert shell.run("echo $?").error is None


def test_a_display_shows_nothing_of_its_own(shell: Shell) -> None:
    shell.run("echo '<b>' >page; set -x")
    assert shell.run("display text/html <page").text == "++ display text/html\n"
    assert shell.run("echo on").text == "++ echo on\non\n"
