"""Clients that read slowly, stop reading, or go: the others lose nothing, and memory stays bounded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.testing import IDLE, Client, KernelProcess
from tests.transport.kernels import cells

LINES = "line = 'x' * 62_500 + '\\n'\nfor number in range({count}): print(f'{{number:05}}', line)"


@contextmanager
def stalled(kernel: KernelProcess) -> Iterator[zmq.Socket[bytes]]:
    """A subscriber whose queue is as small as can be. It reads only what the test receives."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVBUF, 16_384)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(kernel.info.address(Channel.IOPUB))
        assert socket.poll(5000)
        assert socket.recv_multipart()[-2:] != []
        yield socket


def rss(kernel: KernelProcess) -> int:
    """Resident megabytes."""
    text = Path(f"/proc/{kernel.process.pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) // 1024


def _shown(client: Client, header: object, timeout: float) -> str:
    """All text of the cell, read as it comes."""
    texts: list[str] = []
    end = time.monotonic() + timeout
    while True:
        for message in client.take(lambda channel, m: channel is Channel.IOPUB and m.parent_header == header):
            if isinstance(message.content, Stream):
                texts.append(message.content.text)
            if message.content == IDLE:
                return "".join(texts)
        assert time.monotonic() < end, f"{sum(map(len, texts))} characters came"
        time.sleep(0.005)


@pytest.mark.parametrize(("megabytes", "seconds"), [(100, 3), pytest.param(300, 10, marks=pytest.mark.soak)])
def test_nobody_loses_a_byte_to_a_stall_within_the_patience(megabytes: int, seconds: int) -> None:
    count = megabytes * 16
    with cells() as kernel, kernel.client() as client, stalled(kernel) as slow:
        before = rss(kernel)
        header = client.send_execute(LINES.format(count=count))
        highest = [before]
        got: list[bytes] = []
        ended = threading.Event()

        def read_after_the_stall() -> None:
            ended.wait(seconds)
            while not ended.is_set() or slow.poll(500):
                while slow.poll(50):
                    frames = slow.recv_multipart()
                    if frames[0] == b"stream.stdout":
                        got.append(frames[-1])
                highest.append(rss(kernel))

        reader = threading.Thread(target=read_after_the_stall)
        reader.start()
        try:
            text = _shown(client, header, 60)
        finally:
            ended.set()
            reader.join()
        assert [int(line[:5]) for line in text.splitlines() if line] == list(range(count))
        assert sum(map(len, got)) > megabytes * 10**6
        assert b"".join(got).count(b"xxx" * 1000) == sum(message.count(b"xxx" * 1000) for message in got)
        assert max(highest) - before < 160  # 1000 messages of 64 KB in the queue to each client, and 4 MB


def test_after_the_patience_the_fast_one_goes_on_and_the_stalled_one_is_told() -> None:
    with (
        cells("--Transport.patience=1") as kernel,
        kernel.client() as client,
        stalled(kernel) as slow,
    ):
        before = rss(kernel)
        header = client.send_execute(LINES.format(count=3200))
        text = _shown(client, header, 60)
        assert [int(line[:5]) for line in text.splitlines() if line] == list(range(3200))
        assert rss(kernel) - before < 160
        slow.disconnect(kernel.info.address(Channel.IOPUB))
        slow.connect(kernel.info.address(Channel.IOPUB))
        end = time.monotonic() + 10
        told = b""
        while b"not delivered" not in told:
            assert slow.poll((end - time.monotonic()) * 1000)
            told = slow.recv_multipart()[-1]
        assert b"stderr" in told


def test_control_is_reached_while_output_is_held_up() -> None:
    from sdk.protocol.shell import KernelInfoRequest

    with cells() as kernel, kernel.client() as client, stalled(kernel):
        header = client.send_execute(LINES.format(count=10**9))
        client.wait_for(lambda message: isinstance(message.content, Stream))
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 0.5:
            if client.take(lambda channel, message: channel is Channel.IOPUB):
                quiet_since = time.monotonic()
            time.sleep(0.01)
        request = client.send(KernelInfoRequest(), Channel.CONTROL)
        assert client.collect(request, until_idle=False, timeout=3).reply.parent_header == request
        kernel.interrupt()
        assert client.collect(header, until_idle=False, timeout=3).reply.parent_header == header


def test_what_is_said_while_nobody_listens_comes_when_somebody_does() -> None:
    with cells() as kernel:
        with kernel.client() as client:
            code = "import time\nprint('ready')\ntime.sleep(0.5)\nfor n in range(50): print(n); context.flush()"
            header = client.send_execute(code)
            client.wait_for(lambda message: isinstance(message.content, Stream))
        time.sleep(0.8)
        with kernel.client(ready=False) as later:
            assert later.receive(Channel.IOPUB).header.msg_type == "iopub_welcome"
            text = _shown(later, header, 5)
            assert text.split() == [str(n) for n in range(50)]
