"""`ipykernel.compiler`: the file names of cells."""

from __future__ import annotations

import os

from python_kernel.cell_files import SEED, folder, murmur2, name_of
from python_kernel.traps import SharedCompiler as XCachingCompiler

__all__ = ["XCachingCompiler", "get_file_name", "get_tmp_directory", "get_tmp_hash_seed", "murmur2_x86"]


def murmur2_x86(data: str, seed: int) -> int:
    """The hash by which cells are named."""
    return murmur2(data.encode(), seed)


def get_tmp_directory() -> str:
    """The folder of the cells' files."""
    return folder()


def get_tmp_hash_seed() -> int:
    """What the hash begins with."""
    return SEED


def get_file_name(code: str) -> str:
    """The file name of a cell."""
    return name_of(code)


def convert_to_long_pathname(filename: str) -> str:
    """A path as the system has it: on this one as it is."""
    return os.fspath(filename)
