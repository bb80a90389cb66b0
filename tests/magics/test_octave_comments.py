"""What Octave's own files say in comments stays a comment, with a blank behind the sign or without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from octave_kernel.kernel import OctaveKernel
from sdk.magics.parser import Use, read
from sdk.magics.runner import Magics

PLACES = (Path("/usr/share/octave"), Path("/usr/local/share/octave"), Path("/opt/homebrew/share/octave"))


@pytest.fixture(scope="module")
def magics() -> Magics:
    kernel = OctaveKernel()
    return Magics(kernel, kernel.magic_syntax)


@pytest.fixture(scope="module")
def lines() -> set[str]:
    """Every line of every file that comes with Octave."""
    files = [file for place in PLACES if place.is_dir() for file in place.rglob("*.m")]
    if not files:
        pytest.skip("needs Octave's own files: apt-get install octave")  # in CI a failure
    return {line.strip() for file in files for line in file.read_text(errors="replace").splitlines()}


def uses(magics: Magics, lines: Iterator[str]) -> list[Use]:
    """The magics that lines are, each as the first of a cell."""
    found = (read(f"{line}\nx = 1", magics.syntax, magics.is_magic)[0].use for line in lines)
    return [use for use in found if use is not None]


def test_comments_as_they_stand_are_no_magics(magics: Magics, lines: set[str]) -> None:
    assert uses(magics, (line for line in lines if line.startswith(("%", "#")))) == []


def test_words_and_code_behind_a_bare_sign_are_no_magics(magics: Magics, lines: set[str]) -> None:
    """The same with `%` right before the words; and all code, commented out. What is left could be nothing else."""
    for sign in ("%", "%%"):
        left = {f"{use.name} {use.text}".strip() for use in uses(magics, (sign + line.lstrip("#% ") for line in lines))}
        # A name alone, or one word behind it that is the name of something: what it names is looked for when it runs.
        assert [text for text in left if len(text.split()) > 2] == []
        assert {text.split()[0] for text in left} <= {"cd", "edit", "get", "help", "image", "ls", "put", "restart"}
