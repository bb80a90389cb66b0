"""Contents on IOPub (spec, "Messages on the IOPub (PUB/SUB) channel"; the welcome: JEP 65)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sdk.protocol.message import Content, MimeBundle, OpaqueContent
from sdk.protocol.record import NOTHING


class IOPubWelcome(Content):
    """Sent to a new subscriber: from here on it misses nothing that matches `subscription`."""

    msg_type: ClassVar[str] = "iopub_welcome"
    subscription: str


class Stream(Content):
    """Text of `name`, "stdout" or "stderr"."""

    msg_type: ClassVar[str] = "stream"
    name: str
    text: str


class DisplayData(Content):
    """Something to show; `transient` may hold `display_id`."""

    msg_type: ClassVar[str] = "display_data"
    data: MimeBundle
    metadata: Mapping[str, Any] = NOTHING
    transient: Mapping[str, Any] = NOTHING


class UpdateDisplayData(Content):
    """New contents for all displays with `transient["display_id"]`."""

    msg_type: ClassVar[str] = "update_display_data"
    data: MimeBundle
    metadata: Mapping[str, Any]
    transient: Mapping[str, Any]


class ExecuteInput(Content):
    """What is being run, for every client to see."""

    msg_type: ClassVar[str] = "execute_input"
    code: str
    execution_count: int


class ExecuteResult(Content):
    """The value of a cell."""

    msg_type: ClassVar[str] = "execute_result"
    execution_count: int
    data: MimeBundle
    metadata: Mapping[str, Any] = NOTHING
    transient: Mapping[str, Any] | None = None


class Error(Content):
    """The error that ended a cell."""

    msg_type: ClassVar[str] = "error"
    ename: str
    evalue: str
    traceback: Sequence[str]


class Status(Content):
    """`execution_state`: "starting" once, "busy" and "idle" around each request."""

    msg_type: ClassVar[str] = "status"
    execution_state: str


class ClearOutput(Content):
    """Clear the cell's output, at once or (`wait`) when the next output comes."""

    msg_type: ClassVar[str] = "clear_output"
    wait: bool = False


class DebugEvent(OpaqueContent):
    """An event of the Debug Adapter Protocol; `fields` is the DAP message."""

    msg_type: ClassVar[str] = "debug_event"
