"""The envelope: channels, headers, messages, and the base of all contents.

What a message says (its content) is in `shell.py`, `control.py`, `iopub.py`, `stdin.py` and `comm.py`; how it becomes
bytes is in `wire.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from json.encoder import py_encode_basestring as _json_string
from typing import Any, ClassVar, Self, TypeAlias

from sdk.errors import ContentError
from sdk.named_tuple import NamedTuple
from sdk.protocol.record import NOTHING, Record

PROTOCOL_VERSION = "5.5"
_TYPES = 100  # types of messages whose headers' ends are remembered

Buffer: TypeAlias = bytes | bytearray | memoryview
MimeBundle: TypeAlias = Mapping[str, Any]
Json: TypeAlias = Any  # what JSON can say, but null


class Channel(StrEnum):
    """The five sockets of a kernel (spec, "Introduction")."""

    SHELL = "shell"
    CONTROL = "control"
    IOPUB = "iopub"
    STDIN = "stdin"
    HB = "hb"


class Header(NamedTuple):
    """A message's header (spec, "Message header"). `raw` is the header as it stands, or will stand, in its frame."""

    msg_id: str
    session: str
    username: str
    date: str
    msg_type: str
    version: str = PROTOCOL_VERSION
    subshell_id: str | None = None
    raw: bytes = b""


class Session:
    """Makes headers for one side of a conversation: counts its messages and knows its id and user.

    Thread-safe: the counter is advanced in one bytecode-atomic step, and a header needs nothing else.
    """

    def __init__(self, session_id: str, username: str = "") -> None:
        self.session_id = session_id
        self.username = username
        self._next = iter(range(1, 1 << 62)).__next__
        self._start = f'{{"msg_id":{_json_string(session_id)[:-1]}_'
        self._middle = f'","session":{_json_string(session_id)},"username":{_json_string(username)},"date":"'
        self._second = 0
        self._second_text = ""
        self._ends: dict[str, str] = {}  # of a header, by its type

    def header(self, msg_type: str, *, subshell_id: str | None = None) -> Header:
        """A new header for a message of type `msg_type`, with its bytes."""
        number = self._next()
        date = self.date()
        tail = f',"subshell_id":{_json_string(subshell_id)}}}' if subshell_id is not None else "}"
        raw = f"{self._start}{number}{self._middle}{date}{self._end(msg_type)}{tail}"
        return Header(
            f"{self.session_id}_{number}",
            self.session_id,
            self.username,
            date,
            msg_type,
            PROTOCOL_VERSION,
            subshell_id,
            raw.encode("utf-8", "replace"),
        )

    def _end(self, msg_type: str) -> str:
        end = self._ends.get(msg_type)
        if end is None:
            end = f'","msg_type":{_json_string(msg_type)},"version":"{PROTOCOL_VERSION}"'
            if len(self._ends) < _TYPES:
                self._ends[msg_type] = end
        return end

    def date(self) -> str:
        """Now, in UTC, as ISO 8601."""
        now = time.time()
        second = int(now)
        if second != self._second:
            # The text first: a thread that sees the new second must see its text.
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second
        return f"{self._second_text}.{int((now - second) * 1e6):06d}Z"


class Message(NamedTuple):
    """One message: `content` under its envelope. `identities` are the ZMQ routing frames (on IOPub: the topic)."""

    header: Header
    content: Content
    parent_header: Header | None = None
    metadata: Mapping[str, Any] = NOTHING
    buffers: Sequence[Buffer] = ()
    identities: tuple[bytes, ...] = ()


Send: TypeAlias = Callable[[Channel, Message], None]
"""How the kernel speaks. Thread-safe; the message is on its way, or kept in order, when it returns."""


