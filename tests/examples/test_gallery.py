"""The bash gallery notebook does what it shows: its outputs are of the kinds that are stored in it."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.examples.galleries import FOLDER, check_document, executed, kinds

GALLERY = FOLDER / "bash-gallery.ipynb"


def test_its_outputs_are_of_the_kinds_that_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    done = executed(GALLERY, "bash", tmp_path)
    stored = json.loads(GALLERY.read_text(encoding="utf-8"))
    assert kinds(done) == kinds(stored)
    found = {
        mime: data
        for cell in done.cells
        for out in cell.get("outputs", ())
        for mime, data in out.get("data", {}).items()
    }
    assert base64.b64decode(found["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert found["image/svg+xml"].count("<rect ") == 8
    assert found["application/json"]
    assert "| --- |" in found["text/markdown"]
    assert "100 %" in found["text/html"]
    assert "hello, whoever" in json.dumps(done).lower()
    (error,) = (out for cell in done.cells for out in cell.get("outputs", ()) if out["output_type"] == "error")
    assert re.sub(r"\x1b\[[0-9;]*m", "", error["traceback"][0]) == "In[11], line 3: status 1"


def test_it_is_small_and_names_its_kernel() -> None:
    check_document(GALLERY, "bash", 40_000)
