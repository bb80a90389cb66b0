"""Interrupts over real sockets, by signal and by message, in all that a cell can be doing."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from sdk.protocol.control import InterruptReply, InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest
from sdk.testing import BUSY, IDLE, Client, Exchange, KernelProcess
from sdk.testing.exchange import field_of
from tests.transport.kernels import cells
from tests.waiting import until

SEED = 20_261
ROUNDS = 300

# What a cell may be doing when it is interrupted. Each says "ready" as the last thing before.
CELLS = {
    "python loop": "print('ready')\nwhile True: pass",
    "sleep": "import time\nprint('ready')\ntime.sleep(30)",
    "lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nprint('ready')\nlock.acquire()",
    "try finally": "done = 0\nprint('ready')\ntry:\n    while True: pass\nfinally:\n    done = 1",
    "await sleep": "import asyncio\nprint('ready')\nawait asyncio.sleep(30)",
    "await gather": "import asyncio\nprint('ready')\nawait asyncio.gather(asyncio.sleep(30), asyncio.sleep(30))",
    "await a thread": (
        "import asyncio, time\nprint('ready')\nawait asyncio.to_thread(time.sleep, 0.3)\nawait asyncio.sleep(30)"
    ),
    "await sleep(0)": "import asyncio\nprint('ready')\nwhile True: await asyncio.sleep(0)",
    "blocks after an await": "import asyncio, time\nawait asyncio.sleep(0.001)\nprint('ready')\ntime.sleep(30)",
    "awaits what swallows cancellation": """
import asyncio
async def stubborn():
    for _ in range(100):
        try:
            await asyncio.sleep(0.3)
        except asyncio.CancelledError:
            pass
task = asyncio.ensure_future(stubborn())
print('ready')
try:
    await task
finally:
    asyncio.get_running_loop().call_later(0.01, task.cancel)
""",
    "a task blocks the loop": """
import asyncio, time
async def blocker():
    print('ready')
    time.sleep(30)
task = asyncio.ensure_future(blocker())
await asyncio.sleep(30)
""",
    "a million writes": "print('ready')\nfor i in range(10**9): print(i)",
    "input": "print('ready')\ninput('? ')",
    "await input": "print('ready')\nawait context.input('? ')",
    "a finalizer": """
class Slow:
    def __del__(self):
        print('ready')
        end = time.monotonic() + 0.2
        while time.monotonic() < end: pass
