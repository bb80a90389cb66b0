"""`Publisher`: nobody who reads loses anything, whoever else does not read, leaves, or has not come yet."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import pytest
import zmq

from sdk.protocol.connection import ConnectionInfo
from sdk.protocol.iopub import IOPubWelcome, Status, Stream
from sdk.protocol.message import Buffer, Channel, Content, Header, Message, Session
from sdk.protocol.shell import ExecuteRequest, KernelInfoRequest
from sdk.protocol.signing import Signer
from sdk.protocol.wire import from_frames, to_frames
from sdk.testing import KernelProcess
from sdk.transport import publisher as publisher_module
from sdk.transport.publisher import CROWDED, Publisher
from tests.transport.kernels import cells
from tests.transport.wires import PATIENCE, Socket, Wires, is_silent, opened, receive, watching
from tests.waiting import until

MB = 1_000_000
HALF = b"x" * 500_000


class Kernel:
    """A publisher on a socket that is bound as a kernel's IOPub is."""

    def __init__(self, wires: Wires, *, patience: float = 1000.0, send_queue: int = 1000, early: float = 0.0) -> None:
        links, info = wires.bound(send_queue=send_queue)
        self.wires = wires
        self.address = info.address(Channel.IOPUB)
        self.room = threading.Event()
        self.notices: list[tuple[int, int]] = []
        self.publisher = Publisher(
            links.iopub,
            wires.alarm,
            welcome=lambda topic: [topic, b"welcome"],
            notice=self._notice,
            room=self.room.set,
            patience=patience,
            early=early,
        )

    def served(self) -> AbstractContextManager[None]:
        """What the control thread does for it."""
        callbacks = {self.publisher.fileno(): self.publisher.drain, self.wires.alarm.fileno(): self._alarmed}
        return watching(callbacks)

    def subscriber(self, topic: bytes = b"", *, buffer: int | None = None) -> Socket:
        """One that has been welcomed."""
        socket = self.wires.subscriber(self.address, topic, buffer=buffer)
        assert receive(socket) == [topic, b"welcome"]
        return socket

    def publish(self, *numbers: int) -> None:
        for number in numbers:
            self.publisher.publish([b"number", b"%d" % number])

    def until_absent(self) -> None:
        """Wait until the last subscriber's departure has been noticed."""
        until(lambda: not self.publisher._topics)

    def _notice(self, messages: int, size: int) -> Sequence[Buffer]:
        self.notices.append((messages, size))
        return [b"notice", b"%d %d" % (messages, size)]

    def _alarmed(self) -> None:
        self.wires.alarm.clear()
        self.publisher.retry()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    """A publisher that is served."""
    with opened() as wires:
        one = Kernel(wires)
        with one.served():
            yield one


def numbers(socket: Socket, count: int) -> list[int]:
    """The next `count` numbers; nothing else may be between them."""
    found = []
    for _ in range(count):
        topic, text = receive(socket)
        assert topic == b"number", (topic, text)
        found.append(int(text))
    return found


