"""Contents on the stdin channel, where the kernel asks and the client answers."""

from __future__ import annotations

from typing import ClassVar

from sdk.protocol.message import Content


class InputRequest(Content):
    """Ask the user for a line; `password` asks the client not to show it."""

    msg_type: ClassVar[str] = "input_request"
    prompt: str = ""
    password: bool = False


class InputReply(Content):
    """The line, without its end."""

    msg_type: ClassVar[str] = "input_reply"
    value: str
    status: str = "ok"
