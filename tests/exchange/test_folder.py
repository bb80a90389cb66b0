"""Private folders: nobody else reads them, they go after use, and what killed kernels left goes, too."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from sdk.exchange import folder as folders
from sdk.exchange.folder import Kept, places, private_folder


def test_a_folder_is_private_and_goes(tmp_path: Path) -> None:
    with private_folder(str(tmp_path)) as path:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
        Path(path, "value").write_bytes(b"1")
    assert os.listdir(tmp_path) == []


def test_memory_is_tried_before_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(folders, "_IN_MEMORY", str(tmp_path))
    assert places()[0] == str(tmp_path)
    monkeypatch.setattr(folders, "_IN_MEMORY", str(tmp_path / "none"))
    assert str(tmp_path / "none") not in places()


def test_a_folder_may_be_kept_by_who_needs_it(tmp_path: Path) -> None:
    kept = Kept(str(tmp_path))
    assert os.listdir(tmp_path) == [Path(kept.folder).name]
    del kept
    assert os.listdir(tmp_path) == []


def test_what_a_killed_kernel_left_is_removed_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, other = tmp_path / "kernel-values-left", tmp_path / "something"
    left.mkdir()
    other.mkdir()
    with private_folder(str(tmp_path)) as used:
        assert left.exists()  # it is young: whoever made it may not hold it yet
        later = time.time() + 3600
        monkeypatch.setattr(time, "time", lambda: later)
        with private_folder(str(tmp_path)) as new:
            assert sorted(os.listdir(tmp_path)) == sorted([Path(used).name, Path(new).name, "something"])
