"""What is answered while a cell runs, and output that does not wait for anything."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from sdk.protocol.comm import CommMsg, CommOpen
from sdk.protocol.iopub import ExecuteResult, Stream
from sdk.protocol.message import Channel, CustomContent
from sdk.protocol.shell import (
    CommInfoRequest,
    CompleteReply,
    CompleteRequest,
    ConnectRequest,
    HistoryRequest,
    IsCompleteRequest,
    KernelInfoRequest,
)
from sdk.testing import BUSY, Client, KernelProcess
from sdk.testing.exchange import field_of
from tests.transport.kernels import cells

BLOCKED = "import time\nprint('ready')\ntime.sleep(30)"
AWAITS = "import asyncio\nprint('ready')\nawait asyncio.sleep(30)"
HOLDS_THE_GIL = "import ctypes\nprint('ready')\nctypes.PyDLL(None).usleep(600_000)"


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """A kernel that completes on a thread of its own while it is busy."""
    with cells(while_busy="THREAD", reply_timeout=1.0) as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


def run(client: Client, code: str) -> object:
    """Begin a cell and wait until it says that it is ready."""
    header = client.send_execute(code)
    client.wait_for(lambda message: isinstance(message.content, Stream) and "ready" in message.content.text)
    return header


def stop(kernel: KernelProcess, client: Client, header: object) -> None:
    kernel.interrupt()
    exchange = client.collect(header)  # type: ignore[arg-type]
    assert field_of(exchange.reply.content, "ename") == "KeyboardInterrupt"


@pytest.mark.parametrize("code", [BLOCKED, AWAITS, "print('ready')\nwhile True: pass"])
@pytest.mark.parametrize("channel", [Channel.SHELL, Channel.CONTROL])
def test_what_the_sdk_answers_itself_is_answered_while_a_cell_runs(
    kernel: KernelProcess, client: Client, code: str, channel: Channel
) -> None:
    header = run(client, code)
    requests = [KernelInfoRequest(), ConnectRequest(), CommInfoRequest(), IsCompleteRequest("1"), KernelInfoRequest()]
    for request in requests:
        assert client.request(request, channel).status in ("ok", "unknown")
    assert client.request(HistoryRequest("tail", n=1), channel).status == "ok"
    assert client.request(CustomContent("usage_request"), channel).reply.header.msg_type == "usage_reply"
    stop(kernel, client, header)


@pytest.mark.parametrize("code", [BLOCKED, AWAITS, "print('ready')\nwhile True: pass"])
def test_completion_on_a_thread_is_answered_while_a_cell_runs(kernel: KernelProcess, client: Client, code: str) -> None:
    header = run(client, code)
    for number in range(5):
        assert client.request(CompleteRequest(f"[{number}]")).reply.content == CompleteReply([str(number)], 0, 0)
    stop(kernel, client, header)


def test_completion_on_the_loop_is_answered_while_a_cell_awaits() -> None:
    with cells(while_busy="LOOP") as kernel, kernel.client() as client:
        header = run(client, AWAITS)
        assert client.request(CompleteRequest("[1]")).reply.content == CompleteReply(["1"], 0, 0)
        kernel.interrupt()
        client.collect(header)  # type: ignore[arg-type]
        header = client.send_execute("import time\nprint('ready')\ntime.sleep(0.3)")
        completion = client.send(CompleteRequest("[2]"))
        first = client.wait_for(lambda message: True, channel=Channel.SHELL)
        assert first.parent_header == header, "the loop was blocked: completion comes after the cell"
        client.collect(completion)


def test_completion_that_waits_comes_after_the_cells_before_it() -> None:
    with cells(while_busy="WAIT") as kernel, kernel.client() as client:
        headers = [client.send_execute("import time; time.sleep(0.2)"), client.send_execute("x = [7]")]
        completion = client.send(CompleteRequest("x"))
        order = [client.receive(Channel.SHELL).parent_header for _ in range(3)]
        assert order == [*headers, completion]


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\nwhile True: time.sleep(0.01)",
        "import asyncio\nawait asyncio.sleep(60)",
        "import asyncio\nwhile True: await asyncio.sleep(0)",
        "while True:\n    try:\n        while True: pass\n    except Exception: pass",
        "import asyncio\nwhile True:\n    try:\n        await asyncio.sleep(60)\n    except Exception: pass",
    ],
)
@pytest.mark.parametrize("busy", [False, True])
def test_a_completion_without_end_is_an_error_and_the_kernel_goes_on(
    kernel: KernelProcess, client: Client, code: str, busy: bool
) -> None:
    header = run(client, BLOCKED) if busy else None
    reply = client.request(CompleteRequest(code)).reply
    assert (reply.header.msg_type, field_of(reply.content, "status")) == ("complete_reply", "error")
    assert field_of(reply.content, "ename") == "RequestTimeoutError"
    assert client.request(CompleteRequest("[1]")).reply.content == CompleteReply(["1"], 0, 0)
    if header is not None:
        stop(kernel, client, header)
    assert client.execute("6 * 7").result == {"text/plain": "42"}


def test_control_and_interrupts_get_through_while_completion_runs_endless_code(
    kernel: KernelProcess, client: Client
) -> None:
    header = run(client, AWAITS)
    completion = client.send(CompleteRequest("while True: pass"))
    client.wait_for(lambda message: message.content == BUSY and message.parent_header == completion)
    assert client.request(KernelInfoRequest(), Channel.CONTROL).status == "ok"
    stop(kernel, client, header)
    assert field_of(client.collect(completion).reply.content, "ename") == "RequestTimeoutError"


def test_a_completion_that_comes_as_a_cell_begins_is_answered_while_it_runs(
    kernel: KernelProcess, client: Client
) -> None:
    """At every distance from the cell's start: on both sides of the 10 ms after which another thread reads shell."""
    for gap in [0, 0.002, 0.006, 0.008, 0.009, 0.010, 0.011, 0.012, 0.015, 0.03] * 3:
        client.execute("1")
        cell = client.send_execute("import time\ntime.sleep(30)")
        time.sleep(gap)
        assert client.request(CompleteRequest("[1]")).status == "ok"
        stop(kernel, client, cell)


