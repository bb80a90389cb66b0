"""A value in a file: a head of JSON that says what there is, and the bytes of numbers as they lie in memory.

This file is all there is to it: it imports the standard library alone, runs on Python 3.8, and is run as it stands in
Python kernels that are not ours and do not have the SDK.

The file: 8 bytes of name, 8 bytes with the head's length, the head, and blocks of bytes, each at a multiple of 64
behind the head. In the head null, true, text, whole numbers and floats are JSON's; all else is a list that begins with
a letter (see the table `_READERS`).
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import struct
import sys

_NAME = b"parcel1\n"
_ALIGNED = 64
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

    __slots__ = ("data", "dtype", "order", "shape")

    def __init__(self, dtype, shape, data, order="C"):
        """`data`: bytes, or a view of them."""
        self.dtype = dtype
        self.shape = tuple(shape)
        self.data = data
        self.order = order

    @property
    def kind(self):
        """The type without the order of its bytes: "f8"."""
        return self.dtype.lstrip("<>|=")

    @property
    def size(self):
        """How many numbers there are."""
        return _product(self.shape)

    def items(self):
        """The numbers, as they lie in memory."""
        order = self.dtype[0] if self.dtype[0] in "<>" else "="
        complex_ = self.kind[0] == "c"
        if self.kind not in _CODES:
            raise ExchangeError(f"an array of type {self.dtype} has no numbers that can be told; convert it first")
        count = self.size * (2 if complex_ else 1)
        found = struct.unpack("%s%d%s" % (order, count, _CODES[self.kind]), self.data)
        return [complex(*pair) for pair in zip(found[::2], found[1::2], strict=False)] if complex_ else list(found)

    def tolist(self):
        """The numbers as nested lists; of shape () the number."""
        return _nested(self.items(), self.shape, self.order)

    def reshaped(self, shape):
        """The same numbers in another shape of as many."""
        return Array(self.dtype, shape, self.data, self.order)

    def __eq__(self, other):
        if not isinstance(other, Array):
            return NotImplemented
        mine = (self.dtype, self.shape, self.order if len(self.shape) > 1 else "", bytes(self.data))
        return mine == (other.dtype, other.shape, other.order if len(other.shape) > 1 else "", bytes(other.data))

    __hash__ = None

    def __repr__(self):
        return "Array(%r, %r, <%d bytes>, %r)" % (self.dtype, self.shape, len(memoryview(self.data)), self.order)


class Table:
    """Columns of equal length, each a list or an `Array`; `index`: one more that names the rows, or None."""

    __slots__ = ("columns", "index")

    def __init__(self, columns, index=None):
        """`columns`: pairs of a name and values."""
        self.columns = [(name, values) for name, values in columns]
        self.index = index

    def __eq__(self, other):
        return isinstance(other, Table) and (self.columns, self.index) == (other.columns, other.index)

    __hash__ = None

    def __repr__(self):
        return f"Table({self.columns!r}, {self.index!r})"


class Sparse:
    """What is not zero in a matrix: `rows` and `columns` (from 0, int64) and `items` are arrays of equal length."""

    __slots__ = ("columns", "items", "rows", "shape")

    def __init__(self, shape, rows, columns, items):
        """`shape`: rows and columns of the whole matrix."""
        self.shape = tuple(shape)
        self.rows = rows
        self.columns = columns
        self.items = items

    def __eq__(self, other):
        mine = (self.shape, self.rows, self.columns, self.items)
        return isinstance(other, Sparse) and mine == (other.shape, other.rows, other.columns, other.items)

    __hash__ = None

    def __repr__(self):
        return f"Sparse({self.shape!r}, {self.rows!r}, {self.columns!r}, {self.items!r})"


# -- writing -----------------------------------------------------------------------------------------------------------


def write(path, value, name):
    """Write `value`, which is called `name` in messages, into a new file. Raises ExchangeError."""
    writer = _Writer()
    head = json.dumps(writer.node(value, name), separators=(",", ":")).encode("ascii")
    start = _aligned(16 + len(head))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(_NAME + struct.pack("<Q", len(head)) + head + b"\0" * (start - 16 - len(head)))
            for block in writer.blocks:
                file.write(block)
                file.write(b"\0" * (-len(block) % _ALIGNED))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomError("%s: %d bytes do not fit on %s" % (name, writer.end, os.path.dirname(path))) from None
        raise ExchangeError(f"{name}: {error}") from None


class _Writer:
    def __init__(self):
        self.blocks = []
        self.end = 0
        self._within = set()

    def _block(self, data):
        view = memoryview(data)
        view = view.cast("B") if view.nbytes else memoryview(b"")
        self.blocks.append(view)
        place = [self.end, len(view)]
        self.end += _aligned(len(view))
        return place

    def node(self, value, place):
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

    def _other(self, value, place):
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

    def _nodes(self, values, place):
        return [
            one if type(one) is str and len(one) < _LONG_TEXT else self.node(one, "%s[%d]" % (place, at))
            for at, one in enumerate(values)
        ]

    def _list(self, value, place):
        if len(value) >= _LONG_LIST:
            kinds = set(map(type, value))
            if kinds == {float}:
                return ["L", "d", len(value), self._block(struct.pack("<%dd" % len(value), *value))]
            if kinds == {int} and min(value) >= -_SAFE and max(value) < _SAFE:
                return ["L", "q", len(value), self._block(struct.pack("<%dq" % len(value), *value))]
        return ["l", self._nodes(value, place)]

    def _set(self, value, place):
        return ["S" if isinstance(value, frozenset) else "e", self._nodes(list(value), place)]

    def _dict(self, value, place):
        keys = [self.node(key, f"a key of {place}") for key in value]
        return ["d", keys, [self.node(one, f"{place}[{key!r}]") for key, one in value.items()]]

    def _array(self, value, place):
        return ["a", value.dtype, list(value.shape), value.order, self._block(value.data)]

    def _table(self, value, place):
        columns = [
            [self.node(name, f"a column's name in {place}"), self.node(values, f"{place}[{name!r}]")]
            for name, values in value.columns
        ]
        lengths = {_length(values) for _, values in value.columns}
        if len(lengths) > 1:
            raise ExchangeError(f"{place}: a table's columns are equally long; here are {sorted(lengths)}")
        return ["T", columns, None if value.index is None else [self.node(one, place) for one in value.index]]

    def _sparse(self, value, place):
        parts = [self.node(part, place) for part in (value.rows, value.columns, value.items)]
        return ["p", list(value.shape), *parts]

    # what other libraries have

    def numpy_scalar(self, value, place):
        numpy = sys.modules["numpy"]
        if value.dtype.kind in "US":
            return self.node(value.item(), place)
        return self.numpy_array(numpy.asarray(value), place)

    def numpy_array(self, value, place):
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
        return ["a", value.dtype.str, list(value.shape), order, self._block(flat.view("u1"))]

    def pandas_table(self, value, place):
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

    def scipy_sparse(self, value, place):
        numpy = sys.modules["numpy"]
        if len(value.shape) != 2:
            raise ExchangeError("%s: a sparse array of %d dimensions; 2 are known" % (place, len(value.shape)))
        found = value.tocsc().tocoo()
        places = [numpy.asarray(part, "i8") for part in (found.row, found.col)]
        return ["p", list(value.shape), *(self.numpy_array(part, place) for part in (*places, found.data))]


_WRITERS = (
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


def _foreign(value):
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


def _column(series):
    """The values of a column of pandas': an array of numpy's where there is one for them, else a list."""
    dtype = getattr(series.dtype, "numpy_dtype", series.dtype)
    if getattr(dtype, "kind", "O") in "biufcmM" and hasattr(dtype, "itemsize") and not hasattr(dtype, "tz"):
        if type(series.dtype) is type(dtype):
            return series.to_numpy()
        if not series.isna().any():  # a type of pandas' own, which may lack values
            return series.to_numpy(dtype)
    return [None if _is_missing(one) else one for one in series.tolist()]


def _is_missing(value):
    return value is None or value is sys.modules["pandas"].NA or (isinstance(value, float) and value != value)


# -- reading -----------------------------------------------------------------------------------------------------------


def read(path, name, rich=False):
    """The value in a file. Arrays are views of the file; with `rich`, numpy's, pandas' and scipy's own objects.

    Raises ExchangeError, which says what is to be installed.
    """
    try:
        with open(path, "rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if bytes(data[:8]) != _NAME:
                raise ExchangeError(f"{name}: {path} holds no value")
            (length,) = struct.unpack("<Q", data[8:16])
            head = json.loads(bytes(data[16 : 16 + length]))
            return _Reader(data[_aligned(16 + length) :], file, _aligned(16 + length), rich, name).value(head)
    except (OSError, ValueError) as error:
        raise ExchangeError(f"{name}: the value could not be read: {error}") from None


class _Reader:
    def __init__(self, data, file, start, rich, name):
        self._data = data
        self._file = file
        self._start = start
        self._rich = rich
        self._name = name

    def value(self, node):
        return _READERS[node[0]](self, *node[1:]) if type(node) is list else node

    def _values(self, nodes):
        return [self.value(node) if type(node) is list else node for node in nodes]

    def _bytes(self, block):
        return bytes(self._data[block[0] : block[0] + block[1]])

    def _numbers(self, code, count, block):
        return list(struct.unpack("<%d%s" % (count, code), self._data[block[0] : block[0] + block[1]]))

    def _dict(self, keys, values):
        return dict(zip(self._values(keys), self._values(values), strict=False))

    def _array(self, dtype, shape, order, block):
        found = Array(dtype, shape, self._data[block[0] : block[0] + block[1]], order)
        if not self._rich:
            return found
        if not shape and found.kind in _CODES and not _is_there("numpy"):
            return found.items()[0]
        numpy = self._library("numpy", "an array")
        made = numpy.empty(shape, dtype, order)
        if made.nbytes:
            self._file.seek(self._start + block[0])
            flat = made.reshape(-1, order=order).view("u1")
            if self._file.readinto(memoryview(flat)) != block[1]:
                raise ExchangeError(f"{self._name}: the file is too short")
        return made if shape else made[()]

    def _objects(self, kind, shape, nodes):
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

    def _table(self, columns, index):
        found = [(self.value(name), self.value(values)) for name, values in columns]
        rows = None if index is None else self._values(index)
        if not self._rich:
            return Table(found, rows)
        pandas = self._library("pandas", "a table")
        series = {at: values for at, (_, values) in enumerate(found)}
        made = pandas.DataFrame(series, index=None if rows is None else pandas.Index(rows[1], name=rows[0]))
        made.columns = [name for name, _ in found]
        return made

    def _sparse(self, shape, rows, columns, items):
        parts = [self.value(part) for part in (rows, columns, items)]
        if not self._rich:
            return Sparse(shape, *parts)
        self._library("scipy", "a sparse matrix")
        from scipy import sparse  # few have it

        return sparse.csc_matrix((parts[2], (parts[0], parts[1])), shape=tuple(shape))

    def _library(self, name, what):
        import importlib

        try:
            return importlib.import_module(name)
        except ImportError:
            raise ExchangeError(
                f"{self._name}: {what} needs {name}, which this Python ({sys.executable}) does not have; install it: pip install {name}"
            ) from None


_READERS = {
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


def _is_there(name):
    import importlib.util

    return name in sys.modules or importlib.util.find_spec(name) is not None


def _type(value):
    kind = type(value)
    return kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"


def _length(values):
    return values.shape[0] if hasattr(values, "shape") else len(values)


def _product(shape):
    count = 1
    for side in shape:
        count *= side
    return count


def _nested(items, shape, order):
    if not shape:
        return items[0]
    if len(shape) == 1:
        return list(items)
    if order == "F":
        return [_nested(items[at :: shape[0]], shape[1:], order) for at in range(shape[0])]
    step = _product(shape[1:])
    return [_nested(items[at * step : (at + 1) * step], shape[1:], order) for at in range(shape[0])]


def _aligned(number):
    return -(-number // _ALIGNED) * _ALIGNED


# -- in a Python of its own --------------------------------------------------------------------------------------------


def serve(user, asked):
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
        said = {"ok": True}
    except BaseException as error:
        said = {"ok": False, "kind": type(error).__name__, "text": str(error)}
        if not isinstance(error, ExchangeError):
            said["text"] = "{}: {}: {}".format(asked["name"], type(error).__name__, error)
    with open(asked["path"] + ".new", "w") as file:
        json.dump(said, file)
    os.replace(asked["path"] + ".new", asked["path"] + ".said")
