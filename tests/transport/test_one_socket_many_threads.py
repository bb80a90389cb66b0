"""Several threads on one socket: nothing that arrives is left lying, and every subscriber is welcomed."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import zmq

from sdk.protocol.message import Buffer
from sdk.transport import publisher as publisher_module
from sdk.transport import router as router_module
from sdk.transport.alarm import Alarm
from sdk.transport.publisher import Publisher
from sdk.transport.router import Router

QUIET = 0.3  # seconds without an answer though requests are open: something is stuck


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """A ZeroMQ context, ended after the test."""
    with zmq.Context() as one:
        yield one


def exchange(context: zmq.Context[zmq.Socket[bytes]], total: int, window: int) -> int:
    """How many of `total` requests are answered, by two threads in turn, with `window` of them open at a time."""
    socket = context.socket(zmq.ROUTER)
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.SNDHWM, 0)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    wake_helper, ended = threading.Semaphore(0), threading.Event()
    mine: list[list[Buffer]] = []
    helpers: list[list[Buffer]] = []
    number = [0]

    def take(frames: list[Buffer]) -> None:  # under the socket's lock
        number[0] += 1
        if number[0] % 2:
            mine.append(frames)
        else:
            helpers.append(frames)
            wake_helper.release()

    router = Router(socket, take, Alarm(lambda: None))
    pipe_reader, pipe_writer = _pipe()

    def watch() -> None:
        poll = select.poll()
        poll.register(router.fileno(), select.POLLIN)
        poll.register(pipe_reader, select.POLLIN)
        while not ended.is_set():
            if not mine:
                poll.poll(50)
                _empty(pipe_reader)
                router.drain()
            while mine:
                router.send(mine.pop(0))

    def help_out() -> None:
        while True:
            wake_helper.acquire()
            if ended.is_set():
                return
            router.send(helpers.pop(0))
            if mine:
                _write(pipe_writer)

    threads = [threading.Thread(target=watch), threading.Thread(target=help_out)]
    for thread in threads:
        thread.start()
    answered = sent = 0
    with context.socket(zmq.DEALER) as client:
        client.setsockopt(zmq.RCVHWM, 0)
        client.connect(f"tcp://127.0.0.1:{port}")
        while answered < total:
            while sent < total and sent - answered < window:
                client.send(b"%d" % sent)
                sent += 1
            if not client.poll(QUIET * 1000):
                break
            while True:
                try:
                    client.recv(zmq.NOBLOCK)
                except zmq.Again:
                    break
                answered += 1
    ended.set()
    wake_helper.release()
    for thread in threads:
        thread.join()
    router.close()
    return answered


@pytest.mark.parametrize(("total", "window"), [(40_000, 2), (60_000, 16)])
def test_two_threads_that_answer_on_one_socket_leave_nothing_lying(
    context: zmq.Context[zmq.Socket[bytes]], total: int, window: int
) -> None:
    assert exchange(context, total, window) == total


@pytest.mark.soak
def test_a_million_messages(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    assert exchange(context, 1_000_000, 8) == 1_000_000


def test_without_the_drain_after_a_send_messages_are_left_lying(
    context: zmq.Context[zmq.Socket[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: `send` drains no more, and the watcher, which now polls for ever, is told nothing."""
    watcher_drains = router_module.drain

    def drain_only_when_asked(socket: zmq.Socket[bytes], take: Callable[[list[Buffer]], None]) -> None:
        if sys._getframe(1).f_code.co_name == "drain":
            watcher_drains(socket, take)

    monkeypatch.setattr(router_module, "drain", drain_only_when_asked)
    monkeypatch.setattr(select, "poll", _EndlessPoll)
    assert any(exchange(context, 100_000 + attempt, 8) < 100_000 for attempt in range(3))


class _EndlessPoll:
    """As select.poll, but a time limit does not end it early: what wakes it must have come from the descriptors."""

    def __init__(self, poll: Callable[[], select.poll] = select.poll) -> None:
        self._poll = poll()

    def register(self, descriptor: int, events: int) -> None:
        self._poll.register(descriptor, events)

    def poll(self, limit: int) -> object:
        return self._poll.poll(10 * QUIET * 1000)


def _publisher(
    socket: zmq.Socket[bytes], *, patience: float = 60.0, wake: Callable[[], None] = lambda: None
) -> tuple[Publisher, Alarm]:
    alarm = Alarm(wake)
    return (
        Publisher(
            socket,
            alarm,
            welcome=lambda topic: [topic, b"welcome"],
            notice=lambda count, size: [b"notice", b"%d %d" % (count, size)],
            room=lambda: None,
            patience=patience,
        ),
        alarm,
    )


def _xpub(context: zmq.Context[zmq.Socket[bytes]], queue: int = 1000) -> tuple[zmq.Socket[bytes], str]:
    socket = context.socket(zmq.XPUB)
    socket.setsockopt(zmq.XPUB_VERBOSE, 1)
    socket.setsockopt(zmq.XPUB_NODROP, 1)
    socket.setsockopt(zmq.SNDHWM, queue)
    return socket, f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


class _Watcher(threading.Thread):
    """Does for a publisher what the control thread does."""

    def __init__(self, publisher: Publisher, alarm: Alarm) -> None:
        super().__init__()
        self._publisher, self._alarm = publisher, alarm
        self._ended = False

    def __enter__(self) -> _Watcher:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended = True
        self.join()
        self._publisher.close()

    def run(self) -> None:
        poll = select.poll()
        poll.register(self._publisher.fileno(), select.POLLIN)
        poll.register(self._alarm.fileno(), select.POLLIN)
        while not self._ended:
            for descriptor, _ in poll.poll(100):
                if descriptor == self._alarm.fileno():
                    self._alarm.clear()
                    self._publisher.retry()
                else:
                    self._publisher.drain()


