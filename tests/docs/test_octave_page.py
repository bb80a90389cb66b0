"""The cells on the page of the Octave kernel, run one after the other, do what the page says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sdk.protocol.iopub import DisplayData
from sdk.testing import KernelProcess
from tests.colours import plain
from tests.conftest import needs
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "octave-kernel.md"
ARGV = [sys.executable, "-P", "-m", "octave_kernel", "-f", "{connection_file}", "--no-history"]


def test_the_cells_of_the_page_show_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("octave", "gnuplot")
    monkeypatch.setenv("HOME", str(tmp_path))
    errors, displayed = [], []
    with KernelProcess(ARGV, cwd=tmp_path) as kernel, kernel.client() as client:
        client.patience = 30
        for block in blocks(PAGE, "octave"):
            done = client.execute(block.text)
            if done.error is not None:
                errors.append("".join(f"{plain(line)}\n" for line in done.error.traceback))
            displayed += [sorted(one.data) for one in done.outputs() if isinstance(one, DisplayData)]
            assert done.text() == ""
    assert errors == [block.text for block in blocks(PAGE, "error")]
    assert displayed == [
        ["image/svg+xml", "text/plain"],
        ["text/html", "text/plain"],
        ["text/markdown"],
        ["text/html"],
    ]
