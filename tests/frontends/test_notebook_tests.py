"""Packages that test notebooks: testbook, which calls a notebook's functions, and nbval, which compares its outputs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook

from tests.frontends.programs import LIMIT, PYTHON

testbook = pytest.importorskip("testbook")
pytest.importorskip("nbval")

pytestmark = pytest.mark.usefixtures("environment")

CELLS = [
    "import json\nfrom dataclasses import dataclass",
    "def double(n):\n    return 2 * n",
    (
        "@dataclass\nclass Account:\n    owner: str\n    balance: int = 0\n"
        "    def pay_in(self, amount):\n        self.balance += amount\n        return self.balance"
    ),
    "accounts = {name: Account(name) for name in ('Ada', 'Grace')}\nprint('ready')",
    (
        "def fetch(url):\n    from urllib.request import urlopen\n    with urlopen(url) as answer:\n"
        "        return json.load(answer)"
    ),
    "await __import__('asyncio').sleep(0, double(21))",
    "'python_kernel.kernel' in __import__('sys').modules",
]
OURS = {"text/plain": "True"}


def notebook(*sources: str) -> nbformat.NotebookNode:
    kernelspec = {"name": "ipython", "display_name": "ipython", "language": "python"}
    return new_notebook(cells=[new_code_cell(one) for one in sources], metadata={"kernelspec": kernelspec})


# -- testbook ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def path(folder: Path) -> Path:
    """A notebook that nobody has run."""
    nbformat.write(notebook(*CELLS), folder / "accounts.ipynb")
    return folder / "accounts.ipynb"


@pytest.fixture
def book(path: Path) -> Iterator[object]:
    """The same, run by testbook."""
    with testbook.testbook(path, execute=True, kernel_name="ipython") as one:
        yield one


def test_testbook_runs_all_cells_and_reads_their_outputs(book: testbook.client.TestbookNotebookClient) -> None:
    assert book.cell_output_text(3) == "ready"
    assert book.cell_execute_result(5) == [{"text/plain": "42"}]
    assert book.cell_execute_result(6) == [OURS]


def test_testbook_calls_functions_and_methods(book: testbook.client.TestbookNotebookClient) -> None:
    assert book.ref("double")(7) == 14
    account = book.ref("Account")("Ada")
    assert account.pay_in(5) == 5
    assert account.owner == "Ada"
    accounts = book.ref("accounts")
    assert len(accounts) == 2 and "Ada" in accounts


def test_testbook_injects_code_and_takes_values_back(book: testbook.client.TestbookNotebookClient) -> None:
    book.inject("accounts['Ada'].pay_in(9)\nprint('injected')", run=True)
    assert book.value("[account.balance for account in accounts.values()]") == [9, 0]
    book.inject("def triple(n): return 3 * n", after=1)
    assert book.ref("triple")(4) == 12


def test_testbook_patches_what_a_notebook_calls(book: testbook.client.TestbookNotebookClient) -> None:
    with book.patch("urllib.request.urlopen") as urlopen, book.patch("json.load", return_value={"rate": 4}):
        assert book.ref("fetch")("http://nowhere.invalid/")["rate"] == 4
        urlopen.assert_called_once_with("http://nowhere.invalid/")
    with book.patch_dict("os.environ", {"TOKEN": "secret"}):
        assert book.value("__import__('os').environ['TOKEN']") == "secret"
    assert book.value("'TOKEN' in __import__('os').environ") is False


def test_testbook_tells_the_notebooks_own_error(book: testbook.client.TestbookNotebookClient) -> None:
    with pytest.raises(testbook.exceptions.TestbookRuntimeError) as raised:
        book.ref("double")(None)
    assert raised.value.eclass is TypeError
    assert "unsupported operand" in str(raised.value)
    assert book.ref("double")(1) == 2
    assert len(book.value("sorted(accounts)")) == 2
    with pytest.raises(testbook.exceptions.TestbookAttributeError):
        _ = book.ref("accounts").nothing


def test_testbook_ends_a_cell_that_takes_too_long(path: Path) -> None:
    nbformat.write(notebook("import time", "time.sleep(60)"), path)
    with testbook.testbook(path, timeout=1, kernel_name="ipython") as book:
        book.execute_cell(0)
        with pytest.raises(CellTimeoutError):
            book.execute_cell(1)


# -- nbval -------------------------------------------------------------------------------------------------------------

SHOWN = [
    "x = 41\nprint('x is', x)\nx + 1",
    "import sys\nprint('problem', file=sys.stderr)\nfor n in range(3):\n    print(n)",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))\ndisplay({'a': [1, 2]})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "display('before', display_id='one')",
    "'python_kernel.kernel' in __import__('sys').modules",
    "await __import__('asyncio').sleep(0, x)",
    "# NBVAL_RAISES_EXCEPTION\n1 / 0",
    "# NBVAL_IGNORE_OUTPUT\nprint(__import__('time').time())",
    "%%capture kept\nprint('kept')",
    "kept.stdout",
    "!echo from a shell",
]


@pytest.fixture(scope="module")
def recorded(environment: dict[str, str]) -> nbformat.NotebookNode:
    """A notebook with the outputs of a run."""
    done = NotebookClient(notebook(*SHOWN), allow_errors=True).execute()
    assert [output.data for output in done.cells[5].outputs] == [OURS]
    return done


def nbval(folder: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """What nbval says of the notebook in this folder."""
    argv = [PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=.", "-c", "/dev/null", *options, "kept.ipynb"]
    return subprocess.run(
        argv, env=environment, cwd=folder, capture_output=True, text=True, timeout=2 * LIMIT, check=False
    )


@pytest.mark.parametrize("option", ["--nbval", "--nbval-lax"])
def test_nbval_finds_a_second_run_like_the_first(
    recorded: nbformat.NotebookNode, environment: dict[str, str], folder: Path, option: str
) -> None:
    nbformat.write(recorded, folder / "kept.ipynb")
    done = nbval(folder, environment, option)
    assert done.returncode == 0, done.stdout
    assert f"{len(SHOWN)} passed" in done.stdout


def test_nbval_finds_what_is_different(
    recorded: nbformat.NotebookNode, environment: dict[str, str], folder: Path
) -> None:
    nbformat.write(recorded, folder / "kept.ipynb")
    changed = nbformat.read(folder / "kept.ipynb", 4)
    changed.cells[0].source = "x = 40\nprint('x is', x)\nx + 1"
    nbformat.write(changed, folder / "kept.ipynb")
    done = nbval(folder, environment, "--nbval")
    assert done.returncode == 1
    assert "2 failed" in done.stdout, done.stdout  # the cell, and the one that awaits x


def test_nbval_ends_a_cell_that_takes_too_long_and_runs_the_next(environment: dict[str, str], folder: Path) -> None:
    nbformat.write(notebook("import time; kept = 5", "time.sleep(60)", "assert kept == 5"), folder / "kept.ipynb")
    done = nbval(folder, environment, "--nbval-lax", "--nbval-cell-timeout=1", "--nbval-kernel-startup-timeout=30")
    assert "1 failed, 1 passed, 1 xpassed" in done.stdout, done.stdout  # it expects little of what comes later