def test_a_completion_is_answered_though_its_cell_began_as_the_timer_of_the_one_before_fired(
    kernel: KernelProcess, client: Client
) -> None:
    for length in [0.008, 0.009, 0.0095, 0.010, 0.0105, 0.011, 0.012] * 3:
        before = client.send_execute(f"import time\ntime.sleep({length})")
        cell = client.send_execute("import time\ntime.sleep(30)")
        client.collect(before)
        assert client.request(CompleteRequest("[1]")).status == "ok"
        stop(kernel, client, cell)


def test_text_is_out_before_a_call_that_holds_the_gil(client: Client) -> None:
    for _ in range(3):
        header = client.send_execute(HOLDS_THE_GIL)
        client.wait_for(lambda message: isinstance(message.content, Stream))
        came = time.monotonic()
        client.collect(header)
        assert time.monotonic() - came > 0.3  # not when the call was over


def test_the_heartbeat_and_requests_go_on_while_c_code_holds_the_gil(client: Client) -> None:
    header = run(client, HOLDS_THE_GIL)
    came = time.monotonic()
    assert client.heartbeat(timeout=0.4)
    client.collect(header)
    assert time.monotonic() - came < 5


def test_a_line_that_is_not_ended_is_shown_while_the_cell_goes_on(kernel: KernelProcess, client: Client) -> None:
    header = client.send_execute("import time\nprint('no end', end='')\ntime.sleep(30)")
    client.wait_for(lambda message: message.content == Stream("stdout", "no end"))
    stop(kernel, client, header)


def test_text_soon_after_the_last_cell_is_not_held_back(kernel: KernelProcess, client: Client) -> None:
    client.execute("print(1)")
    header = client.send_execute("print('ready')\nimport ctypes\nctypes.PyDLL(None).usleep(400_000)\nwhile True: pass")
    client.wait_for(lambda message: isinstance(message.content, Stream))
    client.request(KernelInfoRequest())
    stop(kernel, client, header)


def test_text_from_a_thread_after_its_cell_belongs_to_that_cell(client: Client) -> None:
    code = """
import contextvars, threading
go = threading.Event()
here = contextvars.copy_context()
thread = threading.Thread(target=here.run, args=(lambda: (go.wait(), print('late')),))
thread.start()
"""
    first = client.execute(code)
    client.execute("go.set(); thread.join()")
    late = client.wait_for(lambda message: message.content == Stream("stdout", "late\n"))
    assert late.parent_header is not None
    assert late.parent_header.msg_id == first.request.msg_id


def test_a_comm_message_between_two_cells_is_taken_between_them() -> None:
    opened = "kernel.host.comms.register_target('t', lambda comm, message: comm.on_msg(lambda message: seen.append(1)))"
    with cells(while_busy="LOOP") as kernel, kernel.client() as client:
        setup = client.execute(f"seen = []\n{opened}")
        if setup.status != "ok":
            pytest.fail(f"comms: {setup.error}")
        client.send(CommOpen(comm_id="c", target_name="t"))
        cell = client.send_execute("import time\ntime.sleep(0.1)\nlen(seen)")
        client.send(CommMsg(comm_id="c", data={}))
        after = client.send_execute("len(seen)")
        first, second = client.collect(cell), client.collect(after)
        assert (first.result, second.result) == ({"text/plain": "0"}, {"text/plain": "1"})


def test_a_comm_message_reaches_a_cell_that_awaits_it() -> None:
    opened = """
import asyncio
arrived = asyncio.Event()
kernel.host.comms.register_target('t', lambda comm, message: arrived.set())
print('ready')
await arrived.wait()
6 * 7
"""
    with cells(while_busy="LOOP") as kernel, kernel.client() as client:
        header = run(client, opened)
        client.send(CommOpen(comm_id="c", target_name="t"))
        exchange = client.collect(header)  # type: ignore[arg-type]
        assert exchange.result == {"text/plain": "42"}


@pytest.mark.parametrize("uses_asyncio", [True, False])
def test_each_of_many_requests_of_two_clients_gets_its_reply(uses_asyncio: bool) -> None:
    """Both see the same output, and each its own replies, while control answers in between."""
    with cells(uses_asyncio=uses_asyncio) as kernel, kernel.client() as one, kernel.client() as two:
        for _ in range(30):
            asked = {client: [client.send_execute(str(n)) for n in range(100)] for client in (one, two)}
            info = {client: [client.send(KernelInfoRequest(), Channel.CONTROL) for _ in range(20)] for client in asked}
            for client, headers in asked.items():
                replies = [client.receive(Channel.SHELL).parent_header for _ in headers]
                assert replies == headers
                answers = [client.receive(Channel.CONTROL).parent_header for _ in info[client]]
                assert answers == info[client]
            shown = []
            for client in (one, two):
                results = [
                    client.wait_for(lambda message: isinstance(message.content, ExecuteResult)) for _ in range(200)
                ]
                shown.append([(message.parent_header, message.content) for message in results])
                for header in asked[client]:
                    client.wait_for(lambda m, h=header: m.parent_header == h and m.content != BUSY)  # type: ignore[misc]
                client.take(lambda channel, message: True)
            assert shown[0] == shown[1]
