"""What is left out was not to be seen: a text and what is sent of it look the same, wherever they are written."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sdk.kernel.overwritten import without_overwritten


def screen(text: str, *, terminal: bool) -> list[list[tuple[str, str]]]:
    """Lines of cells, each a character and its colour: of a terminal, or of a front-end that counts characters."""
    lines: list[dict[int, tuple[str, str]]] = [{}]
    column, colour = 0, ""
    for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", text, re.DOTALL):
        if token == "\n":
            lines.append({})
            column = 0
        elif token == "\r":
            column = 0
        elif token.endswith("m") and len(token) > 1:
            colour = "" if token in ("\x1b[m", "\x1b[0m") else token  # all of these set the same thing
        elif token.endswith("K") and len(token) > 1:
            start = 0 if "2" in token else column
            lines[-1] = {at: cell for at, cell in lines[-1].items() if at < start}
        elif len(token) == 1:
            lines[-1][column] = (token, colour)
            column += 1
            if terminal and unicodedata.east_asian_width(token) == "W":
                lines[-1][column] = ("", colour)
                column += 1
    return [[line.get(at, (" ", "")) for at in range(max(line, default=-1) + 1)] for line in lines]


PIECES = st.sampled_from(
    [
        *(
            "\r",
            "\r",
            "\n",
            "10%",
            "100%",
            "#####",
            "#",
            "\u2705",
            "\u2714",
            "\u65e5",
            "\u65e5\u672c\u8a9e",
            "",
            "\r\r",
            "\r\n",
        ),
        *("\x1b[31m", "\x1b[32m", "\x1b[0m", "\x1b[m", "\x1b[K", "\x1b[2K", "\x1b[0K"),
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)


@given(TEXTS, TEXTS, TEXTS, st.booleans())
@example("12345", "abc\r\x1b[K\rXY", "", True)
@example("", "\x1b[31mab\r\x1b[0mcd\ref", "gh", True)
@example("", "\n\u2705\r#", "", True)
@example("abc", "def\rXYZ", "", True)
def test_the_same_is_seen_whatever_stands_before_and_after(before: str, text: str, after: str, terminal: bool) -> None:
    seen = screen(before + without_overwritten(text) + after, terminal=terminal)
    assert seen == screen(before + text + after, terminal=terminal)
    assert len(without_overwritten(text)) <= len(text)


@given(TEXTS)
def test_what_is_left_stays(text: str) -> None:
    once = without_overwritten(text)
    assert without_overwritten(once) == once


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\rb\rc", "a\rc"),
        ("\n1%\r2%\r3%\n", "\n3%\n"),
        ("\r1%\r2%\r", "\r2%\r"),
        ("\rlong text\rshort", "\rlong text\rshort"),
        ("\rlong text\rshort\rlonger text", "\rlonger text"),
        ("begun\r\x1b[Know", "\r\x1b[Know"),
        ("\rlong text\x1b[K\rshort\x1b[K", "\rshort\x1b[K"),
        ("\r\x1b[31m1\r\x1b[32m2\r3", "\r\x1b[31m\x1b[32m3"),
        ("\r\x1b[31m1\x1b[0m\r\x1b[31m2\x1b[0m\r3", "\r\x1b[0m3"),
        ("\rab\r\x1b[1Acd\refgh", "\rab\r\x1b[1Acd\refgh"),
        ("\rab\b\b\rcdef", "\rab\b\b\rcdef"),
        ("windows\r\nlines\r\n", "windows\r\nlines\r\n"),
        ("no return", "no return"),
    ],
)
def test_what_a_return_leaves(text: str, left: str) -> None:
    assert without_overwritten(text) == left


def test_ten_thousand_states_are_one() -> None:
    text = "".join(f"\r\x1b[32m{'█' * (state // 200)}\x1b[39m {state}" for state in range(10_000))
    assert without_overwritten(text) == f"\r\x1b[32m\x1b[39m\x1b[32m{'█' * 49}\x1b[39m 9999"
