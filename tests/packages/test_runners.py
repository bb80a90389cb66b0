"""Programs that run notebooks have our kernel do what ipykernel does: papermill, testbook, and nbclient in both."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.packages.case import TIMES
from tests.packages.environment import REAL, STATES, variables
from tests.packages.messages import Normal, Seen, difference

LIMIT = 120  # seconds for a notebook

CELLS = [
    "number = 3",
    "from tqdm.auto import tqdm\nfor n in tqdm(range(number), mininterval=0): pass",
    "import pandas as pd\npd.DataFrame({'n': range(number)})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nprint('printed')",
    "print('done')",
    "import sys\nprint('to stderr', file=sys.stderr)",
]
CHANGING = [*TIMES, (r"IPY_MODEL_[0-9a-f]{32}", "MODEL")]

Run = Callable[[str, str, Sequence[str]], nbformat.NotebookNode]


@pytest.fixture
def run(environment: Path, tmp_path: Path) -> Run:
    """Run a notebook by a script, which gets its path and that of the result, on a kernel."""

    def run_it(kernel: str, script: str, sources: Sequence[str]) -> nbformat.NotebookNode:
        folder = tmp_path / kernel
        folder.mkdir()
        cells = [new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
        cells[0].metadata["tags"] = ["parameters"]
        kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), folder / "in.ipynb")
        env = {**variables(environment, folder), "JUPYTER_PATH": str(environment / "jupyter")}
        python = environment / ("absent" if kernel == "absent" else "beside") / "bin" / "python"
        done = subprocess.run(
            [str(python), "-c", script, "in.ipynb", "out.ipynb"],
            cwd=folder,
            env=env,
            text=True,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return nbformat.read(folder / "out.ipynb", as_version=4)

    return run_it


def outputs(result: nbformat.NotebookNode) -> list[Seen]:
    """The cells' outputs and the state of the widgets, comparable."""
    found: list[Seen] = []
    for n, cell in enumerate(result.cells):
        found += [Seen(n, one.output_type, json.loads(json.dumps(one))) for one in cell.get("outputs", ())]
    widgets: Mapping[str, Any] = result.metadata.get("widgets", {})
    states = widgets.get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    found += [Seen(len(result.cells), "widget", one) for one in _sorted(json.loads(json.dumps(list(states.values()))))]
    return Normal({}, CHANGING)([one._replace(content=_as_content(one.content)) for one in found])


def _sorted(states: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Widgets are written down in the order of their ids, which says nothing."""
    return sorted(states, key=lambda one: (one["model_name"], str(one["state"].get("value"))))


def _as_content(output: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "".join(value) if name == "text" else value for name, value in output.items()}


PAPERMILL = """
import sys, papermill
papermill.execute_notebook(*sys.argv[1:], parameters={"number": 4}, progress_bar=False)
"""

TESTBOOK = """
import sys, nbformat
from testbook import testbook
kernel = nbformat.read(sys.argv[1], as_version=4).metadata.kernelspec.name
with testbook(sys.argv[1], execute=True, kernel_name=kernel) as book:
    assert book.ref("number") == 3
    assert book.value("number + 1") == 4
    book.inject("number = 5")
    assert book.ref("number") == 5
    assert book.cell_output_text(4) == "done"
    frame = book.ref("pd")
    assert frame.DataFrame({"n": [1]}).shape.resolve() == [1, 1]
    nbformat.write(book.nb, sys.argv[2])
"""


@pytest.mark.timeout(900)  # the first makes the environments
@pytest.mark.parametrize("script", [PAPERMILL, TESTBOOK], ids=["papermill", "testbook"])
def test_a_notebook_is_run_alike(run: Run, script: str) -> None:
    theirs = outputs(run(REAL, script, CELLS))
    kinds = {(one.msg_type, *sorted(one.content.get("data", ()))) for one in theirs}
    assert {("execute_result", "text/html", "text/plain"), ("display_data", "image/png", "text/plain")} <= kinds
    assert ("display_data", "application/vnd.jupyter.widget-view+json", "text/plain") in kinds
    for state in STATES:
        said = difference(theirs, outputs(run(state, script, CELLS)))
        assert not said, f"{state}: {said}"


@pytest.mark.timeout(900)
def test_a_failing_notebook_is_told_by_papermill(run: Run) -> None:
    script = f"""
import papermill, sys
try:
    {PAPERMILL.strip().splitlines()[1]}
except papermill.PapermillExecutionError as error:
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
else:
    raise SystemExit("it did not fail")
"""
    failing = ["number = 3", "print('before')\nnumber / 0", "print('never')"]
    found = {kernel: outputs(run(kernel, script, failing)) for kernel in (REAL, *STATES)}
    assert [one.msg_type for one in found["absent"] if one.msg_type == "error"] == ["error"]
    assert not difference(found[REAL], found["absent"])
    assert not difference(found[REAL], found["beside"])
