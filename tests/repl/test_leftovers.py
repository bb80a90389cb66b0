"""What a killed kernel has left is found by its FIFO, which nobody has open any more, or by its lock."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sdk.repl import leftovers
from sdk.repl.far_session import FarSession
from sdk.repl.leftovers import remove_leftovers
from sdk.repl.session import Session


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_a_session_without_its_kernel_is_removed_by_the_next(parent: Path) -> None:
    dead = Session()
    dead.open()
    dead.write("file", "text")
    os.close(dead.fifo_fd)  # as the system does when a process ends
    following = Session()
    following.open()
    try:
        assert os.listdir(parent) == [os.path.basename(following.path)]
    finally:
        following.close()


def test_a_far_session_has_no_fifo_and_is_removed_when_nobody_has_its_lock(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = FarSession()
    far.open()
    copy = os.dup(far._lock_fd)  # as another process has it
    os.close(far._lock_fd)
    remove_leftovers(str(parent))
    assert os.path.isdir(far.path)  # it is young: it might be about to be locked
    monkeypatch.setattr(leftovers, "_YOUNG", -1.0)
    remove_leftovers(str(parent))
    assert os.path.isdir(far.path)
    os.close(copy)
    remove_leftovers(str(parent))
    assert not os.path.exists(far.path)


def test_sessions_that_live_and_what_is_no_session_are_left_alone(parent: Path) -> None:
    living = Session()
    living.open()
    others = ["repl-0123456789abcdef", "repl-x", "repl-0123456789abcdef0", "other"]
    for name in others:
        (parent / name).mkdir()  # the first one has no FIFO: it may be about to be filled
    os.mkfifo(parent / "repl-x" / "records")
    (parent / "repl-fedcba9876543210").symlink_to(parent / "repl-x")
    try:
        remove_leftovers(str(parent))
        assert sorted(os.listdir(parent)) == sorted([*others, "repl-fedcba9876543210", os.path.basename(living.path)])
        assert living.is_whole
    finally:
        living.close()


def test_a_parent_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove_leftovers(str(tmp_path / "nowhere"))
