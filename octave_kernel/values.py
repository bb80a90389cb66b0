"""The values of variables between Octave and Python, exact to the bit. Pure: reads and writes what Octave's helpers do.

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
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from octave_kernel.lexer import KEYWORDS

Numbers = Sequence[Any]

_CODES = {
    "double": "d",
    "single": "f",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
}
_CODES |= {"int64": "q", "uint64": "Q", "logical": "?", "char": "B"}
_DTYPES = {"double": "f8", "single": "f4", "logical": "?", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2"}
_DTYPES |= {"int32": "i4", "uint32": "u4", "int64": "i8", "uint64": "u8"}
_CLASSES = {code: name for name, code in _DTYPES.items()} | {"b1": "logical", "f2": "single"}
_LARGEST_EXACT = 2**53


class VariableError(Exception):
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


def checked(name: str) -> str:
    """The name, if a variable can have it. Raises VariableError."""
    if not (name.isascii() and name.isidentifier()) or name in KEYWORDS or name.startswith("__k_"):
        raise VariableError(
            f"variable {name!r}: a name has letters, digits and '_', does not begin with a digit, and is no keyword"
        )
    return name


# -- from Octave -------------------------------------------------------------------------------------------------------


def unpack(data: bytes) -> object:
    """The value in what Octave has written: a letter for the order of its bytes, and the packed value."""
    return _Reader(data[1:], ">" if data[:1] == b"B" else "<").value()


class _Reader:
    def __init__(self, data: bytes, order: str) -> None:
        self._data = data
        self._order = order
        self._at = 0
        self._kinds: Mapping[str, Callable[[], object]] = {
            "n": self._full,
            "p": self._sparse,
            "c": self._cell,
            "s": self._struct,
            "m": self._map,
            "f": lambda: Function(self._word()),
        }

    def value(self) -> object:
        kind = chr(self._data[self._at])
        self._at += 1
        return self._kinds[kind]()

    def _word(self) -> str:
        end = self._data.index(b"\0", self._at)
        text = self._data[self._at : end].decode("utf-8", "surrogateescape")
        self._at = end + 1
        return text

    def _integers(self, count: int) -> tuple[int, ...]:
        found = struct.unpack_from(f"{self._order}{count}Q", self._data, self._at)
        self._at += 8 * count
        return found

    def _size(self) -> tuple[int, ...]:
        return self._integers(self._integers(1)[0])

    def _flag(self) -> bool:
        self._at += 1
        return bool(self._data[self._at - 1])

    def _full(self) -> object:
        kind, is_complex = self._word(), self._flag()
        size = self._size()
        count = _product(size)
        if kind == "char" and (size == (0, 0) or (len(size) == 2 and size[0] == 1 and count)):
            self._at += count
            return self._data[self._at - count : self._at].decode("utf-8", "surrogateescape")
        if count == 1 and kind in ("double", "logical") and len(size) == 2:
            return self._numbers(kind, 1, is_complex)[0]
        if kind != "char" and (numpy := _numpy()) is not None:
            column = self._column(numpy, kind, count, is_complex)
            return column[0] if size == (1, 1) else column.reshape(size, order="F")
        return Array(kind, size, self._numbers(kind, count, is_complex))

    def _numbers(self, kind: str, count: int, is_complex: bool) -> Numbers:
        form = f"{self._order}{count}{_CODES[kind]}"
        found: Numbers = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        if is_complex:
            imaginary = struct.unpack_from(form, self._data, self._at)
            self._at += struct.calcsize(form)
            found = tuple(complex(*pair) for pair in zip(found, imaginary, strict=True))
        return found

    def _column(self, numpy: Any, kind: str, count: int, is_complex: bool) -> Any:
        dtype = numpy.dtype(_DTYPES[kind]).newbyteorder(self._order)
        found = numpy.frombuffer(self._data, dtype, count, self._at).astype(_DTYPES[kind])
        self._at += found.nbytes
        if is_complex:
            whole = numpy.empty(count, "c16" if kind == "double" else "c8")
            whole.real = found
            whole.imag = numpy.frombuffer(self._data, dtype, count, self._at)
            self._at += found.nbytes
            return whole
        return found

    def _sparse(self) -> Sparse:
        kind, is_complex = self._word(), self._flag()
        rows, columns, count = self._integers(3)
        places = self._integers(2 * count)
        items = self._numbers(kind, count, is_complex)
        return Sparse(kind, (rows, columns), places[:count], places[count:], items)

    def _cell(self) -> Cell:
        size = self._size()
        return Cell(size, tuple(self.value() for _ in range(_product(size))))

    def _struct(self) -> object:
        size = self._size()
        fields = tuple(self._word() for _ in range(self._integers(1)[0]))
        items = tuple({field: self.value() for field in fields} for _ in range(_product(size)))
        return items[0] if size == (1, 1) else Struct(size, fields, items)

    def _map(self) -> Map:
        key_kind, value_kind = self._word(), self._word()
        keys, values = self.value(), self.value()
        assert isinstance(keys, Cell)
        assert isinstance(values, Cell)
        return Map(key_kind, value_kind, dict(zip(keys.items, values.items, strict=True)))


# -- to Octave ---------------------------------------------------------------------------------------------------------


def pack(value: object) -> bytes:
    """The value, as Octave's helpers read it. Raises VariableError for what Octave has nothing like."""
    return b"".join(_packed(value))


