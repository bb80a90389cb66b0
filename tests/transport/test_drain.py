"""Two threads use one ROUTER: whoever leaves its lock leaves it drained, or a request waits for the next one to come.

ZeroMQ's descriptor tells of new messages once. A send on another thread takes that news away; a client with one request
at a time does not notice, one with two does.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from queue import SimpleQueue
from threading import Thread

import pytest
import zmq

from sdk.protocol.message import Buffer, Channel
from sdk.transport.router import Router
from tests.transport.wires import Socket, Wires, opened

QUIET = 300  # ms without an answer while requests are open: suspicious
STUCK = 3000  # ms: no machine is that slow
EVENTS = int(zmq.EVENTS)  # a plain number: the enum member costs as much as to receive


class Undrained(Router):
    """As `Router`, but who sends does not look at what has come meanwhile."""

    def send(self, frames: Sequence[Buffer], *, copy: bool = True) -> None:
        """Send, and no more."""
        with self._lock:
            assert self._send(frames, copy)


class TwoThreads:
    """Answers what a router takes: every second request on the thread that watches, the others on a helper's."""

    def __init__(self, wires: Wires, router_class: type[Router]) -> None:
        links, info = wires.bound()
        self.address = info.address(Channel.SHELL)
        self.router = router_class(links.shell, self._take, wires.alarm)
        self._turn = count()
        self._here: SimpleQueue[list[Buffer] | None] = SimpleQueue()
        self._there: SimpleQueue[list[Buffer] | None] = SimpleQueue()
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK)
        self._threads = [Thread(target=self._watch), Thread(target=self._help)]

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            for queue in (self._here, self._there):
                queue.put(None)
            os.write(self._writer, b"\0")
            for thread in self._threads:
                thread.join(10)
            os.close(self._reader)
            os.close(self._writer)
            assert not any(thread.is_alive() for thread in self._threads)

    def _take(self, frames: list[Buffer]) -> None:
        if next(self._turn) % 2:
            self._there.put(frames)
            return
        self._here.put(frames)
        try:
            os.write(self._writer, b"\0")
        except BlockingIOError:
            return  # it wakes anyway

    def _watch(self) -> None:
        descriptor = self.router.fileno()
        while True:
            for ready in select.select([descriptor, self._reader], [], [])[0]:
                if ready == descriptor:
                    self.router.drain()
                else:
                    os.read(self._reader, 4096)
            while not self._here.empty():
                if (frames := self._here.get()) is None:
                    return
                self.router.send(frames)

    def _help(self) -> None:
        while (frames := self._there.get()) is not None:
            self.router.send(frames)


def converse(client: Socket, *, requests: int, window: int, quiet: int) -> tuple[int, int]:
    """Keep `window` requests open until `requests` are answered, each once; (sent, answered) when it gets stuck."""
    open_requests: set[bytes] = set()
    sent = answered = 0
    while answered < requests:
        while len(open_requests) < window and sent < requests:
            number = b"%d" % sent
            client.send(number)
            open_requests.add(number)
            sent += 1
        if not client.poll(quiet):
            return sent, answered
        while client.getsockopt(EVENTS) & 1:
            open_requests.remove(client.recv())  # KeyError: answered twice
            answered += 1
    assert not open_requests
    return sent, answered


@pytest.mark.parametrize("window", [2, 8])
@pytest.mark.parametrize(
    "requests", [60_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
def test_no_request_stays_behind_when_two_threads_answer_on_one_socket(window: int, requests: int) -> None:
    with opened() as wires:
        kernel = TwoThreads(wires, Router)
        with kernel.running():
            client = wires.dealer(kernel.address)
            assert converse(client, requests=requests, window=window, quiet=STUCK) == (requests, requests)


@pytest.mark.parametrize("window", [2, 8])
def test_a_request_stays_behind_when_who_sends_does_not_drain(window: int) -> None:
    with opened() as wires:
        kernel = TwoThreads(wires, Undrained)
        with kernel.running():
            client = wires.dealer(kernel.address)
            sent, answered = converse(client, requests=1_000_000, window=window, quiet=QUIET)
            assert answered < sent < 1_000_000
            assert not client.poll(3 * QUIET)  # not slow: stuck
            kernel.router.drain()  # and this is what was missing
            assert client.poll(STUCK)
