"""Values between Octave and Python: each comes back the same to the bit."""

from __future__ import annotations

import errno
import gc
import json
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octave_kernel.values import unpacking, values
from octave_kernel.values.values import Array, Cell, Function, Sparse, Struct, VariableError
from sdk import exchange
from tests.octave_kernel.asking import listed, while_busy
from tests.octave_kernel.conftest import Octave

_EXPRESSIONS = (
    *("5", "pi", "-0", "NaN", "[NaN, Inf, -Inf, -0]", "3+4i", "complex (1, 0)", "true", "int8 (-5)", "single (2.5)"),
    *("uint64 (18446744073709551615)", "intmin ('int64')", "single (1+2i)", "complex ([1 2], 0)", "[1 2; 3 4]"),
    *("[1+2i, 3; 4, 5]", "int16 ([1 2 3])", "uint16 ([1; 2])", "int32 (magic (4))", "uint32 (7)", "uint8 (0:255)"),
    *("[true false; false true]", "'text'", "''", "char (zeros (1, 0))", "['ab'; 'cd']", "char (zeros (3, 0))"),
    *("char ([200 201])", "'é𝄞'", '"a\\0b"', "[]", "zeros (0, 3)", "zeros (2, 0, 3)", "rand (2, 3, 4)"),
    *("single ([])", "int8 (zeros (0, 2))", "logical ([])", "single (zeros (2, 2, 2) + 1i)", "1:5", "0:0.1:1", "{}"),
    *(
        "{'one', ''; 'three', 'é'}",
        "{1, NaN; -0, Inf}",
        "{'a', zeros(1,0)}",
        "{'a', char(zeros(1,0))}",
        "{'a', char(zeros(0,3))}",
        "{1, sparse(2)}",
    ),
    *("{1, complex(1,0)}", "{1, true}", "{['ab'; 'cd']}", "{'', ''}", "{1, single(2)}", "cell (2, 2)"),
    *("eye (3)", "eye (3)(:, [2 1 3])", "cell (0, 3)", "{1, 'two'; [1 2 3], {3}}", "cat (3, {1, 'a'}, {2, 'b'})"),
    *(
        "struct ()",
        "struct ('a', {})",
        "struct ('a', 1, 'b', 'x')",
        "struct ('a', {1, 2, 3})",
        "repmat (struct (), 2, 2)",
    ),
    *(
        "struct ('a', {{1, 2}})",
        "repmat (struct ('a', {1; 2}), [1 2 2])",
        "sparse ([1 0; 0 2.5])",
        "sparse ([true false])",
    ),
    *("sparse ([1i 0; 0 2])", "sparse (0, 3)", "sparse (3, 0)", "sparse (3, 3)", "@sin", "@(x, y) x + y"),
    *("containers.Map ()", "containers.Map ({'a', 'b'}, {1, [1 2]})", "containers.Map ([1 2], {'x', 'y'})"),
)
_SAME = """
if is_function_handle (x)
  r = strcmp (func2str (x), func2str (y));
elseif isobject (x)
  r = isequal (x.keys (), y.keys ()) && isequal (x.values (), y.values ()) && strcmp (x.KeyType, y.KeyType);
else
  r = strcmp (class (x), class (y)) && isequal (size (x), size (y)) && issparse (x) == issparse (y) ...
      && (iscell (x) || isstruct (x) || iscomplex (x) == iscomplex (y)) ...
      && isequal (__k_value_pack__ (x), __k_value_pack__ (y));  % isequal takes no NaN for the same
end
disp (r)
"""


def _get(octave: Octave, name: str) -> Any:
    return octave.do(octave.kernel.get_variable(name))


def _set(octave: Octave, name: str, value: object) -> None:
    octave.do(octave.kernel.set_variable(name, value))


@pytest.mark.parametrize("expression", _EXPRESSIONS)
def test_what_is_got_and_set_is_the_same(shared: Octave, expression: str) -> None:
    assert shared.run(f"x = {expression}; clear y").error is None
    _set(shared, "y", _get(shared, "x"))
    assert shared.run(_SAME).text == "1\n"


