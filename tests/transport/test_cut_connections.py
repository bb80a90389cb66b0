"""All connections are reset in the middle of cells: output, reply and idle arrive once, whatever was said meanwhile.

What is in a connection that just breaks is lost, and only an acknowledgement could help; so these cells speak when the
client has got all that they said before, or when the kernel has noticed that the client is away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from sdk.protocol.iopub import IOPubWelcome, Status, Stream
from sdk.protocol.message import Channel, Header, Message, Session
from sdk.protocol.shell import ExecuteReply, ExecuteRequest, KernelInfoRequest
from sdk.protocol.signing import Signer
from sdk.protocol.wire import to_frames
from sdk.testing import Client, KernelProcess
from tests.transport.kernels import cells
from tests.transport.network import CuttingProxy
from tests.transport.wires import opened, receive
from tests.waiting import until

LIMIT = 30.0

PREPARE = """
import gc, time
gc.unfreeze()  # what was there at the start is hidden otherwise
from sdk.transport.publisher import Publisher
from sdk.transport.router import Router
publisher = next(each for each in gc.get_objects() if isinstance(each, Publisher))
routers = [each for each in gc.get_objects() if isinstance(each, Router)]

def reaches(router, identity):
    with router._lock:
        return router._send([identity, b"probe"], True)

def until_away(identity, path):
    while publisher._topics or any(reaches(router, identity.encode()) for router in routers):
        time.sleep(0.001)
    open(path, "w").close()
"""

OBEDIENT = """
with open({path!r}) as orders:
    for order in orders:
        what, *values = order.split()
        if what == "say":
            print(*values)
        else:
            until_away(*values)
"""
"""A cell that does what it is told through a pipe, and ends when that is closed."""


@contextmanager
def obedient(client: Client, folder: Path) -> Iterator[tuple[Header, Orders]]:
    """A running cell, and where to tell it what to do."""
    path = folder / f"orders-{os.urandom(4).hex()}"
    os.mkfifo(path)
    header = client.send_execute(OBEDIENT.format(path=str(path)))
    with open(path, "w", buffering=1) as file:  # opens when the cell does
        yield header, Orders(file.write, path)


class Orders:
    """What a cell is to do, and what it will have said."""

    def __init__(self, write: Callable[[str], object], path: Path) -> None:
        self._write, self._path = write, path
        self._departures = 0
        self.lines: list[str] = []

    def say(self, count: int = 1) -> None:
        """Let it print so many lines."""
        for _ in range(count):
            self.lines.append(str(len(self.lines)))
            self._write(f"say {self.lines[-1]}\n")

    def wait_until_away(self, client: Client) -> None:
        """Let it wait until the kernel has noticed that this client is not connected, and wait for that."""
        self._departures += 1
        path = self._path.with_suffix(f".{self._departures}")
        self._write(f"notice {client.identity.decode()} {path}\n")
        until(path.exists, f"{path.name} was not made")


class Received:
    """All that a client got for a cell, in order."""

    def __init__(self, client: Client, header: Header) -> None:
        self._client, self._header = client, header
        self.messages: list[tuple[Channel, Message]] = []

    def until(self, lines: list[str]) -> None:
        """Wait until the cell's output is `lines`."""
        text = "".join(f"{line}\n" for line in lines)
        while self.text() != text:
            assert text.startswith(self.text()), (text, self.text())
            self.next()

    def next(self) -> None:
        """Wait for the next message on IOPub."""
        self.messages.append((Channel.IOPUB, self._client.wait_for(self._is_mine, timeout=LIMIT)))

    def until_the_end(self) -> None:
        """Wait for reply and idle."""
        reply = self._client.wait_for(self._is_mine, channel=Channel.SHELL, timeout=LIMIT)
        self.messages.append((Channel.SHELL, reply))
        while self.messages[-1][1].content != Status("idle"):
            self.next()
        assert self._client.execute("1").status == "ok"  # whatever comes twice has come by now
        self.messages += [(channel, message) for channel, message in self._client.pending if self._is_mine(message)]

    def text(self) -> str:
        return "".join(m.content.text for _, m in self.messages if isinstance(m.content, Stream))

    def ends(self) -> list[tuple[Channel, str]]:
        """The replies and idles."""
        return [
            (channel, message.header.msg_type)
            for channel, message in self.messages
            if isinstance(message.content, ExecuteReply) or message.content == Status("idle")
        ]

    def _is_mine(self, message: Message) -> bool:
        return message.parent_header is not None and message.parent_header.msg_id == self._header.msg_id


ONCE = [(Channel.SHELL, "execute_reply"), (Channel.IOPUB, "status")]


def after_all_cells(kernel: KernelProcess) -> None:
    """Wait until every cell has ended: on shell alone, for a subscriber would be somebody to tell their ends to."""
    with opened() as wires:
        shell = wires.dealer(kernel.info.address(Channel.SHELL), b"another")
        message = Message(Session("another", "user").header("execute_request"), ExecuteRequest("1"))
        shell.send_multipart(to_frames(message, Signer(kernel.info.key.encode())))
        receive(shell)


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """A kernel whose cells can look at its sockets."""
    with cells() as process:
        with process.client() as client:
            assert client.execute(PREPARE).status == "ok"
        yield process


@pytest.fixture
def network(kernel: KernelProcess) -> Iterator[CuttingProxy]:
    """The network between the kernel and the client."""
    with CuttingProxy(kernel.info) as one:
        yield one


@pytest.fixture
def client(network: CuttingProxy) -> Iterator[Client]:
    """A client beyond the network, the kernel's only one."""
    with Client(network.info) as one:
        yield one


