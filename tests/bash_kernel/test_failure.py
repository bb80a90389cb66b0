"""What is said of a cell that fails: cell, line, command, and what the status means."""

from __future__ import annotations

import pytest

from bash_kernel import failure
from sdk.errors import ExecutionError
from sdk.protocol.shell import ExecuteRequest
from tests.bash_kernel.conftest import Recorder, Shell
from tests.colours import plain


def traceback(shell: Shell, code: str) -> list[str]:
    """The lines of the error that `code` ends with, as cell 7."""
    with pytest.raises(ExecutionError) as raised:
        shell.do(shell.kernel.do_execute(ExecuteRequest(code), Recorder(7, None)))  # type: ignore[arg-type]
    return [plain(line) for line in raised.value.traceback]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("echo hi\n\nfalse", ["In[7], line 3: status 1", "----> 3 false"]),
        ("true; ls / | grep  x; true | \\\n grep  y\n", ["In[7], line 2: status 1", "      1 true | \\"]),
        ("(exit 7)", ["In[7], line 1: status 7", "----> 1 (exit 7)"]),
        ("true && true\ntrue && (exit 7)", ["In[7], line 2: status 7", "----> 2 true && (exit 7)"]),
        ("no-such-program -x 2>/dev/null", ["In[7], line 1: status 127: command not found: no-such-program"]),
        (">f; ./f", ["In[7], line 1: status 126: cannot be executed: ./f"]),
        ("sh -c 'kill -SEGV $$'", ["In[7], line 1: status 139: SIGSEGV, Segmentation fault"]),
        ("cat <<E\n;\nE\nfalse", ["In[7], line 4: status 1", "----> 4 false"]),
        (
            "for x in a b; do\n  echo $x\n  [ $x   =  c ] >&2\ndone",
            [
                "In[7], line 3: status 1",
                "      1 for x in a b; do",
                "      2   echo $x",
                "----> 3   [ $x   =  c ] >&2",
                "      4 done",
            ],
        ),
        (
            "check() { grep -q $1 /etc/hostname; }\ncheck nowhere",
            ["In[7], line 2: status 1", "----> 2 check nowhere", "last command: grep -q $1 /etc/hostname"],
        ),
        ("true\nif true; then\n  return 3\nfi\ntrue", ["In[7], line 3: status 3"]),
        ("shopt -s expand_aliases; alias no='false x'\nno", ["In[7], line 2: status 1", "----> 2 no"]),
    ],
)
def test_the_error_names_cell_line_and_command(shell: Shell, code: str, lines: list[str]) -> None:
    assert traceback(shell, code)[: len(lines)] == lines


def test_where_bash_itself_cannot_tell_nothing_is_said(shell: Shell) -> None:
    assert traceback(shell, "echo 'x") == ["In[7]: status 2"]
    assert traceback(shell, "if [[ $1 ]]; then return; fi; if [[ ! $1 ]]; then return 4; fi") == ["In[7]: status 4"]


def test_a_subshell_is_not_taken_for_the_command_before_it(shell: Shell) -> None:
    assert traceback(shell, "f() { ls /nowhere; }\nf || (exit 3)") == [
        "In[7], line 2: status 3",
        "----> 2 f || (exit 3)",
    ]


def test_the_user_sees_no_trace_of_it(shell: Shell) -> None:
    shell.run("false")
    assert shell.run("trap -p; echo $-; set -o | grep -c ' on$'").text.startswith("trap -- ")  # our EXIT trap
    assert "ERR" not in shell.run("trap -p").text
    assert "DEBUG" not in shell.run("trap -p").text
    assert shell.run("set -v; true").text == ""
    assert shell.run("false").text == "false\n"
    assert shell.run("set +v; set -x").text == "set +v; set -x\n"
    assert shell.run("false").text == "++ false\n"


def test_the_next_cell_begins_anew(shell: Shell) -> None:
    assert traceback(shell, "ls /nowhere")[0] == "In[7], line 1: status 2"
    shell.run("true")
    assert traceback(shell, "return 2") == ["In[7], line 1: status 2", "----> 1 return 2"]


