"""`Context.redirected`: who hears what a cell says, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.protocol.iopub import DisplayData, ExecuteInput, Status, Stream
from sdk.protocol.message import Buffer, Content
from sdk.protocol.shell import ExecuteReply, ExecuteRequest
from sdk.testing import MemoryFrontend


def shouting(content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> Content | None:
    """Streams are shouted; displays are swallowed."""
    return content.replace(text=content.text.upper()) if isinstance(content, Stream) else None


def marking(content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> Content | None:
    """Streams are marked."""
    return content.replace(text=f"<{content.text}>") if isinstance(content, Stream) else content


class Redirecting(Kernel):
    """Says the same inside of two outlets, past them, and after them."""

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        context.stream("stdout", "before")
        with context.redirected(marking) as past_marking:
            context.stream("stdout", "one")
            with context.redirected(shouting) as past_shouting:
                context.stream("stdout", "both")
                context.flush()
                context.display_data({"text/plain": "swallowed"})
                past_shouting.stream("stdout", "past shouting")
                past_shouting.flush()
                past_marking.display_data({"text/plain": "shown"})
                past_marking.stream("stderr", "past both")
            past_marking.flush()
        context.stream("stdout", "after")


def test_an_inner_outlet_comes_first_and_the_outside_is_heard_past_it() -> None:
    sent = MemoryFrontend(Redirecting).execute("x")
    assert sent == [
        Status("busy"),
        ExecuteInput("x", 1),
        Stream("stdout", "before"),
        Stream("stdout", "<one>"),
        Stream("stdout", "<BOTH>"),
        Stream("stdout", "<past shouting>"),
        DisplayData({"text/plain": "shown"}),
        Stream("stderr", "past both"),
        Stream("stdout", "after"),
        ExecuteReply(1, {}, []),
        Status("idle"),
    ]


def test_the_outside_of_a_silent_request_says_nothing() -> None:
    frontend = MemoryFrontend(Redirecting)
    assert [content for content in frontend.execute("x", silent=True) if isinstance(content, Stream)] == []
