"""Octave's code as tokens."""

from __future__ import annotations

import pytest

from octave_kernel.language.lexer import Kind, tokens


def _kinds(code: str) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in tokens(code)]


@pytest.mark.parametrize(
    ("code", "strings"),
    [
        ("a'", []),
        ("a 'x'", []),  # a command
        ("x = 'a''b'", ["'a''b'"]),
        ("[a 'b']", ["'b'"]),
        ("[a' b']", []),
        ("[a', 'b']", ["'b'"]),
        ("x = a ' b", []),
        ("f('a')'", ["'a'"]),
        ("{x' ; 'y'}", ["'y'"]),
        ('"a" + "b\\"c"', ['"a"', '"b\\"c"']),
        ("x.end'", []),
        ("x(end)' + x(end')", []),
        ("if x, 'a', end", ["'a'"]),
        ("x = 1 % 'a'", []),
    ],
)
def test_a_quote_begins_a_string_or_transposes(code: str, strings: list[str]) -> None:
    assert [token.text for token in tokens(code) if token.kind is Kind.STRING] == strings


def test_end_within_brackets_is_an_index() -> None:
    assert _kinds("x(end)") == [("name", "x"), ("open", "("), ("name", "end"), ("close", ")")]
    assert ("keyword", "end") in _kinds("if x, end")
    assert _kinds("s.end")[-1] == ("field", "end")


def test_the_words_of_a_command_are_text() -> None:
    assert _kinds("hold on; x") == [("name", "hold"), ("command", "on"), ("separator", ";"), ("name", "x")]
    assert _kinds("x - 1")[1] == ("operator", "-")
    assert _kinds("x -1")[1] == ("command", "-1")
    assert _kinds("if x -1")[2] == ("operator", "-")
    assert _kinds("pi -1")[1] == ("operator", "-")


def test_comments_and_continued_lines_are_not_there() -> None:
    code = "x = [1 ... one\n  2] % two\n%{\nthree\n%}\n# four"
    assert [text for _, text in _kinds(code)] == ["x", "=", "[", "1", "2", "]", "\n"]


def test_numbers_end_where_an_operator_of_elements_begins() -> None:
    assert [text for _, text in _kinds("1./x.^2.*0x1Fu8+1.5e-3i'")] == (
        ["1", "./", "x", ".^", "2", ".*", "0x1Fu8", "+", "1.5e-3i", "'"]
    )


@pytest.mark.parametrize("code", ["x = 'a", 'x = "a', "x ...", "%{\nx", "disp 'x"])
def test_what_is_not_closed_is_told_last(code: str) -> None:
    assert tokens(code)[-1].kind is Kind.UNCLOSED


def test_positions_count_code_points() -> None:
    last = tokens("x = 'é𝄞' + yz")[-1]
    assert (last.text, last.start, last.end) == ("yz", 11, 13)
