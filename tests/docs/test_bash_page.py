"""The cells on the page of the bash kernel, run one after the other, do what the page shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sdk.testing import KernelProcess
from tests.colours import plain
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "bash-kernel.md"
ARGV = [sys.executable, "-P", "-m", "bash_kernel", "-f", "{connection_file}", "--no-history"]


def test_the_cells_of_the_page_show_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    shown = []
    with KernelProcess(ARGV, cwd=tmp_path) as kernel, kernel.client() as client:
        expected = []
        for block in blocks(PAGE, "bash", "text", "error"):
            if block.info != "bash":
                expected[-1] = (block.info, block.text)
                continue
            done = client.execute(block.text)
            expected.append(("text", ""))
            error = "".join(f"{plain(line)}\n" for line in done.error.traceback) if done.error is not None else ""
            shown.append(("error", error) if error else ("text", done.text()))
    assert shown == expected
    assert len(shown) >= 4