@pytest.mark.parametrize("expression", _EXPRESSIONS)
def test_without_numpy_it_is_the_same(shared: Octave, expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "numpy_or_none", lambda: None)
    test_what_is_got_and_set_is_the_same(shared, expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("5", 5.0),
        ("true", True),
        ("2+3i", 2 + 3j),
        ("'é'", "é"),
        ("''", ""),
        ("{1, 'a'}", Cell((1, 2), (1.0, "a"))),
        ("struct ('a', {1, 2})", Struct((1, 2), ("a",), ({"a": 1.0}, {"a": 2.0}))),
        ("struct ('a', 1, 'b', 'x')", {"a": 1.0, "b": "x"}),
        ("['ab'; 'cd']", Array("char", (2, 2), (97, 99, 98, 100))),
        ("sparse ([0 5; 6 0])", Sparse("double", (2, 2), (1, 0), (0, 1), (6.0, 5.0))),
        ("@(x) x + 1", Function("@(x) x + 1")),
    ],
)
def test_what_python_gets(shared: Octave, expression: str, expected: object) -> None:
    shared.run(f"x = {expression};")
    found = _get(shared, "x")
    assert found == expected
    assert type(found) is type(expected)


def test_matrices_are_numpy_arrays_of_their_type(shared: Octave) -> None:
    shared.run("x = int16 ([1 2; 3 4; 5 6]); z = single ([1+2i, 3]); n = reshape (1:24, 2, 3, 4);")
    x, z, n = _get(shared, "x"), _get(shared, "z"), _get(shared, "n")
    assert (x.dtype, x.tolist()) == (np.dtype("int16"), [[1, 2], [3, 4], [5, 6]])
    assert (z.dtype, z.tolist()) == (np.dtype("complex64"), [[1 + 2j, 3]])
    assert n.shape == (2, 3, 4)
    assert n[1, 2, 3] == 24.0
    x[0, 0] = 7  # it is the caller's own


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.arange(6).reshape(2, 3), "int64 2x3 [0 1 2;3 4 5]"),
        (np.arange(6).reshape(2, 3).T, "int64 3x2 [0 3;1 4;2 5]"),
        (np.array([1.5, 2]), "double 1x2 [1.5 2]"),
        (np.array([1 + 2j], dtype=">c16"), "double 1x1 1+2i"),
        (np.array([[True], [False]]), "logical 2x1 [true;false]"),
        (np.float32(3), "single 1x1 3"),
        (np.float16(0.5), "single 1x1 0.5"),
        (np.bool_(True), "logical 1x1 true"),
        ([[1, 2], [3, 4]], "double 2x2 [1 2;3 4]"),
        ([True, False], "logical 1x2 [true false]"),
        (range(3), "double 1x3 [0 1 2]"),
        (10**17, "int64 1x1 100000000000000000"),
        (2**63, "uint64 1x1 9223372036854775808"),
        (None, "double 0x0 []"),
    ],
)
def test_what_octave_gets(shared: Octave, value: object, shown: str) -> None:
    _set(shared, "x", value)
    found = shared.run("t = mat2str (x, 20); printf ('%s %dx%d %s', class (x), size (x), t);").text
    assert found == shown


def test_text_is_text(shared: Octave) -> None:
    for text in ("it's", "é𝄞", "a\nb\0c", "", "\udcff"):
        _set(shared, "x", text)
        assert _get(shared, "x") == text
    assert shared.run("disp (class (x))").text == "char\n"


def test_lists_and_dicts_become_cells_and_structs(shared: Octave) -> None:
    _set(shared, "x", {"a": [1, "b", None], "c": {"d": np.eye(2)}, "e": [[1, 2], [3]]})
    code = "printf ('%d %s %d %d %d', x.a{1}, x.a{2}, isempty (x.a{3}), x.c.d(2,2), iscell (x.e) && x.e{2} == 3)"
    assert shared.run(code).text == "1 b 1 1 1"


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda kernel: kernel.get_variable("nope"), "variable 'nope': there is no variable of this name"),
        (lambda kernel: kernel.get_variable("1x"), "variable '1x': a name has letters"),
        (lambda kernel: kernel.get_variable("x;y"), "variable 'x;y': a name has letters"),
        (lambda kernel: kernel.set_variable("while", 1), "variable 'while': a name has letters"),
        (lambda kernel: kernel.set_variable("x", object()), "variable 'x': a Python value of type object"),
        (lambda kernel: kernel.set_variable("x", 2**70), "variable 'x': the integer"),
        (lambda kernel: kernel.set_variable("x", {"a": [1, "b", {2}]}), "x['a'][2]: a set has no like in Octave"),
        (lambda kernel: kernel.set_variable("x", {"a": {1: "b", "c": 2}}), "x['a']: the key 1 is of type int"),
        (lambda kernel: kernel.set_variable("x", np.array(["2020"], "M8[s]")), "variable 'x': an array of type"),
        (lambda kernel: kernel.set_variable("x", [1, 2**70]), "variable 'x': its integers are larger"),
        (lambda kernel: kernel.get_variable("parser"), "variable 'parser': a value of class inputParser"),
    ],
)
def test_errors_name_the_variable(shared: Octave, work: Any, says: str) -> None:
    shared.run("parser = inputParser (); clear nope")
    with pytest.raises(VariableError) as caught:
        shared.do(work(shared.kernel))
    assert str(caught.value).startswith(says)


