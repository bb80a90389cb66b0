"""Requests while a cell runs that other requests, other cells or the author's own errors could keep from an answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.message import Channel, Content
from sdk.protocol.shell import (
    CommInfoRequest,
    CompleteReply,
    CompleteRequest,
    ConnectRequest,
    InspectRequest,
    IsCompleteRequest,
    KernelInfoRequest,
)
from sdk.testing import BUSY, IDLE, KernelProcess
from sdk.testing.exchange import field_of
from tests.transport.kernels import cells
from tests.transport.waiting import Gate, answered, begun, first_result
from tests.waiting import until

THREAD = "import threading\n[threading.current_thread().name]"
AT_ONCE = [KernelInfoRequest(), ConnectRequest(), CommInfoRequest(), IsCompleteRequest("1"), InspectRequest("a")]

# Completions that end only when they are told more than once.
SWALLOWS = {
    "blocks": """
import time
swallowed = 0
while swallowed < 2:
    try:
        while True: time.sleep(0.001)
    except Exception:
        swallowed += 1
while True: time.sleep(0.001)
""",
    "awaits": """
import asyncio
swallowed = 0
while swallowed < 2:
    try:
        while True: await asyncio.sleep(0.001)
    except BaseException:
        swallowed += 1
while True: await asyncio.sleep(0.001)
""",
}


@pytest.fixture(scope="module", params=["asyncio", "plain"])
def kernel(request: pytest.FixtureRequest) -> Iterator[KernelProcess]:
    """A kernel of each kind of main loop, whose author answers in order."""
    with cells(uses_asyncio=request.param == "asyncio") as process:
        yield process


@pytest.mark.parametrize("channel", [Channel.SHELL, Channel.CONTROL])
@pytest.mark.parametrize("content", AT_ONCE, ids=lambda content: content.msg_type)
def test_what_the_sdk_answers_itself_is_answered_before_the_cell_ends(
    kernel: KernelProcess, gate: Gate, content: Content, channel: Channel
) -> None:
    with kernel.client() as client:
        cell = begun(client, gate.blocking)
        exchange = client.request(content, channel)
        assert exchange.reply.header.msg_type == content.msg_type.replace("_request", "_reply")
        assert (exchange.status != "error", exchange.contents()) == (True, [BUSY, IDLE])
        assert not answered(client, cell)
        gate.open()
        assert client.collect(cell).status == "ok"


def test_requests_that_come_together_with_a_long_cell_do_not_wait_for_it(kernel: KernelProcess, gate: Gate) -> None:
    with kernel.client() as client:
        for number in range(20):
            wait = Gate(gate.path.with_name(f"gate-{number}"))
            cell, *others = [client.send_execute(wait.blocking), *(client.send(content) for content in AT_ONCE)]
            try:
                assert [client.collect(header).contents() for header in others] == [[BUSY, IDLE]] * len(AT_ONCE)
                assert not answered(client, cell)
            finally:
                wait.open()
            assert client.collect(cell).status == "ok"


def test_many_requests_during_one_cell_are_all_answered(kernel: KernelProcess, gate: Gate) -> None:
    with kernel.client() as client:
        cell = begun(client, gate.blocking)
        channels = (Channel.SHELL, Channel.CONTROL)
        headers = [client.send(KernelInfoRequest(), channel) for _ in range(150) for channel in channels]
        assert all(client.collect(header).contents() == [BUSY, IDLE] for header in headers)
        assert not answered(client, cell)
        gate.open()
        assert client.collect(cell).status == "ok"


def test_completion_that_must_wait_does_so_on_the_main_thread(kernel: KernelProcess, gate: Gate) -> None:
    with kernel.client() as client:
        cell = begun(client, gate.blocking)
        complete = client.send(CompleteRequest(THREAD))
        client.request(KernelInfoRequest())  # came later, and is answered
        assert not answered(client, complete)
        gate.open()
        assert client.collect(cell).status == "ok"
        assert client.collect(complete).reply.content == CompleteReply(["MainThread"], 0, 0)


def test_completion_waits_when_it_may_not_use_a_thread_and_the_cell_blocks(gate: Gate) -> None:
    with cells(while_busy="LOOP") as kernel, kernel.client() as client:
        cell = begun(client, gate.blocking)
        complete = client.send(CompleteRequest(THREAD))
        client.request(KernelInfoRequest())
        assert not answered(client, complete)
        gate.open()
        assert client.collect(cell).status == "ok"
        assert client.collect(complete).reply.content == CompleteReply(["MainThread"], 0, 0)


@pytest.mark.parametrize("kind", ["blocking", "awaiting"])
def test_a_completion_that_swallows_its_time_limit_is_told_again_and_leaves_the_cell_alone(
    gate: Gate, kind: str
) -> None:
    with cells(while_busy="THREAD", reply_timeout=0.2) as kernel, kernel.client() as client:
        cell = begun(client, getattr(gate, kind))
        for name, code in SWALLOWS.items():
            reply = client.request(CompleteRequest(code)).reply.content
            assert (field_of(reply, "status"), field_of(reply, "ename")) == ("error", "RequestTimeoutError"), name
            assert client.request(CompleteRequest(THREAD)).reply.content == CompleteReply(["worker"], 0, 0), name
        assert not answered(client, cell)
        gate.open()
        assert client.collect(cell).status == "ok"
        for name, code in SWALLOWS.items():  # now on the main thread
            reply = client.request(CompleteRequest(code)).reply.content
            assert (field_of(reply, "status"), field_of(reply, "ename")) == ("error", "RequestTimeoutError"), name
            assert first_result(client.execute("6 * 7")) == "42", name


@pytest.mark.parametrize("how", ["time limit", "interrupt"])
def test_a_completion_that_stays_in_c_code_is_answered_once_and_without_it(
    gate: Gate, tmp_path: Path, how: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    name = "import threading\nthreading.current_thread().name = 'stuck'\n"
    stuck = f"{name}os.write(1, b'begun')\nos.close(os.open({str(pipe)!r}, os.O_RDONLY))"
    with (
        cells(while_busy="THREAD", reply_timeout=0.2 if how == "time limit" else 600) as kernel,
        kernel.client() as client,
    ):
        cell = begun(client, gate.blocking)
        complete = client.send(CompleteRequest(stuck))
        until(lambda: "begun" in kernel.output(), "the completion is being computed")
        if how == "interrupt":
            client.request(InterruptRequest(), Channel.CONTROL)
        exchange = client.collect(complete)
        assert (exchange.status, field_of(exchange.reply.content, "ename")) == ("error", "RequestTimeoutError")
        assert exchange.contents() == [BUSY, IDLE]
        why = field_of(exchange.reply.content, "evalue")
        assert why == ("interrupted" if how == "interrupt" else "no answer within 0.2 seconds")
        is_stuck = "import threading\n[[thread.name for thread in threading.enumerate()].count('stuck')]"
        assert client.request(CompleteRequest(is_stuck)).reply.content == CompleteReply(["1"], 0, 0)
        os.close(os.open(pipe, os.O_WRONLY))  # it can go on
        no = CompleteReply(["0"], 0, 0)
        until(lambda: client.request(CompleteRequest(is_stuck)).reply.content == no, "it has ended")
        assert not [message for _, message in client.pending if message.parent_header.msg_id == complete.msg_id]
        gate.open()
        assert client.collect(cell).status == ("error" if how == "interrupt" else "ok")


def test_a_completion_that_swallows_interrupts_is_interrupted_again() -> None:
    swallows = """
