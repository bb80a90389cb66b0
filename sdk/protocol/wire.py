"""Messages to frames and back (spec, "Wire protocol"): the only place where messages are dicts or bytes.

JSON is the standard library's, both ways: signing and JSON together are 3 % of a trivial cell, and the quicker
libraries refuse what users really send and show (lone surrogates from browsers, NaN, integers above 64 bits).
Whatever an author displays is sent: what JSON cannot say is replaced as `sanitised` tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sdk.errors import RemoteProtocolError
from sdk.protocol.contents import malformed, read_content
from sdk.protocol.message import Buffer, Header, Message
from sdk.protocol.signing import Signer

DELIMITER = b"<IDS|MSG>"
_EMPTY = b"{}"
_MAX_DEPTH = 200
_MAX_BITS = 14_000  # Python refuses to write longer integers in decimal (sys.set_int_max_str_digits)

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)
_decode = json.JSONDecoder().decode


def _encoding() -> Callable[[Any], str]:
    """`_ENCODER.encode`, without making the compiled encoder anew each time, where it is as it is known."""
    try:
        chunks = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
            None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", False, False, False
        )
        chunks({"a": [1.5]}, 0)
    except (AttributeError, TypeError):  # pragma: no cover  # another Python's
        return _ENCODER.encode
    return lambda value: "".join(chunks(value, 0))


_encode = _encoding()


def to_frames(message: Message, signer: Signer, identities: Sequence[bytes] | None = None) -> list[Buffer]:
    """The frames of `message`. `identities` replaces the message's own. Never fails for what a content holds."""
    header = message.header.raw or _header_bytes(message.header)
    parent = message.parent_header
    parent_bytes = _EMPTY if parent is None else parent.raw or _header_bytes(parent)
    metadata = to_json(message.metadata) if message.metadata else _EMPTY
    content = to_json(message.content.to_fields())
    signature = signer.sign((header, parent_bytes, metadata, content))
    return [
        *(message.identities if identities is None else identities),
        DELIMITER,
        signature,
        header,
        parent_bytes,
        metadata,
        content,
        *message.buffers,
    ]


def from_frames(frames: Sequence[Buffer], signer: Signer) -> Message:
    """The message that `frames` are.

    Raises RemoteProtocolError when framing, signature or header is wrong: then nobody can be answered. A wrong
    parent_header, metadata or content gives a message with MalformedContent instead, so that its sender gets a reply.
    """
    try:
        start = frames.index(DELIMITER)
    except ValueError:
        raise RemoteProtocolError(f"no {DELIMITER.decode()} delimiter in {len(frames)} frames") from None
    if len(frames) < start + 6:
        raise RemoteProtocolError(f"{len(frames) - start - 1} frames after the delimiter, expected 5 or more")
    signature = bytes(frames[start + 1])
    parts = [bytes(part) for part in frames[start + 2 : start + 6]]
    if not signer.verify(parts, signature):
        raise RemoteProtocolError("the signature is wrong" if signature else "the message is not signed")
    header = _read_header(parts[0])
    identities = tuple(bytes(identity) for identity in frames[:start])
    buffers = tuple(frames[start + 6 :])
    try:
        parent = None if parts[1] == _EMPTY else _read_header(parts[1])
        metadata = _read_metadata(parts[2])
    except RemoteProtocolError as error:
        content = malformed(header.msg_type, str(error))
        return Message(header, content, None, {}, buffers, identities)
    try:
        fields = from_json(parts[3])
    except RemoteProtocolError as error:
        return Message(header, malformed(header.msg_type, f"content: {error}"), parent, metadata, buffers, identities)
    return Message(header, read_content(header.msg_type, fields), parent, metadata, buffers, identities)


def to_json(value: Mapping[str, Any]) -> bytes:
    """JSON of `value`; what JSON cannot say is replaced (see `sanitised`), so this never fails."""
    try:
        return _encode(value).encode()
    except Exception:  # besides json's own errors: a dict subclass's code, a dict that another thread changes
        return _encode(sanitised(value)).encode()


