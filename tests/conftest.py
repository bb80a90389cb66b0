"""What all tests share: a home and temporary files of their own, and what happens when something is not there.

`needs("tmux")`, the mark `@pytest.mark.needs("tmux")` and the marks `browser` and `octave` skip a test without the
program, `install` one whose packages cannot be had, `pytest.importorskip` one without a module of the extra `test`:
each with the reason and the remedy. Where CI is set, a skip is a failure, so that nothing goes untested unseen. What a
test does not want but what no installation can change (who runs it, the system, this Python) is no lack: its reason
begins with one of the words of `UNCHANGEABLE`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.place import Place

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

PROGRAMS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "R": (("R",), "r-base-core"),
    "bash-completion": (("/usr/share/bash-completion/bash_completion",), "bash-completion"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "dot": (("dot",), "graphviz"),
    "gnuplot": (("gnuplot",), "gnuplot-nox"),
    "gs": (("gs",), "ghostscript"),
    "node": (("node",), "nodejs"),
    "octave": (("octave", "octave-cli"), "octave"),
    "ssh": (("ssh",), "openssh-client"),
    "sshd": (("sshd", "/usr/sbin/sshd"), "openssh-server"),
    "tclsh": (("tclsh",), "tcl"),
    "xvfb": (("Xvfb",), "xvfb"),
}
"""Name -> the commands (or files) of which one must be there, and the Debian package. Others: both are the name."""

MARKS: Mapping[str, str] = {"browser": "chromium", "octave": "octave"}

UNCHANGEABLE = ("this ", "only root ")
"""How the reasons begin of skips that are none for a lack: "this system has no /proc"."""

_INSTALL = 300  # seconds
_IMPORT = "could not import "

_missing: set[str] = set()
_environment: dict[str, str] = {}
_place = pytest.StashKey[Place]()
_left = pytest.StashKey[list[str]]()


def needs(*programs: str) -> None:
    """Skip this test, or this module, unless all `programs` are there."""
    lacking = [name for name in programs if not _is_there(name)]
    if lacking:
        packages = [_package(name) for name in lacking]
        _missing.update(packages)
        pytest.skip(f"needs {', '.join(lacking)}: apt-get install {' '.join(packages)}", allow_module_level=True)


def install(python: str | os.PathLike[str], *packages: str, pip: str | os.PathLike[str] = "") -> None:
    """Install into the environment of `python`; skip this test where they are not to be had.

    `pip`: a Python that has pip, where `python` has none.
    """
    command = [str(pip or python), "-m", "pip", *(["--python", str(python)] if pip else [])]
    options = ["--quiet", "--disable-pip-version-check", "--retries=1", "--timeout=20"]
    done = subprocess.run(
        [*command, *options, "install", *packages], check=False, capture_output=True, text=True, timeout=_INSTALL
    )
    if done.returncode:
        pytest.skip(
            f"needs a package index, from which {' '.join(packages)} could be installed: go online, or name one that "
            f"can be reached by PIP_INDEX_URL or PIP_FIND_LINKS. pip says: {done.stderr.strip()[-300:]}"
        )


@pytest.fixture(name="needs", scope="session")
def _needs() -> Callable[..., None]:
    """The function `needs`, for tests that rather do not import it."""
    return needs


def _is_there(name: str) -> bool:
    commands = PROGRAMS[name][0] if name in PROGRAMS else (name,)
    return any(shutil.which(command) is not None or Path(command).is_file() for command in commands)


def _package(name: str) -> str:
    return PROGRAMS[name][1] if name in PROGRAMS else name


# -- pytest ------------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Tests get an empty home, and the programs of this environment before all others."""
    config.addinivalue_line("markers", "needs(*programs): skipped where a program is missing; a failure in CI")
    _environment.update(os.environ)
    worker = getattr(config, "workerinput", {"workerid": "main"})
    config.stash[_place] = place = Place(worker.get("place", ""))
    # Languages that are installed by way of the home stay where they are, and so do the folders of tests.
    os.environ.setdefault("PYENV_ROOT", str(Path("~/.pyenv").expanduser()))
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    for name in [name for name in os.environ if name.startswith(("JUPYTER", "IPYTHON", "XDG_"))]:
        del os.environ[name]
    os.environ.update(place.of(worker["workerid"]))
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    tempfile.tempdir = None  # it is looked for again


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell one of xdist's workers where its folder is."""
    node.workerinput["place"] = str(node.config.stash[_place].folder)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What tests or kernels have left behind is a failure of the run."""
    place = session.config.stash[_place]
    if exitstatus == pytest.ExitCode.OK and place.is_ours and (left := place.left()):
        session.config.stash[_left] = left
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put the environment back."""
    os.environ.clear()
    os.environ.update(_environment)
    tempfile.tempdir = None
    config.stash[_place].close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked and cannot run here."""
    for mark, program in MARKS.items():
        if item.get_closest_marker(mark) is not None:
            needs(program)
    for marker in item.iter_markers("needs"):
        needs(*marker.args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test must not be skipped for a lack."""
    return _failed_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """As above, for a module that is skipped as a whole."""
    return _failed_in_ci((yield))


def _failed_in_ci(report: Report) -> Report:
    if report.skipped and isinstance(report.longrepr, tuple):
        path, line, said = report.longrepr
        reason = said.removeprefix("Skipped: ")
        if reason.startswith(_IMPORT):
            reason += ". To install what the tests import: pip install -e '.[test]'"
            report.longrepr = path, line, reason
        if os.environ.get("CI") and not reason.startswith(UNCHANGEABLE):
            report.outcome = "failed"
            report.longrepr = f"{reason}\n(CI is set, so that nothing may be skipped for a lack)"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was skipped can be run after one command; what was left behind is named."""
    if _missing:
        command = f"apt-get install {' '.join(sorted(_missing))}"
        terminalreporter.write_line(f"To run the tests that were skipped for want of a program: {command}")
    if left := terminalreporter.config.stash.get(_left, []):
        terminalreporter.write_line(f"Left behind in the temporary directory: {' '.join(left)}", red=True)
