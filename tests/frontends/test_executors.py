"""Programs that run notebooks and scripts without anybody watching."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.frontends.programs import PYTHON, run

NAMES = {"bash": "bash", "python": "ipython"}
HELLO = {"bash": "name=world; echo hello $name", "python": "name = 'world'\nprint('hello', name)"}
LATER = {"bash": "echo again $name >&2", "python": "name.upper()"}
FAIL = {"bash": "echo before; false", "python": "print('before'); 1/0"}

both = pytest.mark.parametrize("kernel", ["bash", "python"])


def notebook(kernel: str, sources: Sequence[str]) -> nbformat.NotebookNode:
    """A notebook of these cells for a kernel of ours."""
    node = nbformat.v4.new_notebook()
    node.metadata.kernelspec = {"name": NAMES[kernel], "display_name": kernel, "language": kernel}
    node.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return node


def texts(node: Mapping[str, Any]) -> list[str]:
    """What each cell shows, as text."""
    return [
        "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell["outputs"])
        for cell in node["cells"]
    ]


EXPECTED = {"bash": ["hello world\n", "again world\n"], "python": ["hello world\n", "'WORLD'"]}


@both
def test_nbclient(kernel: str, environment: dict[str, str], folder: Path) -> None:
    node = notebook(kernel, [HELLO[kernel], LATER[kernel]])
    NotebookClient(node, timeout=30, resources={"metadata": {"path": str(folder)}}).execute()
    assert texts(node) == EXPECTED[kernel]
    assert [cell.execution_count for cell in node.cells] == [1, 2]


@both
def test_nbclient_stops_at_a_failing_cell(kernel: str, environment: dict[str, str], folder: Path) -> None:
    node = notebook(kernel, [FAIL[kernel], HELLO[kernel]])
    with pytest.raises(CellExecutionError):
        NotebookClient(node, timeout=30, resources={"metadata": {"path": str(folder)}}).execute()
    assert [output.output_type for output in node.cells[0].outputs] == ["stream", "error"]
    assert node.cells[1].outputs == []


@both
def test_nbconvert_executes(kernel: str, environment: dict[str, str], folder: Path) -> None:
    nbformat.write(notebook(kernel, [HELLO[kernel], LATER[kernel]]), folder / "in.ipynb")
    argv = [PYTHON, "-m", "nbconvert", "--execute", "--to", "notebook", "--output", "out.ipynb", "in.ipynb"]
    run(argv, environment, cwd=folder, limit=60)
    assert _joined(folder / "out.ipynb") == EXPECTED[kernel]


def _joined(path: Path) -> list[str]:
    return texts(nbformat.read(path, as_version=4))


@both
def test_jupyter_execute(kernel: str, environment: dict[str, str], folder: Path) -> None:
    nbformat.write(notebook(kernel, [HELLO[kernel], LATER[kernel]]), folder / "in.ipynb")
    run(["jupyter", "execute", "--inplace", "in.ipynb"], environment, cwd=folder, limit=60)
    assert _joined(folder / "in.ipynb") == EXPECTED[kernel]


@both
def test_jupyter_run(kernel: str, environment: dict[str, str], folder: Path) -> None:
    (folder / "script").write_text(HELLO[kernel])
    done = run(["jupyter", "run", "--kernel", NAMES[kernel], "script"], environment, cwd=folder, limit=60)
    assert "hello world" in done.stdout


def test_papermill_gives_parameters(environment: dict[str, str], folder: Path) -> None:
    node = notebook("python", ["x = 1", "x + 1"])
    node.cells[0].metadata.tags = ["parameters"]
    nbformat.write(node, folder / "in.ipynb")
    argv = [PYTHON, "-m", "papermill", "in.ipynb", "out.ipynb", "-p", "x", "41", "--no-progress-bar"]
    run(argv, environment, cwd=folder, limit=60)
    assert _joined(folder / "out.ipynb")[-1] == "42"


def test_jupyter_lists_what_was_installed(environment: dict[str, str], folder: Path) -> None:
    specs = json.loads(run(["jupyter", "kernelspec", "list", "--json"], environment, cwd=folder).stdout)["kernelspecs"]
    assert {"bash", "echo", "ipython"} <= set(specs)
    assert specs["bash"]["spec"]["metadata"]["supported_encryption"] == ["curve"]
