"""`embed_kernel`: a kernel in the middle of a program, with the names that are there."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any


def embed_kernel(module: ModuleType | None = None, local_ns: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
    """Serve a kernel with these names, by default those of the caller, until it is shut down."""
    raise RuntimeError("a kernel runs in this process, and there can be no other")
