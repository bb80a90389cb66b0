"""Keeps Python's garbage collector away from what is there before the first cell, and is no garbage.

It would look at all modules, classes and functions of IPython several times while they are loaded, and again at each
full collection: 20 ms each, one of them at the end of every kernel.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_is_made() -> Iterator[None]:
    """In here nothing is collected, and what is made here never will be."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if before:
            gc.enable()
