"""Images in Sixel become PNGs, pixel by pixel."""

from __future__ import annotations

import pytest

from sdk.repl.control_strings import ControlStrings, Event
from sdk.repl.spool import Spooled
from tests.repl.pictures import pixels

RED, BLUE, NONE = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
BEGIN = "#1;2;100;0;0#2;2;0;0;100"


def found(text: str) -> list[Event]:
    strings = ControlStrings()
    return [*strings.feed(text), *strings.release()]


def shown(picture: str) -> list[list[tuple[int, ...]]]:
    before, image, after = found(f"a\x1bP0;1;0q{picture}\x1b\\b")
    assert isinstance(image, Spooled)
    assert (before, after) == ("a", "b")
    return pixels(image.data)


@pytest.mark.parametrize(
    ("picture", "rows"),
    [
        ("#1@", [[RED]]),
        ("#1!3@", [[RED, RED, RED]]),
        ("#1@?@", [[RED, NONE, RED]]),
        ("#1B", [[RED], [RED]]),
        ("#1@$#2A", [[RED], [BLUE]]),
        ("#1@-#2@", [[RED], *[[NONE]] * 5, [BLUE]]),
        ("#1@\r\n@", [[RED, RED]]),
        ("#1@#2@$#2@", [[BLUE, BLUE]]),
        ('"1;1;2;3#1@', [[RED, NONE], [NONE, NONE], [NONE, NONE]]),
        ("#3;1;120;50;100@", [[RED]]),
        ("#3;1;0;50;100@", [[BLUE]]),
        ("#1~", [[RED]] * 6),
    ],
)
def test_a_picture_is_shown(picture: str, rows: list[list[tuple[int, ...]]]) -> None:
    assert shown(BEGIN + picture) == rows


def test_colours_that_nobody_has_defined() -> None:
    assert shown("#1@#2@#99@@") == [[(51, 51, 204, 255), (204, 33, 33, 255), (0, 0, 0, 255), (0, 0, 0, 255)]]


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ("", "[an image in Sixel without a pixel]\n"),
        ("#1", "[an image in Sixel without a pixel]\n"),
        ("!999999~", "[an image in Sixel, which cannot be shown: it is too large]\n"),
        ("-" * 10_000 + "~", "[an image in Sixel, which cannot be shown: it is too large]\n"),
        ('"1;1;99999;1', "[an image in Sixel, which cannot be shown: it is too large]\n"),
    ],
)
def test_what_cannot_be_shown_is_said(picture: str, said: str) -> None:
    assert "".join(map(str, found(f"a\x1bPq{picture}\x1b\\"))) == f"a{said}"


def test_garbage_is_survived() -> None:
    everything = "".join(chr(code) for code in range(32, 256))
    assert len(found(f"\x1bPq{everything * 3}\x1b\\")) == 1
    assert found("\x1bP$q q\x1b\\x") == ["x"]
