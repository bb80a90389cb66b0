"""Kernels of their own, beside the one that runs."""

from __future__ import annotations

from typing import Any


def core_of_wrapper(kernel: Any) -> Any:
    """What answers for a kernel whose `do_*` somebody has written."""
    raise RuntimeError("a kernel runs in this process, and there can be no other")


def core_of_python(kernel: Any) -> Any:
    """What answers for a Python kernel of its own."""
    raise RuntimeError("a kernel runs in this process, and there can be no other")
