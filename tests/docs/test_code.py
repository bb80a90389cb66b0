"""The Python in the documentation runs: the blocks of a page one after the other, in one namespace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sdk.testing import KernelProcess
from tests.docs.pages import PAGES, ROOT, blocks, name

WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name)
def test_python_blocks_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # examples are named by their module
    namespace: dict[str, object] = {"__name__": "docs"}
    for block in blocks(page, "python"):
        code = "\n" * (block.line - 1) + block.text
        exec(compile(code, name(page), "exec", dont_inherit=True), namespace)


def test_python_blocks_that_do_not_run_are_python() -> None:
    for page in PAGES:
        for block in blocks(page, "python no-run"):
            compile(block.text, name(page), "exec", dont_inherit=True)


@pytest.fixture
def shout(tmp_path: Path) -> Path:
    """The kernel of the README, as a file."""
    (block,) = blocks(ROOT / "README.md", "python")
    file = tmp_path / "shout.py"
    file.write_text(block.text)
    return file


def test_the_kernel_of_the_readme_is_short(shout: Path) -> None:
    assert len([line for line in shout.read_text().splitlines() if line]) <= 20


def test_the_kernel_of_the_readme_keeps_to_the_protocol(shout: Path) -> None:
    command = [sys.executable, "-m", "sdk", "check", str(shout)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False, cwd=shout.parent)
    assert (done.returncode, "failed" in done.stdout) == (0, False), done.stdout + done.stderr


def test_the_kernel_of_the_readme_says_what_it_shows(shout: Path) -> None:
    with KernelProcess([sys.executable, str(shout), "-f", "{connection_file}"]) as kernel, kernel.client() as client:
        exchange = client.execute("hello")
        assert (exchange.status, exchange.text(), exchange.result) == (
            "ok",
            "you said something\n",
            {"text/plain": "HELLO"},
        )
        assert client.execute("fail").status == "error"
