"""Environments without ipykernel, and one without IPython: real ones, made once for these tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdk.testing import Client, KernelProcess
from tests.conftest import install

ROOT = Path(__file__).parents[2]
NEEDS = ["pyzmq", "traitlets", "jupyter_client", "pexpect", "pygments", "comm"]
IPYTHON = ["ipython>=9.0", "matplotlib-inline"]


def environment(folder: Path, *packages: str) -> str:
    """The Python of a new environment with these packages."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    python = str(folder / "bin" / "python")
    install(python, *packages)
    return python


@pytest.fixture(scope="session")
def without_ipykernel(tmp_path_factory: pytest.TempPathFactory) -> str:
    return environment(tmp_path_factory.mktemp("absent") / "venv", *NEEDS, *IPYTHON)


def process(python: str, folder: Path, *arguments: str) -> KernelProcess:
    env = {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython"), "HOME": str(folder)}
    return KernelProcess([python, "-P", "-m", "python_kernel", "-f", "{connection_file}", *arguments], env=env)


@pytest.fixture(params=["shadow", "absent"])
def client(without_ipykernel: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Client]:
    option = f"--PythonKernel.ipykernel_api={request.param}"
    with process(without_ipykernel, tmp_path, option) as kernel, kernel.client() as one:
        yield one


def value(client: Client, expression: str) -> Any:
    exchange = client.execute(expression)
    assert exchange.result is not None, exchange.error
    return ast.literal_eval(exchange.result["text/plain"])


@pytest.mark.timeout(500)
def test_what_imports_ipykernel_finds_the_kernels_api(client: Client) -> None:
    client.execute("import sys, ipykernel.kernelbase, ipykernel.connect, ipykernel.comm, ipykernel.iostream")
    assert value(client, "ipykernel.kernelbase.Kernel.instance() is get_ipython().kernel") is True
    assert value(client, "isinstance(sys.stdout, ipykernel.iostream.OutStream)") is True
    assert value(client, "ipykernel.connect.get_connection_file() == get_ipython().kernel.host.connection_file") is True


@pytest.mark.timeout(500)
def test_another_process_finds_nothing(client: Client) -> None:
    client.execute("import subprocess, sys")
    code = "import importlib.util as u; print(u.find_spec('ipykernel'))"
    assert client.execute(f"print(subprocess.check_output([sys.executable, '-c', {code!r}], text=True))").text() == (
        "None\n\n"
    )


@pytest.mark.timeout(500)
def test_nothing_is_written_beside_the_packages(without_ipykernel: str, tmp_path: Path) -> None:
    packages = next((Path(without_ipykernel).parents[1] / "lib").glob("python3*/site-packages"))
    before = sorted(path.name for path in packages.iterdir())
    with process(without_ipykernel, tmp_path) as kernel, kernel.client() as one:
        one.execute("import ipykernel.kernelapp, ipykernel.embed, ipykernel.inprocess")
    assert sorted(path.name for path in packages.iterdir()) == before


@pytest.mark.timeout(500)
def test_with_off_there_is_none(without_ipykernel: str, tmp_path: Path) -> None:
    with process(without_ipykernel, tmp_path, "--PythonKernel.ipykernel_api=off") as kernel, kernel.client() as one:
        assert one.execute("import ipykernel").error.ename == "ModuleNotFoundError"
        assert one.execute("type(get_ipython()).__module__").result == {"text/plain": "'ipykernel.zmqshell'"}


@pytest.mark.timeout(500)
def test_without_ipython_the_cell_says_what_to_install(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    python = environment(tmp_path_factory.mktemp("bare") / "venv", *NEEDS)
    with process(python, tmp_path) as kernel, kernel.client() as one:
        assert one.kernel_info is not None
        error = one.execute("1 + 1").error
        assert 'pip install "jupyter-kernel-sdk[python]"' in error.evalue
    command = [python, "-c", "from python_kernel.embedding import embed_kernel"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert 'install it with: pip install "jupyter-kernel-sdk[python]"' in done.stderr
