"""`Router`: replies to a client that is away are kept within bounds, and arrive in order when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from random import Random

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from sdk.protocol.message import Buffer, Channel
from sdk.transport import router as module
from sdk.transport.router import Router
from tests.transport.wires import PATIENCE, Socket, Wires, is_silent, opened, receive, watching


class Kernel:
    """A router, what it took, and a thread that does for it what the control thread does."""

    def __init__(self, wires: Wires) -> None:
        links, info = wires.bound()
        self.wires = wires
        self.address = info.address(Channel.SHELL)
        self.taken: SimpleQueue[list[Buffer]] = SimpleQueue()
        self.router = Router(links.shell, self.taken.put, wires.alarm)
        self.events: Socket = links.shell.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    def served(self) -> AbstractContextManager[None]:
        callbacks = {self.router.fileno(): self.router.drain, self.wires.alarm.fileno(): self._alarmed}
        return watching(callbacks)

    def greeted(self, client: Socket) -> None:
        """Wait until the router knows this client."""
        client.send(b"hello")
        assert self.taken.get(timeout=PATIENCE)[1] == b"hello"

    def noticed_departure(self) -> None:
        """Wait until the client's connection is gone, and a reply to it fails."""
        assert self.events.poll(PATIENCE * 1000)
        recv_monitor_message(self.events)
        while True:
            with self.router._lock:
                if not self.router._send([b"client", b"probe"], True):
                    return

    def _alarmed(self) -> None:
        self.wires.alarm.clear()
        self.router.retry()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    """A router on a socket that is bound as a kernel's shell is."""
    with opened() as wires:
        one = Kernel(wires)
        with one.served():
            yield one
        one.events.close()


@contextmanager
def unserved() -> Iterator[Kernel]:
    """The same, and nobody retries of himself."""
    with opened() as wires:
        one = Kernel(wires)
        yield one
        one.events.close()


def numbers(client: Socket, count: int) -> list[int]:
    return [int(receive(client)[-1]) for _ in range(count)]


def test_a_request_is_taken_with_its_identity_and_its_reply_comes_back(kernel: Kernel) -> None:
    client = kernel.wires.dealer(kernel.address)
    client.send_multipart([b"a", b"b"])
    assert kernel.taken.get(timeout=PATIENCE) == [b"client", b"a", b"b"]
    kernel.router.send([b"client", memoryview(b"c"), bytearray(b"d")], copy=False)
    assert receive(client) == [b"c", b"d"]


def test_replies_to_a_client_that_is_not_there_yet_arrive_in_order_when_it_comes(kernel: Kernel) -> None:
    for number in range(50):
        kernel.router.send([b"client", b"%d" % number])
    client = kernel.wires.dealer(kernel.address)
    assert numbers(client, 50) == list(range(50))
    assert not kernel.router._held


def test_a_reply_does_not_overtake_those_that_are_kept() -> None:
    with unserved() as kernel:
        kernel.router.send([b"client", b"0"])
        client = kernel.wires.dealer(kernel.address)
        client.send(b"hello")
        while kernel.taken.empty():
            kernel.router.drain()
        kernel.router.send([b"client", b"1"])  # it could be sent, were there not the first
        assert is_silent(client)
        kernel.router.retry()
        kernel.router.send([b"client", b"2"])
        assert numbers(client, 3) == [0, 1, 2]


def test_replies_during_a_hundred_departures_are_complete_and_in_order(kernel: Kernel) -> None:
    random = Random(20)
    sent = got = 0
    client = kernel.wires.dealer(kernel.address)
    kernel.greeted(client)
    for _ in range(100):
        client.close(0)
        kernel.noticed_departure()
        away = random.randrange(1, 20)
        for _ in range(away):
            kernel.router.send([b"client", b"%d" % sent])
            sent += 1
        client = kernel.wires.dealer(kernel.address)
        if random.random() < 0.5:  # it says something first, or the kernel does
            kernel.greeted(client)
        kernel.router.send([b"client", b"%d" % sent])
        sent += 1
        assert numbers(client, away + 1) == list(range(got, sent))
        got = sent
    assert is_silent(client)
    assert kernel.router._held_bytes == 0


