"""Values between bash and other languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bash_kernel.values import VariableError
from sdk.exchange import Array, Table
from tests.bash_kernel.conftest import Shell, started

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_KEY = _TEXT.filter(bool)
_INTEGER = st.integers(-(2**63), 2**63 - 1)
_SCALAR = _TEXT | _INTEGER
_VALUES = (
    _SCALAR | st.lists(_TEXT) | st.lists(_INTEGER) | st.dictionaries(_KEY, _TEXT) | st.dictionaries(_KEY, _INTEGER)
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = started(tmp_path_factory.mktemp("values"))
    try:
        yield made
    finally:
        made.close()


def _get(shell: Shell, name: str) -> object:
    return shell.do(shell.kernel.get_variable(name))


def _set(shell: Shell, name: str, value: object) -> None:
    shell.do(shell.kernel.set_variable(name, value))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_VALUES)
def test_what_is_set_is_got(shared: Shell, value: object) -> None:
    _set(shared, "x", value)
    assert _get(shared, "x") == value


@pytest.mark.parametrize("options", ["-u", "-e", "-f", "-o posix", "-eu"])
def test_so_it_is_with_options_of_the_shell(shared: Shell, options: str) -> None:
    shared.run(f"set {options}")
    try:
        for value in ("*", ["a", "[0]=x", "*", "$(ls)", "`ls`"], {"*": "1", "@": "2", "a]b": "3", "'": '"'}, [], {}, 5):
            _set(shared, "x", value)
            assert _get(shared, "x") == value
    finally:
        shared.run(f"set {options.replace('-', '+', 1)}")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x='two words'", "two words"),
        ("x=5", "5"),
        ("declare -i x=5", 5),
        ("x=(a 'b c' '')", ["a", "b c", ""]),
        ("declare -ai x=(3 4)", [3, 4]),
        ("x=([2]=a [5]=b)", {2: "a", 5: "b"}),
        ("declare -A x=([k]=v ['k 2']=w)", {"k": "v", "k 2": "w"}),
        ("declare -a x", []),
        ("y=text; declare -n x=y", "text"),
        ("export x=$'\\xff'", "\udcff"),
    ],
)
def test_what_others_get(shared: Shell, code: str, expected: object) -> None:
    shared.run(f"unset -n x; unset x; {code}")
    try:
        assert _get(shared, "x") == expected
    finally:
        shared.run("unset -n x; unset x")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("é𝄞", 'declare -- x="é𝄞"'),
        (7, 'declare -i x="7"'),
        (2**70, f'declare -- x="{2**70}"'),
        (0.1, 'declare -- x="0.1"'),
        (float("nan"), 'declare -- x="nan"'),
        (True, 'declare -- x="true"'),
        (None, 'declare -- x=""'),
        (b"ab", 'declare -- x="ab"'),
        ((1, 2), 'declare -ai x=([0]="1" [1]="2")'),
        ([1, "a"], 'declare -a x=([0]="1" [1]="a")'),
        ({"a": 1}, 'declare -Ai x=([a]="1" )'),
        (Array("<f8", (2,), b"\0" * 16), 'declare -a x=([0]="0.0" [1]="0.0")'),
        (Table([("a", [1, 2]), ("b", ["x", None])]), "declare -a x=([0]=$'a\\tb' [1]=$'1\\tx' [2]=$'2\\t')"),
    ],
)
def test_what_the_shell_gets(shared: Shell, value: object, shown: str) -> None:
    _set(shared, "x", value)
    assert shared.run("declare -p x").text == f"{shown}\n"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": [1]}, "x['a']: a list within another has no like in bash; give text"),
        ([1, {"a": 2}], "x[1]: a dict within another has no like in bash; give text"),
        (1j, "variable 'x': a complex has no like in bash; give text"),
        ("a\0b", "variable 'x': text with a NUL character has no like in bash"),
        ({"": 1}, "variable 'x': an empty key has no like in bash"),
        (Array("<f8", (2, 2), b"\0" * 32), "variable 'x': an array of 2x2 has no like in bash"),
        (Table([("a", ["x\ty"])]), "x['a'][0]: the text 'x\\ty' has a tab"),
    ],
)
def test_what_does_not_fit_is_named(shared: Shell, value: object, says: str) -> None:
    with pytest.raises(VariableError) as caught:
        _set(shared, "x", value)
    assert str(caught.value).startswith(says)


def test_names_are_checked(shared: Shell) -> None:
    for name in ("", "1x", "a b", "x;y", "é", "__k_x"):
        with pytest.raises(VariableError, match="a name has letters"):
            _get(shared, name)
        with pytest.raises(VariableError, match="a name has letters"):
            _set(shared, name, 1)
    with pytest.raises(VariableError, match="variable 'nope': there is no variable of this name"):
        _get(shared, "nope")


def test_what_is_exported_stays_exported_and_what_is_readonly_as_it_was(shared: Shell) -> None:
    shared.run("export seen=1; readonly fixed=1")
    _set(shared, "seen", "2")
    assert shared.run("bash -c 'echo $seen'").text == "2\n"
    with pytest.raises(VariableError, match="variable 'fixed': it is readonly"):
        _set(shared, "fixed", 2)
    assert shared.run("echo $fixed $?").text == "1 0\n"


def test_long_arrays(shared: Shell) -> None:
    values = [f"line {number}" for number in range(50_000)]
    _set(shared, "x", values)
    assert _get(shared, "x") == values
