"""`jupyter console` on a real terminal, typed at as a user does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from tests.frontends.console import Console, console
from tests.frontends.programs import LIMIT

CODE: Mapping[str, Mapping[str, str]] = {
    "ipython": {
        "six": "print(3 + 3)",
        "wait": "import time; print('start' + 'ed'); time.sleep(600)",
        "ask": "name = input('Wh' + 'o? '); print('hello, ' + name)",
        "secret": "from getpass import getpass; print(len(getpass('Wo' + 'rd: ')))",
        "keep": "kept = 'is ' + 'kept'",
        "kept": "print(kept)",
        "other": "print(other.upper())",
        "set other": "other = 'from the second'",
    },
    "bash": {
        "six": "echo $((3 + 3))",
        "wait": "echo start''ed; sleep 600",
        "ask": "read -r -p 'Wh'o'? ' name; echo hello, $name",
        "secret": "read -rs -p 'Wo'rd': ' word; echo ${#word}",
        "keep": "kept='is '''kept",
        "kept": "echo $kept",
        "other": "echo ${other^^}",
        "set other": "other='from the second'",
    },
}
LOOP = {"ipython": ("for i in range(2):", "print('item', i)"), "bash": ("for i in 0 1; do", "echo item $i; done")}

pytestmark = pytest.mark.parametrize("kernel", ["ipython", "bash"], ids=["python", "bash"])


@pytest.fixture
def first(kernel: str, environment: dict[str, str], folder: Path) -> Iterator[Console]:
    """A console at its first prompt."""
    with console(environment, folder, ["--kernel", kernel]) as one:
        one.prompt(1)
        yield one


@pytest.fixture
def code(kernel: str) -> Mapping[str, str]:
    """The same in either language."""
    return CODE[kernel]


def test_a_line_is_run(first: Console, code: Mapping[str, str]) -> None:
    first.line(code["six"])
    first.shows(r"\n6\n")
    first.prompt(2)


def test_a_command_of_many_lines_is_asked_for_to_its_end(first: Console, kernel: str) -> None:
    begin, rest = LOOP[kernel]
    first.line(begin)
    first.shows(r"\.\.\.: ")
    first.line(rest)
    if kernel == "ipython":  # only an empty line tells Python that the block has ended
        first.shows(r"\.\.\.: ")
        first.line("")
    first.shows(r"\nitem 0\nitem 1\n")
    first.prompt(2)


def test_tab_completes(first: Console, kernel: str) -> None:
    first.line("longest_name=1")
    first.prompt(2)
    first.type("longest_n\t" if kernel == "ipython" else "echo $longest_n\t")
    first.shows("longest_name")
    first.line(" + 41" if kernel == "ipython" else "'41'")
    first.shows(r"\n(Out\[2\]: 42|141)\n")
    first.prompt(3)


def test_ctrl_c_ends_the_cell_and_not_the_kernel(first: Console, code: Mapping[str, str]) -> None:
    first.line(code["keep"])
    first.prompt(2)
    first.line(code["wait"])
    first.shows(r"\nstarted\n")
    first.type("\x03")
    first.shows("KeyboardInterrupt|interrupted")
    first.prompt(3)
    first.line(code["kept"])
    first.shows(r"\nis kept\n")


def test_a_cell_asks_and_is_answered(first: Console, code: Mapping[str, str]) -> None:
    first.line(code["ask"])
    first.shows(r"\nWho\? ")
    first.line("Ada")
    first.shows(r"\nhello, Ada\n")
    first.prompt(2)


def test_a_password_is_not_echoed(first: Console, code: Mapping[str, str]) -> None:
    first.line(code["secret"])
    first.shows(r"\nWord: ")
    first.line("xyzzy")
    assert "xyzzy" not in first.shows(r"[^$]*\n5\n").group()
    first.prompt(2)


def test_ctrl_d_ends_the_console_and_its_kernel(first: Console, code: Mapping[str, str]) -> None:
    first.line(code["six"])
    first.prompt(2)
    kernel = first.kernel()
    assert kernel.is_running()
    first.type("\x04")
    first.shows(r"Do you really want to exit")
    first.line("y")
    assert first.ends() == 0
    kernel.wait(LIMIT)


def test_a_second_console_shares_the_kernel(
    first: Console, code: Mapping[str, str], environment: dict[str, str], folder: Path
) -> None:
    first.line(code["keep"])
    first.prompt(2)
    kernel = first.kernel()
    with console(environment, folder, ["--existing", _connection_file(kernel)]) as second:
        second.prompt(1)
        second.line(code["kept"])
        second.shows(r"\nis kept\n")
        second.prompt(3)
        second.line(code["set other"])
        second.prompt(4)
        second.type("\x04")
        second.shows(r"keep kernel|really want to exit")
        second.line("y")
        assert second.ends() == 0
    assert kernel.is_running()
    first.line(code["other"])
    first.shows(r"\nFROM THE SECOND\n")


def _connection_file(kernel: psutil.Process) -> str:
    arguments = kernel.cmdline()
    return arguments[arguments.index("-f") + 1]
