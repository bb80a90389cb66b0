"""Keeps Python's garbage collector away from what is there before the first cell, and is no garbage.

It would look at all modules, classes and functions several times while they are loaded, 3 ms of a start, and again at
each full collection: for IPython 20 ms each, one of them at the end of every kernel.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_is_made(*, collects: bool | None = None) -> Iterator[None]:
    """In here nothing is collected, and what is there at its end never will be.

    `collects` is whether Python collects after it; None: if it did before.
    """
    after = gc.isenabled() if collects is None else collects
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if after:
            gc.enable()
