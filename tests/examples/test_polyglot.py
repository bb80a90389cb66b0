"""The notebook of three languages does what it shows, with ipykernel and with the SDK's own Python kernel."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from nbclient.exceptions import CellExecutionError

from tests.conftest import needs
from tests.examples.galleries import FOLDER, check_document, executed, kinds

NOTEBOOK = FOLDER / "demo" / "polyglot.ipynb"

HIDING = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = staticmethod(lambda name, *rest: None if name == "pandas" else find(name, *rest))
"""
"""A sitecustomize.py of a Python in which there is no pandas."""


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    for name, place in {"JUPYTER_PATH": "share/jupyter", "IPYTHONDIR": "ipython", "TMPDIR": "tmp"}.items():
        monkeypatch.setenv(name, str(tmp_path / place))


@pytest.mark.parametrize("python", ["ipykernel", "sdk"])
def test_its_outputs_are_those_that_it_shows(python: str, tmp_path: Path) -> None:
    needs("octave")
    for module in ("matplotlib", "pandas"):
        pytest.importorskip(module)
    if python == "sdk":
        command = [sys.executable, "-m", "sdk", "install", "python", "--name", "python3", "--prefix", str(tmp_path)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    else:
        pytest.importorskip("ipykernel")
    done = executed(NOTEBOOK, "bash", tmp_path)
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert kinds(done) == kinds(stored)
    outputs = [output for cell in done.cells for output in cell.get("outputs", ())]
    fitted, said = [output.text for output in outputs if output.get("name") == "stdout"][1:]
    height, speed, fall = [float(word) for word in fitted.split()[2:]]
    assert abs(height - 1.5) < 0.3 and abs(speed - 12) < 0.5 and abs(fall + 4.9) < 0.2
    assert said == f"Here everything falls with {-2 * fall:.1f} m/s².\n"
    (figure,) = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert base64.b64decode(figure).startswith(b"\x89PNG\r\n\x1a\n")
    assert list((tmp_path / "tmp").glob("tmp.*")) == []


def test_a_missing_package_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDING)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{FOLDER.parent}")
    with pytest.raises(CellExecutionError, match=rf"first run {sys.executable} -m pip install .*\bpandas"):
        executed(NOTEBOOK, "bash", tmp_path)


def test_a_missing_language_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.setenv("OCTAVE_EXECUTABLE", "no-octave")
    with pytest.raises(CellExecutionError, match=r"'no-octave' is not a program") as raised:
        executed(NOTEBOOK, "bash", tmp_path)
    assert str(raised.value).count("apt install octave") == 1


def test_it_is_small_and_names_its_kernel() -> None:
    check_document(NOTEBOOK, "bash", 60_000)