def test_a_busy_octave_says_so(shared: Octave) -> None:
    with pytest.raises(VariableError, match=r"variable 'x': Octave runs a cell"):
        while_busy(shared, shared.kernel.get_variable("x"))


def test_a_value_that_is_set_is_listed_and_leaves_no_trace(shared: Octave) -> None:
    shared.run("clear all; ans = 42;")
    assert list(listed(shared)) == ["ans"]
    _set(shared, "x", 1)
    assert list(listed(shared)) == ["ans", "x"]
    assert shared.run("disp (ans)").text == "42\n"


def test_large_matrices(shared: Octave) -> None:
    large = np.random.default_rng(1).random((1000, 1000))
    _set(shared, "x", large)
    assert (_get(shared, "x") == large).all()
    _set(shared, "x", 1)


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "5",
            "[1 2 3]",
            "[1;2]",
            "[1 2;3 4]",
            "reshape (1:24, 2, 3, 4)",
            "'text'",
            "true",
            "[true false]",
            "{}",
            "''",
        ),
        *(
            "[true false]",
            "struct ('a', 1, 'b', 'x')",
            "struct ('a', {1, 2})",
            "[1 NaN Inf]",
            "int8 ([1 2])",
            "{1, 'a', {2}}",
        ),
    ],
)
def test_json_is_as_octave_writes_it(shared: Octave, expression: str) -> None:
    shared.run(f"x = {expression};")
    theirs = json.loads(shared.run("puts (jsonencode (x));").text)
    assert json.loads(json.dumps(values.to_json(_get(shared, "x")))) == theirs


# -- for other languages -----------------------------------------------------------------------------------------------


def _give(octave: Octave, name: str) -> Any:
    return octave.do(octave.kernel.give_variable(name))


