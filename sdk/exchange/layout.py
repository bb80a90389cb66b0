"""How a value lies in a file: a head of JSON that says what there is, and the bytes of numbers as they lie in memory.

The file: 8 bytes of name, 8 bytes with the head's length, the head, and blocks of bytes, each at a multiple of 64
behind the head. A large array is in a file of its own beside it, behind `ROOM` bytes that are free: who takes it may
put there what makes it a file of another kind, and nobody needs to copy it. In the head null, true, text, whole numbers
and floats are JSON's; all else is a list that begins with a letter (see the table in `reading`).
"""

from __future__ import annotations

NAME = b"parcel1\n"
ALIGNED = 64


def aligned(number: int) -> int:
    """The next place where a block may begin."""
    return -(-number // ALIGNED) * ALIGNED


def own_file(path: str, number: int) -> str:
    """The file of a large array, counted from 0."""
    return f"{path}.{number}"
