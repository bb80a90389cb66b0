"""Values in files: what is written is read again, the same to the bit; what cannot be written is named."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.exchange import ROOM, Array, ExchangeError, Sparse, Table, parcel, serving

_TEXT = st.text(st.characters(), max_size=12) | st.just("\ud800 \udcff")
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.complex_numbers()
    | _TEXT
    | st.binary(max_size=12)
)
_KEYS = st.booleans() | st.integers() | _TEXT | st.tuples(st.integers(), _TEXT)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(_KEYS, inner, max_size=4)
        | st.sets(st.integers() | _TEXT, max_size=4)
        | st.frozensets(st.binary(max_size=4), max_size=4)
        | st.lists(st.floats(), min_size=64, max_size=70)
        | st.lists(st.integers(), min_size=64, max_size=70)
    ),
)
_DTYPES = ("b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "M8[ns]", "m8[s]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("values")


def _again(folder: Path, value: object, *, rich: bool = False) -> Any:
    path = str(folder / "value")
    parcel.write(path, value, "x")
    return parcel.read(path, "x", rich=rich)


def _bits(value: object) -> object:
    """What compares equal if the values are the same to the bit, and of the same types."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    if isinstance(value, complex):
        return "complex", _bits(value.real), _bits(value.imag)
    if isinstance(value, dict):
        return "dict", [(_bits(key), _bits(one)) for key, one in value.items()]
    if isinstance(value, (set, frozenset)):
        return type(value).__name__, value
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [_bits(one) for one in value]
    return type(value).__name__, value


@given(_VALUES)
def test_what_is_written_is_read(folder: Path, value: object) -> None:
    assert _bits(_again(folder, value)) == _bits(value)
    assert _bits(_again(folder, value, rich=True)) == _bits(value)


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (7,), (2, 3), (0, 3), (2, 3, 4)])
def test_arrays_keep_type_shape_order_and_every_bit(folder: Path, dtype: str, shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(1).bytes(np.dtype(dtype).itemsize * math.prod(shape))
    if dtype == "b1":
        noise = bytes(byte & 1 for byte in noise)
    for order in ("C", "F"):
        array = np.frombuffer(noise, dtype).reshape(shape, order=order)
        found = _again(folder, array, rich=True)
        assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
        if shape:
            assert (found.flags.f_contiguous, found.flags.writeable) == (array.flags.f_contiguous, True)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24).reshape(2, 3, 4)[:, ::2],
        np.arange(6.0)[::-1],
        np.array([1.5, 2], ">f8"),
        np.array(["a", "bé"]),
        np.array([None, "a", 3], object),
        np.array([b"a"], "S3"),
    ],
)
def test_arrays_of_any_making_have_the_same_items(folder: Path, array: Any) -> None:
    found = _again(folder, array, rich=True)
    assert (found.dtype.kind, found.shape, found.tolist()) == (array.dtype.kind, array.shape, array.tolist())


def test_without_numpy_arrays_have_the_same_items(folder: Path) -> None:
    for array in (np.arange(24.0).reshape(2, 3, 4), np.arange(6).reshape(2, 3).T, np.array([1 + 2j]), np.array(True)):
        found = _again(folder, array)
        assert isinstance(found, Array)
        assert found.tolist() == array.tolist()


def test_a_large_array_is_not_copied_by_who_does_not_look_at_it(folder: Path) -> None:
    large = np.random.default_rng(1).random((300, 1000))
    found = _again(folder, large)
    assert (found.file, found.offset) == (str(folder / "value.0"), ROOM)
    assert found.data.tobytes() == large.tobytes()
    (folder / "next").mkdir(exist_ok=True)
    again = _again(folder / "next", {"a": [found]})["a"][0]
    assert Path(again.file).samefile(found.file)
    assert again == found
    assert (_again(folder / "next", found, rich=True) == large).all()


def test_what_needs_no_library_comes_as_it_was(folder: Path) -> None:
    array = Array("<f8", (2,), struct.pack("<2d", 1, 2))
    places = Array("<i8", (1,), struct.pack("<q", 1))
    for value in (
        Table([("a", [1, 2]), ("b", array)], ("i", ["x", "y"])),
        Sparse((2, 2), places, places, Array("<f8", (1,), struct.pack("<d", 5))),
        {"nested": [array]},
    ):
        found = _again(folder, value)
        if isinstance(value, Table):
            assert (found.columns, tuple(found.index)) == (value.columns, value.index)
        else:
            assert found == value


class Strange:
    """No value."""


_itself: list[object] = [1]
_itself.append(_itself)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Strange(), f"x: a Python value of type {__name__}.Strange cannot be given to another kernel; give what it is"),
        ({"a": [1, 2, 3, Strange()]}, f"x['a'][3]: a Python value of type {__name__}.Strange cannot be given"),
        ([{1: (None, len)}], "x[0][1][1]: a Python value of type builtin_function_or_method cannot"),
        (_itself, "x[1]: it contains itself"),
        (np.ma.masked_array([1], [True]), "x: a masked array has a mask"),
        ([np.zeros(1, "f8,i4")], "x[0]: an array of type [('f0', '<f8'), ('f1', '<i4')] has no like elsewhere"),
        (np.zeros(1, "g"), "x: an array of type"),
        (Table([("a", [1]), ("b", [])]), "x: a table's columns are equally long"),
    ],
)
def test_what_cannot_be_given_is_named_with_its_place(folder: Path, value: object, says: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        _again(folder, value)
    assert str(caught.value).startswith(says)


def test_a_full_disk_is_told_from_other_troubles(folder: Path) -> None:
    code = (
        "import errno; from sdk.exchange import writing\n"
        "class Full:\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *error): return None\n"
        "    def write(self, data): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "writing._new_file = lambda path: Full()\n"
        f"writing.write({str(folder / 'value')!r}, 'a', 'x')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr.splitlines()[-1] == f"sdk.exchange.values.NoRoomError: x: there is no room for it in {folder}"
    with pytest.raises(ExchangeError, match="No such file"):
        parcel.write("/nonexistent/value", "a", "x")


@pytest.mark.parametrize("content", [b"", b"something else altogether", b"parcel1\n" + b"\xff" * 8, b"parcel1\n"])
def test_a_file_that_holds_no_value_is_refused(folder: Path, content: bytes) -> None:
    (folder / "other").write_bytes(content)
    with pytest.raises(ExchangeError, match=r"^x: "):
        parcel.read(str(folder / "other"), "x")


def test_in_a_python_of_its_own_it_needs_nothing_else(folder: Path) -> None:
    path = str(folder / "value")
    parcel.write(path, {"a": [1.5, "é"], "b": np.arange(3)}, "x")
    taking = serving.line({"does": "take", "name": "x", "path": path})
    giving = serving.line({"does": "give", "name": "y", "path": path})
    code = (
        f"import sys; sys.path = [each for each in sys.path if 'site-packages' not in each]\n"
        f"{taking}print(open({path!r} + '.said').read(), 'x' in globals(), 'sdk' in sys.modules)\n"
        f"y = [1]; open = exec = None\n{giving}del open\nprint(open({path!r} + '.said').read())\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    first, second = done.stdout.splitlines()
    assert "x: an array needs numpy, which this Python" in first
    assert first.endswith('install it: pip install numpy"} False False')
    assert second == '{"ok": true}'
    assert parcel.read(path, "x") == [1]
