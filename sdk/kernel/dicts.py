"""Messages as other software has them: dicts, with the names of the wire. To values and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sdk.protocol.contents import read_content
from sdk.protocol.message import PROTOCOL_VERSION, Buffer, Content, CustomContent, Header, Message
from sdk.protocol.record import NOTHING


def header_of(fields: Mapping[str, Any], msg_type: str = "execute_request") -> Header:
    """The header that a message names, or that `fields` are themselves. Raises KeyError when there is no msg_id."""
    found = fields.get("header", fields)
    date = found.get("date", "")
    return Header(
        msg_id=found["msg_id"],
        session=found.get("session", ""),
        username=found.get("username", ""),
        date=date if isinstance(date, str) else date.isoformat(),  # jupyter_client makes datetimes of them
        msg_type=found.get("msg_type", msg_type),
        version=found.get("version", PROTOCOL_VERSION),
        subshell_id=found.get("subshell_id"),
    )


def message_of(fields: Mapping[str, Any], identities: Sequence[bytes] = (), msg_type: str = "") -> Message:
    """The message that `fields` are; `msg_type` if they do not say it. Raises KeyError when they have no msg_id."""
    header = header_of(fields, msg_type)
    parent = fields.get("parent_header")
    return Message(
        header,
        read_content(header.msg_type, dict(fields.get("content") or {})),
        header_of(parent) if parent else None,
        dict(fields.get("metadata") or {}),
        tuple(_buffers(fields.get("buffers"))),
        tuple(bytes(identity) for identity in identities),
    )


def as_dict(message: Message) -> dict[str, Any]:
    """`message` as callbacks get it: the dicts of jupyter_client, where a header's date is a datetime."""
    return {
        "header": _header_dict(message.header),
        "msg_id": message.header.msg_id,
        "msg_type": message.header.msg_type,
        "parent_header": _header_dict(message.parent_header) if message.parent_header is not None else {},
        "metadata": dict(message.metadata),
        "content": {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in message.content.to_fields().items()
        },
        "buffers": [memoryview(buffer) for buffer in message.buffers],
    }


def content_of(msg_type: str, fields: Mapping[str, Any]) -> Content:
    """What is to be sent: whatever somebody else puts into it."""
    return CustomContent(msg_type, fields or NOTHING)


def _buffers(buffers: Sequence[Any] | None) -> Sequence[Buffer]:
    return [buffer if isinstance(buffer, bytes | memoryview) else memoryview(buffer) for buffer in buffers or ()]


def _header_dict(header: Header) -> dict[str, Any]:
    from contextlib import suppress  # start-up time
    from datetime import datetime

    fields = {name: value for name, value in header._asdict().items() if name != "raw" and value is not None}
    with suppress(ValueError):  # then it stays as the client wrote it
        fields["date"] = datetime.fromisoformat(header.date)
    return fields
