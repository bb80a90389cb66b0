"""What these tests share: gates that cells wait at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transport.waiting import Gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """A gate, opened at the end at the latest."""
    one = Gate(tmp_path / "gate")
    try:
        yield one
    finally:
        one.open()
