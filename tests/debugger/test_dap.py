"""The framing of the Debug Adapter Protocol."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.debugger.dap import Reader, to_bytes
from sdk.errors import RemoteProtocolError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
MESSAGES = st.lists(st.dictionaries(st.text(), VALUES, max_size=5), max_size=5)


@given(MESSAGES, st.lists(st.integers(1, 40)))
def test_messages_are_read_however_they_are_cut(messages: list[dict[str, Any]], cuts: list[int]) -> None:
    data = b"".join(to_bytes(message) for message in messages)
    reader, found = Reader(), []
    for cut in cuts:
        found += reader.feed(data[:cut])
        data = data[cut:]
    assert found + reader.feed(data) == messages


def test_other_headers_are_left_out() -> None:
    assert Reader().feed(b"Content-Type: x\r\ncontent-length: 2\r\n\r\n{}") == [{}]


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n{}",
        b"Content-Length: two\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 1\r\n\r\n{",
        b"x" * 5000,
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        Reader().feed(data)
