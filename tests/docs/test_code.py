"""The Python in the documentation runs: the blocks of a page one after the other, in one namespace."""

from __future__ import annotations

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


def test_the_kernel_of_the_readme_is_a_whole_kernel(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "README.md", "python")
    file = tmp_path / "shout.py"
    file.write_text(block.text)
    with KernelProcess([sys.executable, str(file), "-f", "{connection_file}"]) as kernel, kernel.client() as client:
        exchange = client.execute("hello")
        assert (exchange.status, exchange.text(), exchange.result) == (
            "ok",
            "you said something\n",
            {"text/plain": "HELLO"},
        )
        assert client.execute("fail").status == "error"
    assert len(block.text.splitlines()) <= 24
