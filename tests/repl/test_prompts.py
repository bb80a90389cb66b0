"""Where a prompt is seen, and how code is balanced: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.repl.balance import balance
from sdk.repl.prompts import Found, Prompts, RandomPrompts


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("> ", Found(0, False)),
        (">> ", Found(0, True)),
        ("abc> ", Found(3, False)),
        ("> x", None),
        ("> \n", None),
        (">", None),
        ("", None),
        ("\x1b[32m> \x1b[0m", Found(0, False)),
        ("abc\x1b[32m> \x1b[0m", Found(3, False)),
        ("\x1b[1mabc\x1b[0m> ", Found(7, False)),
        ("\x01\x1b[32m\x02> ", Found(0, False)),
        ("\x1b]0;title\x07> ", Found(0, False)),
    ],
)
def test_prompts_are_seen_at_the_end_of_a_line_and_the_longest_first(line: str, found: Found | None) -> None:
    assert Prompts("> ", ">> ").at_end(line) == found


def test_random_prompts_fit_into_nineteen_characters_and_differ() -> None:
    first, second = RandomPrompts(), RandomPrompts()
    text = first.fill("{prompt}|{continuation}")
    prompt, _, continuation = text.partition("|")
    assert len(prompt) <= 19
    assert prompt != continuation
    assert first.at_end(prompt) == first.at_end(prompt.rstrip()) == Found(0, False)
    assert first.at_end(continuation) == Found(0, True)
    assert second.at_end(prompt) is None


@given(st.text("ab>\x1b[0m \x01"))
def test_what_stands_before_a_prompt_and_the_prompt_are_the_line(line: str) -> None:
    found = Prompts("> ").at_end(line)
    if found is not None:
        assert 0 <= found.start < len(line)
        assert Prompts("> ").at_end(line[found.start :]) is not None


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("f(1)", "complete"),
        ("f(1", "incomplete"),
        ("f(1]", "invalid"),
        (")", "invalid"),
        ("'(' + \"[\"", "complete"),
        ("'abc", "incomplete"),
        ("'a\\'b'", "complete"),
        ("x # (", "complete"),
        ("'#' + (", "incomplete"),
        ("a \\", "incomplete"),
        ("", "complete"),
    ],
)
def test_code_is_complete_when_brackets_and_quotes_are_closed(code: str, status: str) -> None:
    assert balance(code, comment="#") == status
