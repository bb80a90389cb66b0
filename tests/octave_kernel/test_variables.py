"""The list of variables, as the panel of a front-end asks for it."""

from __future__ import annotations

import pytest

from octave_kernel.assistance.variables import Asked, asked
from sdk import Variable
from tests.octave_kernel.asking import listed, listing, while_busy
from tests.octave_kernel.conftest import Octave

_MADE = """
clear all
st.alpha = 1:3; st.beta.gamma = 'x';
bo = true; co = 3+4i; in = int8 (5); te = 'text'; rows = ['ab'; 'cd']; ce = {1, 'two', {3}; [], @sin, 1:100};
sa(3).q = 1; ma = containers.Map ({'it''s', 'b'}, {1, 2}); fu = @(x) x + 1; em = []; sp = sparse (eye (3));
nd = zeros (2, 3, 4); long = 1:100000; mat = magic (4); global gl; gl = 5; pi_ = 3.14159265; two_lines = "a\\nb";
"""


def test_each_has_its_value_and_what_can_be_opened(shared: Octave) -> None:
    shared.run(_MADE)
    found = listed(shared)
    assert found["bo"] == Variable("bo", "true", "bool", code="bo")
    assert found["in"] == Variable("in", "5", "int", code="in")
    assert found["co"] == Variable("co", "3+4i", "double", code="co")
    assert found["te"] == Variable("te", "text", "str", code="te")
    assert found["two_lines"].value == "a\nb"
    assert found["pi_"].value == "3.1416"
    assert found["fu"] == Variable("fu", "@(x) x + 1", "function_handle", code="fu")
    assert found["em"].value == "0x0 double: []"
    assert found["gl"].value == "5"
    assert found["st"] == Variable("st", "1x1 struct: alpha, beta", "", 2, "st")
    assert found["ce"].children == 6
    assert found["ce"].value == "2x3 cell: 1, [], 'two', 1x1 function_handle, 1x1 cell, 1x100 double"
    assert found["mat"].value == "4x4 double: [16 2 3 13;5 11 10 8;9 7 6 12;4 14 15 1]"
    assert found["sp"].value.startswith("3x3 sparse double: ")
    assert found["rows"].children == 2
    assert found["nd"].children == 4
    assert not any(name.startswith("__k_") for name in found)


def test_what_is_inside(shared: Octave) -> None:
    shared.run(_MADE)
    assert listed(shared, "st")[".alpha"] == Variable(".alpha", "1x3 double: [1 2 3]", "", 3, "st.alpha")
    assert listed(shared, "st", ".beta")[".gamma"].code == "st.beta.gamma"
    assert list(listed(shared, "ce")) == ["{1,1}", "{2,1}", "{1,2}", "{2,2}", "{1,3}", "{2,3}"]
    assert listed(shared, "ce", "{1,3}")["{1}"].value == "3"
    assert listed(shared, "sa", "(3)")[".q"].value == "1"
    assert listed(shared, "ma")["('it''s')"] == Variable("('it''s')", "1", "float", code="ma('it''s')")
    assert listed(shared, "mat")["(2,:)"].value == "1x4 double: [5 11 10 8]"
    assert listed(shared, "mat", "(2,:)")["(3)"].value == "10"
    assert listed(shared, "nd", "(:,:,2)")["(1,:)"].value == "1x3 double: [0 0 0]"
    assert listed(shared, "rows")["(2,:)"].value == "cd"


def test_what_is_long_comes_in_slices(shared: Octave) -> None:
    shared.run(_MADE)
    found = listed(shared, "long")
    assert list(found)[:2] == ["[1:10000]", "[10001:20000]"]
    assert list(listed(shared, "long", "[1:10000]"))[1] == "[101:200]"
    last = listed(shared, "long", "[90001:100000]", "[99901:100000]")
    assert last["(100000)"] == Variable("(100000)", "100000", "float", code="long(100000)")
    assert len(last) == 100


@pytest.mark.parametrize(
    "path",
    [["nope"], ["st", "(system ('true'))"], ["st(1)"], ["mat", ".x'"], ["mat", "{1}"], ["mat", "(100,:)"], ["1"]],
)
def test_what_is_not_there_is_empty(shared: Octave, path: list[str]) -> None:
    assert shared.do(listing(shared, *path)) == []


def test_a_path_only_takes_things_out() -> None:
    assert asked(["a", ".b", "{2,3}", "(4,:)"]) == Asked("a.b{2,3}(4,:)", 1, 0)
    assert asked(["a", "[1:100]", "(7)"]) == Asked("a(7)", 1, 0)
    assert asked(["a", "[101:200]"]) == Asked("a", 101, 200)
    for path in (["a", "(b)"], ["a;b"], ["a", ".(b)"], ["a", "('x')+b('')"], ["a", "(1)(f())"], []):
        assert asked(path) is None


def test_a_new_cell_is_seen_and_a_running_one_is_not_waited_for(shared: Octave) -> None:
    shared.run("clear all; one = 1;")
    assert list(listed(shared)) == ["one"]
    found = while_busy(shared, listing(shared), "two = 2")
    assert [each.name for each in found] == ["one"]
    assert set(listed(shared)) == {"one", "two"}
    shared.run("clear one two")
    assert list(listed(shared)) == []


def test_the_last_answer_is_listed_as_it_is(shared: Octave) -> None:
    shared.run("clear all; 42;")
    assert listed(shared) == {"ans": Variable("ans", "42", "float", code="ans")}


def test_a_list_of_many_variables_is_quick_enough_to_come(shared: Octave) -> None:
    shared.run("clear all; for k = 1:500, eval (sprintf ('v%d = k;', k)); end")
    assert len(listed(shared)) == 501
    shared.run("clear all")


def test_what_is_known_is_not_asked_for_again(shared: Octave) -> None:
    shared.run("clear all; x = 1;")
    listed(shared)
    repl = shared.kernel.life.repl
    assert repl is not None
    turn = repl._turn
    assert list(listed(shared)) == ["x"]
    assert repl._turn is turn


def test_asking_leaves_no_trace(shared: Octave) -> None:
    shared.run("clear all; x = {1}; try, error ('boom'); catch, end")
    listed(shared)
    listed(shared, "x")
    listed(shared, "y")
    assert shared.run("disp (exist ('ans', 'var')); disp (lasterr ()); disp (who (){:})").text == "0\nboom\nx\n"