def test_each_of_a_hundred_subscribers_is_welcomed_while_two_threads_publish(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    socket, address = _xpub(context)
    publisher, alarm = _publisher(socket)
    ended = threading.Event()

    def publish() -> None:
        while not ended.is_set():
            publisher.publish([b"topic", b"x"])
            time.sleep(0.0002)

    with _Watcher(publisher, alarm):
        threads = [threading.Thread(target=publish) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(100):
                with context.socket(zmq.SUB) as subscriber:
                    topic = b"only-%d" % number
                    subscriber.setsockopt(zmq.SUBSCRIBE, topic)
                    subscriber.connect(address)
                    assert subscriber.poll(5000), f"subscriber {number} was not welcomed"
                    assert subscriber.recv_multipart() == [topic, b"welcome"]
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def test_what_is_published_while_the_only_client_is_away_comes_in_order_when_it_returns(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    """Two threads publish, the subscriber leaves and returns: none doubled, none out of order, welcome first."""
    socket, address = _xpub(context)
    publisher, alarm = _publisher(socket)
    cuts, per_thread = 100, 2500
    received: list[list[int]] = [[], []]
    welcomed_first = 0

    def publish(name: int) -> None:
        for number in range(per_thread):
            publisher.publish([b"x", b"%d %d" % (name, number)])
            time.sleep(0.001)

    def read(subscriber: zmq.Socket[bytes], milliseconds: int) -> None:
        while subscriber.poll(milliseconds):
            _, text = subscriber.recv_multipart()
            if text != b"welcome":
                name, number = text.split()
                received[int(name)].append(int(number))

    threads = [threading.Thread(target=publish, args=(name,)) for name in range(2)]
    with _Watcher(publisher, alarm):
        for cut in range(cuts):
            with context.socket(zmq.SUB) as subscriber:
                subscriber.setsockopt(zmq.RCVHWM, 0)
                subscriber.setsockopt(zmq.SUBSCRIBE, b"")
                subscriber.connect(address)
                assert subscriber.poll(5000)
                welcomed_first += subscriber.recv_multipart() == [b"", b"welcome"]
                if cut == 0:
                    for thread in threads:
                        thread.start()
                until = time.monotonic() + 0.015
                while time.monotonic() < until:
                    read(subscriber, 1)
                subscriber.unsubscribe(b"")
                read(subscriber, 30)  # what was under way when we left
        for thread in threads:
            thread.join()
        with context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.SUBSCRIBE, b"")
            subscriber.connect(address)
            read(subscriber, 500)
    assert welcomed_first == cuts
    for numbers in received:
        assert numbers == sorted(set(numbers))
        assert per_thread - len(numbers) <= cuts  # in pipes that died before we could know: less than one a cut


def test_before_the_first_subscriber_only_the_first_message_is_kept(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    socket, address = _xpub(context)
    publisher, alarm = _publisher(socket)
    for number in range(1000):
        publisher.publish([b"x", b"%d" % number])
    with _Watcher(publisher, alarm), context.socket(zmq.SUB) as subscriber:
        subscriber.setsockopt(zmq.SUBSCRIBE, b"")
        subscriber.connect(address)
        assert subscriber.poll(5000)
        assert [subscriber.recv_multipart() for _ in range(2)] == [[b"", b"welcome"], [b"x", b"0"]]


def test_what_is_kept_for_an_absent_client_is_bounded_and_it_is_told(
    context: zmq.Context[zmq.Socket[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "_ABSENT_MESSAGES", 10)
    socket, address = _xpub(context)
    publisher, alarm = _publisher(socket)
    with _Watcher(publisher, alarm):
        with context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.SUBSCRIBE, b"")
            subscriber.connect(address)
            assert subscriber.recv_multipart() == [b"", b"welcome"]
        _until(lambda: not publisher._topics)
        for number in range(25):
            publisher.publish([b"x", b"%02d" % number])
        with context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.SUBSCRIBE, b"")
            subscriber.connect(address)
            assert [subscriber.recv_multipart() for _ in range(12)] == [
                [b"", b"welcome"],
                *([b"x", b"%02d" % number] for number in range(15, 25)),
                [b"notice", b"15 45"],
            ]


def test_a_stalled_client_that_leaves_makes_room_for_the_writers(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """It was the only one: nobody will take what is kept, and those that write must not wait for ever."""
    socket, address = _xpub(context, queue=5)
    room = threading.Event()
    alarm = Alarm(lambda: None)
    publisher = Publisher(
        socket, alarm, welcome=lambda topic: [topic], notice=lambda count, size: [b""], room=room.set, patience=60
    )
    with _Watcher(publisher, alarm):
        with context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.RCVHWM, 1)
            subscriber.setsockopt(zmq.RCVBUF, 4096)
            subscriber.setsockopt(zmq.SUBSCRIBE, b"")
            subscriber.connect(address)
            subscriber.recv()
            while not publisher.crowded:
                publisher.publish([b"x", bytes(100_000)])
        assert room.wait(5)
        assert not publisher.crowded


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def _pipe() -> tuple[int, int]:
    return os.pipe2(os.O_NONBLOCK)


def _empty(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(descriptor, 4096)


def _write(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.write(descriptor, b"x")
