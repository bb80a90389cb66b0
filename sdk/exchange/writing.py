"""Writes a value into a file (see `layout`)."""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import IO, Any

from .foreign import foreign_kind
from .layout import ALIGNED, NAME, aligned, own_file
from .values import ROOM, Array, Buffer, ExchangeError, NoRoomError, Sparse, Table

Written = Callable[["Writer", Any, str], Any]

_OWN_FILE = 1 << 20  # bytes
_LONG_LIST = 64  # numbers; shorter lists of them are written as JSON
_LONG_TEXT = 65536  # characters
_SAFE = 2**63


def write(path: str, value: object, name: str) -> None:
    """Write `value`, which is called `name` in messages, into a new file. Raises ExchangeError."""
    writer = Writer()
    head = json.dumps(writer.node(value, name), separators=(",", ":")).encode("ascii")
    start = aligned(16 + len(head))
    try:
        with _new_file(path) as file:
            file.write(NAME + struct.pack("<Q", len(head)) + head + b"\0" * (start - 16 - len(head)))
            for block in writer.blocks:
                file.write(block)
                file.write(b"\0" * (-len(block) % ALIGNED))
        for number, (block, array) in enumerate(writer.files):
            _write_own(own_file(path, number), block, array)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomError(f"{name}: there is no room for it in {os.path.dirname(path)}") from None
        raise ExchangeError(f"{name}: {error}") from None


def _write_own(path: str, block: memoryview, array: Array | None) -> None:
    if array is not None and array.file:
        _remove(path)
        try:
            os.link(array.file, path)
        except OSError:  # another file system
            pass
        else:
            return
    with _new_file(path) as file:
        file.seek(ROOM)
        file.write(block)


def _new_file(path: str) -> IO[bytes]:
    _remove(path)  # what is there may be mapped into memory, or be the file of another value
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


class Writer:
    """Makes the head, and collects the blocks."""

    def __init__(self) -> None:
        self.blocks: list[memoryview] = []
        self.files: list[tuple[memoryview, Array | None]] = []
        self.end = 0
        self._within: set[int] = set()

    def _block(self, data: Buffer) -> list[int]:
        view = memoryview(data)
        view = view.cast("B") if view.nbytes else memoryview(b"")
        self.blocks.append(view)
        place = [self.end, len(view)]
        self.end += aligned(len(view))
        return place

    def large(self, data: Buffer, array: Array | None = None) -> list[int]:
        """A block, in a file of its own if it is large."""
        view = memoryview(data)
        if view.nbytes < _OWN_FILE:
            return self._block(data)
        self.files.append((view.cast("B"), array))
        return [array.offset if array is not None and array.file else ROOM, view.nbytes, len(self.files) - 1]

    def node(self, value: Any, place: str) -> Any:
        """What the head has for a value."""
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if -_SAFE <= value < _SAFE else ["i", hex(value)]
        if kind is float:
            return value
        if kind is str:
            return value if len(value) < _LONG_TEXT else ["s", self._block(value.encode("utf-8", "surrogatepass"))]
        if id(value) in self._within:
            raise ExchangeError(f"{place}: it contains itself; give a part of it")
        self._within.add(id(value))
        try:
            return self._other(value, place)
        except RecursionError:
            raise ExchangeError(f"{place}: it is nested too deeply; give a part of it") from None
        finally:
            self._within.discard(id(value))

    def _other(self, value: Any, place: str) -> Any:
        foreign = foreign_kind(value)
        if foreign is not None:
            return foreign(self, value, place)
        for kind, written in _WRITERS:
            if isinstance(value, kind):
                return written(self, value, place)
        raise ExchangeError(
            f"{place}: a Python value of type {_type(value)} cannot be given to another kernel; "
            "give what it is made of: numbers, text, lists, dicts, arrays, tables"
        )

    def nodes(self, values: Iterable[Any], place: str) -> list[Any]:
        """What it has for each of them."""
        return [
            one if type(one) is str and len(one) < _LONG_TEXT else self.node(one, f"{place}[{at}]")
            for at, one in enumerate(values)
        ]

    def _list(self, value: Any, place: str) -> Any:
        if len(value) >= _LONG_LIST:
            kinds = set(map(type, value))
            if kinds == {float}:
                return ["L", "d", len(value), self._block(struct.pack(f"<{len(value)}d", *value))]
            if kinds == {int} and min(value) >= -_SAFE and max(value) < _SAFE:
                return ["L", "q", len(value), self._block(struct.pack(f"<{len(value)}q", *value))]
        return ["l", self.nodes(value, place)]

    def _set(self, value: Any, place: str) -> Any:
        return ["S" if isinstance(value, frozenset) else "e", self.nodes(list(value), place)]

    def _dict(self, value: Any, place: str) -> Any:
        keys = [self.node(key, f"a key of {place}") for key in value]
        return ["d", keys, [self.node(one, f"{place}[{key!r}]") for key, one in value.items()]]

    def _array(self, value: Any, place: str) -> Any:
        return ["a", value.dtype, list(value.shape), value.order, self.large(value.data, value)]

    def _table(self, value: Any, place: str) -> Any:
        columns = [
            [self.node(name, f"a column's name in {place}"), self.node(values, f"{place}[{name!r}]")]
            for name, values in value.columns
        ]
        lengths = {_length(values) for _, values in value.columns}
        if len(lengths) > 1:
            raise ExchangeError(f"{place}: a table's columns are equally long; here are {sorted(lengths)}")
        return ["T", columns, None if value.index is None else [self.node(one, place) for one in value.index]]

    def _sparse(self, value: Any, place: str) -> Any:
        parts = [self.node(part, place) for part in (value.rows, value.columns, value.items)]
        return ["p", list(value.shape), *parts]


_WRITERS: Sequence[tuple[Any, Written]] = (
    (bool, lambda self, value, place: bool(value)),
    (int, lambda self, value, place: self.node(int(value), place)),
    (float, lambda self, value, place: float(value)),
    (str, lambda self, value, place: self.node(str.__str__(value), place)),
    (complex, lambda self, value, place: ["c", value.real, value.imag]),
    (bytes, lambda self, value, place: ["b", self._block(value)]),
    (bytearray, lambda self, value, place: ["B", self._block(value)]),
    (memoryview, lambda self, value, place: ["b", self._block(value.tobytes())]),
    (list, Writer._list),
    (tuple, lambda self, value, place: ["t", self.nodes(value, place)]),
    (range, lambda self, value, place: ["r", value.start, value.stop, value.step]),
    ((set, frozenset), Writer._set),
    (dict, Writer._dict),
    (Array, Writer._array),
    (Table, Writer._table),
    (Sparse, Writer._sparse),
)


def _type(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"


def _length(values: Any) -> int:
    return values.shape[0] if hasattr(values, "shape") else len(values)