def _packed(value: object) -> list[bytes]:
    for kind, packed in _PACKERS:
        if isinstance(value, kind):
            return packed(value)
    if type(value).__module__ == "numpy":
        return _packed_numpy(value)
    raise VariableError(
        f"a Python value of type {type(value).__name__} has nothing like it in Octave; "
        "give numbers, text, lists, dicts or numpy arrays"
    )


def _full(kind: str, size: Sequence[int], items: Numbers) -> list[bytes]:
    code = _CODES[kind]
    is_complex = any(isinstance(item, complex) for item in items)
    parts = [[item.real for item in items], [item.imag for item in items]] if is_complex else [items]
    data = [struct.pack(f"={len(part)}{code}", *part) for part in parts]
    return [_head("n", kind, is_complex), _dimensions(size), *data]


def _head(letter: str, kind: str, is_complex: bool) -> bytes:
    return letter.encode() + kind.encode() + b"\0" + bytes([is_complex])


def _dimensions(size: Sequence[int]) -> bytes:
    return struct.pack(f"={1 + len(size)}Q", len(size), *size)


def _text(value: str) -> list[bytes]:
    data = value.encode("utf-8", "surrogateescape")
    return [_head("n", "char", False), _dimensions((min(1, len(data)), len(data))), data]


def _integer(value: int) -> list[bytes]:
    if -_LARGEST_EXACT <= value <= _LARGEST_EXACT:
        return _full("double", (1, 1), (float(value),))
    if -(2**63) <= value < 2**64:
        return _full("int64" if value < 2**63 else "uint64", (1, 1), (value,))
    raise VariableError(f"the integer {value} is larger than any of Octave's classes holds; give a float")


def _mapping(value: Mapping[object, object]) -> list[bytes]:
    return _struct(Struct((1, 1), [str(key) for key in value], [{str(key): one for key, one in value.items()}]))


def _struct(value: Struct) -> list[bytes]:
    names = "".join(f"{name}\0" for name in value.fields).encode()
    found = [b"s", _dimensions(value.size), struct.pack("=Q", len(value.fields)), names]
    for item in value.items:
        for field in value.fields:
            found += _packed(item[field])
    return found


def _cell(value: Cell) -> list[bytes]:
    found = [b"c", _dimensions(value.size)]
    for item in value.items:
        found += _packed(item)
    return found


def _sparse(value: Sparse) -> list[bytes]:
    count = len(value.items)
    numbers = _full(value.kind, (count, 1), value.items)
    head = _head("p", value.kind, any(isinstance(item, complex) for item in value.items))
    places = (*value.size, count, *value.rows, *value.columns)
    return [head, struct.pack(f"={len(places)}Q", *places), *numbers[2:]]


def _map(value: Map) -> list[bytes]:
    size = (1, len(value.items))
    keys, values = Cell(size, tuple(value.items)), Cell(size, tuple(value.items.values()))
    return [b"m", f"{value.key_kind}\0{value.value_kind}\0".encode(), *_cell(keys), *_cell(values)]


