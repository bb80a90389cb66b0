"""Writes a value of Python's in the bytes from which Octave reads it.

Arrays that are large go beside them, each into a file of Octave's own binary format, which it loads at the speed of
memory; where they go is for whoever packs to say.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from octave_kernel.values.values import (
    CODES,
    DTYPES,
    Array,
    Cell,
    Function,
    Map,
    Numbers,
    Sparse,
    Struct,
    VariableError,
    numpy_or_none,
    product,
)
from sdk import exchange

Aside = Callable[[Callable[[int], bytes], exchange.Array], str]
"""Puts an array into a file, behind a head that can be made as long as one likes, and gives its path."""

LARGE = 1 << 16  # bytes
_CLASSES = {code: name for name, code in DTYPES.items()} | {"b1": "logical", "f2": "single"}
_LARGEST_EXACT = 2**53
_MOST_ROWS = 2**31
_REMEDY = "give numbers, text, lists, dicts, arrays or tables"
_STORED = {"double": b"matrix", "single": b"float matrix", "logical": b"bool matrix"}
_STORED_PRECISION = {"double": b"\x07", "single": b"\x06"}


def pack(value: object, name: str = "value", aside: Aside | None = None) -> bytes:
    """The value, as Octave's helpers read it. Raises VariableError, with the place, for what has no like in Octave."""
    return b"".join(_Packer(name, aside).packed(value, name))