def test_long_lines_and_long_loops_are_cut(shell: Shell) -> None:
    body = "".join(f"  echo {number} >/dev/null\n" for number in range(100))
    lines = traceback(shell, f"for x in 1; do\n{body}  test {'y' * 1000} = z\ndone")
    assert lines[0] == "In[7], line 102: status 1"
    assert [line[:9] for line in lines[1:]] == ["      100", "      101", "----> 102", "      103"]
    assert max(map(len, lines)) < 200


def test_signals_have_names() -> None:
    assert (failure.signal_of(137), failure.signal_of(1)) == ("SIGKILL", "")


# -- set -e ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (
            "set -e\ntrue || false\nls /nowhere | grep x\necho no",
            ["In[7], line 3: bash ended with status 1", "----> 3 ls /nowhere | grep x"],
        ),
        ("set -e\nf() { false; }\ng() {\n  f\n}\ng", ["In[7], line 6: bash ended with status 1", "----> 6 g"]),
        ("set -e; (exit 4)", ["In[7], line 1: bash ended with status 4", "----> 1 (exit 4)"]),
        (
            "set -euo pipefail\nfor x in 1; do\n  false | cat\ndone",
            [
                "In[7], line 3: bash ended with status 1",
                "      2 for x in 1; do",
                "----> 3   false | cat",
                "      4 done",
            ],
        ),
        (
            "printf '\\n\\n\\nfalse\\n' >lib\nset -e\n. ./lib",
            ["In[7], line 3: bash ended with status 1", "----> 3 . ./lib", "last command: false"],
        ),
        ("f() { exit 3; }\n\nf", ["In[7], line 3: bash ended with status 3", "----> 3 f"]),
    ],
)
def test_a_shell_that_a_failure_ends_says_where(shell: Shell, code: str, lines: list[str]) -> None:
    assert traceback(shell, code) == lines


def test_errexit_of_a_cell_before_counts(shell: Shell) -> None:
    shell.run("set -e")
    assert traceback(shell, "true\nfalse")[0] == "In[7], line 2: bash ended with status 1"
    assert traceback(shell, "true\n\nfalse")[0] == "In[7], line 3: bash ended with status 1"
    shell.run("set +e")
    assert traceback(shell, "true\nfalse")[0] == "In[7], line 2: status 1"


def test_the_users_err_trap_stays_their_own(shell: Shell) -> None:
    shell.run("set -e; trap 'echo mine' ERR")
    assert shell.run("trap -p ERR").text == "trap -- 'echo mine' ERR\n"
    assert shell.run("false").text == "mine\n"
    assert shell.run("trap -p ERR; trap - ERR; set +e").text == "trap -- 'echo mine' ERR\n"
    shell.run("set +e")
    assert shell.run("set -e; :").error is None
    shell.run("set +e; trap 'echo again' ERR")
    assert shell.run("false").text == "again\n"


def test_nothing_of_the_watch_is_left_behind(shell: Shell) -> None:
    shell.run("set -e")
    shell.run("set +e")
    assert shell.run("trap -p ERR").text == ""
    assert shell.run("set -ex; :").text == "++ :\n"
    assert shell.run("true").text == "++ true\n"
    assert shell.run("false").text == "++ false\n"


@pytest.mark.parametrize(
    "cell", ["IFS=/dnul", "set -o posix", "shopt -s failglob nullglob extglob", "set -uf", "set -C"]
)
def test_how_words_are_split_makes_no_difference(shell: Shell, cell: str) -> None:
    shell.run(cell)
    assert traceback(shell, "true\nls '/x *' 2>/dev/null | grep '[z]'")[0] == "In[7], line 2: status 1"
    assert traceback(shell, "false '*' ']' '\"' '$(no)'") == [
        "In[7], line 1: status 1",
        "----> 1 false '*' ']' '\"' '$(no)'",
    ]
    assert shell.run("true").text == ""


def test_an_open_quote_is_told_where_it_begins(shell: Shell) -> None:
    for quote in "'\"":
        assert f"In[{shell.count + 1}]: line 2: unexpected EOF" in shell.run(f"true\necho {quote}x\n\n").text