def test_other_clients_get_their_replies_while_one_is_away(kernel: Kernel) -> None:
    other = kernel.wires.dealer(kernel.address, b"other")
    other.send(b"hello")
    kernel.taken.get(timeout=PATIENCE)
    for number in range(3):
        kernel.router.send([b"client", b"%d" % number])
        kernel.router.send([b"other", b"%d" % number])
        assert receive(other) == [b"%d" % number]


def test_of_more_replies_than_are_kept_the_latest_arrive(kernel: Kernel) -> None:
    for number in range(module._KEEP_MESSAGES + 7):
        kernel.router.send([b"client", b"%d" % number])
    client = kernel.wires.dealer(kernel.address)
    assert numbers(client, module._KEEP_MESSAGES) == list(range(7, module._KEEP_MESSAGES + 7))
    assert is_silent(client)


@pytest.mark.parametrize("clients", [1, 2, 30])
def test_what_is_kept_is_bounded_in_bytes_whoever_it_is_for(clients: int) -> None:
    with unserved() as kernel:
        part = module._KEEP_BYTES // 20
        for number in range(60):
            kernel.router.send([b"client-%d" % (number % clients), bytes(part)])
            held = sum(len(frame) for queue in kernel.router._held.values() for _, reply in queue for frame in reply)
            assert held == kernel.router._held_bytes <= module._KEEP_BYTES
        assert held > module._KEEP_BYTES / 2


def test_a_single_reply_is_kept_however_large_it_is(kernel: Kernel) -> None:
    kernel.router.send([b"client", b"small"])
    kernel.router.send([b"client", bytes(module._KEEP_BYTES + 1)])
    client = kernel.wires.dealer(kernel.address)
    assert len(receive(client)[0]) == module._KEEP_BYTES + 1


def test_a_client_that_stays_away_for_too_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    with unserved() as kernel:
        kernel.router.send([b"client", b"0"])
        kernel.router.retry()
        assert kernel.router._held
        monkeypatch.setattr(module, "_KEEP_SECONDS", -1.0)
        kernel.router.retry()
        assert (kernel.router._held, kernel.router._held_bytes) == ({}, 0)
        client = kernel.wires.dealer(kernel.address)
        client.send(b"hello")
        while kernel.taken.empty():
            kernel.router.drain()
        kernel.router.retry()
        assert is_silent(client)


def test_a_client_that_comes_back_under_its_name_takes_it_over_at_once(kernel: Kernel) -> None:
    """ROUTER_HANDOVER: the old connection may linger, as it does when a network was cut."""
    lingering = kernel.wires.dealer(kernel.address)
    kernel.greeted(lingering)
    client = kernel.wires.dealer(kernel.address)
    kernel.greeted(client)
    kernel.router.send([b"client", b"for the new one"])
    assert receive(client) == [b"for the new one"]
    assert is_silent(lingering, 50)


def test_clients_without_a_name_get_their_own_replies(kernel: Kernel) -> None:
    clients = [kernel.wires.dealer(kernel.address, b"") for _ in range(3)]
    for number, client in enumerate(clients):
        client.send(b"%d" % number)
    for _ in clients:
        identity, text = kernel.taken.get(timeout=PATIENCE)
        kernel.router.send([identity, text])
    assert [receive(client) for client in clients] == [[b"0"], [b"1"], [b"2"]]


def test_another_socket_takes_over_with_what_is_kept() -> None:
    with unserved() as kernel:
        kernel.router.send([b"client", b"kept"])
        links, info = kernel.wires.bound()
        old = kernel.router.replace(links.shell)
        old.close(0)
        client = kernel.wires.dealer(info.address(Channel.SHELL))
        client.send(b"hello")
        while kernel.taken.empty():
            kernel.router.drain()
        kernel.router.retry()
        assert receive(client) == [b"kept"]


def test_an_error_that_is_not_the_client_s_absence_is_raised_and_leaves_the_lock_free() -> None:
    with unserved() as kernel:
        kernel.router.close()
        for _ in range(2):
            with pytest.raises(zmq.ZMQError):
                kernel.router.send([b"client", b"x"])