class _Packer:
    def __init__(self, name: str, aside: Aside | None) -> None:
        self._name = name
        self._aside = aside

    def packed(self, value: object, place: str) -> list[bytes]:
        for kind, packed in _PACKERS:
            if isinstance(value, kind):
                return packed(self, value, place)
        if type(value).__module__ == "numpy":
            return self._numpy(value, place)
        if isinstance(value, (set, frozenset)):
            raise self._error(place, f"a {type(value).__name__} has no like in Octave; give a list")
        raise self._error(place, f"a Python value of type {type(value).__name__} has no like in Octave; {_REMEDY}")

    def _error(self, place: str, text: str) -> VariableError:
        return VariableError(f"{place if place != self._name else f'variable {place!r}'}: {text}")

    # -- single values -------------------------------------------------------------------------------------------------

    def _text(self, value: str, place: str) -> list[bytes]:
        try:
            data = value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise self._error(place, f"this text is no UTF-8: {error.reason} at character {error.start}") from None
        return [_head("n", "char", is_complex=False), _dimensions((min(1, len(data)), len(data))), data]

    def _integer(self, value: int, place: str) -> list[bytes]:
        if -_LARGEST_EXACT <= value <= _LARGEST_EXACT:
            return _full("double", (1, 1), (float(value),))
        if -(2**63) <= value < 2**64:
            return _full("int64" if value < 2**63 else "uint64", (1, 1), (value,))
        shown = f"{value}" if abs(value) < 10**40 else f"of {value.bit_length()} bits"
        raise self._error(place, f"the integer {shown} is larger than any of Octave's classes holds; give a float")

    # -- what has parts ------------------------------------------------------------------------------------------------

    def _mapping(self, value: Mapping[object, object], place: str) -> list[bytes]:
        kinds = {type(key) for key in value}
        if kinds and kinds <= {int, float}:
            numbered: dict[object, object] = {
                float(key): one for key, one in value.items() if isinstance(key, (int, float))
            }
            return self._map(Map("double", "any", numbered), place)
        for key in value:
            if not isinstance(key, str):
                raise self._error(
                    place,
                    f"the key {key!r} is of type {type(key).__name__}: a struct's are text, a containers.Map's numbers",
                )
            if not key or "\0" in key:
                raise self._error(place, f"the key {key!r} cannot be the name of a struct's field")
        return self._struct(
            Struct((1, 1), list(map(str, value)), [{str(key): one for key, one in value.items()}]), place
        )

    def _struct(self, value: Struct, place: str) -> list[bytes]:
        names = "".join(f"{name}\0" for name in value.fields).encode("utf-8", "surrogateescape")
        found = [b"s", _dimensions(value.size), struct.pack("=Q", len(value.fields)), names]
        for item in value.items:
            for field in value.fields:
                found += self.packed(item[field], f"{place}[{field!r}]")
        return found

    def _cell(self, value: Cell, place: str) -> list[bytes]:
        if value.items and all(type(item) is float for item in value.items):
            return [b"d", _dimensions(value.size), struct.pack(f"={len(value.items)}d", *value.items)]
        if value.items and all(type(item) is str for item in value.items):
            texts = [str(item).encode("utf-8", "surrogateescape") for item in value.items]
            lengths = struct.pack(f"={len(texts)}Q", *(len(text) for text in texts))
            return [b"t", _dimensions(value.size), lengths, *texts]
        found = [b"c", _dimensions(value.size)]
        for at, item in enumerate(value.items):
            found += self.packed(item, f"{place}[{at}]")
        return found

    def _map(self, value: Map, place: str) -> list[bytes]:
        size = (1, len(value.items))
        keys, values = Cell(size, tuple(value.items)), Cell(size, tuple(value.items.values()))
        kinds = f"{value.key_kind}\0{value.value_kind}\0".encode()
        return [b"m", kinds, *self._cell(keys, place), *self._cell(values, place)]

    def _list(self, value: Sequence[object], place: str) -> list[bytes]:
        if not value:
            return _full("double", (0, 0), ())
        if all(_is_number(item) for item in value):
            kind, cast = self._kind_of(value, place)
            return _full(kind, (1, len(value)), [cast(item) for item in value])
        rows = [list(item) for item in value if isinstance(item, (list, tuple)) and not hasattr(item, "_fields")]
        if (
            len(rows) == len(value)
            and len({len(row) for row in rows}) == 1
            and all(_is_number(x) for row in rows for x in row)
        ):
            kind, cast = self._kind_of([x for row in rows for x in row], place)
            return _full(kind, (len(rows), len(rows[0])), [cast(row[k]) for k in range(len(rows[0])) for row in rows])
        return self._cell(Cell((1, len(value)), value), place)

    def _kind_of(self, value: Sequence[Any], place: str) -> tuple[str, Callable[[Any], Any]]:
        if all(isinstance(item, bool) for item in value):
            return "logical", bool
        if any(isinstance(item, complex) for item in value):
            return "double", complex
        if all(abs(item) <= _LARGEST_EXACT for item in value if isinstance(item, int)):
            return "double", float
        if all(isinstance(item, int) for item in value):
            for kind, least, most in (("int64", -(2**63), 2**63 - 1), ("uint64", 0, 2**64 - 1)):
                if least <= min(value) and max(value) <= most:
                    return kind, int
        raise self._error(place, "its integers are larger than any of Octave's classes holds; give floats")

    # -- arrays --------------------------------------------------------------------------------------------------------

    def _numpy(self, value: Any, place: str) -> list[bytes]:
        numpy = numpy_or_none()
        whole = numpy.asarray(value)
        if whole.dtype.kind in "OU":
            size = whole.shape if whole.ndim > 1 else (1, whole.size)
            return self._cell(Cell(size, whole.flatten(order="F").tolist()), place)
        whole = whole.astype(whole.dtype.newbyteorder("="), copy=False)
        order = "F" if whole.flags.f_contiguous else "C"
        flat = numpy.ascontiguousarray(whole.T if order == "F" else whole).reshape(-1)
        return self._array(exchange.Array(whole.dtype.str, whole.shape, memoryview(flat.view("u1")), order), place)

    def _array(self, value: exchange.Array, place: str) -> list[bytes]:
        kind = {"c8": "single", "c16": "double"}.get(value.kind) or _CLASSES.get(value.kind)
        if kind is None:
            raise self._error(
                place, f"an array of type {value.dtype} has no like in Octave; make numbers or text of it first"
            )
        shape = value.shape if len(value.shape) > 1 else (1, value.size)
        data = memoryview(value.data).cast("B") if value.size else memoryview(b"")
        is_complex = value.kind[0] == "c"
        if value.kind == "f2" or value.dtype[0] not in (exchange.NATIVE, "|", "="):
            items = value.items()
            parts = [[one.real for one in items], [one.imag for one in items]] if is_complex else [items]
            packed = [
                _head("n", kind, is_complex=is_complex),
                *(struct.pack(f"={len(p)}{CODES[kind]}", *p) for p in parts),
            ]
            return self._turned(packed[:1], packed[1:], shape, value.order)
        if self._aside is not None and len(data) >= LARGE and max(shape) < _MOST_ROWS:
            size = shape if value.order == "F" or min(shape) == product(shape) else shape[::-1]
            sides = (2, *size) if is_complex else size  # as a complex matrix it would lose what is zero
            path = self._aside(lambda length: _stored(kind, sides, length), value)
            head = [_head("l", kind, is_complex=is_complex), _dimensions(size), path.encode() + b"\0"]
            return head if size is shape else [*_turn(shape), *head]
        head = [_head("n", kind, is_complex=is_complex)]
        if not is_complex:
            return self._turned(head, [bytes(data)], shape, value.order)
        numbers = data.cast("d" if kind == "double" else "f") if value.size else data
        return self._turned(head, [numbers[part::2].tobytes() for part in (0, 1)], shape, value.order)

    @staticmethod
    def _turned(head: list[bytes], data: list[bytes], shape: Sequence[int], order: str) -> list[bytes]:
        if order == "F" or len(shape) < 2 or product(shape) in (0, max(shape)):
            return [*head, _dimensions(shape), *data]
        return [*_turn(shape), *head, _dimensions(shape[::-1]), *data]

    def _sparse(self, value: Sparse, place: str) -> list[bytes]:
        count = len(value.items)
        numbers = _full(value.kind, (count, 1), value.items)
        head = _head("p", value.kind, is_complex=any(isinstance(item, complex) for item in value.items))
        places = (*value.size, count, *value.rows, *value.columns)
        return [head, struct.pack(f"={len(places)}Q", *places), *numbers[2:]]

    def _sparse_of_others(self, value: exchange.Sparse, place: str) -> list[bytes]:
        items = value.items.items()
        kind = "logical" if value.items.kind == "b1" else "double"
        if kind == "double":
            items = [item if isinstance(item, complex) else float(item) for item in items]
        return self._sparse(Sparse(kind, value.shape, value.rows.items(), value.columns.items(), items), place)

    # -- tables --------------------------------------------------------------------------------------------------------

    def _table(self, value: exchange.Table, place: str) -> list[bytes]:
        columns = {str(name): values for name, values in value.columns}
        if len(columns) < len(value.columns):
            raise self._error(place, "two columns of the table have the same name; rename one")
        if value.index is not None:
            columns = {str(value.index[0] or "index"): value.index[1], **columns}
        found = [b"s", _dimensions((1, 1)), struct.pack("=Q", len(columns))]
        found.append("".join(f"{name}\0" for name in columns).encode("utf-8", "surrogateescape"))
        for name, values in columns.items():
            found += self._column(values, f"{place}[{name!r}]")
        return found

    def _column(self, values: Any, place: str) -> list[bytes]:
        if isinstance(values, exchange.Array):
            return self._array(values.reshaped((values.size, 1)), place)
        if any(_is_number(one) for one in values) and all(one is None or _is_number(one) for one in values):
            numbers = [float("nan") if one is None else one for one in values]
            kind, cast = self._kind_of(numbers, place)
            return _full(kind, (len(values), 1), [cast(one) for one in numbers])
        return self._cell(Cell((len(values), 1), ["" if one is None else one for one in values]), place)


