"""A value in a file: `write` puts it there, `read` takes it out. How it lies there is told in `layout`."""

from __future__ import annotations

from .reading import read
from .writing import write

__all__ = ["read", "write"]
