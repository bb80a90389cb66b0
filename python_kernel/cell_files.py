"""The file names of cells. Debuggers, profilers and caches know cells by them, and front-ends make the same ones.

`<tmp>/ipykernel_<pid>/<murmur2 of the code>.py`; the environment variable IPYKERNEL_CELL_NAME names a cell otherwise.
"""

from __future__ import annotations

import os
import sys
from functools import cache

SEED = 0xC70F6907
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def folder() -> str:
    """Where the files of this process's cells would be. It is made by whoever writes one."""
    tempfile = sys.modules.get("tempfile")
    return f"{_temporary() if tempfile is None else tempfile.gettempdir()}{os.sep}ipykernel_{os.getpid()}"


@cache
def _temporary() -> str:
    """What `tempfile.gettempdir` gives; where there is a doubt, by it: with it come compressors and randomness."""
    chosen = next(filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP"))), "/tmp")
    if os.path.isdir(chosen) and os.access(chosen, os.W_OK | os.X_OK):
        return os.path.abspath(chosen)
    import tempfile  # start-up time

    return tempfile.gettempdir()


def name_of(code: str) -> str:
    """The file name of a cell with this code, as the user typed it."""
    return os.environ.get("IPYKERNEL_CELL_NAME") or f"{folder()}{os.sep}{murmur2(code.encode())}.py"


def murmur2(data: bytes, seed: int = SEED) -> int:
    """Austin Appleby's MurmurHash2, 32 bits."""
    whole = len(data) & ~3
    value = seed ^ len(data)
    for word in memoryview(data)[:whole].cast("I") if _LITTLE else _words(data[:whole]):
        mixed = word * _M & _MASK
        value = value * _M & _MASK ^ (mixed ^ mixed >> 24) * _M & _MASK
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _M & _MASK
    value = (value ^ value >> 13) * _M & _MASK
    return value ^ value >> 15


_LITTLE = memoryview(b"\1\0\0\0").cast("I")[0] == 1


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
