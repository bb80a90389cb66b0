"""Reads a value from a file (see `layout`)."""

from __future__ import annotations

import json
import mmap
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .layout import NAME, aligned, own_file
from .values import Array, ExchangeError, Sparse, Table, nested


def read(path: str, name: str, *, rich: bool = False) -> Any:
    """The value in a file. Arrays are views of the file; with `rich`, numpy's, pandas' and scipy's own objects.

    Raises ExchangeError, which says what is to be installed.
    """
    try:
        with open(path, "rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if len(data) < 16 or bytes(data[:8]) != NAME:
                raise ExchangeError(f"{name}: {path} holds no value")
            (length,) = struct.unpack("<Q", data[8:16])
            head = json.loads(bytes(data[16 : 16 + length]))
            return _Reader(path, data[aligned(16 + length) :], name, rich=rich).value(head)
    except (OSError, ValueError) as error:
        raise ExchangeError(f"{name}: the value could not be read: {error}") from None


class _Reader:
    def __init__(self, path: str, data: memoryview, name: str, *, rich: bool) -> None:
        self._path = path
        self._data = data
        self._rich = rich
        self._name = name

    def value(self, node: Any) -> Any:
        return _READERS[node[0]](self, *node[1:]) if type(node) is list else node

    def _values(self, nodes: Iterable[Any]) -> list[Any]:
        return [self.value(node) if type(node) is list else node for node in nodes]

    def _bytes(self, block: Sequence[int]) -> bytes:
        return bytes(self._data[block[0] : block[0] + block[1]])

    def _numbers(self, code: str, count: int, block: Sequence[int]) -> list[Any]:
        return list(struct.unpack(f"<{count}{code}", self._data[block[0] : block[0] + block[1]]))

    def _dict(self, keys: Any, values: Any) -> dict[Any, Any]:
        return dict(zip(self._values(keys), self._values(values), strict=True))

    def _array(self, dtype: str, shape: Sequence[int], order: str, block: Sequence[int]) -> Any:
        if not self._rich:
            return self._shared(dtype, shape, order, block)
        if not shape and not _is_there("numpy"):
            return self._shared(dtype, shape, order, block).tolist()
        numpy = self._library("numpy", "an array")
        made = numpy.empty(shape, dtype, order)
        if made.nbytes:
            flat = memoryview(made.reshape(-1, order=order).view("u1"))
            if len(block) == 3:
                self._fill(flat, block)
            else:
                flat[:] = self._data[block[0] : block[0] + block[1]]
        return made if shape else made[()]

    def _shared(self, dtype: str, shape: Sequence[int], order: str, block: Sequence[int]) -> Array:
        if len(block) == 2:
            return Array(dtype, shape, self._data[block[0] : block[0] + block[1]], order)
        path = own_file(self._path, block[2])
        with open(path, "rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return Array(dtype, shape, data[block[0] : block[0] + block[1]], order).in_file(path, block[0])

    def _fill(self, flat: memoryview, block: Sequence[int]) -> None:
        with open(own_file(self._path, block[2]), "rb", buffering=0) as file:
            file.seek(block[0])
            while flat:
                count = file.readinto(flat)
                if not count:
                    raise ExchangeError(f"{self._name}: the file is too short")
                flat = flat[count:]

    def _objects(self, kind: str, shape: Sequence[int], nodes: Any) -> Any:
        items = self._values(nodes)
        if not self._rich or (len(shape) == 1 and not _is_there("numpy")):
            return nested(items, shape, "C")
        numpy = self._library("numpy", "an array")
        if kind != "O":
            return numpy.array(items, kind).reshape(shape)
        made = numpy.empty(len(items), object)
        for at, one in enumerate(items):
            made[at] = one
        return made.reshape(shape)

    def _table(self, columns: Any, index: Any) -> Any:
        found = [(self.value(name), self.value(values)) for name, values in columns]
        rows = None if index is None else self._values(index)
        if not self._rich:
            return Table(found, rows)
        pandas = self._library("pandas", "a table")
        series = {at: values for at, (_, values) in enumerate(found)}
        made = pandas.DataFrame(series, index=None if rows is None else pandas.Index(rows[1], name=rows[0]))
        made.columns = [name for name, _ in found]
        return made

    def _sparse(self, shape: Sequence[int], rows: Any, columns: Any, items: Any) -> Any:
        parts = [self.value(part) for part in (rows, columns, items)]
        if not self._rich:
            return Sparse(shape, *parts)
        sparse = self._library("scipy.sparse", "a sparse matrix")
        return sparse.csc_matrix((parts[2], (parts[0], parts[1])), shape=tuple(shape))

    def _library(self, name: str, what: str) -> Any:
        import importlib

        try:
            return importlib.import_module(name)
        except ImportError:
            raise ExchangeError(
                f"{self._name}: {what} needs {name}, which this Python ({sys.executable}) does not have; "
                f"install it: pip install {name.partition('.')[0]}"
            ) from None


_READERS: Mapping[str, Callable[..., Any]] = {
    "i": lambda self, digits: int(digits, 16),
    "s": lambda self, block: self._bytes(block).decode("utf-8", "surrogatepass"),
    "c": lambda self, real, imag: complex(real, imag),
    "b": lambda self, block: self._bytes(block),
    "B": lambda self, block: bytearray(self._bytes(block)),
    "l": lambda self, nodes: self._values(nodes),
    "L": _Reader._numbers,
    "t": lambda self, nodes: tuple(self._values(nodes)),
    "r": lambda self, *ends: range(*ends),
    "e": lambda self, nodes: set(self._values(nodes)),
    "S": lambda self, nodes: frozenset(self._values(nodes)),
    "d": _Reader._dict,
    "a": _Reader._array,
    "o": _Reader._objects,
    "T": _Reader._table,
    "p": _Reader._sparse,
}


def _is_there(name: str) -> bool:
    import importlib.util

    return name in sys.modules or importlib.util.find_spec(name) is not None