@pytest.mark.parametrize("cuts", [20, pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_a_cell_that_outlives_cuts_is_received_whole(
    client: Client, network: CuttingProxy, tmp_path: Path, cuts: int
) -> None:
    random = Random(cuts)
    with obedient(client, tmp_path) as (header, orders):
        received = Received(client, header)
        for _ in range(cuts):
            orders.say(random.randrange(4))
            received.until(orders.lines)
            assert network.cut(refuse=True) >= 1
            orders.wait_until_away(client)
            orders.say(random.randrange(4))
            network.mend()
            orders.say(random.randrange(4))
            orders.say()  # which comes when the client is back
            received.until(orders.lines)
    received.until_the_end()
    assert received.ends() == ONCE
    assert received.text() == "".join(f"{line}\n" for line in orders.lines)


def test_a_cell_that_ends_during_a_cut_is_received_whole(
    client: Client, kernel: KernelProcess, network: CuttingProxy, tmp_path: Path
) -> None:
    for said in (0, 1, 5):
        with obedient(client, tmp_path) as (header, orders):
            received = Received(client, header)
            orders.say()
            received.until(orders.lines)
            network.cut(refuse=True)
            orders.wait_until_away(client)
            orders.say(said)
        after_all_cells(kernel)
        network.mend()
        received.until(orders.lines)
        received.until_the_end()
        assert received.ends() == ONCE


def test_a_cell_that_is_sent_during_a_cut_runs_once(client: Client, network: CuttingProxy) -> None:
    client.execute("runs = 0")
    for number in range(1, 6):
        network.cut(refuse=True)
        until(lambda: network.has_refused(Channel.SHELL), "the client has noticed: what it sends sooner may be lost")
        header = client.send_execute("runs += 1; print(runs)")
        network.mend()
        exchange = client.collect(header, timeout=LIMIT)
        assert (exchange.status, exchange.text()) == ("ok", f"{number}\n")


def test_cells_amid_cuts_at_any_instant_are_answered_once_and_their_output_is_in_order(
    client: Client, network: CuttingProxy
) -> None:
    """Here a cut may hit a line on its way: none is doubled or out of order, and the cells' ends come once."""
    random = Random(7)
    for _ in range(20):
        header = client.send_execute("for number in range(30): print(number, flush=True); time.sleep(0.002)")
        received = Received(client, header)
        if random.random() < 0.5:
            received.until(["0"])
        else:  # busy, at least: a request that is lost on its way is the client's to send again
            received.next()
        network.cut(refuse=True)
        network.mend()
        exchange = client.collect(header, timeout=LIMIT)
        numbers = [int(line) for line in (received.text() + exchange.text()).split()]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == 29
        assert exchange.status == "ok"
        assert client.execute("1").status == "ok"
        assert not [one for _, one in client.pending if one.parent_header and one.parent_header.msg_id == header.msg_id]


def test_another_client_notices_nothing(client: Client, kernel: KernelProcess, network: CuttingProxy) -> None:
    with kernel.client() as other:
        for _ in range(10):
            header = other.send_execute("for number in range(100): print(number)")
            client.take(lambda channel, message: True)
            network.cut(refuse=True)
            exchange = other.collect(header)
            assert exchange.text() == "".join(f"{number}\n" for number in range(100))
            network.mend()
            client.wait_for(lambda message: isinstance(message.content, IOPubWelcome), timeout=LIMIT)
            assert client.execute("1", timeout=LIMIT).status == "ok"


def test_the_heartbeat_is_back_after_a_cut(client: Client, network: CuttingProxy) -> None:
    for _ in range(5):
        assert client.heartbeat()
        network.cut(refuse=True)
        network.mend()
        # A beat inside a connection that breaks is gone, and nobody sends it again.
        assert any(client.heartbeat(timeout=1) for _ in range(round(LIMIT)))


def test_replies_to_many_requests_come_in_order_after_a_cut(
    client: Client, network: CuttingProxy, tmp_path: Path
) -> None:
    away, half = tmp_path / "away", tmp_path / "half"
    first = client.send_execute(f"print('ready')\nuntil_away({client.identity.decode()!r}, {str(away)!r})")
    headers = [client.send_execute(f"{number}") for number in range(20)]
    headers.append(client.send_execute(f"open({str(half)!r}, 'w').close()"))
    client.request(KernelInfoRequest())  # answered while the first runs: so all of them have arrived
    client.wait_for(lambda message: isinstance(message.content, Stream))
    network.cut(refuse=True)
    until(away.exists, f"{away.name} was not made")
    until(half.exists, f"{half.name} was not made")  # its 21 replies and more are kept by now
    network.mend()
    headers += [client.send_execute(f"{number}") for number in range(20)]
    replies = [client.receive(Channel.SHELL, timeout=LIMIT).parent_header for _ in (first, *headers)]
    assert replies == [first, *headers]


def test_a_question_that_is_asked_during_a_cut_arrives_after_it(
    client: Client, network: CuttingProxy, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    code = f"print('ready')\nuntil_away({client.identity.decode()!r}, {str(away)!r})\ninput('name? ')"
    header = client.send_execute(code, allow_stdin=True)
    client.wait_for(lambda message: isinstance(message.content, Stream))
    network.cut(refuse=True)
    until(away.exists, f"{away.name} was not made")
    network.mend()
    client.reply_to(client.receive(Channel.STDIN, timeout=LIMIT), "me")
    assert client.collect(header, timeout=LIMIT).result == {"text/plain": "'me'"}
