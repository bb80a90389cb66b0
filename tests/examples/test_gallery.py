"""The gallery notebook does what it shows: its outputs are of the kinds that are stored in it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

GALLERY = Path(__file__).parents[2] / "examples" / "bash-gallery.ipynb"
LARGEST = 40_000  # bytes, so that it can be read


@pytest.fixture
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook, run by a kernel that was installed a moment before."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    command = [sys.executable, "-m", "sdk", "install", "bash", "--prefix", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=os.environ)
    notebook = nbformat.read(GALLERY, 4)
    folder = {"metadata": {"path": str(tmp_path)}}
    return NotebookClient(notebook, timeout=60, coalesce_streams=True, resources=folder).execute()


def kinds(notebook: Any) -> list[list[Any]]:
    """For each cell the kinds of its outputs: streams, MIME types, errors."""

    def kind(output: Any) -> Any:
        if output["output_type"] == "stream":
            return output["name"]
        return output["ename"] if output["output_type"] == "error" else sorted(output["data"])

    return [[kind(output) for output in cell["outputs"]] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_its_outputs_are_of_the_kinds_that_it_shows(executed: Any) -> None:
    stored = json.loads(GALLERY.read_text(encoding="utf-8"))
    assert kinds(executed) == kinds(stored)
    found = {
        mime: data
        for cell in executed.cells
        for out in cell.get("outputs", ())
        for mime, data in out.get("data", {}).items()
    }
    assert base64.b64decode(found["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert found["image/svg+xml"].count("<rect ") == 8
    assert found["application/json"]
    assert "| --- |" in found["text/markdown"]
    assert "100 %" in found["text/html"]
    assert "hello, whoever" in json.dumps(executed).lower()
    assert "In[11], line 3: status 1" in json.dumps(executed)


def test_it_is_small_and_names_its_kernel() -> None:
    notebook = nbformat.read(GALLERY, 4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "bash"
    assert GALLERY.stat().st_size < LARGEST
    assert max(len(line) for cell in notebook.cells for line in cell.source.splitlines()) <= 120
