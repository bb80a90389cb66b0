"""Runs a gallery notebook with a kernel that was installed a moment before, and compares what came."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "examples"


def executed(gallery: Path, kernel: str, folder: Path, **options: Any) -> Any:
    """The notebook, run in `folder`, where the kernel is installed too. JUPYTER_PATH names `folder`/share/jupyter."""
    command = [sys.executable, "-m", "sdk", "install", kernel, "--prefix", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=os.environ)
    notebook = nbformat.read(gallery, 4)
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=60, coalesce_streams=True, resources=resources, **options).execute()


def kinds(notebook: Any) -> list[list[Any]]:
    """For each cell the kinds of its outputs: streams, MIME types, errors."""

    def kind(output: Any) -> Any:
        if output["output_type"] == "stream":
            return output["name"]
        return output["ename"] if output["output_type"] == "error" else sorted(output["data"])

    return [[kind(output) for output in cell["outputs"]] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def check_document(gallery: Path, kernel: str, largest: int) -> None:
    """It is valid, names its kernel, is no larger than `largest` bytes, and its lines are not too long."""
    notebook = nbformat.read(gallery, 4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == kernel
    assert gallery.stat().st_size < largest
    assert max(len(line) for cell in notebook.cells for line in cell.source.splitlines()) <= 120
