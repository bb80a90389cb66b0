"""Contents of comms, which both sides may send (spec, "Custom messages").

`data` is an object by the spec; some libraries send texts, and front-ends take any JSON.
"""

from __future__ import annotations

from typing import ClassVar

from sdk.protocol.message import Content, Json
from sdk.protocol.record import NOTHING


class CommOpen(Content):
    """Open a comm with the other side's target `target_name`."""

    msg_type: ClassVar[str] = "comm_open"
    comm_id: str
    target_name: str
    data: Json = NOTHING
    target_module: str | None = None


class CommMsg(Content):
    """Data for the other end of `comm_id`."""

    msg_type: ClassVar[str] = "comm_msg"
    comm_id: str
    data: Json = NOTHING


class CommClose(Content):
    """The comm ends."""

    msg_type: ClassVar[str] = "comm_close"
    comm_id: str
    data: Json = NOTHING
