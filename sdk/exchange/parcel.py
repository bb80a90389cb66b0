"""A value in a file: a head of JSON that says what there is, and the bytes of numbers as they lie in memory.

This file is all there is to it: it imports the standard library alone, runs on Python 3.10, and is run as it stands in
Python kernels that are not ours and do not have the SDK.

The file: 8 bytes of name, 8 bytes with the head's length, the head, and blocks of bytes, each at a multiple of 64
behind the head. A large array is in a file of its own beside it, behind `ROOM` bytes that are free: who takes it may
put there what makes it a file of another kind, and nobody needs to copy it. In the head null, true, text, whole numbers
and floats are JSON's; all else is a list that begins with a letter (see the table `_READERS`).
"""

from __future__ import annotations

import errno
import json
import math
import mmap
import os
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

Buffer = bytes | bytearray | memoryview
Written = Callable[["_Writer", Any, str], Any]

_NAME = b"parcel1\n"
_ALIGNED = 64
ROOM = 4096
_OWN_FILE = 1 << 20  # bytes
_LONG_LIST = 64  # numbers; shorter lists of them are written as JSON
_LONG_TEXT = 65536  # characters
_SAFE = 2**63
_CODES = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q"}
_CODES.update({"f2": "e", "f4": "f", "f8": "d", "c8": "f", "c16": "d"})
NATIVE = "<" if sys.byteorder == "little" else ">"
"""How `dtype` writes the order of bytes in this machine."""
_PRECISE = (bool, int, float, str)


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
        return _product(self.shape)

    def items(self) -> list[Any]:
        """The numbers, as they lie in memory."""
        order = self.dtype[0] if self.dtype[0] in "<>" else "="
        complex_ = self.kind[0] == "c"
        if self.kind not in _CODES:
            raise ExchangeError(f"an array of type {self.dtype} has no numbers that can be told; convert it first")
        count = self.size * (2 if complex_ else 1)
        found = struct.unpack(f"{order}{count}{_CODES[self.kind]}", self.data)
        return [complex(*pair) for pair in zip(found[::2], found[1::2], strict=True)] if complex_ else list(found)

    def tolist(self) -> Any:
        """The numbers as nested lists; of shape () the number."""
        return _nested(self.items(), self.shape, self.order)

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


# -- writing -----------------------------------------------------------------------------------------------------------


def write(path: str, value: object, name: str) -> None:
    """Write `value`, which is called `name` in messages, into a new file. Raises ExchangeError."""
    writer = _Writer()
    head = json.dumps(writer.node(value, name), separators=(",", ":")).encode("ascii")
    start = _aligned(16 + len(head))
    try:
        with _new_file(path) as file:
            file.write(_NAME + struct.pack("<Q", len(head)) + head + b"\0" * (start - 16 - len(head)))
            for block in writer.blocks:
                file.write(block)
                file.write(b"\0" * (-len(block) % _ALIGNED))
        for number, (block, array) in enumerate(writer.files):
            _write_own(_own(path, number), block, array)
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


def _own(path: str, number: int) -> str:
    return f"{path}.{number}"


