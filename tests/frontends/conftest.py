"""Kernels as users install them, in places of their own, and a JupyterLab server for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.frontends.browser import browser, lab, notebook, page  # noqa: F401 (fixtures)
from tests.frontends.gate import Gate, gate
from tests.frontends.programs import PYTHON, run
from tests.frontends.server import Server, serving

KERNELS = {"bash": "bash", "echo": "echo", "ipython": "python"}
"""Installed as -> which kernel. Jupyter takes the name `python` for `python3`."""
if shutil.which("octave-cli"):
    KERNELS["octave"] = "octave"

_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of every program here, which these tests have as well."""
    folder = tmp_path_factory.mktemp("jupyter")
    changes = {
        "HOME": str(folder / "home"),
        "JUPYTER_PATH": str(folder / "prefix" / "share" / "jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    (folder / "home").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in changes.items():
            patch.setenv(name, value)
        environment = dict(os.environ)
        for name, kernel in KERNELS.items():
            argv = [PYTHON, "-m", "sdk", "install", kernel, "--name", name, "--prefix", str(folder / "prefix")]
            run(argv, environment, cwd=folder)
        yield environment


@pytest.fixture(scope="session")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server, which ends with the tests."""
    with serving(environment, tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.fixture(name="gate")
def _gate(tmp_path: Path) -> Iterator[Gate]:
    """What a cell waits for."""
    with gate(tmp_path / "gate") as one:
        yield one


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test failed."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture
def failed(request: pytest.FixtureRequest) -> Callable[[], bool]:
    """Whether this test has failed."""
    return lambda: request.node.stash.get(_FAILED, False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to run programs in."""
    place = tmp_path / "folder"
    place.mkdir()
    return place
