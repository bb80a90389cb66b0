"""What the cells of these tests wait for, and what their clients see."""

from __future__ import annotations

from pathlib import Path

from sdk.protocol.iopub import Stream
from sdk.protocol.message import Header
from sdk.testing import Client, Exchange


class Gate:
    """A file that cells wait for. `blocking` and `awaiting` are cells that say "ready" first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blocking = f"import time\nprint('ready')\nwhile not os.path.exists({str(path)!r}): time.sleep(0.002)"
        self.awaiting = (
            f"import asyncio\nprint('ready')\nwhile not os.path.exists({str(path)!r}): await asyncio.sleep(0.002)"
        )

    def open(self) -> None:
        """Let them go on."""
        self.path.touch()


def begun(client: Client, code: str, **fields: object) -> Header:
    """Send a cell and wait until it has written "ready"; the text is taken."""
    header = client.send_execute(code, **fields)  # type: ignore[arg-type]
    client.wait_for(
        lambda message: (
            isinstance(message.content, Stream)
            and message.parent_header is not None
            and message.parent_header.msg_id == header.msg_id
            and "ready" in message.content.text
        )
    )
    return header


def answered(client: Client, header: Header) -> bool:
    """Whether a reply to `header` has come and was not taken."""
    return any(
        message.parent_header is not None
        and message.parent_header.msg_id == header.msg_id
        and message.header.msg_type.endswith("_reply")
        for _, message in client.pending
    )


def first_result(exchange: Exchange) -> str:
    """The text of a cell's value."""
    assert exchange.result is not None, exchange.reply
    return str(exchange.result["text/plain"])


def is_gone(pid: int) -> bool:
    """Whether there is no such process, or it is a corpse."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
