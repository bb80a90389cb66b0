"""The Octave gallery notebook does what it shows: its outputs are of the kinds that are stored in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import needs
from tests.examples.galleries import FOLDER, check_document, executed, kinds

GALLERY = FOLDER / "octave-gallery.ipynb"


def test_its_outputs_are_of_the_kinds_that_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("octave", "gnuplot")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    done = executed(GALLERY, "octave", tmp_path)
    assert kinds(done) == kinds(json.loads(GALLERY.read_text(encoding="utf-8")))
    texts = [output.text for cell in done.cells for output in cell.get("outputs", ()) if output.get("name") == "stdout"]
    assert "0.8000" in texts[0]
    assert texts[2] == "step 1\nstep 2\nstep 3\n"
    (svg,) = [
        output.data["image/svg+xml"]
        for cell in done.cells
        for output in cell.get("outputs", ())
        if "image/svg+xml" in output.get("data", {})
    ]
    assert "two waves" in svg


def test_it_is_small_and_names_its_kernel() -> None:
    check_document(GALLERY, "octave", 150_000)
