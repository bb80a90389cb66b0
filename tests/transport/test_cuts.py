"""Cut connections: output, reply and idle come once, in order, when the client has connected again by itself."""

from __future__ import annotations

import random
import time

import pytest

from sdk.protocol.iopub import IOPubWelcome, Status, Stream
from sdk.protocol.message import Channel
from sdk.testing import IDLE, Client
from tests.transport.kernels import cells
from tests.transport.proxy import CuttingProxy

SEED = 4_711
SLOW_CELL = """
import time
for number in range({count}):
    context.stream('stdout', f'{{number}} ')
    context.flush()
    time.sleep(0.01)
6 * 7
"""


def outputs(client: Client, header: object, seconds: float = 15) -> tuple[list[int], list[str]]:
    """The numbers that came, in order, and the replies; until the reply and idle are there, and nothing follows."""
    client.wait_for(lambda m: m.parent_header == header and m.content == IDLE, timeout=seconds)
    reply = client.wait_for(lambda m: m.parent_header == header, channel=Channel.SHELL, timeout=seconds)
    rest = client.take(lambda channel, m: m.parent_header == header)
    text = "".join(m.content.text for m in rest if isinstance(m.content, Stream))
    doubled = [m for m in rest if not isinstance(m.content, Stream) and m.header.msg_type.endswith("reply")]
    assert doubled == []
    assert sum(isinstance(m.content, Status) for m in rest) <= 1
    return [int(number) for number in text.split()], [str(getattr(reply.content, "status", ""))]


@pytest.mark.parametrize("refused_for", [0.0, 0.3, 3.0])
def test_a_cell_that_ends_while_the_connections_are_cut_is_told_in_full(refused_for: float) -> None:
    with cells() as kernel, CuttingProxy(kernel.info) as proxy, Client(proxy.info, monitor=kernel) as client:
        client.take(lambda channel, message: True)
        header = client.send_execute(SLOW_CELL.format(count=15))
        client.wait_for(lambda message: isinstance(message.content, Stream) and message.content.text == "4 ")
        proxy.cut(refuse=refused_for > 0)
        time.sleep(refused_for)
        proxy.mend()
        numbers, replies = outputs(client, header)
        assert replies == ["ok"]
        assert len(numbers) == len(set(numbers)) >= 15 - 5 - 1
        assert numbers == sorted(numbers)
        assert numbers[-1] == 14
        if refused_for:
            assert client.take(lambda channel, message: isinstance(message.content, IOPubWelcome))


def _cut_at_random(cuts: int, seed: int) -> int:
    """How many outputs of `cuts` cells are lost, each cut once at some moment."""
    chance = random.Random(seed)
    lost = 0
    with cells() as kernel, CuttingProxy(kernel.info) as proxy, Client(proxy.info, monitor=kernel) as client:
        for _ in range(cuts):
            header = client.send_execute(SLOW_CELL.format(count=12))
            client.wait_for(lambda message: isinstance(message.content, Stream))
            time.sleep(chance.random() * 0.15)
            proxy.cut(refuse=True)
            time.sleep(chance.choice([0, 0.01, 0.05, 0.3]))
            proxy.mend()
            numbers, replies = outputs(client, header)
            assert replies == ["ok"]
            assert numbers == sorted(set(numbers))
            lost += 11 - len(numbers)  # the first was taken above
    return lost


def test_random_cuts_lose_no_reply_and_double_nothing() -> None:
    assert _cut_at_random(30, SEED) <= 15  # what was in a connection when it was cut; half a message each


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_many_random_cuts(seed: int) -> None:
    assert _cut_at_random(200, seed) <= 100


def test_replies_to_many_requests_come_in_order_after_a_cut() -> None:
    with cells() as kernel, CuttingProxy(kernel.info) as proxy, Client(proxy.info, monitor=kernel) as client:
        headers = [client.send_execute(f"import time; time.sleep(0.01); {number}") for number in range(40)]
        first = client.receive(Channel.SHELL).parent_header
        assert first == headers[0]
        proxy.cut(refuse=True)
        time.sleep(1)
        proxy.mend()
        replies = [client.receive(Channel.SHELL).parent_header for _ in headers[1:]]
        assert replies == headers[1:]


def test_a_question_is_asked_again_after_a_cut() -> None:
    with cells() as kernel, CuttingProxy(kernel.info) as proxy, Client(proxy.info, monitor=kernel) as client:
        header = client.send_execute("import time\nprint('ready')\ntime.sleep(0.2)\ninput('name? ')", allow_stdin=True)
        client.wait_for(lambda message: isinstance(message.content, Stream))
        proxy.cut(refuse=True)
        time.sleep(0.5)
        proxy.mend()
        client.reply_to(client.receive(Channel.STDIN), "me")
        assert client.collect(header).result == {"text/plain": "'me'"}