import time
Slow()
while True: pass
""",
    "subprocess": "import subprocess\nprint('ready')\nsubprocess.run(['sleep', '30'])",
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """A kernel for the tests of this module."""
    with cells(while_busy="THREAD") as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


def until_ready(client: Client, name: str = "") -> None:
    """Wait until the running cell has said so, and has asked its question."""
    client.wait_for(lambda message: isinstance(message.content, Stream) and "ready" in message.content.text)
    if "input" in name:
        client.receive(Channel.STDIN)


def assert_interrupted(exchange: Exchange) -> None:
    """Exactly busy, input, output, one error, one reply, idle."""
    assert (exchange.status, field_of(exchange.reply.content, "ename")) == ("error", "KeyboardInterrupt")
    shown = [content for content in exchange.contents() if not isinstance(content, Stream)]
    assert [type(content).__name__ for content in shown] == ["Status", "ExecuteInput", "Error", "Status"]
    assert (shown[0], shown[-1]) == (BUSY, IDLE)


def assert_usable(client: Client, code: str = "6 * 7") -> None:
    exchange = client.execute(code)
    assert (exchange.status, exchange.result) == ("ok", {"text/plain": "42"})


@pytest.mark.parametrize("way", ["signal", "group", "message"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_interrupted(kernel: KernelProcess, client: Client, name: str, way: str) -> None:
    header = client.send_execute(CELLS[name], allow_stdin=True)
    until_ready(client, name)
    _interrupt(kernel, client, way)
    assert_interrupted(client.collect(header))
    assert_usable(client)


@pytest.mark.parametrize("seed", [SEED, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(10))])
def test_random_interrupts_end_each_cell_once(kernel: KernelProcess, client: Client, seed: int) -> None:
    chance = random.Random(seed)
    names = [name for name in CELLS if name not in ("subprocess", "await a thread")]
    for _ in range(ROUNDS):
        name = chance.choice(names)
        header = client.send_execute(CELLS[name], allow_stdin=True)
        until_ready(client, name)
        time.sleep(chance.choice([0, 0, chance.random() * 0.002, chance.random() * 0.02]))
        _interrupt(kernel, client, chance.choice(["signal", "message"]))
        assert_interrupted(client.collect(header))
        if chance.random() < 0.2:
            assert_usable(client)
    assert_usable(client)


def test_interrupts_at_any_instant_between_cells_hit_one_cell_or_none(kernel: KernelProcess, client: Client) -> None:
    chance = random.Random(SEED)
    for _ in range(150):
        headers = [client.send_execute("sum(range(200))", stop_on_error=False) for _ in range(3)]
        time.sleep(chance.random() * 0.004)
        os.kill(kernel.process.pid, signal.SIGINT)
        for header in headers:
            exchange = client.collect(header)
            ename = field_of(exchange.reply.content, "ename")
            assert (exchange.status, ename) in (("ok", None), ("error", "KeyboardInterrupt"))
            assert (exchange.contents()[0], exchange.contents()[-1]) == (BUSY, IDLE)
    assert_usable(client)


def test_an_interrupt_while_idle_leaves_the_next_cell_alone(kernel: KernelProcess, client: Client) -> None:
    for way in ("signal", "message"):
        _interrupt(kernel, client, way)
        client.request(InterruptRequest(), Channel.CONTROL)  # in order: the signals before it have been taken
        exchange = client.execute("import asyncio\nawait asyncio.sleep(0.05)\n6 * 7")
        assert (exchange.status, exchange.result) == ("ok", {"text/plain": "42"})


def test_a_queue_of_cells_is_aborted_by_one_interrupt(kernel: KernelProcess, client: Client) -> None:
    first = client.send_execute(CELLS["python loop"])
    until_ready(client)
    others = [client.send_execute("1") for _ in range(50)]
    client.request(CompleteRequest(code="[]"))  # it came after them: so they have arrived
    os.kill(kernel.process.pid, signal.SIGINT)
    assert_interrupted(client.collect(first))
    exchanges = [client.collect(header) for header in others]
    assert [exchange.status for exchange in exchanges] == ["aborted"] * 50
    assert all(exchange.contents() == [BUSY, IDLE] for exchange in exchanges)
    assert_usable(client)


def test_interrupt_request_is_answered_while_a_cell_runs(client: Client) -> None:
    header = client.send_execute(CELLS["python loop"])
    until_ready(client)
    assert client.request(InterruptRequest(), Channel.CONTROL).reply.content == InterruptReply()
    assert_interrupted(client.collect(header))


def test_a_cell_may_catch_the_interrupt(kernel: KernelProcess, client: Client) -> None:
    code = "try:\n    print('ready')\n    while True: pass\nexcept KeyboardInterrupt:\n    print('caught')\n6 * 7"
    header = client.send_execute(code)
    until_ready(client)
    os.kill(kernel.process.pid, signal.SIGINT)
    exchange = client.collect(header)
    assert (exchange.status, exchange.text(), exchange.result) == ("ok", "caught\n", {"text/plain": "42"})


def test_a_second_interrupt_ends_a_cell_that_swallows_the_first(kernel: KernelProcess, client: Client) -> None:
    code = """
import asyncio
try:
    print('ready')
    await asyncio.sleep(30)
except KeyboardInterrupt:
    print('ready again')
while True:
    await asyncio.sleep(0.01)
"""
    header = client.send_execute(code)
    until_ready(client)
    os.kill(kernel.process.pid, signal.SIGINT)
    until_ready(client)
    os.kill(kernel.process.pid, signal.SIGINT)
    assert_interrupted(client.collect(header))
    assert_usable(client)


def test_a_background_task_that_blocks_while_idle_can_be_interrupted(kernel: KernelProcess, client: Client) -> None:
    code = """