class _Writer:
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
        self.end += _aligned(len(view))
        return place

    def _large(self, data: Buffer, array: Array | None = None) -> list[int]:
        """A block, in a file of its own if it is large."""
        view = memoryview(data)
        if view.nbytes < _OWN_FILE:
            return self._block(data)
        self.files.append((view.cast("B"), array))
        return [array.offset if array is not None and array.file else ROOM, view.nbytes, len(self.files) - 1]

    def node(self, value: Any, place: str) -> Any:
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
        foreign = _foreign(value)
        if foreign is not None:
            return foreign(self, value, place)
        for kind, written in _WRITERS:
            if isinstance(value, kind):
                return written(self, value, place)
        raise ExchangeError(
            f"{place}: a Python value of type {_type(value)} cannot be given to another kernel; "
            "give what it is made of: numbers, text, lists, dicts, arrays, tables"
        )

    def _nodes(self, values: Iterable[Any], place: str) -> list[Any]:
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
        return ["l", self._nodes(value, place)]

    def _set(self, value: Any, place: str) -> Any:
        return ["S" if isinstance(value, frozenset) else "e", self._nodes(list(value), place)]

    def _dict(self, value: Any, place: str) -> Any:
        keys = [self.node(key, f"a key of {place}") for key in value]
        return ["d", keys, [self.node(one, f"{place}[{key!r}]") for key, one in value.items()]]

    def _array(self, value: Any, place: str) -> Any:
        return ["a", value.dtype, list(value.shape), value.order, self._large(value.data, value)]

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

    # what other libraries have

    def numpy_scalar(self, value: Any, place: str) -> Any:
        numpy = sys.modules["numpy"]
        if value.dtype.kind in "US":
            return self.node(value.item(), place)
        return self.numpy_array(numpy.asarray(value), place)

    def numpy_array(self, value: Any, place: str) -> Any:
        numpy = sys.modules["numpy"]
        if isinstance(value, numpy.ma.MaskedArray):
            raise ExchangeError(f"{place}: a masked array has a mask that others do not know; give x.filled(...)")
        value = numpy.asarray(value)
        kind = value.dtype.kind
        if kind in "OUS":
            flat = value.ravel().tolist()
            return ["o", kind if kind != "S" else "S", list(value.shape), self._nodes(flat, place)]
        if kind not in "biufcmM" or value.dtype.itemsize > (16 if kind == "c" else 8):
            raise ExchangeError(f"{place}: an array of type {value.dtype} has no like elsewhere; use astype first")
        if not value.dtype.isnative:
            value = value.astype(value.dtype.newbyteorder("="))
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        flat = numpy.ascontiguousarray(value.T if order == "F" else value).reshape(-1)
        return ["a", value.dtype.str, list(value.shape), order, self._large(flat.view("u1"))]

    def pandas_table(self, value: Any, place: str) -> Any:
        pandas = sys.modules["pandas"]
        if isinstance(value, pandas.Series):
            return self.node(_column(value), place)
        if value.columns.nlevels > 1 or value.index.nlevels > 1:
            raise ExchangeError(f"{place}: a table with an index of several levels; use reset_index first")
        index = None
        plain = isinstance(value.index, pandas.RangeIndex) and value.index.start == 0 and value.index.step == 1
        if not plain:
            index = [value.index.name, _column(value.index.to_series())]
        columns = [(name, _column(value.iloc[:, at])) for at, name in enumerate(value.columns)]
        return self._table(Table(columns, index), place)

    def scipy_sparse(self, value: Any, place: str) -> Any:
        numpy = sys.modules["numpy"]
        if len(value.shape) != 2:
            raise ExchangeError(f"{place}: a sparse array of {len(value.shape)} dimensions; 2 are known")
        found = value.tocsc().tocoo()
        places = [numpy.asarray(part, "i8") for part in (found.row, found.col)]
        return ["p", list(value.shape), *(self.numpy_array(part, place) for part in (*places, found.data))]


_WRITERS: Sequence[tuple[Any, Written]] = (
    (bool, lambda self, value, place: bool(value)),
    (int, lambda self, value, place: self.node(int(value), place)),
    (float, lambda self, value, place: float(value)),
    (str, lambda self, value, place: self.node(str.__str__(value), place)),
    (complex, lambda self, value, place: ["c", value.real, value.imag]),
    (bytes, lambda self, value, place: ["b", self._block(value)]),
    (bytearray, lambda self, value, place: ["B", self._block(value)]),
    (memoryview, lambda self, value, place: ["b", self._block(value.tobytes())]),
    (list, _Writer._list),
    (tuple, lambda self, value, place: ["t", self._nodes(value, place)]),
    (range, lambda self, value, place: ["r", value.start, value.stop, value.step]),
    ((set, frozenset), _Writer._set),
    (dict, _Writer._dict),
    (Array, _Writer._array),
    (Table, _Writer._table),
    (Sparse, _Writer._sparse),
)


