"""Programs that run notebooks and scripts without a user: nbclient, nbconvert, jupyter run and execute, papermill."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from tests.colours import plain
from tests.frontends.programs import LIMIT, PYTHON, run

pytestmark = pytest.mark.usefixtures("environment")

KERNELS = pytest.mark.parametrize("kernel", ["ipython", "bash"], ids=["python", "bash"])
LANGUAGES = {"ipython": "python", "bash": "bash", "echo": "echo"}
PRINT = {
    "ipython": ["x = 41", "print('x is', x)", "x + 1"],
    "bash": ["x=41", "echo x is $x", "echo $((x + 1))"],
    "echo": ["hello", "shout hello"],
}
FAIL = {"ipython": "1 / 0", "bash": "false", "echo": "error said so"}
ENAME = {"ipython": "ZeroDivisionError", "bash": "ExitStatus", "echo": "EchoError"}


def notebook(kernel: str, sources: Sequence[str]) -> nbformat.NotebookNode:
    """A notebook of this kernel."""
    kernelspec = {"name": kernel, "display_name": kernel, "language": LANGUAGES[kernel]}
    return new_notebook(cells=[new_code_cell(one) for one in sources], metadata={"kernelspec": kernelspec})


def file(folder: Path, kernel: str, sources: Sequence[str]) -> Path:
    """The same in a file."""
    path = folder / "notebook.ipynb"
    nbformat.write(notebook(kernel, sources), path)
    return path


def outputs(result: nbformat.NotebookNode) -> list[list[Any]]:
    """For each cell what it showed: texts of streams and results, or MIME types of displays."""

    def brief(output: nbformat.NotebookNode) -> Any:
        if output.output_type == "stream":
            return (output.name, output.text)
        if output.output_type == "error":
            return (output.ename,)
        return (output.output_type, output.data.get("text/plain") if "image/png" not in output.data else "image/png")

    return [[brief(output) for output in cell.outputs] for cell in result.cells]


EXPECTED = {
    "ipython": [[], [("stdout", "x is 41\n")], [("execute_result", "42")]],
    "bash": [[], [("stdout", "x is 41\n")], [("stdout", "42\n")]],
    "echo": [[("stdout", "hello")], [("execute_result", "HELLO")]],
}


# -- nbclient ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["ipython", "bash", "echo"])
def test_nbclient_runs_a_notebook(kernel: str, folder: Path) -> None:
    client = NotebookClient(notebook(kernel, PRINT[kernel]), resources={"metadata": {"path": str(folder)}})
    result = client.execute()
    assert outputs(result) == EXPECTED[kernel]
    assert [cell.execution_count for cell in result.cells] == [n + 1 for n in range(len(result.cells))]
    assert result.metadata.language_info.name == LANGUAGES[kernel]


@pytest.mark.parametrize("kernel", ["ipython", "bash", "echo"])
def test_nbclient_stops_at_an_error(kernel: str) -> None:
    client = NotebookClient(notebook(kernel, [FAIL[kernel], PRINT[kernel][0]]))
    with pytest.raises(CellExecutionError) as raised:
        client.execute()
    assert raised.value.ename == ENAME[kernel]
    assert client.nb.cells[1].execution_count is None


@pytest.mark.parametrize("kernel", ["ipython", "bash", "echo"])
def test_nbclient_goes_on_after_errors_that_are_allowed(kernel: str) -> None:
    sources = [FAIL[kernel], *PRINT[kernel]]
    result = NotebookClient(notebook(kernel, sources), allow_errors=True).execute()
    assert outputs(result) == [[(ENAME[kernel],)], *EXPECTED[kernel]]


@KERNELS
def test_nbclient_interrupts_a_cell_that_takes_too_long(kernel: str) -> None:
    endless = {"ipython": "while True: pass", "bash": "while :; do :; done"}[kernel]
    nb = notebook(kernel, [endless])
    with pytest.raises((CellTimeoutError, CellExecutionError)):
        NotebookClient(nb, timeout=1, interrupt_on_timeout=True, error_on_timeout=None).execute()
    assert [output.ename for output in nb.cells[0].outputs] == ["KeyboardInterrupt"]


@KERNELS
def test_nbclient_notices_a_kernel_that_dies(kernel: str) -> None:
    with pytest.raises(DeadKernelError):
        NotebookClient(
            notebook(kernel, [{"ipython": "import os; os._exit(3)", "bash": "kill -9 $PPID"}[kernel]])
        ).execute()


@KERNELS
def test_nbclient_is_told_that_nobody_answers(kernel: str) -> None:
    ask = {"ipython": "input('Who? ')", "bash": "read -p 'Who? ' name"}[kernel]
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook(kernel, [ask])).execute()


@KERNELS
def test_nbclient_keeps_an_updated_display(kernel: str) -> None:
    sources = {
        "ipython": ["shown = display('before', display_id=True)", "shown.update('after')"],
        "bash": ["echo before | display --id x text/plain", "echo after | display --update x text/plain"],
    }[kernel]
    (shown,), update = outputs(NotebookClient(notebook(kernel, sources)).execute())
    assert shown[0] == "display_data"
    assert shown[1].strip("'\n") == "after"
    assert update == []


def test_nbclient_keeps_a_matplotlib_figure() -> None:
    result = NotebookClient(notebook("ipython", ["import matplotlib.pyplot as plt\nplt.plot([1, 2]);"])).execute()
    assert outputs(result) == [[("display_data", "image/png")]]


@KERNELS
def test_nbclient_loses_no_line_of_much_output(kernel: str) -> None:
    source = {"ipython": "for n in range(20000): print(n)", "bash": "seq 0 19999"}[kernel]
    result = NotebookClient(notebook(kernel, [source])).execute()
    (parts,) = outputs(result)
    assert {name for name, _ in parts} == {"stdout"}
    assert "".join(text for _, text in parts) == "".join(f"{n}\n" for n in range(20000))


# -- commands ----------------------------------------------------------------------------------------------------------


@KERNELS
def test_nbconvert_executes(kernel: str, environment: dict[str, str], folder: Path) -> None:
    path = file(folder, kernel, PRINT[kernel])
    command = [PYTHON, "-m", "jupyter", "nbconvert", "--execute", "--to"]
    run([*command, "notebook", "--output", "done", str(path)], environment, cwd=folder)
    assert outputs(nbformat.read(folder / "done.ipynb", 4)) == EXPECTED[kernel]
    run([*command, "html", str(path)], environment, cwd=folder)
    html = (folder / "notebook.html").read_text()
    assert re.search(r"<pre>x is 41\s*</pre>", html)


@KERNELS
def test_nbconvert_fails_when_a_cell_fails(kernel: str, environment: dict[str, str], folder: Path) -> None:
    path = file(folder, kernel, [FAIL[kernel]])
    command = [PYTHON, "-m", "jupyter", "nbconvert", "--execute", "--to", "notebook", str(path)]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode != 0
    said = {"ipython": "ZeroDivisionError", "bash": "In[1], line 1: status 1\n----> 1 false"}
    assert said[kernel] in plain(done.stderr)


@KERNELS
def test_jupyter_execute_writes_the_outputs(kernel: str, environment: dict[str, str], folder: Path) -> None:
    path = file(folder, kernel, PRINT[kernel])
    run([PYTHON, "-m", "jupyter", "execute", "--inplace", str(path)], environment, cwd=folder)
    assert outputs(nbformat.read(path, 4)) == EXPECTED[kernel]


@KERNELS
def test_jupyter_run_runs_a_script(kernel: str, environment: dict[str, str], folder: Path) -> None:
    script = folder / "script"
    script.write_text("\n".join(PRINT[kernel][:2]))
    done = run([PYTHON, "-m", "jupyter", "run", f"--kernel={kernel}", str(script)], environment, cwd=folder)
    assert done.stdout == "x is 41\n"


def test_papermill_gives_parameters_to_python(environment: dict[str, str], folder: Path) -> None:
    nb = notebook("ipython", ["alpha = 1\nname = 'nobody'", "print(alpha, name)"])
    nb.cells[0].metadata.tags = ["parameters"]
    nbformat.write(nb, folder / "in.ipynb")
    parameters = ["-p", "alpha", "0.5", "-p", "name", "Ada"]
    command = [PYTHON, "-m", "papermill", "--no-progress-bar", "in.ipynb", "out.ipynb", *parameters]
    run(command, environment, cwd=folder)
    result = json.loads((folder / "out.ipynb").read_text())
    assert [cell["metadata"].get("tags", []) for cell in result["cells"]] == [
        ["parameters"],
        ["injected-parameters"],
        [],
    ]
    assert outputs(nbformat.read(folder / "out.ipynb", 4)) == [[], [], [("stdout", "0.5 Ada\n")]]


def test_papermill_gives_parameters_to_bash(environment: dict[str, str], folder: Path) -> None:
    nb = notebook("bash", ["name=nobody", "echo $name"])
    nb.cells[0].metadata.tags = ["parameters"]
    nbformat.write(nb, folder / "in.ipynb")
    run(
        [PYTHON, "-m", "papermill", "--no-progress-bar", "in.ipynb", "out.ipynb", "-p", "name", "Ada"],
        environment,
        cwd=folder,
    )
    assert outputs(nbformat.read(folder / "out.ipynb", 4)) == [[], [], [("stdout", "Ada\n")]]


# -- what a failed run tells -------------------------------------------------------------------------------------------

BROKEN = ["echo one", 'x=1\nfor file in /etc/hosts /etc/nothing; do\n  wc -l <"$file"\ndone', "echo never"]
SAID = """In[2], line 3: status 1
      2 for file in /etc/hosts /etc/nothing; do
----> 3   wc -l <"$file"
      4 done"""


@pytest.mark.parametrize("program", ["nbconvert", "papermill"])
def test_a_bash_notebook_that_fails_in_the_middle_says_where(
    program: str, environment: dict[str, str], folder: Path
) -> None:
    path = str(file(folder, "bash", BROKEN))
    arguments = {
        "nbconvert": ["-m", "jupyter", "nbconvert", "--execute", "--to", "notebook", path],
        "papermill": ["-m", "papermill", "--no-progress-bar", path, "out.ipynb"],
    }
    done = subprocess.run(
        [PYTHON, *arguments[program]],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode != 0
    assert SAID in plain(done.stderr)
    if program == "papermill":
        # It puts a cell of its own, which tells of the failure, before the one that failed.
        cells = [cell for cell in nbformat.read(folder / "out.ipynb", 4).cells if cell.source in BROKEN]
        assert [cell.execution_count for cell in cells] == [1, 2, None]
        assert outputs(nbformat.from_dict({"cells": cells}))[1][-1] == ("ExitStatus",)
