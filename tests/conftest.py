"""What all tests share: a home of their own, and what happens when a program that a test needs is not there.

`needs("tmux")`, the mark `@pytest.mark.needs("tmux")` and the marks `browser` and `octave` skip a test without the
program, with the reason and the remedy. Where CI is set, such a skip is a failure: nothing goes untested unseen.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

PROGRAMS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "R": (("R",), "r-base-core"),
    "bash-completion": (("/usr/share/bash-completion/bash_completion",), "bash-completion"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "dot": (("dot",), "graphviz"),
    "gnuplot": (("gnuplot",), "gnuplot-nox"),
    "node": (("node",), "nodejs"),
    "octave": (("octave", "octave-cli"), "octave"),
    "ssh": (("ssh",), "openssh-client"),
    "sshd": (("sshd", "/usr/sbin/sshd"), "openssh-server"),
    "tclsh": (("tclsh",), "tcl"),
    "xvfb": (("Xvfb",), "xvfb"),
}
"""Name -> the commands (or files) of which one must be there, and the Debian package. Others: both are the name."""

MARKS: Mapping[str, str] = {"browser": "chromium", "octave": "octave"}

_SKIPPED_FOR_LACK = ("needs ", "could not import ")

_missing: set[str] = set()
_home = ""
_environment: dict[str, str] = {}


def needs(*programs: str) -> None:
    """Skip this test, or this module, unless all `programs` are there."""
    lacking = [name for name in programs if not _is_there(name)]
    if lacking:
        packages = [_package(name) for name in lacking]
        _missing.update(packages)
        pytest.skip(f"needs {', '.join(lacking)}: apt-get install {' '.join(packages)}", allow_module_level=True)


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
    global _home
    config.addinivalue_line("markers", "needs(*programs): skipped where a program is missing; a failure in CI")
    _environment.update(os.environ)
    _home = tempfile.mkdtemp(prefix="home-")
    # Languages that are installed by way of the home stay where they are.
    os.environ.setdefault("PYENV_ROOT", str(Path("~/.pyenv").expanduser()))
    for name in [name for name in os.environ if name.startswith(("JUPYTER", "IPYTHON", "XDG_"))]:
        del os.environ[name]
    os.environ.update(HOME=_home, PATH=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


def pytest_unconfigure() -> None:
    """Put the environment back."""
    os.environ.clear()
    os.environ.update(_environment)
    shutil.rmtree(_home, ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked and cannot run here."""
    for mark, program in MARKS.items():
        if item.get_closest_marker(mark) is not None:
            needs(program)
    for marker in item.iter_markers("needs"):
        needs(*marker.args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test must not be skipped for want of a program."""
    return _failed_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """As above, for a module that is skipped as a whole."""
    return _failed_in_ci((yield))


def _failed_in_ci(report: Report) -> Report:
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(_SKIPPED_FOR_LACK):
            report.outcome = "failed"
            report.longrepr = f"{reason}\n(CI is set, so that nothing may be skipped for want of a program)"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was skipped can be run after one command."""
    if _missing:
        command = f"apt-get install {' '.join(sorted(_missing))}"
        terminalreporter.write_line(f"To run the tests that were skipped for want of a program: {command}")
