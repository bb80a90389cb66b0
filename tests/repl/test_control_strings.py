"""What is for a terminal and not for its reader is taken out, however the text is cut; all else stays as it is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sdk.repl.control_strings import LONGEST, ControlStrings, Event, FullScreen, plain
from sdk.repl.spool import Spooled

PNG = b"\x89PNG\r\n\x1a\n0123"
BASE64 = b64encode(PNG).decode()
NAME = b64encode("plot \u00e9.png".encode()).decode()
IMAGE = Spooled({"image/png": PNG})


def found(pieces: Iterable[str]) -> list[Event]:
    """The events, with text that follows text joined; nothing follows the pieces."""
    strings = ControlStrings()
    events: list[Event] = []
    for piece in pieces:
        events += strings.feed(piece)
    joined: list[Event] = []
    for event in [*events, *strings.release()]:
        if isinstance(event, str) and joined and isinstance(joined[-1], str):
            joined[-1] += event
        else:
            joined.append(event)
    return joined


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]0;title\ab", "ab"),
        ("a\x1b]2;title\x1b\\b", "ab"),
        ("\x1b]8;id=1;https://example.org/\a[link]\x1b]8;;\a.", "[link]."),
        ("\x1b]7;file://host/folder\a\x1b]133;A\a$ \x1b]633;C\x1b\\x", "$ x"),
        ("\x1b]9;4;1;50\a\x1b]52;c;Zm9v\ax", "x"),
        ("\x1bP$q q\x1b\\\x1b_Ga=d;AAAA\x1b\\\x1bXno\x1b\\\x1b^no\x1b\\x", "x"),
        ("a\x1b(B\x1b[mb\x1b7c\x1b8\x1b=\x1b>", "a\x1b[mbc"),
        ("\x1b[?25l\x1b[?2004hx\x1b[?25h", "x"),
        ("\x1b[c\x1b[6n\x1b[>4;1m\x1b[22;0;0t\x1b[2 q\x1b[?1$px", "x"),
        ("\x1b[1;31mred\x1b[0m\x1b[K\x1b[2A", "\x1b[1;31mred\x1b[0m\x1b[K\x1b[2A"),
        ("\x1b]5151;another session;1\ax", "x"),
    ],
)
def test_what_is_for_a_terminal_is_taken_out(text: str, shown: str) -> None:
    assert found([text]) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]0;title",
        "\x1b]0;title\nnext line",
        "\x1b]0;ti\x1b[31mtle\a",
        "\x1b]0;" + "x" * LONGEST + "\a",
        "\x1bPno end",
        "\x1b]1337;File=inline=1:" + BASE64,
        "\x1b]1337;File=inline=1:" + BASE64[:8] + "\n" + BASE64[8:] + "\t",
        "ends in \x1b",
        "ends in \x1b]",
        "ends in \x1b[",
        "ends in \x1b[?25",
        "ends in \x1b(",
        "\x1b\u00e9",
        "\x1b\n",
    ],
)
def test_what_is_no_string_is_text(text: str) -> None:
    assert found([text]) == [text]
    assert "".join(str(event) for event in found(text)) == text


def test_a_prompt_is_plain() -> None:
    assert plain("\x1b[1G\x1b[0J\x1b[1mwho? \x1b[0m\x1b[6G") == "who? "
    assert plain("50%\rwho? ") == "who? "


@pytest.mark.parametrize(
    ("arguments", "metadata"),
    [
        ("inline=1", {}),
        (f"name={NAME};size=12;inline=1;width=40px", {"width": 40}),
        ("inline=1;width=10", {"width": 80}),
        ("inline=1;height=10", {"height": 160}),
        ("inline=1;width=30px;height=20px", {"width": 30}),
        ("inline=1;width=30px;height=20px;preserveAspectRatio=0", {"width": 30, "height": 20}),
        ("inline=1;width=auto;height=50%", {}),
        ("inline=1;width=0;height=", {}),
    ],
)
def test_an_image_is_shown_in_its_size(arguments: str, metadata: dict[str, int]) -> None:
    image = IMAGE._replace(metadata={"image/png": metadata} if metadata else {})
    assert found([f"a\x1b]1337;File={arguments}:{BASE64}\ab"]) == ["a", image, "b"]


def test_an_image_may_come_in_lines_and_in_parts() -> None:
    lines = f"\x1b]1337;File=inline=1:{BASE64[:4]}\n{BASE64[4:]}\n\x1b\\"
    parts = [f"\x1b]1337;FilePart={BASE64[at : at + 4]}\a" for at in range(0, len(BASE64), 4)]
    multipart = f"\x1b]1337;MultipartFile=inline=1\a{''.join(parts)}\x1b]1337;FileEnd\a"
    assert found([lines + multipart]) == [IMAGE, IMAGE]


def test_what_is_no_image_is_said() -> None:
    text = b64encode(b"text").decode()
    assert found([f"\x1b]1337;File=inline=1:{text}\a"]) == ["[a file: 4 bytes, which are no image]\n"]
    assert found([f"\x1b]1337;File=inline=1;name={NAME}:?\a"]) == ["[plot \u00e9.png: 0 bytes, which are no image]\n"]


def test_a_download_is_nothing_to_see() -> None:
    assert found([f"a\x1b]1337;File=name={NAME}:{BASE64}\ab\x1b]1337;SetMark\a"]) == ["ab"]


def test_an_image_of_ten_megabytes_in_small_pieces() -> None:
    payload = PNG + bytes(10_000_000)
    text = f"\x1b]1337;File=inline=1:{b64encode(payload).decode()}\a"
    pieces = [text[at : at + 4095] for at in range(0, len(text), 4095)]
    assert found(pieces) == [Spooled({"image/png": payload})]


def test_what_is_drawn_on_the_alternate_screen_is_not_shown() -> None:
    text = "before\x1b[?1049h\x1b[22;0;0t\x1b[Hdrawn\x1b]0;vim\a\x1b[?1049hagain\x1b[?1;1049lafter"
    assert found([text]) == ["before", FullScreen(), "after"]


def test_a_program_that_ended_without_leaving_the_screen_is_forgotten() -> None:
    strings = ControlStrings()
    assert strings.feed("\x1b[?1049hdrawn") == [FullScreen()]
    strings.end()
    assert strings.feed("text") == ["text"]


def test_a_few_characters_are_released_in_a_silence_and_half_an_image_is_not() -> None:
    strings = ControlStrings()
    assert strings.feed("x\x1b]0;t") == ["x"]
    assert strings.release_short() == ["\x1b]0;t"]
    assert strings.feed(f"\x1b]1337;File=inline=1:{BASE64}\x1b") == []
    assert strings.release_short() == []
    assert strings.feed("\\") == [IMAGE]


CHARACTERS = ("\x1b", "\a", "\\", "\n", "[", "[?", "h", "l", ";", "(", "B", "m", "P", "q", "text", "1049")
SEQUENCES = ("\x1b]", "\x1b\\", "\x1b]0;", "\x1b[?1049h", "\x1b[?47l", "\x1b[31m", "\x1bP1;2q", "\x1b]8;;x\a")
IMAGES = (
    *("1337;File=", "inline=1:", BASE64, f"\x1b]1337;File=inline=1:{BASE64}\a"),
    *(f"\x1b_Ga=T,f=100;{BASE64}\x1b\\", "\x1b_Gm=1,a=T,f=100;", "\x1bPq#1@", "\x1b\\"),
    *("\x1b]1337;MultipartFile=inline=1\a", f"\x1b]1337;FilePart={BASE64}\a", "\x1b]1337;FileEnd\a"),
)
LONG = ("x" * 50, "0123456789" * 5)
PIECES = st.lists(st.sampled_from((*CHARACTERS, *SEQUENCES, *IMAGES, *LONG)) | st.text(max_size=4), max_size=20)


@given(PIECES, st.lists(st.integers(1, 30), min_size=1))
@example([f"\x1b]1337;File=inline=1:{BASE64}\a"], [1])
@example(["\x1b]0;", "x" * LONGEST, "\a"], [7000])
def test_however_the_text_is_cut_the_events_are_the_same(pieces: list[str], cuts: list[int]) -> None:
    text = "".join(pieces)
    cut: list[str] = []
    at = 0
    while at < len(text):
        length = cuts[len(cut) % len(cuts)]
        cut.append(text[at : at + length])
        at += length
    assert found(cut) == found([text])


@given(st.text(st.characters(exclude_characters="\x1b")))
def test_text_without_an_escape_passes_unchanged(text: str) -> None:
    assert "".join(str(event) for event in ControlStrings().feed(text)) == text
