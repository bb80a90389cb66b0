"""Output over real sockets: what comes when, in which order, and in whose name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.iopub import DisplayData, Stream
from sdk.testing import BUSY, IDLE, Client, KernelProcess
from tests.transport.kernels import cells
from tests.transport.waiting import Gate, answered, begun
from tests.waiting import until

FOREVER = "\nwhile not os.path.exists({gate!r}): time.sleep(0.002)"


@pytest.fixture(scope="module", params=["asyncio", "plain"])
def kernel(request: pytest.FixtureRequest) -> Iterator[KernelProcess]:
    """A kernel of each kind of main loop."""
    with cells(uses_asyncio=request.param == "asyncio") as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


def test_text_is_out_before_a_call_that_holds_the_interpreter(client: Client, tmp_path: Path) -> None:
    """The call waits for this test, which waits for the text: a deadlock if another thread had to send it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for number in range(3):
        cell = client.send_execute(
            f"import ctypes\nlibc = ctypes.PyDLL(None)\nprint('before {number}')\n"
            f"os.close(libc.open({os.fsencode(fifo)!r}, os.O_RDONLY))\nprint('after')"
        )
        try:
            text = client.wait_for(lambda message: isinstance(message.content, Stream))
            assert text.content == Stream("stdout", f"before {number}\n")
            assert not answered(client, cell)
            assert client.heartbeat()
        finally:
            until(lambda: _opened(fifo), "the call has begun")
        exchange = client.collect(cell)
        assert (exchange.status, exchange.text()) == ("ok", "after\n")


def _opened(fifo: Path) -> bool:
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:  # nobody has opened the other end yet
        return False
    return True


@pytest.mark.parametrize("text", ["a line\\n", "no line", "one\\ntwo"])
def test_text_comes_while_its_cell_blocks(client: Client, gate: Gate, text: str) -> None:
    cell = client.send_execute(f"import time\nprint({text!r}, end='')".replace("\\\\", "\\") + _forever(gate))
    expected, came = text.replace("\\n", "\n"), ""
    while came != expected:
        came += _stream(client)
    assert not answered(client, cell)
    gate.open()
    assert client.collect(cell).status == "ok"


def test_text_that_follows_soon_on_other_text_comes_while_the_cell_blocks(client: Client, gate: Gate) -> None:
    cell = client.send_execute("import time\nprint(1)\nprint(2)\nprint(3, end='')" + _forever(gate))
    came = ""
    while came != "1\n2\n3":
        came += _stream(client)
    assert not answered(client, cell)
    gate.open()
    assert client.collect(cell).status == "ok"


def test_all_output_comes_in_the_order_of_writing_and_before_idle(client: Client) -> None:
    exchange = client.execute(
        """
for number in range(500):
    print(f'out {number}')
    err(f'err {number}')
    if number % 50 == 0:
        context.display_data({'text/plain': str(number)})
"""
    )
    expected: list[object] = []
    for number in range(500):
        expected += [Stream("stdout", f"out {number}\n"), Stream("stderr", f"err {number}\n")]
        if number % 50 == 0:
            expected.append(DisplayData({"text/plain": str(number)}))
    assert exchange.outputs() == expected
    assert (exchange.contents()[0], exchange.contents()[-1]) == (BUSY, IDLE)


def test_a_hundred_thousand_lines_are_few_messages_and_none_is_lost(client: Client) -> None:
    exchange = client.execute("for number in range(100_000): print(number)", timeout=60)
    assert exchange.text() == "".join(f"{number}\n" for number in range(100_000))
    assert len(exchange.iopub) < 2_000


def test_lines_of_several_threads_are_whole_and_each_threads_in_order(client: Client) -> None:
    exchange = client.execute(
        """
import threading
def work(name):
    for number in range(3000):
        context.stream('stdout' if name % 2 else 'stderr', f'{name} {number}\\n')
threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        timeout=60,
    )
    for name in range(4):
        lines = exchange.text("stdout" if name % 2 else "stderr").splitlines()
        assert [line for line in lines if line.startswith(f"{name} ")] == [f"{name} {n}" for n in range(3000)]


def test_a_thread_speaks_for_the_cell_that_started_it_also_during_a_later_one(client: Client) -> None:
    first = client.execute(
        """
import threading
go = threading.Event()
def late(context=context):
    go.wait()
    for number in range(200): context.stream('stdout', f'{number}\\n')
thread = threading.Thread(target=late)
thread.start()
"""
    )
    second = client.execute("go.set()\nprint('second')\nthread.join()")
    assert second.text() == "second\n"
    text = ""
    while text.count("\n") < 200:
        message = client.wait_for(lambda message: isinstance(message.content, Stream))
        assert message.parent_header is not None
        assert message.parent_header.msg_id == first.request.msg_id
        assert isinstance(message.content, Stream)
        text += message.content.text
    assert text == "".join(f"{number}\n" for number in range(200))


def test_a_late_text_comes_though_nothing_runs(client: Client, gate: Gate) -> None:
    client.execute(
        f"import threading, time\ndef late(context=context):\n    while not os.path.exists({str(gate.path)!r}): "
        "time.sleep(0.002)\n    context.stream('stdout', 'no line')\n"
        "thread = threading.Thread(target=late)\nthread.start()"
    )
    gate.open()
    assert _stream(client) == "no line"


def test_buffers_and_odd_values_arrive(client: Client) -> None:
    exchange = client.execute(
        "context.display_data({'application/x': {'nan': float('nan'), 'n': [1, None]}}, buffers=[b'\\0\\1' * 1000])"
    )
    shown = next(message for message in exchange.iopub if isinstance(message.content, DisplayData))
    assert [bytes(buffer) for buffer in shown.buffers] == [b"\0\1" * 1000]
    assert shown.content == DisplayData({"application/x": {"nan": None, "n": [1, None]}})


def test_the_first_text_of_every_cell_comes_while_it_blocks(client: Client, tmp_path: Path) -> None:
    """Also right after another cell's text: a window that is kept over cells would hold it up."""
    for number in range(10):
        wait = Gate(tmp_path / f"gate-{number}")
        client.execute("print('before')")
        cell = begun(client, wait.blocking)
        assert not answered(client, cell)
        wait.open()
        assert client.collect(cell).status == "ok"


def _forever(gate: Gate) -> str:
    return FOREVER.format(gate=str(gate.path))


def _stream(client: Client) -> str:
    content = client.wait_for(lambda message: isinstance(message.content, Stream)).content
    assert isinstance(content, Stream)
    return content.text
