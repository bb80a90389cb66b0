"""The values of variables between Octave and Python, exact to the bit: what becomes what, and as JSON.

How they are written is in `octave_kernel.values.packing` and `octave_kernel.values.unpacking`.

| Octave                                | Python                                                    |
| ------------------------------------- | --------------------------------------------------------- |
| 1x1 double, complex or logical        | float, complex, bool                                      |
| char row, '' (0x0)                    | str; bytes that are no UTF-8 are lone surrogates          |
| other numbers, full                   | numpy array of its type, in Octave's order; without numpy `Array` |
| char with several rows, and odd empty ones | `Array` of bytes as numbers                          |
| sparse                                | `Sparse`                                                  |
| cell                                  | `Cell`                                                    |
| 1x1 struct                            | dict                                                      |
| other struct                          | `Struct`                                                  |
| containers.Map, function handle       | `Map`, `Function`                                         |

What Python gives may also be int, None (an empty matrix), range, lists and tuples: those of numbers, or of
rows that are equally long, become matrices; all others become a cell.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from octave_kernel.language.lexer import KEYWORDS
from sdk import KernelSDKError, exchange

Numbers = Sequence[Any]

CODES = {
    "double": "d",
    "single": "f",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
}
CODES |= {"int64": "q", "uint64": "Q", "logical": "?", "char": "B"}
"""Octave's classes as the module `struct` has them."""

DTYPES = {"double": "f8", "single": "f4", "logical": "?", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2"}
DTYPES |= {"int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8"}
"""And as numpy has them."""


class VariableError(KernelSDKError):
    """A variable cannot be had or set; the message names it and says what to do."""


class Array(NamedTuple):
    """Numbers of class `kind`, column by column."""

    kind: str
    size: tuple[int, ...]
    items: Numbers


class Sparse(NamedTuple):
    """What is not zero in a sparse matrix; rows and columns count from 0."""

    kind: str
    size: tuple[int, ...]
    rows: Sequence[int]
    columns: Sequence[int]
    items: Numbers


class Cell(NamedTuple):
    """A cell array, column by column."""

    size: tuple[int, ...]
    items: Sequence[object]


class Struct(NamedTuple):
    """A struct array, column by column; each item has all `fields`."""

    size: tuple[int, ...]
    fields: Sequence[str]
    items: Sequence[Mapping[str, object]]


class Map(NamedTuple):
    """A containers.Map."""

    key_kind: str
    value_kind: str
    items: Mapping[object, object]


class Function(NamedTuple):
    """A function handle: the text that makes it."""

    text: str


class Aside:
    """Puts arrays into files of a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._count = 0

    def put(self, head: Callable[[int], bytes], array: exchange.Array) -> str:
        """A file that begins with `head`; its path. Raises OSError.

        An array that is in a file already, behind room for the head, is not copied.
        """
        if array.file and array.offset == exchange.ROOM:
            with open(array.file, "r+b") as file:
                file.write(head(exchange.ROOM))
            return array.file
        self._count += 1
        path = os.path.join(self._folder, f"a{self._count}")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(head(0))
            file.write(array.data)
        return path


def checked(name: str) -> str:
    """The name, if a variable can have it. Raises VariableError."""
    if not (name.isascii() and name.isidentifier()) or name in KEYWORDS or name.startswith("__k_"):
        raise VariableError(
            f"variable {name!r}: a name has letters, digits and '_', does not begin with a digit, and is no keyword"
        )
    return name


def to_json(value: object) -> object:
    """The value as JSON has it, as Octave's own jsonencode writes it: what is no finite number is null."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, complex):
        return {"real": to_json(value.real), "imag": to_json(value.imag)}
    if isinstance(value, Function):
        return value.text
    if isinstance(value, Map):
        return {str(key): to_json(one) for key, one in value.items.items()}
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, Cell):
        return [to_json(one) for one in value.items]
    if isinstance(value, (Array, Struct)):
        return nested(value.size, [to_json(one) for one in value.items])
    if isinstance(value, Sparse):
        return nested(value.size, _dense(value))
    if type(value).__module__ == "numpy":
        return _numpy_to_json(value)
    return value


def _numpy_to_json(value: Any) -> object:
    if not getattr(value, "shape", ()):
        return to_json(value.item())
    return nested(value.shape, [to_json(one) for one in value.flatten(order="F").tolist()])


def _dense(value: Sparse) -> list[object]:
    items: list[object] = [False if value.kind == "logical" else 0.0] * product(value.size)
    for row, column, item in zip(value.rows, value.columns, value.items, strict=True):
        items[column * value.size[0] + row] = to_json(item)
    return items


def nested(size: Sequence[int], items: Sequence[object]) -> object:
    """Lists of rows; a vector is one list."""
    if len(size) == 2 and 1 in size:
        return list(items)
    if len(size) == 1:
        return list(items)
    rows = size[0]
    return [_nested_rest(size[1:], items[row::rows]) for row in range(rows)]


def _nested_rest(size: Sequence[int], items: Sequence[object]) -> object:
    if len(size) == 1:
        return list(items)
    return [_nested_rest(size[1:], items[row :: size[0]]) for row in range(size[0])]


def product(size: Sequence[int]) -> int:
    count = 1
    for side in size:
        count *= side
    return count


def numpy_or_none() -> Any:
    try:
        return importlib.import_module("numpy")  # takes a tenth of a second, and need not be there
    except ImportError:
        return None
