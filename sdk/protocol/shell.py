"""Contents on the shell channel (spec, "Messages on the shell (ROUTER/DEALER) channel"), in the spec's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sdk.protocol.message import Content, MimeBundle
from sdk.protocol.record import NOTHING


class ExecuteRequest(Content):
    """Run `code` (spec, "Execute"). `store_history` absent means: as long as it is not silent."""

    msg_type: ClassVar[str] = "execute_request"
    code: str
    silent: bool = False
    store_history: bool | None = None
    user_expressions: Mapping[str, Any] | None = NOTHING
    allow_stdin: bool | None = None
    stop_on_error: bool | None = True


class ExecuteReply(Content):
    """How `execute_request` ended, when it ended well."""

    msg_type: ClassVar[str] = "execute_reply"
    execution_count: int
    user_expressions: Mapping[str, Any] = NOTHING
    payload: Sequence[Mapping[str, Any]] = ()
    status: str = "ok"


class InspectRequest(Content):
    """What is the thing at `cursor_pos` in `code`? (spec, "Introspection"). `cursor_pos` counts code points."""

    msg_type: ClassVar[str] = "inspect_request"
    code: str
    cursor_pos: int | None = None
    detail_level: int = 0


class InspectReply(Content):
    """A MIME bundle that describes it; `found` false when there is nothing to say."""

    msg_type: ClassVar[str] = "inspect_reply"
    found: bool
    data: MimeBundle = NOTHING
    metadata: Mapping[str, Any] = NOTHING
    status: str = "ok"


class CompleteRequest(Content):
    """How may the code before `cursor_pos` go on? (spec, "Completion"). `cursor_pos` counts code points."""

    msg_type: ClassVar[str] = "complete_request"
    code: str
    cursor_pos: int | None = None


class CompleteReply(Content):
    """`matches` that may stand in place of the text from `cursor_start` to `cursor_end` (code points)."""

    msg_type: ClassVar[str] = "complete_reply"
    matches: Sequence[str]
    cursor_start: int
    cursor_end: int
    metadata: Mapping[str, Any] = NOTHING
    status: str = "ok"


class HistoryRequest(Content):
    """Earlier cells (spec, "History"): `hist_access_type` is "range", "tail" or "search"."""

    msg_type: ClassVar[str] = "history_request"
    hist_access_type: str
    output: bool = False
    raw: bool = True
    session: int | None = 0
    start: int | None = 0
    stop: int | None = None
    n: int | None = None
    pattern: str | None = None
    unique: bool | None = False


class HistoryReply(Content):
    """`history`: entries `(session, line_number, input)`, or `(session, line_number, (input, output))`."""

    msg_type: ClassVar[str] = "history_reply"
    history: Sequence[Any]
    status: str = "ok"


class IsCompleteRequest(Content):
    """May `code` be run as it stands? (spec, "Code completeness")."""

    msg_type: ClassVar[str] = "is_complete_request"
    code: str


class IsCompleteReply(Content):
    """`status`: "complete", "incomplete", "invalid" or "unknown"; `indent` for the next line when incomplete."""

    msg_type: ClassVar[str] = "is_complete_reply"
    status: str
    indent: str = ""

    def to_fields(self) -> Mapping[str, Any]:
        """The wire's content; `indent` is meant for incomplete code alone."""
        return self.__dict__ if self.status == "incomplete" else {"status": self.status}


class ConnectRequest(Content):
    """Which ports does the kernel have? (spec, "Connect"; deprecated there, still asked)."""

    msg_type: ClassVar[str] = "connect_request"


class ConnectReply(Content):
    """The five ports."""

    msg_type: ClassVar[str] = "connect_reply"
    shell_port: int
    iopub_port: int
    stdin_port: int
    hb_port: int
    control_port: int
    status: str = "ok"


class CommInfoRequest(Content):
    """Which comms are open, all or those of `target_name`? (spec, "Comm info")."""

    msg_type: ClassVar[str] = "comm_info_request"
    target_name: str | None = None


class CommInfoReply(Content):
    """`comms`: comm_id -> {"target_name": ...}."""

    msg_type: ClassVar[str] = "comm_info_reply"
    comms: Mapping[str, Any]
    status: str = "ok"


class KernelInfoRequest(Content):
    """Who are you? (spec, "Kernel info")."""

    msg_type: ClassVar[str] = "kernel_info_request"


class KernelInfoReply(Content):
    """What the kernel is and can do."""

    msg_type: ClassVar[str] = "kernel_info_reply"
    protocol_version: str
    implementation: str
    implementation_version: str
    language_info: Mapping[str, Any]
    banner: str
    help_links: Sequence[Mapping[str, Any]] = ()
    supported_features: Sequence[str] = ()
    debugger: bool | None = None
    status: str = "ok"