class Content(Record):
    """What a message says: the fields of the spec's `content`, typed.

    A field whose value is None is not sent. `from_fields` checks the types of what another side sent and ignores
    fields that it does not know (spec, "Compatibility": kernels and clients must tolerate newer peers).
    """

    msg_type: ClassVar[str]

    def to_fields(self) -> Mapping[str, Any]:
        """The `content` object of the wire."""
        fields = self.__dict__
        if None in fields.values():
            return {name: value for name, value in fields.items() if value is not None}
        return fields

    @classmethod
    def from_fields(cls, msg_type: str, fields: Mapping[str, Any]) -> Self:
        """Read `content`. Raises ContentError, which names the field, what was expected and what came."""
        values = {}
        for name, kind in cls._field_types.items():
            if name in fields:
                value = fields[name]
                if not _CHECKS[kind](value):
                    raise ContentError(f"{msg_type}: {name} must be {_SAID[kind]}, not {_short(value)}")
                values[name] = value
            elif name not in cls._defaults:
                raise ContentError(f"{msg_type}: {name} is missing")
        return cls(**values)


class OpaqueContent(Content):
    """A content that passes through unread: `fields` is the wire's content object itself."""

    fields: Mapping[str, Any] = NOTHING

    def to_fields(self) -> Mapping[str, Any]:
        """The `content` object of the wire."""
        return self.fields

    @classmethod
    def from_fields(cls, msg_type: str, fields: Mapping[str, Any]) -> Self:
        """Take `content` as it is."""
        return cls(fields)


class CustomContent(Content):
    """The content of a message type that the spec does not have."""

    msg_type: str  # type: ignore[misc]  # here a field: one class for every such type
    fields: Mapping[str, Any] = NOTHING

    def to_fields(self) -> Mapping[str, Any]:
        """The `content` object of the wire."""
        return self.fields

    @classmethod
    def from_fields(cls, msg_type: str, fields: Mapping[str, Any]) -> Self:
        """Take `content` as it is."""
        return cls(msg_type, fields)


class MalformedContent(Content):
    """A content that could not be read; `reason` says why. Only ever received."""

    msg_type: str  # type: ignore[misc]
    reason: str


class ErrorReply(Content):
    """A reply that says no: `status` is "error", or "aborted" for a request that was never begun."""

    msg_type: str  # type: ignore[misc]
    ename: str = ""
    evalue: str = ""
    traceback: Sequence[str] = ()
    status: str = "error"
    execution_count: int | None = None
    user_expressions: Mapping[str, Any] | None = None
    payload: Sequence[Mapping[str, Any]] | None = None
    engine_info: Mapping[str, Any] | None = None

    def to_fields(self) -> Mapping[str, Any]:
        """The `content` object of the wire."""
        return {name: value for name, value in self.__dict__.items() if name != "msg_type" and value is not None}

    @classmethod
    def from_fields(cls, msg_type: str, fields: Mapping[str, Any]) -> Self:
        """Take the fields that are there; kernels differ widely in what else they send with an error."""
        return cls(msg_type, **{name: value for name, value in fields.items() if name in cls._fields[1:]})


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_array(value: object) -> bool:
    return isinstance(value, list | tuple)


def _or_none(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or check(value)


# From a field's annotation to its check and to the words of an error. Data, not code: a new kind of field is a new row.
_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "str": (_is_text, "a string"),
    "bool": (_is_bool, "true or false"),
    "int": (_is_int, "an integer"),
    "float": (_is_number, "a number"),
    "Mapping[str, Any]": (_is_object, "an object"),
    "MimeBundle": (_is_object, "an object"),
    "Sequence[str]": (_is_array, "an array"),
    "Sequence[Any]": (_is_array, "an array"),
    "Sequence[Mapping[str, Any]]": (_is_array, "an array"),
    "Json": (lambda value: value is not None, "anything but null"),
    "Any": (lambda value: True, "anything"),
}
_CHECKS = {kind: check for kind, (check, _) in _KINDS.items()} | {
    f"{kind} | None": _or_none(check) for kind, (check, _) in _KINDS.items()
}
_SAID = {kind: said for kind, (_, said) in _KINDS.items()} | {
    f"{kind} | None": f"{said} or null" for kind, (_, said) in _KINDS.items()
}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
