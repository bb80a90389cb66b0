"""The framing of the Debug Adapter Protocol: JSON behind a header with its length. Pure: bytes in, messages out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sdk.errors import RemoteProtocolError

_END_OF_HEADER = b"\r\n\r\n"
_LENGTH = b"content-length"
_LONGEST_HEADER = 4096


def to_bytes(message: Mapping[str, Any]) -> bytes:
    """A message as it goes over the wire."""
    content = json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    return b"Content-Length: %d%s%s" % (len(content), _END_OF_HEADER, content)


class Reader:
    """Cuts what comes over the wire into messages, however it is cut into pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None  # of the message whose header has come

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that are complete with `data`. Raises RemoteProtocolError: then nothing after it can be read."""
        self._buffer += data
        messages = []
        while (content := self._next()) is not None:
            messages.append(_message(content))
        return messages

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if self._length is None:
            end = buffer.find(_END_OF_HEADER)
            if end < 0:
                if len(buffer) > _LONGEST_HEADER:
                    raise RemoteProtocolError(f"no end of a DAP header in {len(buffer)} bytes: {bytes(buffer[:60])!r}")
                return None
            self._length = _content_length(bytes(buffer[:end]))
            del buffer[: end + len(_END_OF_HEADER)]
        if len(buffer) < self._length:
            return None
        content = bytes(buffer[: self._length])
        del buffer[: self._length]
        self._length = None
        return content


def _content_length(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == _LENGTH and value.strip().isdigit():
            return int(value)
    raise RemoteProtocolError(f"a DAP header without a Content-Length: {header!r:.100}")


def _message(content: bytes) -> dict[str, Any]:
    try:
        message = json.loads(content)
    except ValueError as error:
        raise RemoteProtocolError(f"a DAP message that is not JSON: {content!r:.100}") from error
    if not isinstance(message, dict):
        raise RemoteProtocolError(f"a DAP message that is no object: {content!r:.100}")
    return message
