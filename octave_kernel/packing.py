"""Writes a value of Python's in the bytes from which Octave reads it. Pure."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from octave_kernel.values import (
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
)

_CLASSES = {code: name for name, code in DTYPES.items()} | {"b1": "logical", "f2": "single"}
_LARGEST_EXACT = 2**53


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
    code = CODES[kind]
    is_complex = any(isinstance(item, complex) for item in items)
    parts = [[item.real for item in items], [item.imag for item in items]] if is_complex else [items]
    data = [struct.pack(f"={len(part)}{code}", *part) for part in parts]
    return [_head("n", kind, is_complex=is_complex), _dimensions(size), *data]


def _head(letter: str, kind: str, *, is_complex: bool) -> bytes:
    return letter.encode() + kind.encode() + b"\0" + bytes([is_complex])


def _dimensions(size: Sequence[int]) -> bytes:
    return struct.pack(f"={1 + len(size)}Q", len(size), *size)


def _text(value: str) -> list[bytes]:
    data = value.encode("utf-8", "surrogateescape")
    return [_head("n", "char", is_complex=False), _dimensions((min(1, len(data)), len(data))), data]


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
    if value.items and all(type(item) is float for item in value.items):
        return [b"d", _dimensions(value.size), struct.pack(f"={len(value.items)}d", *value.items)]
    if value.items and all(type(item) is str for item in value.items):
        texts = [str(item).encode("utf-8", "surrogateescape") for item in value.items]
        lengths = struct.pack(f"={len(texts)}Q", *(len(text) for text in texts))
        return [b"t", _dimensions(value.size), lengths, *texts]
    found = [b"c", _dimensions(value.size)]
    for item in value.items:
        found += _packed(item)
    return found


def _sparse(value: Sparse) -> list[bytes]:
    count = len(value.items)
    numbers = _full(value.kind, (count, 1), value.items)
    head = _head("p", value.kind, is_complex=any(isinstance(item, complex) for item in value.items))
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
    whole = numpy_or_none().asarray(value)
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
    dtype = "u1" if kind == "logical" else DTYPES[kind]
    return [
        _head("n", kind, is_complex=is_complex),
        _dimensions(whole.shape),
        *(part.astype(dtype).tobytes() for part in parts),
    ]


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
