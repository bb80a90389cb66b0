"""Images in kitty's protocol: whole or in parts, shown at once or later, as PNG or as pixels."""

from __future__ import annotations

import zlib
from base64 import b64encode

import pytest

from sdk.repl.control_strings import ControlStrings, Event
from sdk.repl.spool import Spooled
from tests.repl.pictures import pixels

PNG = b"\x89PNG\r\n\x1a\n0123"
IMAGE = Spooled({"image/png": PNG})
RGB = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 8, 8, 8, 7, 7, 7])


def command(keys: str, payload: bytes = b"") -> str:
    return f"\x1b_G{keys};{b64encode(payload).decode()}\x1b\\"


def found(*pieces: str) -> list[Event]:
    strings = ControlStrings()
    return [event for piece in pieces for event in strings.feed(piece)]


@pytest.mark.parametrize(
    ("keys", "metadata"),
    [
        ("a=T,f=100", {}),
        ("a=T,f=100,c=10", {"image/png": {"width": 80}}),
        ("f=100,a=T,r=2,c=10,q=2,t=d", {"image/png": {"width": 80, "height": 32}}),
        ("a=T,f=100,c=x,r=0", {}),
    ],
)
def test_an_image_is_shown_in_its_size(keys: str, metadata: dict[str, dict[str, int]]) -> None:
    assert found(f"a{command(keys, PNG)}b") == ["a", IMAGE._replace(metadata=metadata), "b"]


def test_an_image_may_come_in_parts() -> None:
    text = b64encode(PNG).decode()
    parts = [f"\x1b_Gm=1;{text[at : at + 4]}\x1b\\" for at in range(4, len(text), 4)]
    assert found(f"\x1b_Ga=T,f=100,m=1;{text[:4]}\x1b\\", *parts, "\x1b_Gm=0;\x1b\\") == [IMAGE]


def test_an_image_of_ten_megabytes_in_one_piece() -> None:
    payload = PNG + bytes(10_000_000)
    assert found(command("a=T,f=100", payload)) == [Spooled({"image/png": payload})]


def test_an_image_is_kept_until_it_is_put_somewhere() -> None:
    kept = [command("a=t,i=7,f=100", PNG), command("i=8,f=100", PNG + b"8")]
    put = "\x1b_Ga=p,i=7,c=1\x1b\\\x1b_Ga=p,i=8\x1b\\\x1b_Ga=p,i=9\x1b\\"
    shown = [IMAGE._replace(metadata={"image/png": {"width": 8}}), Spooled({"image/png": PNG + b"8"})]
    assert found(*kept, put) == shown


def test_what_is_kept_goes_with_the_program() -> None:
    strings = ControlStrings()
    assert strings.feed(command("a=t,i=7,f=100", PNG) + "\x1b_Ga=T,f=100,m=1;AAAA\x1b\\") == []
    strings.end()
    assert strings.feed("\x1b_Ga=p,i=7\x1b\\" + command("a=T,f=100", PNG)) == [IMAGE]


@pytest.mark.parametrize("packed", [False, True])
def test_pixels_become_an_image(packed: bool) -> None:
    keys = "a=T,f=24,s=3,v=2" + (",o=z" if packed else "")
    (image,) = found(command(keys, zlib.compress(RGB) if packed else RGB))
    assert isinstance(image, Spooled)
    assert pixels(image.data) == [[(255, 0, 0), (0, 255, 0), (0, 0, 255)], [(9, 9, 9), (8, 8, 8), (7, 7, 7)]]


def test_pixels_are_of_four_bytes_if_nothing_is_said() -> None:
    (image,) = found(command("a=T,s=2,v=1", b"12345678"))
    assert isinstance(image, Spooled)
    assert pixels(image.data) == [[(49, 50, 51, 52), (53, 54, 55, 56)]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (command("a=T,f=100", b"GIF89a"), "it is no PNG"),
        ("\x1b_Ga=T,f=100;?\x1b\\", "it is no PNG"),
        ("\x1b_Ga=T,f=100;A\x1b\\", "it is not base64"),
        (command("a=T,f=24,s=4,v=2", RGB), "18 bytes are not 4 x 2 pixels"),
        (command("a=T,f=24,s=3", RGB), "18 bytes are not 3 x 0 pixels"),
        (command("a=T,f=24,s=999999,v=999999", RGB), "18 bytes are not 999999 x 999999 pixels"),
        (command("a=T,f=99,s=3,v=2", RGB), "18 bytes are not 3 x 2 pixels"),
        (command("a=T,f=24,s=3,v=2,o=z", RGB), "it is not compressed as it says"),
        (command("a=T,o=z,s=3,v=2", zlib.compress(bytes(200_000_000))), "it is too large"),
        (command("a=T,f=100,t=f", b"/etc/passwd"), "it is not sent through the terminal"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, said: str) -> None:
    assert found(text) == [f"[an image in kitty's protocol, which cannot be read: {said}]\n"]


def test_an_image_that_does_not_end_is_given_up() -> None:
    strings = ControlStrings()
    part = f"\x1b_Gm=1;{'A' * 60_000}\x1b\\"
    said = [event for _ in range(1200) for event in strings.feed(part)]
    assert said == ["[an image of more than 48 MB]\n"]


def test_what_is_no_image_is_nothing_to_see() -> None:
    assert found("a\x1b_Ga=q,i=1,s=1,v=1;AAAA\x1b\\\x1b_Ga=d\x1b\\\x1b_Xno\x1b\\\x1b_G\x1b\\b")[:1] == ["a"]
