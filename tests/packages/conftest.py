"""The environments, for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packages.environment import environment


@pytest.fixture(scope="session", name="environment")
def _environment(pytestconfig: pytest.Config) -> Path:
    """The folder of both environments."""
    cache = pytestconfig.cache
    assert cache is not None
    return environment(Path(cache.mkdir("packages")))
