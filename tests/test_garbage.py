"""What is there when a kernel begins is no garbage, and is not looked at."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from sdk.garbage import none_is_made


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    collects = gc.isenabled()
    yield
    gc.unfreeze()
    if collects:
        gc.enable()
    else:
        gc.disable()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("collects", [None, True, False])
def test_python_collects_afterwards_as_it_is_told_or_as_before(before: bool, collects: bool | None) -> None:
    gc.enable() if before else gc.disable()
    with none_is_made(collects=collects):
        assert not gc.isenabled()
    assert gc.isenabled() is (before if collects is None else collects)


def test_what_was_there_is_not_looked_at() -> None:
    with none_is_made():
        there = [object()]
    assert gc.get_freeze_count() > 0
    assert not any(one is there for one in gc.get_objects())


def test_after_an_error_python_collects() -> None:
    gc.enable()
    with pytest.raises(ZeroDivisionError), none_is_made():
        raise ZeroDivisionError
    assert gc.isenabled()
