"""A plain TIFF becomes a PNG; any other bytes do not, and nothing else happens."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.repl.tiff import as_png
from tests.repl.pictures import pixels

PIXELS = bytes(range(24))


def tiff(order: str, *, width: int = 2, height: int = 3, samples: int = 4, strips: int = 1, **more: int) -> bytes:
    """The header, the pixels, the numbers that are more than one, the fields."""
    end = 8 + len(PIXELS)
    size = len(PIXELS) // strips
    offsets = struct.pack(f"{order}{strips}I", *(8 + size * strip for strip in range(strips)))
    lengths = struct.pack(f"{order}{strips}I", *[size] * strips)
    bits = struct.pack(f"{order}{samples}H", *[8] * samples)
    at = [end, end + len(offsets), end + len(offsets) + len(lengths)]
    one = strips == 1
    fields = [
        (256, 3, 1, struct.pack(f"{order}HH", width, 0)),
        (257, 4, 1, struct.pack(f"{order}I", height)),
        (258, 3, samples, struct.pack(f"{order}I", at[2])),
        (259, 3, 1, struct.pack(f"{order}HH", more.get("compression", 1), 0)),
        (273, 4, strips, offsets if one else struct.pack(f"{order}I", at[0])),
        (277, 3, 1, struct.pack(f"{order}HH", samples, 0)),
        (279, 4, strips, lengths if one else struct.pack(f"{order}I", at[1])),
    ]
    start = at[2] + len(bits)
    header = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", start)
    entries = b"".join(struct.pack(f"{order}HHI", *field[:3]) + field[3] for field in fields)
    return header + PIXELS + offsets + lengths + bits + struct.pack(f"{order}H", len(fields)) + entries


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("strips", [1, 3])
def test_a_plain_one_is_shown(order: str, strips: int) -> None:
    made = as_png(tiff(order, strips=strips))
    assert made is not None
    rows = [[tuple(PIXELS[at : at + 4]) for at in range(row, row + 8, 4)] for row in range(0, 24, 8)]
    assert pixels({"image/png": made}) == rows


def test_without_opacity() -> None:
    made = as_png(tiff("<", samples=3, width=4, height=2))
    assert made is not None
    assert [len(row) for row in pixels({"image/png": made})] == [4, 4]


@pytest.mark.parametrize("more", [{"compression": 5}, {"height": 4}, {"samples": 1}, {"width": 0}])
def test_another_one_is_not(more: dict[str, int]) -> None:
    assert as_png(tiff("<", **more)) is None


@given(st.data())
def test_a_broken_one_is_not(data: st.DataObject) -> None:
    whole = bytearray(tiff(data.draw(st.sampled_from("<>"))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    as_png(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