def _full(kind: str, size: Sequence[int], items: Numbers) -> list[bytes]:
    code = CODES[kind]
    is_complex = any(isinstance(item, complex) for item in items)
    parts = [[item.real for item in items], [item.imag for item in items]] if is_complex else [items]
    data = [struct.pack(f"={len(part)}{code}", *part) for part in parts]
    return [_head("n", kind, is_complex=is_complex), _dimensions(size), *data]


def _head(letter: str, kind: str, *, is_complex: bool) -> bytes:
    return letter.encode() + kind.encode() + b"\0" + bytes([is_complex])


def _dimensions(size: Sequence[int]) -> bytes:
    return struct.pack(f"={1 + len(size)}Q", len(size), *size)


def _turn(shape: Sequence[int]) -> list[bytes]:
    """What follows is of this shape, and its dimensions are in reversed order."""
    return [b"o", struct.pack("=Q", len(shape))]


def _stored(kind: str, size: Sequence[int], length: int) -> bytes:
    """The first `length` bytes of a file of Octave's binary format: what precedes the numbers of one variable, `v`."""
    name = _STORED.get(kind, f"{kind} matrix".encode())
    order = b"L" if exchange.NATIVE == "<" else b"B"
    first = b"Octave-1-" + order + b"\0" + struct.pack("=i", 1) + b"v"
    sides = struct.pack(f"={1 + len(size)}i", -len(size), *size)
    last = b"\0\xff" + struct.pack("=i", len(name)) + name + sides + _STORED_PRECISION.get(kind, b"")
    comment = max(0, length - len(first) - 4 - len(last))
    return first + struct.pack("=i", comment) + b" " * comment + last


def _is_number(value: object) -> bool:
    return isinstance(value, (bool, int, float, complex))


_PACKERS: Sequence[tuple[Any, Callable[[_Packer, Any, str], list[bytes]]]] = (
    (bool, lambda self, value, place: _full("logical", (1, 1), (value,))),
    (str, _Packer._text),
    (Array, lambda self, value, place: _full(value.kind, value.size, value.items)),
    (Sparse, _Packer._sparse),
    (Cell, _Packer._cell),
    (Struct, _Packer._struct),
    (Map, _Packer._map),
    (Function, lambda self, value, place: [b"f", value.text.encode() + b"\0"]),
    (Mapping, _Packer._mapping),
    (type(None), lambda self, value, place: _full("double", (0, 0), ())),
    (int, _Packer._integer),
    ((float, complex), lambda self, value, place: _full("double", (1, 1), (value,))),
    ((list, tuple, range), _Packer._list),
    (
        (bytes, bytearray, memoryview),
        lambda self, value, place: self._array(exchange.Array("|u1", (len(value),), value), place),
    ),
    (exchange.Array, _Packer._array),
    (exchange.Sparse, _Packer._sparse_of_others),
    (exchange.Table, _Packer._table),
)
