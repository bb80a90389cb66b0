"""One conversation with a debug adapter, over a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from queue import Queue
from typing import Any

import pytest

from sdk.debugger import Adapter, DebuggerError
from sdk.debugger.dap import Reader, to_bytes


class Other:
    """The adapter's side."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._reader = Reader()
        self._come: list[dict[str, Any]] = []

    def take(self) -> dict[str, Any]:
        while not self._come:
            self._come += self._reader.feed(self.connection.recv(1000))
        return self._come.pop(0)

    def give(self, message: Mapping[str, Any]) -> None:
        self.connection.sendall(to_bytes(message))

    def answer(self, request: Mapping[str, Any], **body: Any) -> None:
        self.give({"type": "response", "request_seq": request["seq"], "success": True, "body": body})


@pytest.fixture
def events() -> Queue[Any]:
    return Queue()


@pytest.fixture
def both(events: Queue[Any]) -> Iterator[tuple[Adapter, Other]]:
    ours, theirs = socket.socketpair()
    adapter = Adapter(ours, on_event=events.put, on_end=lambda: events.put("end"))
    adapter.start()
    with theirs:
        theirs.settimeout(20)
        yield adapter, Other(theirs)
        adapter.close()
        adapter.join(20)
    assert not adapter.is_alive()


def test_responses_find_their_requests(both: tuple[Adapter, Other], events: Queue[Any]) -> None:
    adapter, other = both

    async def ask() -> list[Mapping[str, Any]]:
        asked = [asyncio.ensure_future(adapter.request("one", {"a": 1}, limit=20))]
        asked.append(asyncio.ensure_future(adapter.request("two", limit=20)))
        first, second = [await asyncio.to_thread(other.take) for _ in range(2)]
        assert (first["command"], first["arguments"], "arguments" in second) == ("one", {"a": 1}, False)
        other.answer(second, which=2)
        other.give({"type": "event", "event": "stopped"})
        other.answer({"seq": 99}, which="nobody's")
        other.answer(first, which=1)
        return [response["body"] for response in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == [{"which": 1}, {"which": 2}]
    assert events.get(timeout=20) == {"type": "event", "event": "stopped"}


def test_a_request_has_its_time_and_a_late_response_is_nobodys(both: tuple[Adapter, Other]) -> None:
    adapter, other = both

    async def ask() -> Mapping[str, Any]:
        with pytest.raises(DebuggerError, match=r"slow: the debugger gave no answer within 0\.05 seconds"):
            await adapter.request("slow", limit=0.05)
        late = await asyncio.to_thread(other.take)
        again = asyncio.ensure_future(adapter.request("again", limit=20))
        request = await asyncio.to_thread(other.take)
        other.answer(late, which="late")
        other.answer(request, which="again")
        return await again

    assert asyncio.run(ask())["body"] == {"which": "again"}


@pytest.mark.parametrize("end", ["closed by the other side", "nonsense", "closed by us"])
def test_the_end_is_the_end_of_all_requests(both: tuple[Adapter, Other], events: Queue[Any], end: str) -> None:
    adapter, other = both

    async def ask() -> None:
        waiting = asyncio.ensure_future(adapter.request("waits", limit=20))
        await asyncio.to_thread(other.take)
        if end == "nonsense":
            other.connection.sendall(b"\r\n\r\n")
        elif end == "closed by us":
            adapter.close()
        else:
            other.connection.shutdown(socket.SHUT_RDWR)
        with pytest.raises(DebuggerError, match="the debugger has ended"):
            await waiting
        await asyncio.to_thread(events.get, timeout=20)
        with pytest.raises(DebuggerError, match="not there any more"):
            await adapter.request("more", limit=20)
        adapter.post("more")

    asyncio.run(ask())


def test_what_the_adapter_asks_is_refused(both: tuple[Adapter, Other]) -> None:
    _, other = both
    other.give({"type": "request", "seq": 7, "command": "runInTerminal"})
    refusal = other.take()
    assert (refusal["type"], refusal["request_seq"], refusal["success"]) == ("response", 7, False)


def test_what_nobody_waits_for_is_sent(both: tuple[Adapter, Other]) -> None:
    adapter, other = both
    adapter.post("continue", {"threadId": "*"})
    assert other.take()["arguments"] == {"threadId": "*"}
