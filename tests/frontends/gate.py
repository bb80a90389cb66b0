"""A file that a cell waits for: what is seen before it is opened was sent while the cell ran."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Gate:
    """`wait[kernel]` is code that waits until `open`."""

    path: Path
    descriptor: int

    @property
    def wait(self) -> dict[str, str]:
        """By kernel."""
        return {
            "ipython": f"_ = open({str(self.path)!r}).readline()",
            "bash": f"read -r < '{self.path}'",
            "octave": f"gate = fopen ('{self.path}'); fread (gate, 1); fclose (gate); clear gate",
        }

    def open(self) -> None:
        """Let one cell go on."""
        os.write(self.descriptor, b"go\n")


@contextmanager
def gate(path: Path) -> Iterator[Gate]:
    """A closed gate at `path`."""
    os.mkfifo(path)
    # Read and write: opening and writing wait for nobody.
    descriptor = os.open(path, os.O_RDWR)
    try:
        yield Gate(path, descriptor)
    finally:
        os.close(descriptor)
