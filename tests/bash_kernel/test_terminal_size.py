"""The terminal's size: as configured, and as a request asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bash_kernel.conftest import Shell

LOOK = "stty size; echo $LINES $COLUMNS"


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Shell]:
    made = Shell()
    made.kernel.bashrc = False
    made.kernel.cwd = str(tmp_path)
    made.kernel.rows, made.kernel.columns = 50, 132
    try:
        yield made
    finally:
        made.close()


def test_it_is_24_by_80(shell: Shell) -> None:
    assert shell.run("stty size").text == "24 80\n"


def test_it_is_what_is_configured(large: Shell) -> None:
    large.run(":")
    assert large.run(LOOK).text == "50 132\n50 132\n"


def test_a_request_changes_it_and_it_stays(shell: Shell) -> None:
    shell.metadata = {"terminal": {"rows": 30, "columns": 100}}
    shell.run("trap 'echo changed' WINCH; :")
    shell.metadata = {"terminal": {"rows": 31, "columns": 101}}
    assert shell.run(LOOK).text == "changed\n31 101\n31 101\n"
    shell.metadata = {}
    assert shell.run(LOOK).text == "31 101\n31 101\n"
    shell.run("kill -9 $$")
    assert shell.run("stty size").text == "31 101\n"


@pytest.mark.parametrize(
    "wish",
    [None, [], {}, {"rows": 3}, {"rows": 0, "columns": 5}, {"rows": "3", "columns": 5}, {"rows": True, "columns": 5},
     {"rows": 70_000, "columns": 5}],
)  # fmt: skip
def test_what_is_no_size_is_ignored(shell: Shell, wish: object) -> None:
    shell.metadata = {"terminal": wish}
    assert shell.run("stty size").text == "24 80\n"
