"""What `tests/conftest.py` promises: a missing program is a skip that says the remedy, and in CI a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FILE = """
import os, pytest

@pytest.mark.needs("no-such-program")
def test_marked(): ...

def test_asked(needs): needs("sh", "chromium-of-the-moon")

def test_not_imported(): pytest.importorskip("no_such_module")

def test_skipped_for_another_reason(): pytest.skip("on purpose")

@pytest.mark.needs("sh")
def test_with_its_program(): assert os.environ["HOME"] != os.environ["HOME_BEFORE"]
"""


def run(tmp_path: Path, **environment: str) -> str:
    (tmp_path / "test_file.py").write_text(FILE)
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**inherited, "HOME_BEFORE": os.environ["HOME"], **environment},
    )
    return done.stdout


def test_without_a_program_a_test_is_skipped_and_the_remedy_is_said(tmp_path: Path) -> None:
    output = run(tmp_path)
    assert "1 passed, 4 skipped" in output
    assert "apt-get install chromium-of-the-moon no-such-program" in output


def test_in_ci_a_missing_program_is_a_failure_and_other_skips_are_not(tmp_path: Path) -> None:
    output = run(tmp_path, CI="true")
    assert "2 failed, 1 passed, 1 skipped, 1 error" in output


def test_programs_of_this_environment_come_first() -> None:  # that the home is another one is tested above
    assert os.environ["PATH"].startswith(str(Path(sys.executable).parent) + os.pathsep)