def from_json(data: bytes) -> Any:
    """The value that `data` is. Raises RemoteProtocolError; takes NaN and lone surrogates, which browsers send."""
    try:
        return _decode(data.decode("utf-8", "surrogatepass"))
    except RecursionError:
        raise RemoteProtocolError("JSON nested too deeply") from None
    except ValueError as error:
        raise RemoteProtocolError(f"not JSON: {error}") from None


def sanitised(value: object, path: tuple[int, ...] = ()) -> Any:
    """`value` with everything that JSON cannot say replaced; `path` holds the ids of what it lies in.

    NaN and infinities become null, lone surrogates U+FFFD, keys strings, bytes base64, dates ISO 8601 with a zone,
    numpy scalars numbers, sets arrays, integers of more than 4300 digits hexadecimal text; anything else its repr, and
    what lies deeper than 200 levels, or in itself, "...".
    """
    if value is None or isinstance(value, bool):
        return value
    # The base class's own methods: those of a subclass are the user's code.
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, int):
        return int.__pos__(value) if int.bit_length(value) < _MAX_BITS else hex(int.__pos__(value))
    if isinstance(value, float):
        return number if (number := float.__pos__(value)) - number == 0 else None
    if len(path) >= _MAX_DEPTH or id(value) in path:
        return "..."
    try:
        return _sanitised_object(value, (*path, id(value)))
    except Exception as error:  # the object's own code
        return f"<{type(value).__name__}: {type(error).__name__} while it was written>"


def _sanitised_object(value: Any, path: tuple[int, ...]) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): sanitised(item, path) for key, item in list(value.items())}
    if isinstance(value, list | tuple | set | frozenset):
        return [sanitised(item, path) for item in list(value)]
    if isinstance(value, bytes | bytearray | memoryview):
        import base64  # start-up time: only images sent as bytes need it

        return base64.b64encode(bytes(value)).decode("ascii")
    if hasattr(value, "isoformat"):
        return sanitised(_with_zone(value).isoformat(), path)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return sanitised(value.item(), path)
    return _text(repr(value))


def _with_zone(value: Any) -> Any:
    """A datetime without a zone is local time. Dates and times of day have none."""
    if getattr(value, "tzinfo", value) is not None or not hasattr(value, "astimezone"):
        return value
    try:
        return value.astimezone()
    except (OverflowError, ValueError, OSError):  # a year that the machine's calendar does not have
        return value


def _key(key: object) -> str:
    if key is None or isinstance(key, bool | int | float):
        return _encode(sanitised(key)).strip('"')
    try:
        return _text(str.__str__(key) if isinstance(key, str) else str(key))
    except Exception as error:  # the object's own code
        return f"<{type(key).__name__}: {type(error).__name__} while it was written>"


def _text(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced: no notebook file can hold those."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _header_bytes(header: Header) -> bytes:
    fields = {name: value for name, value in header._asdict().items() if name != "raw" and value is not None}
    return to_json(fields)


def _read_header(data: bytes) -> Header:
    fields = from_json(data)
    if not isinstance(fields, dict):
        raise RemoteProtocolError(f"a header must be an object, not {type(fields).__name__}")
    get = fields.get
    msg_id, msg_type, subshell_id = get("msg_id"), get("msg_type"), get("subshell_id")
    if not isinstance(msg_id, str) or not isinstance(msg_type, str) or not msg_type:
        raise RemoteProtocolError("a header must have msg_id and msg_type, both strings")
    if subshell_id is not None and not isinstance(subshell_id, str):
        raise RemoteProtocolError("subshell_id must be a string")
    session, username, date, version = (
        value if isinstance(value, str) else ""
        for value in (get("session"), get("username"), get("date"), get("version"))
    )
    return Header(msg_id, session, username, date, msg_type, version, subshell_id, data)


def _read_metadata(data: bytes) -> Mapping[str, Any]:
    if data == _EMPTY:
        return {}
    metadata = from_json(data)
    if not isinstance(metadata, dict):
        raise RemoteProtocolError(f"metadata must be an object, not {type(metadata).__name__}")
    return metadata
