"""Reads the bytes in which Octave has written a value, and the files beside them that hold large arrays."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Mapping
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
    numpy_or_none,
    product,
)
from sdk import exchange


def unpack(data: bytes, *, shared: bool = False, keeper: object = None) -> object:
    """The value in what Octave has written: a letter for the order of its bytes, and the packed value.

    With `shared`, full arrays are those of `sdk.exchange`, which are not copied; `keeper` keeps their files.
    """
    return _Reader(data[1:], ">" if data[:1] == b"B" else "<", shared=shared, keeper=keeper).value()


class _Reader:
    def __init__(self, data: bytes, order: str, *, shared: bool, keeper: object) -> None:
        self._data = data
        self._order = order
        self._shared = shared
        self._keeper = keeper
        self._at = 0
        self._kinds: Mapping[str, Callable[[], object]] = {
            "n": self._full,
            "l": self._large,
            "p": self._sparse,
            "c": self._cell,
            "t": self._texts,
            "d": self._doubles,
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
        count = product(size)
        if kind == "char" and (size == (0, 0) or (len(size) == 2 and size[0] == 1 and count)):
            self._at += count
            return self._data[self._at - count : self._at].decode("utf-8", "surrogateescape")
        if count == 1 and kind in ("double", "logical") and len(size) == 2:
            return self._numbers(kind, 1, is_complex=is_complex)[0]
        if kind != "char" and self._shared:
            return exchange.Array(
                self._dtype(kind, is_complex=is_complex), size, self._plain(kind, count, is_complex), "F"
            )
        if kind != "char" and (numpy := numpy_or_none()) is not None:
            column = self._column(numpy, kind, count, is_complex=is_complex)
            return column[0] if size == (1, 1) else column.reshape(size, order="F")
        return Array(kind, size, self._numbers(kind, count, is_complex=is_complex))

    def _dtype(self, kind: str, *, is_complex: bool) -> str:
        if is_complex:
            return f"{self._order}{'c16' if kind == 'double' else 'c8'}"
        code = DTYPES[kind] if kind != "logical" else "b1"
        return f"{'|' if code.endswith('1') else self._order}{code}"

    def _plain(self, kind: str, count: int, is_complex: bool) -> bytes:
        if is_complex:  # both parts side by side; as whole numbers: nothing may make another NaN of a NaN
            form = f"{self._order}{2 * count}{'Q' if kind == 'double' else 'I'}"
            found = struct.unpack_from(form, self._data, self._at)
            self._at += struct.calcsize(form)
            return struct.pack(
                form, *(part for pair in zip(found[:count], found[count:], strict=True) for part in pair)
            )
        self._at += count * struct.calcsize(f"={CODES[kind]}")
        return self._data[self._at - count * struct.calcsize(f"={CODES[kind]}") : self._at]

    def _large(self) -> object:
        kind, is_complex = self._word(), self._flag()
        size, path = self._size(), self._word()
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        found = exchange.Array(self._dtype(kind, is_complex=is_complex), size, memoryview(data), "F")
        if self._shared:
            return found.in_file(path, 0, self._keeper)
        numpy = numpy_or_none()
        if numpy is None:
            return Array(kind, size, found.items())
        return numpy.frombuffer(data, found.dtype).reshape(size, order="F").copy(order="F")

    def _numbers(self, kind: str, count: int, *, is_complex: bool) -> Numbers:
        form = f"{self._order}{count}{CODES[kind]}"
        found: Numbers = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        if is_complex:
            imaginary = struct.unpack_from(form, self._data, self._at)
            self._at += struct.calcsize(form)
            found = tuple(complex(*pair) for pair in zip(found, imaginary, strict=True))
        return found

    def _column(self, numpy: Any, kind: str, count: int, *, is_complex: bool) -> Any:
        dtype = numpy.dtype(DTYPES[kind]).newbyteorder(self._order)
        found = numpy.frombuffer(self._data, dtype, count, self._at).astype(DTYPES[kind])
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
        items = self._numbers(kind, count, is_complex=is_complex)
        return Sparse(kind, (rows, columns), places[:count], places[count:], items)

    def _cell(self) -> Cell:
        size = self._size()
        return Cell(size, tuple(self.value() for _ in range(product(size))))

    def _texts(self) -> Cell:
        size = self._size()
        items = []
        for length in self._integers(product(size)):
            items.append(self._data[self._at : self._at + length].decode("utf-8", "surrogateescape"))
            self._at += length
        return Cell(size, tuple(items))

    def _doubles(self) -> Cell:
        size = self._size()
        return Cell(size, tuple(self._numbers("double", product(size), is_complex=False)))

    def _struct(self) -> object:
        size = self._size()
        fields = tuple(self._word() for _ in range(self._integers(1)[0]))
        items = tuple({field: self.value() for field in fields} for _ in range(product(size)))
        return items[0] if size == (1, 1) else Struct(size, fields, items)

    def _map(self) -> Map:
        key_kind, value_kind = self._word(), self._word()
        keys, values = self.value(), self.value()
        assert isinstance(keys, Cell)
        assert isinstance(values, Cell)
        return Map(key_kind, value_kind, dict(zip(keys.items, values.items, strict=True)))