# -- welcome -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "found by who publishes"])
def test_each_of_a_hundred_subscribers_is_welcomed_while_two_threads_publish(watched: bool) -> None:
    ended = threading.Event()
    with opened() as wires:
        kernel = Kernel(wires)

        def publish() -> None:
            while not ended.is_set():
                kernel.publisher.publish([b"other", b"x"])
                time.sleep(0)  # the other one's turn

        threads = [threading.Thread(target=publish) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            if watched:
                with kernel.served():
                    subscribers = [kernel.subscriber(b"topic %03d" % number) for number in range(100)]
            else:
                subscribers = [kernel.subscriber(b"topic %03d" % number) for number in range(100)]
        finally:
            ended.set()
            for thread in threads:
                thread.join(PATIENCE)
        assert all(is_silent(subscriber, 0) for subscriber in subscribers)  # once, and nobody else's


def test_a_subscriber_of_a_kernel_that_says_nothing_is_welcomed(kernel: Kernel) -> None:
    kernel.subscriber()


def test_a_second_subscription_of_the_same_client_is_welcomed_too(kernel: Kernel) -> None:
    client = kernel.subscriber(b"one")
    client.setsockopt(zmq.SUBSCRIBE, b"two")
    assert receive(client) == [b"two", b"welcome"]


def test_a_second_client_with_the_same_subscription_is_welcomed_too(kernel: Kernel) -> None:
    first = kernel.subscriber(b"same")
    kernel.subscriber(b"same")
    assert receive(first) == [b"same", b"welcome"]  # it has the topic, so it hears of it


# -- nobody there ------------------------------------------------------------------------------------------------------


def test_before_the_first_subscriber_messages_are_kept(kernel: Kernel) -> None:
    kernel.publish(*range(5000))
    client = kernel.subscriber()
    assert numbers(client, 5000) == list(range(5000))
    assert is_silent(client)


# -- the first seconds -------------------------------------------------------------------------------------------------


@pytest.fixture
def new() -> Iterator[Kernel]:
    """A publisher in its first seconds."""
    with opened() as wires:
        one = Kernel(wires, early=1000)
        with one.served():
            yield one


def test_who_comes_in_the_first_seconds_misses_nothing_and_nobody_gets_anything_twice(new: Kernel) -> None:
    first = new.subscriber()
    new.publish(*range(500))
    second = new.subscriber()
    assert [receive(second) for _ in range(500)] == [[b"", b"%d" % number] for number in range(500)]
    new.publish(500)
    assert numbers(first, 501) == list(range(501))
    assert numbers(second, 1) == [500]
    assert is_silent(first)


def test_what_was_kept_is_repeated_too(new: Kernel) -> None:
    new.publish(0, 1)
    first, second = new.subscriber(), new.subscriber()
    assert numbers(first, 2) == [0, 1]
    assert [receive(second) for _ in range(2)] == [[b"", b"0"], [b"", b"1"]]


def test_a_full_client_does_not_keep_another_from_being_greeted() -> None:
    with opened() as wires:
        kernel = Kernel(wires, send_queue=2, early=1000)
        with kernel.served():
            full = kernel.subscriber(buffer=10_000)
            for number in range(100):
                kernel.publisher.publish([b"number", b"%d" % number + HALF])
            assert kernel.publisher.crowded
            other = kernel.subscriber()  # waits for its welcome
            other.close()
            assert [receive(full)[1][:2].rstrip(b"x") for _ in range(100)] == [b"%d" % n for n in range(100)]


@pytest.mark.parametrize("limit", ["_EARLY_MESSAGES", "_EARLY_BYTES"])
def test_nothing_is_repeated_later(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, limit, 0)
    with opened() as wires:
        new = Kernel(wires, early=1000)
        with new.served():
            first = new.subscriber()
            new.publish(0)
            second = new.subscriber()
            new.publish(1)
            assert numbers(first, 2) == [0, 1]
            assert numbers(second, 1) == [1]


def test_nothing_is_repeated_once_a_client_has_left(new: Kernel) -> None:
    client = new.subscriber()
    new.publish(0)
    client.close()
    new.until_absent()
    back = new.subscriber()
    new.publish(1)
    assert numbers(back, 1) == [1]


def test_clients_that_leave_while_others_are_greeted_take_nothing_along(new: Kernel) -> None:
    for number in range(100):
        leaving = new.subscriber()
        leaving.close()
        client = new.subscriber()
        new.publish(number)
        while receive(client)[-1] != b"%d" % number:
            pass
        client.close()


def test_what_is_published_while_nobody_is_there_comes_in_order_after_the_welcome(kernel: Kernel) -> None:
    next_number = 0
    for _ in range(100):
        client = kernel.subscriber()  # which says that the welcome came first
        kernel.publish(*range(next_number, next_number + 5))
        assert numbers(client, 5 if next_number == 0 else 25) == list(range(max(next_number - 20, 0), next_number + 5))
        client.setsockopt(zmq.UNSUBSCRIBE, b"")
        kernel.until_absent()
        client.close(0)
        kernel.publish(*range(next_number + 5, next_number + 25))
        next_number += 25
    assert numbers(kernel.subscriber(), 20) == list(range(next_number - 20, next_number))


def test_while_two_threads_publish_and_the_only_client_leaves_a_hundred_times_nothing_is_doubled_or_out_of_order(
    kernel: Kernel,
) -> None:
    """What goes into a connection that just dies is lost; everything else is not, and order holds."""
    ended = threading.Event()
    published = [0, 0]
    got: list[list[int]] = [[], []]

    def publish(name: int) -> None:
        while not ended.is_set():
            kernel.publisher.publish([b"%d" % name, b"%d" % published[name]])
            published[name] += 1
            time.sleep(0.0005)  # not so fast that nobody can follow

    def take(client: Socket, count: int) -> None:
        for _ in range(count):
            name, number = receive(client)
            got[int(name)].append(int(number))

    threads = [threading.Thread(target=publish, args=(name,)) for name in range(2)]
    first = kernel.subscriber()
    for thread in threads:
        thread.start()
    try:
        take(first, 5)
        first.close(0)
        kernel.until_absent()
        for _ in range(100):
            client = kernel.subscriber()
            take(client, 20)
            client.close(0)
            kernel.until_absent()
    finally:
        ended.set()
        for thread in threads:
            thread.join(PATIENCE)
    last = kernel.subscriber()
    while last.poll(200):
        take(last, 1)
    for name in range(2):
        assert got[name] == sorted(set(got[name]))
        assert got[name][-1] == published[name] - 1
        assert len(got[name]) > published[name] / 2


def test_of_more_than_is_kept_for_an_absent_client_the_latest_come_and_it_is_told(kernel: Kernel) -> None:
    client = kernel.subscriber()
    client.close(0)
    kernel.until_absent()
    kernel.publish(*range(10_003))
    client = kernel.subscriber()
    assert numbers(client, 10_000) == list(range(3, 10_003))
    assert receive(client) == [b"notice", b"3 21"]
    kernel.publish(1)
    assert numbers(client, 1) == [1]
    assert kernel.notices == [(3, 21)]


def test_what_is_kept_for_an_absent_client_is_bounded_in_bytes(kernel: Kernel) -> None:
    kernel.subscriber().close(0)
    kernel.until_absent()
    for _ in range(200):
        kernel.publisher.publish([b"large", HALF])
    assert kernel.publisher._kept_bytes <= 64 << 20
    assert not kernel.publisher.crowded  # writers need not wait for somebody who is not there
    client = kernel.subscriber()
    kept = 0
    while (message := receive(client))[0] == b"large":
        kept += 1
    lost = 200 - kept
    assert kept > 100
    assert message == [b"notice", b"%d %d" % (lost, lost * (len(HALF) + 5))]


# -- somebody does not read --------------------------------------------------------------------------------------------


def fill(kernel: Kernel, *, start: int = 0) -> int:
    """Publish until the slow one holds everything up; how many."""
    number = start
    while not kernel.publisher.crowded:
        kernel.publisher.publish([b"number", b"%d" % number + b" " * 100_000])
        number += 1
        assert number < 10_000
    return number


def test_a_slow_client_loses_nothing_and_holds_writers_back() -> None:
    with opened() as wires:
        kernel = Kernel(wires, send_queue=5)
        with kernel.served():
            slow, fast = kernel.subscriber(buffer=4096), kernel.subscriber()
            count = fill(kernel)
            assert kernel.publisher._kept_bytes < CROWDED + 200_000
            assert not kernel.room.is_set()
            assert numbers(slow, count) == list(range(count))
            assert numbers(fast, count) == list(range(count))
            assert kernel.room.wait(PATIENCE)
            assert not kernel.publisher.crowded
            kernel.publish(count)
            assert (numbers(slow, 1), numbers(fast, 1)) == ([count], [count])


def test_a_client_that_takes_nothing_for_too_long_loses_its_share_alone_and_is_told_when_it_subscribes_again() -> None:
    with opened() as wires:
        kernel = Kernel(wires, send_queue=20, patience=0.2)
        with kernel.served():
            stalled, fast = kernel.subscriber(buffer=4096), kernel.subscriber()
            got_fast: list[int] = []
            for number in range(2000):  # far more than all queues hold
                while kernel.publisher.crowded:  # a writer waits
                    assert kernel.room.wait(PATIENCE)
                    kernel.room.clear()
                kernel.publisher.publish([b"number", b"%d" % number + b" " * 100_000])
                while fast.poll(0):
                    got_fast += numbers(fast, 1)
            got_fast += numbers(fast, 2000 - len(got_fast))
            assert got_fast == list(range(2000))
            assert kernel.notices == []
            got = []
            while not is_silent(stalled):
                got += numbers(stalled, 1)
            assert got == sorted(set(got))
            assert got[:20] == list(range(20))
            assert len(got) < 2000
            stalled.setsockopt(zmq.SUBSCRIBE, b"again")
            for client in (stalled, fast):
                assert receive(client) == [b"again", b"welcome"]
                assert receive(client)[0] == b"notice"
            ((messages, size),) = kernel.notices
            assert 1 <= messages <= 2000 - len(got)
            assert size >= messages * 100_000
            kernel.publish(2000)
            assert (numbers(stalled, 1), numbers(fast, 1)) == ([2000], [2000])


def test_when_the_only_client_stalls_and_leaves_writers_go_on_at_once() -> None:
    with opened() as wires:
        kernel = Kernel(wires, send_queue=5)
        with kernel.served():
            stalled = kernel.subscriber(buffer=4096)
            fill(kernel)
            stalled.close(0)
            assert kernel.room.wait(PATIENCE)
            assert not kernel.publisher.crowded


def test_when_a_stalled_client_leaves_the_others_get_what_it_held_up() -> None:
    with opened() as wires:
        kernel = Kernel(wires, send_queue=5)
        with kernel.served():
            stalled, fast = kernel.subscriber(buffer=4096), kernel.subscriber()
            count = fill(kernel)
            stalled.close(0)
            assert numbers(fast, count) == list(range(count))
            assert kernel.room.wait(PATIENCE)


# -- whole kernels -----------------------------------------------------------------------------------------------------

FLOOD = """
line = "x" * 99 + chr(10)
for number in range({megabytes}):
    context.stream("stdout", f"{{number:<99}}" + chr(10) + line * 9999)
"""
HELD_AT_MOST = (
    110 * MB
)  # 1000 messages of up to 64 KB in a client's queue, what is kept beside them, and frames of both


class Subscriber:
    """A raw client of a kernel's IOPub, which reads only when it is told to."""

    def __init__(self, wires: Wires, info: ConnectionInfo, *, buffer: int | None = None) -> None:
        self.socket = wires.subscriber(info.address(Channel.IOPUB), buffer=buffer)
        self._signer = Signer(info.key.encode())
        assert isinstance(self.next().content, IOPubWelcome)

    def next(self) -> Message:
        """The next message."""
        return from_frames(receive(self.socket), self._signer)

    def until_idle(self, header: Header) -> list[Content]:
        """What comes, up to the idle of that request."""
        found = [self.next()]
        while (found[-1].content, found[-1].parent_header) != (Status("idle"), header):
            found.append(self.next())
        return [message.content for message in found]


def resident(kernel: KernelProcess) -> int:
    """The most memory that the kernel has had so far, in bytes."""
    with open(f"/proc/{kernel.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def text_of(contents: Sequence[Content]) -> str:
    return "".join(content.text for content in contents if isinstance(content, Stream))


@pytest.mark.parametrize(
    ("megabytes", "stall"), [(50, 3.0), pytest.param(300, 10.0, marks=pytest.mark.soak)], ids=["normal", "long"]
)
def test_a_subscriber_that_stalls_gets_everything_later_and_so_does_the_fast_one(megabytes: int, stall: float) -> None:
    with cells() as kernel, kernel.client() as shell, opened() as wires:
        slow = Subscriber(wires, kernel.info, buffer=4096)
        before = resident(kernel)
        begin = time.monotonic()
        header = shell.send_execute(FLOOD.format(megabytes=megabytes))
        while time.monotonic() < begin + stall:  # the fast one reads, the slow one does not
            shell.pending  # noqa: B018
        slow_text = text_of(slow.until_idle(header))
        exchange = shell.collect(header, timeout=60)
        assert resident(kernel) - before < HELD_AT_MOST
        assert exchange.status == "ok"
        for text in (slow_text, exchange.text()):
            assert len(text) == megabytes * MB
            starts = [int(line) for line in text.splitlines() if line[0].isdigit()]
            assert starts == list(range(megabytes))


@pytest.mark.parametrize("returns", ["by subscribing again", "by connecting again"])
def test_with_little_patience_the_cell_ends_and_the_stalled_one_is_told_when_it_returns(returns: str) -> None:
    with cells("--Transport.patience=0.5") as kernel, kernel.client() as shell, opened() as wires:
        stalled = Subscriber(wires, kernel.info, buffer=4096)
        before = resident(kernel)
        exchange = shell.execute(FLOOD.format(megabytes=120), timeout=60)
        assert (exchange.status, len(exchange.text())) == ("ok", 120 * MB)
        assert resident(kernel) - before < HELD_AT_MOST
        if returns == "by connecting again":
            stalled.socket.close(0)
            stalled = Subscriber(wires, kernel.info)
        else:
            got = 0
            while not is_silent(stalled.socket, 2000):  # its window was shut: TCP looks again ever more seldom
                got += len(text_of([stalled.next().content]))
            assert 0 < got < 120 * MB
            stalled.socket.setsockopt(zmq.SUBSCRIBE, b"stream")
            assert isinstance(stalled.next().content, IOPubWelcome)
        notice = stalled.next()
        assert isinstance(notice.content, Stream)
        assert notice.content.name == "stderr"
        assert "not delivered to a client that had stopped reading" in notice.content.text
        assert notice.parent_header is not None  # it shows where the output is missing
        assert shell.execute("print('for both')").text() == "for both\n"
        while stalled.next().content != Stream("stdout", "for both\n"):
            pass


def test_the_first_client_is_welcomed_and_then_gets_all_from_the_start_on() -> None:
    with cells() as kernel, opened() as wires:
        shell = wires.dealer(kernel.info.address(Channel.SHELL))
        signer, session = Signer(kernel.info.key.encode()), Session("raw", "user")
        headers = [session.header("kernel_info_request") for _ in range(4)]
        for header in headers[:3]:  # answered before anybody listens
            shell.send_multipart(to_frames(Message(header, KernelInfoRequest()), signer))
            receive(shell)
        listener = Subscriber(wires, kernel.info)
        assert listener.next().content == Status("starting")
        shell.send_multipart(to_frames(Message(headers[3], KernelInfoRequest()), signer))
        for header in headers:
            for state in ("busy", "idle"):
                status = listener.next()
                assert (status.content, status.parent_header) == (Status(state), header)


def test_a_cell_ends_though_the_only_client_stalled_and_left() -> None:
    with cells() as kernel, opened() as wires:
        shell = wires.dealer(kernel.info.address(Channel.SHELL))
        signer, session = Signer(kernel.info.key.encode()), Session("raw", "user")
        stalled = Subscriber(wires, kernel.info, buffer=4096)
        code = FLOOD.format(megabytes=200)
        shell.send_multipart(to_frames(Message(session.header("execute_request"), ExecuteRequest(code)), signer))
        assert is_silent(shell, 1500)  # held up
        stalled.socket.close(0)
        reply = from_frames(receive(shell), signer)
        assert reply.content.to_fields()["status"] == "ok"
