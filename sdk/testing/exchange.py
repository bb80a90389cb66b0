"""What a client gets for a request: the reply, and everything on IOPub from busy to idle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sdk.protocol.iopub import Error, ExecuteInput, ExecuteResult, IOPubWelcome, Status, Stream
from sdk.protocol.message import Channel, Content, Header, Message

BUSY = Status(execution_state="busy")
IDLE = Status(execution_state="idle")


@dataclass(frozen=True)
class Exchange:
    """One request and all that answers it, in the order of arrival."""

    request: Header
    reply: Message
    iopub: Sequence[Message]
    stdin: Sequence[Message] = field(default=())

    @property
    def status(self) -> str:
        """The reply's `status`: "ok", "error" or "aborted"; "" when it has none."""
        return str(field_of(self.reply.content, "status", ""))

    @property
    def result(self) -> Mapping[str, Any] | None:
        """The MIME bundle of execute_result; None without one."""
        return next((m.content.data for m in self.iopub if isinstance(m.content, ExecuteResult)), None)

    @property
    def error(self) -> Error | None:
        """The error on IOPub; None without one."""
        return next((m.content for m in self.iopub if isinstance(m.content, Error)), None)

    def text(self, name: str = "stdout") -> str:
        """All text of the stream `name`."""
        return "".join(m.content.text for m in self.iopub if isinstance(m.content, Stream) and m.content.name == name)

    def contents(self) -> list[Content]:
        """The contents on IOPub, from busy to idle."""
        return [message.content for message in self.iopub]

    def outputs(self) -> list[Content]:
        """The contents on IOPub that a cell shows: without status and execute_input, stream pieces joined."""
        shown: list[Content] = []
        for content in self.contents():
            if isinstance(content, Status | ExecuteInput | IOPubWelcome):
                continue
            last = shown[-1] if shown else None
            if isinstance(content, Stream) and isinstance(last, Stream) and last.name == content.name:
                shown[-1] = Stream(name=content.name, text=last.text + content.text)
            else:
                shown.append(content)
        return shown


def field_of(content: Content, name: str, default: object = None) -> Any:
    """The field `name` of any content, typed or not."""
    return content.to_fields().get(name, default)


def describe(channel: Channel, message: Message) -> str:
    """One line about `message`, for error messages."""
    content = repr(message.content)
    parent = message.parent_header.msg_id[-12:] if message.parent_header else "none"
    shown = content if len(content) <= 160 else f"{content[:157]}..."
    return f"{channel.value:7} {message.header.msg_type} (parent {parent}): {shown}"
