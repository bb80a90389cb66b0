"""The scanner: what it takes out, and that the way in which its input is cut does not matter."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import example, given
from hypothesis import strategies as st

from sdk.repl.control_strings import FullScreen
from sdk.repl.scanner import Barrier, Display, Event, Scanner

TOKEN = b"0123abcd"
LINE = b" { go 12; }; . '/tmp/repl-0123abcd/In[12]'\n"
PATH = b"/tmp/repl-0123abcd/"


def scanner() -> Scanner:
    made = Scanner(TOKEN)
    made.hide((LINE, PATH))
    return made


def joined(events: Iterable[Event]) -> list[Event]:
    result: list[Event] = []
    for event in events:
        if isinstance(event, str) and result and isinstance(result[-1], str):
            result[-1] += event
        else:
            result.append(event)
    return result


def scanned(pieces: Iterable[bytes], made: Scanner | None = None) -> list[Event]:
    made = made or scanner()
    events: list[Event] = []
    for piece in pieces:
        events += made.feed(piece)
    return joined([*events, *made.release()])


def marker(body: bytes) -> bytes:
    return b"\x1b]5151;" + TOKEN + b";" + body + b"\a"


def test_a_barrier_and_a_display_part_the_text() -> None:
    data = b"one\n" + marker(b"d;XyZ") + b"two" + marker(b"12") + b"three"
    assert scanned([data]) == ["one\n", Display("XyZ"), "two", Barrier(12), "three"]


def test_the_control_line_and_the_path_are_taken_out() -> None:
    data = LINE.replace(b"\n", b"\r\n") + b"bash: " + PATH + b"In[12]: line 1: no\r\n" + LINE + b"end"
    assert scanned([data]) == ["bash: In[12]: line 1: no\nend"]


def test_the_marker_of_another_session_is_no_barrier() -> None:
    other = b"\x1b]5151;ffffffff;12\a"
    assert scanned([b"a" + other + b"b"]) == ["ab"]


def test_a_string_that_a_marker_cuts_is_text() -> None:
    assert scanned([b"\x1b]0;title", marker(b"3"), b"x\a"]) == ["\x1b]0;title", Barrier(3), "x\a"]


def test_the_screen_is_the_ordinary_one_after_a_barrier() -> None:
    data = b"a\x1b[?1049hdrawn" + marker(b"d;XyZ") + b"drawn" + marker(b"3") + b"b"
    assert scanned([data]) == ["a", FullScreen(), Display("XyZ"), Barrier(3), "b"]


def test_the_token_alone_and_a_marker_without_end_are_text() -> None:
    assert scanned([b"a 0123abcd b"]) == ["a 0123abcd b"]
    endless = b"\x1b]5151;" + TOKEN + b";" + b"9" * 1000
    assert scanned([endless, marker(b"3")]) == [endless.decode(), Barrier(3)]


def test_characters_split_by_a_read_are_whole_and_wrong_bytes_are_replaced() -> None:
    assert scanned([b"\xc3", b"\xa9\xff", b"\xe2\x82"]) == ["\xe9\ufffd"]
    assert scanned([b"\xe2\x82" + marker(b"1")]) == ["\ufffd", Barrier(1)]


def test_a_lone_carriage_return_stays() -> None:
    assert scanned([b"10%\r", b"20%\r", b"\n"]) == ["10%\r20%\n"]


def test_an_echo_is_skipped_once_and_only_if_it_comes() -> None:
    made = scanner()
    made.skip(b"bob\n")
    assert scanned([b"bo", b"b\r\nbob\n"], made) == ["bob\n"]
    made = scanner()
    made.skip(b"bob\n")
    assert scanned([b"bother\nbob\n"], made) == ["bother\nbob\n"]


def test_ordinary_text_is_not_kept_back() -> None:
    made = scanner()
    assert made.feed(b"hello\n") == ["hello\n"]
    assert made.feed(b"50%") == ["50%"]


PIECES = st.lists(
    st.sampled_from(
        [
            *(marker(b"7"), marker(b"d;f00"), LINE, PATH, TOKEN, b"\r", b"\n", b"\x1b", b"\x1b]5151;", b" {"),
            *(b"\xc3\xa9", LINE[:20], PATH[:7], b"text", b"\xff", marker(b"7")[:-1], b"'"),
        ]
    )
    | st.binary(max_size=6),
    max_size=25,
)


@given(PIECES, st.lists(st.integers(1, 40), min_size=1), st.booleans())
@example([LINE, marker(b"7")], [1], False)
def test_however_the_input_is_cut_the_events_are_the_same(pieces: list[bytes], cuts: list[int], echo: bool) -> None:
    data = b"".join(pieces)
    whole, parts = scanner(), scanner()
    if echo:
        for made in (whole, parts):
            made.skip(b"text\n")
    cut: list[bytes] = []
    at = 0
    while at < len(data):
        length = cuts[len(cut) % len(cuts)]
        cut.append(data[at : at + length])
        at += length
    assert scanned(cut, parts) == scanned([data], whole)


@given(st.lists(st.sampled_from(["text\n", "\u00e9", "\U0001f600", "a b", " {", "\t"]), max_size=40))
def test_text_without_markers_passes_unchanged(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert "".join(str(event) for event in scanned([text.encode()])) == text