import asyncio, time
async def later():
    await asyncio.sleep(0.01)
    os.write(1, b'blocks now')
    time.sleep(30)
task = asyncio.ensure_future(later())
"""
    client.execute(code)
    until(lambda: "blocks now" in kernel.output())
    os.kill(kernel.process.pid, signal.SIGINT)
    assert_usable(client)
    assert client.execute("task.done() and type(task.exception()).__name__").result == {
        "text/plain": "'KeyboardInterrupt'"
    }


def test_interrupts_do_not_end_a_kernel_that_still_starts() -> None:
    start = "import os, time\nos.write(1, b'starting')\ntime.sleep(1.5)"
    for way in ("signal", "message"):
        with cells(start=start) as kernel, kernel.client() as client:
            until(lambda kernel=kernel: "starting" in kernel.output())
            _interrupt(kernel, client, way)
            until(lambda kernel=kernel: "did not start" in kernel.output())
            assert client.execute("6 * 7").result == {"text/plain": "42"}


def test_a_cell_that_waits_for_the_language_is_interrupted_with_it() -> None:
    start = "import os, time\nos.write(1, b'starting')\ntime.sleep(30)"
    with cells(start=start) as kernel, kernel.client() as client:
        until(lambda: "starting" in kernel.output())
        _interrupt(kernel, client, "signal")  # ends the first try
        until(lambda: "did not start" in kernel.output())
        header = client.send_execute("1")
        until(lambda: kernel.output().count("starting") == 2)
        _interrupt(kernel, client, "message")
        exchange = client.collect(header)
        assert (exchange.status, field_of(exchange.reply.content, "ename")) == ("error", "KeyboardInterrupt")
        assert exchange.error is not None


@pytest.mark.parametrize("uses_asyncio", [True, False])
def test_an_interrupt_ends_a_wait_for_a_client_that_does_not_read(uses_asyncio: bool) -> None:
    import zmq

    with cells(uses_asyncio=uses_asyncio) as kernel, kernel.client() as client:
        with zmq.Context() as stalled, stalled.socket(zmq.SUB) as socket:
            socket.setsockopt(zmq.RCVHWM, 1)
            socket.setsockopt(zmq.RCVBUF, 4096)
            socket.setsockopt(zmq.SUBSCRIBE, b"")
            socket.connect(kernel.info.address(Channel.IOPUB))
            assert socket.poll(20_000)  # the welcome
            header = client.send_execute("text = 'x' * 60000 + '\\n'\nwhile True: print(text)")
            client.wait_for(lambda message: isinstance(message.content, Stream))
            quiet = time.monotonic() + 20
            while client.take(lambda channel, message: channel is Channel.IOPUB):
                time.sleep(0.5)  # a silence of so long is seen by waiting
                assert time.monotonic() < quiet, "the cell was not held back"
            os.kill(kernel.process.pid, signal.SIGINT)
            reply = client.collect(header, until_idle=False).reply
            assert field_of(reply.content, "ename") == "KeyboardInterrupt"
        assert_usable(client)


def test_plain_kernels_are_interrupted_too() -> None:
    with cells(uses_asyncio=False) as kernel, kernel.client() as client:
        for name in ("python loop", "sleep", "lock", "try finally", "a million writes", "input", "await input"):
            for way in ("signal", "message"):
                header = client.send_execute(CELLS[name], allow_stdin=True)
                until_ready(client, name)
                _interrupt(kernel, client, way)
                assert_interrupted(client.collect(header))
        assert_usable(client)


def _interrupt(kernel: KernelProcess, client: Client, way: str) -> None:
    if way == "signal":
        os.kill(kernel.process.pid, signal.SIGINT)
    elif way == "group":
        os.killpg(kernel.process.pid, signal.SIGINT)
    else:
        client.request(InterruptRequest(), Channel.CONTROL)
