"""`make demo`: the notebooks run from their start to their end, with kernels that were installed a moment before."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.test_polyglot import HIDING

ROOT = Path(__file__).parents[2]
KERNELS = {"bash": ["bash"], "octave": ["octave"], "python-sdk": ["python", "--name", "python-sdk"]}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "JUPYTER_PATH": str(tmp_path / "share" / "jupyter"), "IPYTHONDIR": str(tmp_path / "ipython")}


def demo(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "examples.demo"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=environment,
    )


@pytest.mark.octave
def test_every_notebook_runs_and_is_printed(tmp_path: Path, environment: dict[str, str]) -> None:
    for module in ("ipykernel", "matplotlib", "pandas"):
        pytest.importorskip(module)
    for arguments in KERNELS.values():
        command = [sys.executable, "-m", "sdk", "install", *arguments, "--prefix", str(tmp_path)]
        subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)
    done = demo(environment)
    assert (done.returncode, "error" in done.stderr) == (0, False), done.stdout + done.stderr
    for line in (
        "hello again, world, from bash",
        "and the session goes on",
        "Out[1]: [0.0, 1.0, 1.414, 1.732, 2.0, 2.236]",
        "output comes while it runs",
        "ZeroDivisionError: division by zero",
        "twice 3 is 6",
        "[image/png",
        "Here everything falls with 9.9 m/s².",
        "error: it failed on purpose",
    ):
        assert line in done.stdout


def test_what_is_missing_is_told_and_is_no_failure(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "sdk", "install", "bash", "--prefix", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)
    (tmp_path / "sitecustomize.py").write_text(HIDING)
    (tmp_path / "tmp").mkdir()  # the notebook that fails does not come to where it removes its file
    done = demo({**environment, "PYTHONPATH": f"{tmp_path}:{ROOT}", "TMPDIR": str(tmp_path / "tmp")})
    assert (done.returncode, "error" in done.stderr) == (0, False), done.stdout + done.stderr
    assert re.search(rf"first run {sys.executable} -m pip install .*\bpandas", done.stdout)
    assert "the rest needs what is missing" in done.stdout
    assert "The array is a matrix" not in done.stdout
    assert "The kernel 'octave' is not installed: python -m sdk install --name octave says why." in done.stdout


def test_a_kernel_that_does_not_start_is_told(tmp_path: Path, environment: dict[str, str]) -> None:
    spec = tmp_path / "share" / "jupyter" / "kernels" / "bash"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": [sys.executable, "-c", "raise SystemExit(3)"], "display_name": "B", "language": "bash"})
    )
    done = demo(environment)
    assert done.returncode == 1
    assert "error: the notebook of bash, polyglot failed" in done.stderr
    assert "The kernel did not run the notebook" in done.stdout


def test_the_notebooks_name_kernels_that_are_installed() -> None:
    notebooks = (ROOT / "examples" / "demo").glob("*.ipynb")
    assert {json.loads(path.read_text())["metadata"]["kernelspec"]["name"] for path in notebooks} == set(KERNELS)