def _list(value: Sequence[object]) -> list[bytes]:
    if not value:
        return _full("double", (0, 0), ())
    if all(_is_number(item) for item in value):
        return _row(value)
    rows = [list(item) for item in value if isinstance(item, (list, tuple)) and not hasattr(item, "_fields")]
    if (
        len(rows) == len(value)
        and len({len(row) for row in rows}) == 1
        and all(_is_number(x) for row in rows for x in row)
    ):
        kind, cast = _kind_of([x for row in rows for x in row])
        return _full(kind, (len(rows), len(rows[0])), [cast(row[k]) for k in range(len(rows[0])) for row in rows])
    return _cell(Cell((1, len(value)), value))


def _row(value: Sequence[Any]) -> list[bytes]:
    kind, cast = _kind_of(value)
    return _full(kind, (1, len(value)), [cast(item) for item in value])


def _is_number(value: object) -> bool:
    return isinstance(value, (bool, int, float, complex))


def _kind_of(value: Sequence[object]) -> tuple[str, Callable[[Any], Any]]:
    if all(isinstance(item, bool) for item in value):
        return "logical", bool
    return "double", complex if any(isinstance(item, complex) for item in value) else float


def _packed_numpy(value: Any) -> list[bytes]:
    numpy = _numpy()
    whole = numpy.asarray(value)
    if whole.ndim < 2:
        whole = whole.reshape((1, -1))
    code = f"{whole.dtype.kind}{whole.dtype.itemsize}"
    is_complex = code in ("c8", "c16")
    kind = {"c8": "single", "c16": "double"}.get(code) or _CLASSES.get(code)
    if whole.dtype.kind in "OU":
        return _cell(Cell(whole.shape, whole.flatten(order="F").tolist()))
    if kind is None:
        raise VariableError(f"a numpy array of type {whole.dtype} has nothing like it in Octave; use astype first")
    flat = whole.astype(whole.dtype.newbyteorder("=")).flatten(order="F")
    parts = [flat.real, flat.imag] if is_complex else [flat]
    dtype = "u1" if kind == "logical" else _DTYPES[kind]
    return [_head("n", kind, is_complex), _dimensions(whole.shape), *(part.astype(dtype).tobytes() for part in parts)]


_PACKERS: Sequence[tuple[type | tuple[type, ...], Callable[[Any], list[bytes]]]] = (
    (bool, lambda value: _full("logical", (1, 1), (value,))),
    (str, _text),
    (Array, lambda value: _full(value.kind, value.size, value.items)),
    (Sparse, _sparse),
    (Cell, _cell),
    (Struct, _struct),
    (Map, _map),
    (Function, lambda value: [b"f", value.text.encode() + b"\0"]),
    (Mapping, _mapping),
    (type(None), lambda value: _full("double", (0, 0), ())),
    (int, _integer),
    ((float, complex), lambda value: _full("double", (1, 1), (value,))),
    ((list, tuple, range), _list),
)


# -- JSON --------------------------------------------------------------------------------------------------------------


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
        return _nested(value.size, [to_json(one) for one in value.items])
    if isinstance(value, Sparse):
        return _nested(value.size, _dense(value))
    if type(value).__module__ == "numpy":
        return _numpy_to_json(value)
    return value


def _numpy_to_json(value: Any) -> object:
    if not getattr(value, "shape", ()):
        return to_json(value.item())
    return _nested(value.shape, [to_json(one) for one in value.flatten(order="F").tolist()])


def _dense(value: Sparse) -> list[object]:
    items: list[object] = [False if value.kind == "logical" else 0.0] * _product(value.size)
    for row, column, item in zip(value.rows, value.columns, value.items, strict=True):
        items[column * value.size[0] + row] = to_json(item)
    return items


def _nested(size: Sequence[int], items: Sequence[object]) -> object:
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


def _product(size: Sequence[int]) -> int:
    count = 1
    for side in size:
        count *= side
    return count


def _numpy() -> Any:
    try:
        return importlib.import_module("numpy")  # takes a tenth of a second, and need not be there
    except ImportError:
        return None
