"""What `tests/conftest.py` promises: a lack is a skip that says the remedy, in CI a failure; nothing stays behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = """
import os, pytest, sys, tempfile
from tests.conftest import install

@pytest.mark.needs("no-such-program")
def test_marked(): ...

def test_asked(needs): needs("sh", "chromium-of-the-moon")

def test_not_imported(): pytest.importorskip("no_such_module")

def test_not_installed(): install(sys.executable, "no-such-package-of-anybody")

def test_skipped_for_another_reason(): pytest.skip("this system is another one")

@pytest.mark.skipif(True, reason="only root may do it")
def test_skipped_by_a_mark(): ...

@pytest.mark.needs("sh")
def test_with_its_program(): assert os.environ["HOME"] != os.environ["HOME_BEFORE"]

def test_is_tidy(tmp_path):
    os.rmdir(tempfile.mkdtemp())
    (tmp_path / "file").write_text("pytest's own stay")
    assert os.listdir(tempfile.gettempdir()) == []
"""
UNTIDY = """
import tempfile

def test_leaves_a_folder(): tempfile.mkdtemp(prefix="forgotten-")
"""


@pytest.fixture
def no_index() -> Iterator[str]:
    """An address of this machine where nobody listens, nor can while this is used."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/simple"


def run(tmp_path: Path, text: str, *arguments: str, **environment: str) -> str:
    (tmp_path / "test_file.py").write_text(text)
    left_out = ("CI", "PYTEST_ADDOPTS", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PYTEST_XDIST_WORKER")
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    plugins = ["-p", "tests.conftest", "-p", "pytest_timeout", "-p", "xdist", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", *plugins, *arguments, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**inherited, "HOME_BEFORE": os.environ["HOME"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
    )
    return done.stdout + f"\nstatus {done.returncode}"


def test_a_test_that_lacks_something_is_skipped_and_the_remedy_is_said(tmp_path: Path, no_index: str) -> None:
    output = run(tmp_path, FILE, PIP_INDEX_URL=no_index)
    assert "2 passed, 6 skipped" in output
    assert "Left behind" not in output
    assert output.endswith("status 0")
    assert "apt-get install chromium-of-the-moon no-such-program" in output
    assert "could not import 'no_such_module'" in output
    assert "pip install -e '.[test]'" in output
    assert "needs a package index, from which no-such-package-of-anybody could be installed: go online" in output


def test_in_ci_a_lack_is_a_failure_and_what_cannot_be_changed_is_none(tmp_path: Path, no_index: str) -> None:
    output = run(tmp_path, FILE, PIP_INDEX_URL=no_index, CI="true")
    assert "3 failed, 2 passed, 2 skipped, 1 error" in output
    assert "name one that can be reached by PIP_INDEX_URL" in output


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_what_stays_behind_is_a_failure_of_the_run_and_is_named(tmp_path: Path, workers: list[str]) -> None:
    output = run(tmp_path, UNTIDY, *workers)
    assert "1 passed" in output
    assert "Left behind in the temporary directory:" in output
    assert "/tmp/forgotten-" in output
    assert output.endswith("status 1")


def test_programs_of_this_environment_come_first() -> None:  # that the home is another one is tested above
    assert os.environ["PATH"].startswith(str(Path(sys.executable).parent) + os.pathsep)
