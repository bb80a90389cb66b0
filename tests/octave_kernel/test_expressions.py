"""user_expressions: what an expression gives beside a cell."""

from __future__ import annotations

import pytest

from sdk import ExecutionError
from tests.octave_kernel.asking import nobody
from tests.octave_kernel.conftest import Octave


def _value(octave: Octave, expression: str) -> object:
    return octave.do(octave.kernel.do_user_expression(expression, nobody()))


def test_the_value_is_shown(shared: Octave) -> None:
    shared.run("ans = 42; xe = 3;")
    assert _value(shared, "xe + 1") == {"text/plain": "4"}
    assert _value(shared, "'é'") == {"text/plain": "é"}
    assert _value(shared, "[1 2; 3 4]") == {"text/plain": "   1   2\n   3   4"}
    assert shared.run("disp (ans); clear xe").text == "42\n"


@pytest.mark.parametrize(
    ("expression", "name", "says"),
    [
        ("no_such_thing + 1", "Octave:undefined-function", "'no_such_thing' undefined"),
        ("error ('my:id', 'boom')", "my:id", "boom"),
        ("1 +", "Octave:error", "parse error"),
    ],
)
def test_what_fails_is_told(shared: Octave, expression: str, name: str, says: str) -> None:
    with pytest.raises(ExecutionError) as caught:
        _value(shared, expression)
    assert caught.value.ename == name
    assert says in caught.value.evalue
    assert shared.run("disp (1)").text == "1\n"
