"""Which kernel a name means."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sdk.kernelspec.document import MARKER
from sdk.magics.kernels.launch import find_launch


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for kernelspecs, the only one."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    return tmp_path / "kernels"


def install(kernels: Path, name: str, language: str, *, ours: bool = False, program: str = "run") -> None:
    """Write a kernelspec."""
    (kernels / name).mkdir(parents=True)
    metadata = {MARKER: {}} if ours else {}
    fields = {
        "argv": [program, name, "{connection_file}"],
        "display_name": f"The {name}",
        "language": language,
        "metadata": metadata,
    }
    (kernels / name / "kernel.json").write_text(json.dumps(fields))


def test_an_exact_name_comes_before_a_language(kernels: Path) -> None:
    install(kernels, "tongue", "other")
    install(kernels, "tongue3", "tongue")
    assert find_launch("tongue").name == "tongue"


def test_of_a_language_it_is_jupyters_name_then_one_of_ours_then_any(kernels: Path) -> None:
    install(kernels, "atongue", "tongue")
    assert find_launch("tongue").name == "atongue"
    install(kernels, "tongue-other", "tongue")
    assert find_launch("tongue").name == "tongue-other"
    install(kernels, "zz", "tongue", ours=True)
    assert find_launch("tongue").name == "zz"
    install(kernels, "tongue3", "tongue")
    assert find_launch("Tongue").name == "tongue3"


def test_ours_of_this_environment_comes_before_those_of_others(kernels: Path) -> None:
    install(kernels, "tongue3", "tongue", program=sys.executable)
    install(kernels, "aa", "tongue", ours=True, program="/elsewhere/bin/python")
    assert find_launch("tongue").name == "tongue3"
    install(kernels, "zz", "tongue", ours=True, program=sys.executable)
    assert find_launch("tongue").name == "zz"


def test_a_displayed_name_is_the_last_that_is_tried(kernels: Path) -> None:
    install(kernels, "some", "tongue")
    assert find_launch("the some").name == "some"


def test_ours_need_not_be_installed(kernels: Path) -> None:
    assert find_launch("bash").name == "bash"