_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_PLAIN = st.recursive(
    st.floats(allow_nan=False) | st.booleans() | _TEXT,
    lambda inner: (
        st.lists(inner | st.just("text"), min_size=1, max_size=4).map(lambda items: [*items, "text"])
        | st.dictionaries(st.text("abcé ", min_size=1, max_size=3), inner, max_size=4)
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_PLAIN)
def test_plain_values_come_back(shared: Octave, value: object) -> None:
    _set(shared, "x", value)
    assert _give(shared, "x") == value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_arrays_come_back(shared: Octave, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", "c8", "c16"]))
    shape = tuple(data.draw(st.lists(st.integers(2, 40), min_size=1, max_size=3)))
    noise = np.random.default_rng(data.draw(st.integers(0, 9))).bytes(math.prod(shape) * np.dtype(dtype).itemsize)
    made = np.frombuffer(noise, "u1")
    array = (made % 2 if dtype == "?" else made).view(dtype).reshape(shape, order=data.draw(st.sampled_from("CF")))
    _set(shared, "x", array)
    found = _give(shared, "x")
    assert isinstance(found, exchange.Array)
    again = np.frombuffer(found.data, found.dtype).reshape(found.shape, order="F")
    assert (again.dtype, again.shape, again.tobytes()) == (array.dtype, array.shape, array.tobytes())


@pytest.mark.parametrize("dtype", ["?", "i1", "u4", "i8", "f2", "f4", "f8", "c8", "c16", ">f8", ">c16"])
@pytest.mark.parametrize("count", [6, 60_000])
@pytest.mark.parametrize("shape", [(-1,), (2, -1), (3, 2, -1), (1, -1), (-1, 1), (2, -1, 1)])
def test_arrays_of_others_are_octave_s(shared: Octave, dtype: str, count: int, shape: tuple[int, ...]) -> None:
    array = np.arange(count).astype(dtype).reshape(shape)
    for made in (array, np.asfortranarray(array)):
        order = "C" if made.flags.c_contiguous else "F"
        flat = made.reshape(-1, order=order).tobytes()
        _set(shared, "x", exchange.Array(made.dtype.str, made.shape, flat, order))
        found = _get(shared, "x")
        size = made.shape if made.ndim > 1 else (1, made.size)
        while len(size) > 2 and size[-1] == 1:
            size = size[:-1]
        assert found.shape == size
        assert (found.ravel() == array.ravel()).all()
        assert found.dtype == np.dtype({"f2": "f4"}.get(dtype, dtype.lstrip(">")))


def test_tables_become_structs_of_columns(shared: Octave) -> None:
    column = exchange.Array("<i4", (3,), struct.pack("<3i", 1, 2, 3))
    columns = [("n", column), ("s", ["a", None, "é"]), ("f", [0.5, None, 2]), ("b", [True, False, True])]
    _set(shared, "x", exchange.Table(columns, ("key", ["p", "q", "r"])))
    shown = shared.run("printf ('%s ', class (x.n), class (x.f), class (x.b)); disp (size (x.n)); disp (x.key{2})").text
    assert shown.split() == ["int32", "double", "logical", "3", "1", "q"]
    assert shared.run("disp (isnan (x.f(2))); disp (isempty (x.s{2})); disp (strjoin (fieldnames (x).'))").text == (
        "1\n1\nkey n s f b\n"
    )
    with pytest.raises(VariableError, match="two columns of the table have the same name"):
        _set(shared, "x", exchange.Table([(1, [1]), ("1", [2])]))


def test_sparse_matrices_come_back(shared: Octave) -> None:
    for made in ("sparse ([1 0; 0 2.5])", "sparse ([true false])", "sparse ([1i 0; 0 2])", "sparse (2, 3)"):
        shared.run(f"x = {made};")
        _set(shared, "y", _give(shared, "x"))
        assert shared.run("disp (isequal (x, y) && issparse (y) && strcmp (class (x), class (y)))").text == "1\n"


def test_where_memory_is_full_the_disk_is_used(shared: Octave, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full, roomy = tmp_path / "full", tmp_path / "roomy"
    roomy.mkdir()
    full.mkdir()
    put, answer = values.Aside.put, shared.kernel.answer

    def put_unless_full(self: values.Aside, head: Any, array: exchange.Array) -> str:
        if self._folder.startswith(str(full)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return put(self, head, array)

    async def answer_unless_full(text: str, *, limit: float, data: bytes | None = None) -> bytes | None:
        return b"-no room in it" if str(full) in text else await answer(text, limit=limit, data=data)

    monkeypatch.setattr("octave_kernel.assistance.assistance.places", lambda: [str(full), str(roomy)])
    monkeypatch.setattr(values.Aside, "put", put_unless_full)
    monkeypatch.setattr(shared.kernel, "answer", answer_unless_full)
    large = np.random.default_rng(1).random(100_000)
    _set(shared, "x", large)
    assert bytes(_give(shared, "x").data) == large.tobytes()
    gc.collect()
    assert [os.listdir(place) for place in (full, roomy)] == [[], []]
    monkeypatch.setattr("octave_kernel.assistance.assistance.places", lambda: [str(full)])
    with pytest.raises(VariableError, match=r"variable 'x': .*No space left on device"):
        _set(shared, "x", large)
    with pytest.raises(VariableError, match=r"variable 'x': no room in it"):
        _give(shared, "x")


@pytest.mark.parametrize("count", [5, 50_000])
def test_what_is_complex_stays_complex_with_every_zero(shared: Octave, count: int) -> None:
    zeros = np.zeros((2, count), "c16")
    zeros.imag = -0.0
    for made in (zeros, zeros.T, np.asfortranarray(zeros), zeros.astype("c8")):
        _set(shared, "x", made)
        found = _give(shared, "x")
        again = np.frombuffer(found.data, found.dtype).reshape(found.shape, order="F")
        assert (again.dtype, again.shape, again.tobytes()) == (made.dtype, made.shape, made.tobytes())
