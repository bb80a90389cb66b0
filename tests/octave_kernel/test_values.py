"""Values between Octave and Python: each comes back the same to the bit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from octave_kernel import unpacking, values
from octave_kernel.values import Array, Cell, Function, Sparse, Struct, VariableError
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
    with pytest.raises(VariableError, match="variable 'x': Octave runs a cell"):
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
