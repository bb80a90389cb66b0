"""What others can take of the values that Octave alone has. Pure.

| Octave                       | others                                                  |
| ---------------------------- | ------------------------------------------------------- |
| a row of numbers             | an array of one dimension; see `row`                    |
| other matrices               | an array of their shape, in Octave's order              |
| one number of another class  | an array of no dimension: a number of that type         |
| char with several rows       | list of str                                             |
| cell                         | list; with several rows a list of lists                 |
| struct array                 | list of dicts; with several rows a list of lists        |
| containers.Map               | dict                                                    |
| function handle              | nothing: an error                                       |
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from octave_kernel.values.values import CODES, DTYPES, Array, Cell, Function, Map, Sparse, Struct, VariableError, nested
from sdk import exchange


def plain(value: object, place: str) -> object:
    """The value without what Octave alone has. Raises VariableError, which names the place."""
    for kind, made in _MADE:
        if isinstance(value, kind):
            return made(value, place)
    return value


def row(value: object, place: str) -> object:
    """The value of a variable that was set to a matrix of one row: such a matrix, if it is one still."""
    if isinstance(value, exchange.Array) and value.shape[:1] == (1,) and len(value.shape) == 2:
        return value
    for kind, dtype, code in ((bool, "|b1", "?"), (float, _native("f8"), "d")):
        if isinstance(value, kind):
            return exchange.Array(dtype, (1, 1), struct.pack(f"={code}", value))
    if isinstance(value, complex):
        return exchange.Array(_native("c16"), (1, 1), struct.pack("=2d", value.real, value.imag))
    return plain(value, place)


def _array(value: exchange.Array, place: str) -> exchange.Array:
    if value.shape == (1, 1):
        return value.reshaped(())
    return value.reshaped(value.shape[1:]) if len(value.shape) == 2 and value.shape[0] == 1 else value


def _characters(value: Array, place: str) -> object:
    if not value.items:
        return "" if value.size[0] <= 1 else [""] * value.size[0]
    if len(value.size) > 2:
        raise VariableError(f"{place}: text of {len(value.size)} dimensions has no like elsewhere; give rows of it")
    rows = (bytes(value.items[row :: value.size[0]]) for row in range(value.size[0]))
    return [row.decode("utf-8", "surrogateescape") for row in rows]


def _sparse(value: Sparse, place: str) -> exchange.Sparse:
    count = len(value.items)
    numbers: Sequence[Any] = value.items
    code, dtype = CODES[value.kind], DTYPES[value.kind]
    if any(isinstance(item, complex) for item in numbers):
        numbers = [part for item in numbers for part in (item.real, item.imag)]
        dtype = "c16"
    items = exchange.Array(
        _native("b1" if dtype == "?" else dtype), (count,), struct.pack(f"={len(numbers)}{code}", *numbers)
    )
    return exchange.Sparse(value.size, _places(value.rows), _places(value.columns), items)


def _places(numbers: Sequence[int]) -> exchange.Array:
    return exchange.Array(_native("i8"), (len(numbers),), struct.pack(f"={len(numbers)}q", *numbers))


def _native(code: str) -> str:
    return f"{exchange.NATIVE}{code}"


def _cell(value: Cell, place: str) -> object:
    return _listed(value.size, [plain(one, f"{place}[{at}]") for at, one in enumerate(value.items)])


def _struct(value: Struct, place: str) -> object:
    return _listed(value.size, [_mapping(one, f"{place}[{at}]") for at, one in enumerate(value.items)])


def _listed(size: Sequence[int], items: list[object]) -> object:
    return nested(size, items) if items else []


def _mapping(value: Mapping[Any, object], place: str) -> dict[Any, object]:
    return {key: plain(one, f"{place}[{key!r}]") for key, one in value.items()}


def _function(value: Function, place: str) -> object:
    raise VariableError(f"{place}: a function handle has no like elsewhere; give what it computes, or func2str of it")


_MADE: Sequence[tuple[type, Callable[[Any, str], object]]] = (
    (exchange.Array, _array),
    (Array, _characters),
    (Sparse, _sparse),
    (Cell, _cell),
    (Struct, _struct),
    (Map, lambda value, place: _mapping(value.items, place)),
    (Function, _function),
    (Mapping, _mapping),
)
