"""The heartbeat answers whatever the kernel does, and needs no lock of Python's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import zmq

from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.transport.heartbeat import HeartbeatThread
from sdk.transport.sockets import bind
from tests.transport.kernels import cells
from tests.transport.wires import info, opened, receive

HOLD_THE_LOCK = """
import ctypes
descriptor = os.open({path!r}, os.O_RDONLY | os.O_NONBLOCK)
os.set_blocking(descriptor, True)
print("ready")
context.flush()
ctypes.PyDLL(None).read(descriptor, ctypes.create_string_buffer(1), 1)  # PyDLL: the lock is kept while it blocks
"""


def test_it_answers_while_a_call_holds_the_lock_of_the_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "gate"
    os.mkfifo(path)
    gate = os.open(path, os.O_RDWR)
    try:
        with cells() as kernel, kernel.client() as client:
            header = client.send_execute(HOLD_THE_LOCK.format(path=str(path)))
            client.wait_for(lambda message: isinstance(message.content, Stream))
            beats = [client.heartbeat() for _ in range(20)]
            stuck = not [message for channel, message in client.pending if channel is Channel.SHELL]
            os.write(gate, b"x")
            assert client.collect(header).status == "ok"
            assert (beats, stuck) == ([True] * 20, True)
    finally:
        os.close(gate)


def test_it_answers_while_a_cell_runs_and_while_input_is_waited_for() -> None:
    with cells() as kernel, kernel.client() as client:
        header = client.send_execute("print('ready'); context.flush(); input('?')", allow_stdin=True)
        question = client.receive(Channel.STDIN)
        assert client.heartbeat()
        client.reply_to(question, "answer")
        assert client.collect(header).status == "ok"


@pytest.mark.parametrize("kind", [zmq.REQ, zmq.DEALER], ids=["REQ", "DEALER"])
def test_what_is_sent_comes_back_as_it_is_to_each_client(kind: int) -> None:
    with opened() as wires:
        links, connection = bind(wires.context, info())
        others = links.shell, links.control, links.iopub, links.stdin
        thread = HeartbeatThread(links.hb)
        thread.start()
        clients = [wires.context.socket(kind) for _ in range(3)]
        for number, client in enumerate(clients):
            client.connect(connection.address(Channel.HB))
            client.send_multipart([b"ping %d" % number, b"", bytes(100_000)])
        for number, client in enumerate(clients):
            assert receive(client) == [b"ping %d" % number, b"", bytes(100_000)]
            client.close(0)
        for one in others:
            one.close(0)
        wires.context.term()  # which ends the thread
        thread.join(20)
        assert not thread.is_alive()
        assert links.hb.closed
