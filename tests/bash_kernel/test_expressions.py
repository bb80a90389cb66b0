"""user_expressions: the value of a command is what it writes."""

from __future__ import annotations

import pytest

from sdk.errors import ExecutionError
from tests.bash_kernel.conftest import Recorder, Shell


def value(shell: Shell, expression: str) -> object:
    return shell.do(shell.kernel.do_user_expression(expression, Recorder(1, None)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("echo $x", "one two"),
        ("echo $((6 * 7))", "42"),
        ("printf 'a\\nb\\n\\n'", "a\nb"),
        ("true", ""),
        ("echo 'it'\\''s'; # not the end", "it's"),
        ("echo $?", "0"),
    ],
)
def test_the_value_is_what_the_command_writes(shell: Shell, expression: str, text: str) -> None:
    shell.run("x='one two'")
    assert value(shell, expression) == {"text/plain": text}


@pytest.mark.parametrize(("expression", "status"), [("false", "1"), ("exit 3", "3"), ("fi", "2"), ("no-such", "127")])
def test_a_command_that_fails_has_no_value(shell: Shell, expression: str, status: str) -> None:
    with pytest.raises(ExecutionError) as raised:
        value(shell, expression)
    assert (raised.value.ename, raised.value.evalue) == ("ExitStatus", status)


def test_nothing_is_changed_by_it(shell: Shell) -> None:
    shell.run("x=1; (exit 7)")
    value(shell, "x=2; cd /; set -x; true")
    assert shell.run("echo $? $x $-").text == "7 1 himBHs\n"
    assert str(shell.kernel.cwd).endswith("/work")
