"""Values that Python has no plain ones for: arrays, tables, sparse matrices; and the errors of values that do not fit.

The modules of this package import the standard library and each other alone, by relative imports, and run on Python
3.10: Python kernels that do not have the SDK load them from its folder (see `serving`).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Sequence
from typing import Any

Buffer = bytes | bytearray | memoryview

ROOM = 4096
"""How many bytes are free before an array in a file of its own."""

NATIVE = "<" if sys.byteorder == "little" else ">"
"""How `dtype` writes the order of bytes in this machine."""

CODES = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q"}
"""What the module `struct` calls the types of numbers; of complex ones their parts."""
CODES.update({"f2": "e", "f4": "f", "f8": "d", "c8": "f", "c16": "d"})


class ExchangeError(Exception):
    """A value cannot be given away or taken; the message names the place, the type and the remedy."""


class NoRoomError(ExchangeError):
    """The disk, or the memory, on which the file is to be is full."""


class Array:
    """Numbers of one type: `dtype` as numpy writes it ("<f8"), `order` "C" (last index fastest) or "F" (first)."""

    __slots__ = ("data", "dtype", "file", "keeper", "offset", "order", "shape")

    def __init__(self, dtype: str, shape: Sequence[int], data: Buffer, order: str = "C") -> None:
        """`data`: bytes, or a view of them."""
        self.dtype = dtype
        self.shape = tuple(shape)
        self.data = data
        self.order = order
        self.file = ""
        self.offset = 0
        self.keeper: object = None

    def in_file(self, path: str, offset: int, keeper: object = None) -> Array:
        """This array, which is known to be what the file holds from `offset` on, as long as there is `keeper`."""
        self.file = path
        self.offset = offset
        self.keeper = keeper
        return self

    @property
    def kind(self) -> str:
        """The type without the order of its bytes: "f8"."""
        return self.dtype.lstrip("<>|=")

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return product(self.shape)

    def items(self) -> list[Any]:
        """The numbers, as they lie in memory."""
        order = self.dtype[0] if self.dtype[0] in "<>" else "="
        complex_ = self.kind[0] == "c"
        if self.kind not in CODES:
            raise ExchangeError(f"an array of type {self.dtype} has no numbers that can be told; convert it first")
        count = self.size * (2 if complex_ else 1)
        found = struct.unpack(f"{order}{count}{CODES[self.kind]}", self.data)
        return [complex(*pair) for pair in zip(found[::2], found[1::2], strict=True)] if complex_ else list(found)

    def tolist(self) -> Any:
        """The numbers as nested lists; of shape () the number."""
        return nested(self.items(), self.shape, self.order)

    def reshaped(self, shape: Sequence[int]) -> Array:
        """The same numbers in another shape of as many."""
        return Array(self.dtype, shape, self.data, self.order).in_file(self.file, self.offset, self.keeper)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Array):
            return NotImplemented
        mine = (self.dtype, self.shape, self.order if len(self.shape) > 1 else "", bytes(self.data))
        return mine == (other.dtype, other.shape, other.order if len(other.shape) > 1 else "", bytes(other.data))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Array({self.dtype!r}, {self.shape!r}, <{memoryview(self.data).nbytes} bytes>, {self.order!r})"


class Table:
    """Columns of equal length, each a list or an `Array`; `index`: one more that names the rows, or None."""

    __slots__ = ("columns", "index")

    def __init__(self, columns: Iterable[tuple[Any, Any]], index: Sequence[Any] | None = None) -> None:
        """`columns`: pairs of a name and values."""
        self.columns = [(name, values) for name, values in columns]
        self.index = index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (self.columns, self.index) == (other.columns, other.index)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Table({self.columns!r}, {self.index!r})"


class Sparse:
    """What is not zero in a matrix: `rows` and `columns` (from 0, int64) and `items` are arrays of equal length."""

    __slots__ = ("columns", "items", "rows", "shape")

    def __init__(self, shape: Sequence[int], rows: Array, columns: Array, items: Array) -> None:
        """`shape`: rows and columns of the whole matrix."""
        self.shape = tuple(shape)
        self.rows = rows
        self.columns = columns
        self.items = items

    def __eq__(self, other: object) -> bool:
        mine = (self.shape, self.rows, self.columns, self.items)
        return isinstance(other, Sparse) and mine == (other.shape, other.rows, other.columns, other.items)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Sparse({self.shape!r}, {self.rows!r}, {self.columns!r}, {self.items!r})"


def product(shape: Iterable[int]) -> int:
    """The number of items of an array of this shape."""
    count = 1
    for side in shape:
        count *= side
    return count


def nested(items: Sequence[Any], shape: Sequence[int], order: str) -> Any:
    """The items as nested lists."""
    if not shape:
        return items[0]
    if len(shape) == 1:
        return list(items)
    if order == "F":
        return [nested(items[at :: shape[0]], shape[1:], order) for at in range(shape[0])]
    step = product(shape[1:])
    return [nested(items[at * step : (at + 1) * step], shape[1:], order) for at in range(shape[0])]
