"""A Python kernel over real sockets, with a profile of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.testing import Client, KernelProcess

ARGV = [sys.executable, "-P", "-m", "python_kernel", "-f", "{connection_file}"]


def kernel_process(folder: Path, *, env: dict[str, str] | None = None, argv: list[str] | None = None) -> KernelProcess:
    """A kernel whose notebook lies in `folder`/here."""
    work = folder / "here"
    work.mkdir(exist_ok=True)
    environment = {"IPYTHONDIR": str(folder / "ipython"), "HOME": str(folder), "MPLCONFIGDIR": str(folder / "mpl")}
    return KernelProcess(argv or ARGV, env={**environment, **(env or {})}, cwd=work)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelProcess]:
    """A kernel for all tests of a module: none of them may leave it changed in a way that another notices."""
    with kernel_process(tmp_path_factory.mktemp("python")) as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of the module's kernel."""
    with kernel.client() as one:
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[KernelProcess]:
    """A kernel for this test alone."""
    with kernel_process(tmp_path) as process:
        yield process
