"""Clients that stop reading, or are not there: control is reached all the same, and what was said waits for them."""

from __future__ import annotations

import time
from pathlib import Path

from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import IDLE, Client
from tests.transport.kernels import cells
from tests.transport.stalled import stalled
from tests.transport.waiting import Gate
from tests.waiting import until

LINES = "line = 'x' * 62_500 + '\\n'\nfor number in range({count}): print(f'{{number:05}}', line)"


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


def test_control_is_reached_while_output_is_held_up() -> None:
    with cells() as kernel, kernel.client() as client, stalled(kernel):
        header = client.send_execute(LINES.format(count=10**9))
        client.wait_for(lambda message: isinstance(message.content, Stream))
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 0.5:  # a silence is seen by waiting
            if client.take(lambda channel, message: channel is Channel.IOPUB):
                quiet_since = time.monotonic()
            time.sleep(0.01)
        request = client.send(KernelInfoRequest(), Channel.CONTROL)
        assert client.collect(request, until_idle=False, timeout=20).reply.parent_header == request
        kernel.interrupt()
        assert client.collect(header, until_idle=False, timeout=20).reply.parent_header == header


def test_what_is_said_while_nobody_listens_comes_when_somebody_does(tmp_path: Path) -> None:
    with cells() as kernel:
        with kernel.client() as client:
            gate, said = Gate(tmp_path / "gate"), tmp_path / "said"
            code = f"{gate.blocking}\nfor n in range(50): print(n); context.flush()\nopen({str(said)!r}, 'w').close()"
            header = client.send_execute(code)
            client.wait_for(lambda message: isinstance(message.content, Stream))
        gate.open()
        until(said.exists)
        with kernel.client(ready=False) as later:
            assert later.receive(Channel.IOPUB).header.msg_type == "iopub_welcome"
            text = _shown(later, header, 5)
            assert text.split() == [str(n) for n in range(50)]
