"""A cell that writes very much shows its head and its tail, if that is wished; a file has all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.testing import Client
from tests.python_kernel.conftest import ARGV, kernel_process


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("limited")
    argv = [*ARGV, "--PythonKernel.output_limit=1000"]
    with kernel_process(folder, argv=argv, env={"TMPDIR": str(folder)}) as process, process.client() as client:
        yield client


@pytest.mark.parametrize("write", ["print(text, end='')", "import os; os.write(1, text.encode());"])
def test_the_head_and_the_tail_are_shown_and_all_is_in_a_file(limited: Client, write: str) -> None:
    exchange = limited.execute(f"text = ''.join(f'{{n:9}}\\n' for n in range(10_000))\n{write}")
    text = "".join(f"{n:9}\n" for n in range(10_000))
    assert exchange.text() == text[:500] + text[-500:]
    notice = re.search(r"(\d+) characters are not shown .* all (\d+) are in (\S+)]", exchange.text("stderr"))
    assert notice is not None
    assert (int(notice[1]), int(notice[2])) == (len(text) - 1000, len(text))
    assert Path(notice[3]).read_text() == text


def test_what_just_fits_is_shown_as_it_is(limited: Client) -> None:
    exchange = limited.execute("for n in range(100): print(f'{n:9}')")
    assert exchange.text() == "".join(f"{n:9}\n" for n in range(100))
    assert exchange.text("stderr") == ""
