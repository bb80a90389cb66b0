"""Tracebacks are coloured as IPython colours them, only sooner."""

from __future__ import annotations

import pytest
import stack_data
from pygments.formatters import terminal256
from stack_data import core

from python_kernel.highlighting import Highlighting

CODE = "def f(a, b):\n    return a / b  # ü\n\nf(1, 0)\n"


def highlighted(ranges: list[tuple[int, int]]) -> list[str]:
    style = stack_data.style_with_executing_node("default", "bg:ansiyellow")
    return list(core._pygmented_with_ranges(terminal256.Terminal256Formatter(style=style), CODE, ranges))


@pytest.mark.parametrize("ranges", [[], [(24, 29)], [(0, 3), (24, 29)]])
def test_the_colours_are_the_same(ranges: list[tuple[int, int]]) -> None:
    before = highlighted(ranges)
    highlighting = Highlighting()
    highlighting.install()
    try:
        assert [highlighted(ranges), highlighted(ranges)] == [before, before]
        assert "\x1b[" in before[0]
    finally:
        highlighting.undo()


def test_it_is_taken_back() -> None:
    places = [(core, "_pygmented_with_ranges"), (stack_data, "style_with_executing_node")]
    places.append((terminal256, "Terminal256Formatter"))
    before = [getattr(*place) for place in places]
    highlighting = Highlighting()
    highlighting.install()
    assert not any(getattr(*place) is found for place, found in zip(places, before, strict=True))
    highlighting.undo()
    assert [getattr(*place) for place in places] == before


def test_other_users_of_the_formatter_get_one_of_their_own() -> None:
    highlighting = Highlighting()
    highlighting.install()
    try:
        one, two = (terminal256.Terminal256Formatter(style="monokai") for _ in range(2))
        assert one is not two and one.style is not stack_data
    finally:
        highlighting.undo()
