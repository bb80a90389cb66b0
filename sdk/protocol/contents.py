"""The table of contents: msg_type -> class, and the one function that reads a content."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from sdk.errors import ContentError
from sdk.protocol import comm, control, iopub, shell, stdin
from sdk.protocol.message import Content, CustomContent, ErrorReply, MalformedContent


def _classes(module: ModuleType) -> dict[str, type[Content]]:
    return {
        value.msg_type: value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Content) and value.__module__ == module.__name__
    }


CONTENTS: Mapping[str, type[Content]] = {
    msg_type: content
    for module in (shell, control, iopub, stdin, comm)
    for msg_type, content in _classes(module).items()
}


def read_content(msg_type: str, fields: object) -> Content:
    """The content that `fields` is; MalformedContent when it is not what the spec says of `msg_type`."""
    if not isinstance(fields, dict):
        return MalformedContent(msg_type, f"{msg_type}: content must be an object, not {type(fields).__name__}")
    if msg_type.endswith("_reply") and fields.get("status") in ("error", "aborted", "abort"):
        return ErrorReply.from_fields(msg_type, fields)
    kind: type[Content] = CONTENTS.get(msg_type, CustomContent)
    try:
        return kind.from_fields(msg_type, fields)
    except ContentError as error:
        return MalformedContent(msg_type, str(error))


def malformed(msg_type: str, reason: str) -> MalformedContent:
    """A content whose frame could not even be decoded."""
    return MalformedContent(msg_type, f"{msg_type}: {reason}")