import os, time
os.write(1, b"begun")
for _ in range(2):
    try:
        while True: time.sleep(0.001)
    except BaseException: pass
while True: time.sleep(0.001)
"""
    with cells(while_busy="THREAD", reply_timeout=600) as kernel, kernel.client() as client:
        client.request(KernelInfoRequest())
        complete = client.send(CompleteRequest(swallows))
        until(lambda: "begun" in kernel.output(), "the completion is being computed")
        client.request(InterruptRequest(), Channel.CONTROL)
        reply = client.collect(complete).reply.content
        on_main, on_worker = ("KeyboardInterrupt", ""), ("RequestTimeoutError", "interrupted")
        assert (field_of(reply, "ename"), field_of(reply, "evalue")) in (on_main, on_worker)
        assert first_result(client.execute("6 * 7")) == "42"


def test_completions_that_wait_are_not_computed_when_the_same_client_has_typed_on(gate: Gate, tmp_path: Path) -> None:
    slow = Gate(tmp_path / "slow")
    with cells(while_busy="THREAD") as kernel, kernel.client() as typing, kernel.client() as other:
        cell = begun(typing, gate.blocking)
        first = typing.send(CompleteRequest(slow.blocking.replace("print('ready')", "os.write(1, b'begun')") + "\n[1]"))
        until(lambda: "begun" in kernel.output(), "the first completion is being computed")
        waiting = [typing.send(CompleteRequest(f"[{number}]")) for number in (2, 3, 4, 4)]
        others = other.send(CompleteRequest("[5]"))
        for client in (typing, other):
            client.request(KernelInfoRequest())  # what came before has arrived
        slow.open()
        replies = [typing.collect(header).reply.content for header in [first, *waiting]]
        assert [field_of(reply, "ename") for reply in replies[1:3]] == ["SupersededError"] * 2
        matches = [CompleteReply([number], 0, 0) for number in "144"]
        assert [replies[0], *replies[3:]] == matches
        assert other.collect(others).reply.content == CompleteReply(["5"], 0, 0)
        gate.open()
        assert typing.collect(cell).status == "ok"


@pytest.mark.parametrize("busy", [True, False])
def test_whatever_a_completion_raises_is_an_error_reply_and_nothing_more(gate: Gate, busy: bool) -> None:
    with cells(while_busy="THREAD") as kernel, kernel.client() as client:
        cell = begun(client, gate.blocking) if busy else None
        for error in ("ValueError", "SystemExit", "KeyboardInterrupt", "GeneratorExit"):
            for before in ("", "import asyncio\nawait asyncio.sleep(0)\n"):
                exchange = client.request(CompleteRequest(f"{before}raise {error}"))
                reply = exchange.reply.content
                assert (field_of(reply, "status"), field_of(reply, "ename")) == ("error", error)
                assert exchange.contents() == [BUSY, IDLE]
                assert client.request(CompleteRequest("[1]")).reply.content == CompleteReply(["1"], 0, 0)
        gate.open()
        if cell is not None:
            assert client.collect(cell).status == "ok"


@pytest.mark.parametrize("error", ["SystemExit", "GeneratorExit", "KeyboardInterrupt"])
def test_a_cell_may_raise_what_usually_ends_a_program(kernel: KernelProcess, error: str) -> None:
    with kernel.client() as client:
        exchange = client.execute(f"raise {error}('gone')")
        assert exchange.error is not None
        assert (exchange.status, exchange.error.ename, exchange.error.evalue) == ("error", error, "gone")
        assert first_result(client.execute("6 * 7")) == "42"


@pytest.mark.parametrize(("uses_asyncio", "kind"), [(True, "awaiting"), (True, "blocking"), (False, "blocking")])
def test_only_what_needs_the_language_waits_for_its_start(gate: Gate, uses_asyncio: bool, kind: str) -> None:
    start = getattr(gate, kind).replace("print('ready')", "pass")
    with cells(start=start, while_busy="THREAD", uses_asyncio=uses_asyncio) as kernel, kernel.client() as client:
        cell, complete = client.send_execute("6 * 7"), client.send(CompleteRequest("[1]"))
        for channel in (Channel.SHELL, Channel.CONTROL):
            assert client.request(KernelInfoRequest(), channel).status == "ok"
        assert not answered(client, cell)
        assert not answered(client, complete)
        gate.open()
        assert first_result(client.collect(cell)) == "42"
        assert client.collect(complete).reply.content == CompleteReply(["1"], 0, 0)