def _foreign(value: Any) -> Written | None:
    """How a value of numpy's, pandas' or scipy's is written; None: it is none of theirs."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return _Writer.numpy_scalar
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _Writer.numpy_array
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        return _Writer.pandas_table
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(value):
        return _Writer.scipy_sparse
    return None


def _column(series: Any) -> Any:
    """The values of a column of pandas': an array of numpy's where there is one for them, else a list."""
    dtype = getattr(series.dtype, "numpy_dtype", series.dtype)
    if getattr(dtype, "kind", "O") in "biufcmM" and hasattr(dtype, "itemsize") and not hasattr(dtype, "tz"):
        if type(series.dtype) is type(dtype):
            return series.to_numpy()
        if not series.isna().any():  # a type of pandas' own, which may lack values
            return series.to_numpy(dtype)
    return [None if _is_missing(one) else one for one in series.tolist()]


def _is_missing(value: Any) -> bool:
    return value is None or value is sys.modules["pandas"].NA or (isinstance(value, float) and math.isnan(value))


# -- reading -----------------------------------------------------------------------------------------------------------


def read(path: str, name: str, *, rich: bool = False) -> Any:
    """The value in a file. Arrays are views of the file; with `rich`, numpy's, pandas' and scipy's own objects.

    Raises ExchangeError, which says what is to be installed.
    """
    try:
        with open(path, "rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if len(data) < 16 or bytes(data[:8]) != _NAME:
                raise ExchangeError(f"{name}: {path} holds no value")
            (length,) = struct.unpack("<Q", data[8:16])
            head = json.loads(bytes(data[16 : 16 + length]))
            return _Reader(path, data[_aligned(16 + length) :], name, rich=rich).value(head)
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
        path = _own(self._path, block[2])
        with open(path, "rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return Array(dtype, shape, data[block[0] : block[0] + block[1]], order).in_file(path, block[0])

    def _fill(self, flat: memoryview, block: Sequence[int]) -> None:
        with open(_own(self._path, block[2]), "rb", buffering=0) as file:
            file.seek(block[0])
            while flat:
                count = file.readinto(flat)
                if not count:
                    raise ExchangeError(f"{self._name}: the file is too short")
                flat = flat[count:]

    def _objects(self, kind: str, shape: Sequence[int], nodes: Any) -> Any:
        items = self._values(nodes)
        if not self._rich or (len(shape) == 1 and not _is_there("numpy")):
            return _nested(items, shape, "C")
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


def _type(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"


def _length(values: Any) -> int:
    return values.shape[0] if hasattr(values, "shape") else len(values)


def _product(shape: Iterable[int]) -> int:
    count = 1
    for side in shape:
        count *= side
    return count


def _nested(items: Sequence[Any], shape: Sequence[int], order: str) -> Any:
    if not shape:
        return items[0]
    if len(shape) == 1:
        return list(items)
    if order == "F":
        return [_nested(items[at :: shape[0]], shape[1:], order) for at in range(shape[0])]
    step = _product(shape[1:])
    return [_nested(items[at * step : (at + 1) * step], shape[1:], order) for at in range(shape[0])]


def _aligned(number: int) -> int:
    return -(-number // _ALIGNED) * _ALIGNED


# -- in a Python of its own --------------------------------------------------------------------------------------------


def serve(user: dict[str, Any], asked: Mapping[str, str]) -> None:
    """Give or take a variable of the namespace `user`, in a kernel that knows nothing of this; `asked` says what.

    How it went is written beside the file, for whoever asked.
    """
    try:
        name, path = asked["name"], asked["path"]
        if asked["does"] == "take":
            user[name] = read(path, name, rich=True)
        elif name in user:
            write(path, user[name], name)
        else:
            raise ExchangeError(f"there is no variable {name!r}")
        said: dict[str, Any] = {"ok": True}
    except BaseException as error:
        said = {"ok": False, "kind": type(error).__name__, "text": str(error)}
        if not isinstance(error, ExchangeError):
            said["text"] = "{}: {}: {}".format(asked["name"], type(error).__name__, error)
    with open(asked["path"] + ".new", "w") as file:
        json.dump(said, file)
    os.replace(asked["path"] + ".new", asked["path"] + ".said")
