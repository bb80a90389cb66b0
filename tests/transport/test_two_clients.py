"""Several clients at once: everybody sees all output and only its own replies, and no request stays without one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import zmq

from sdk.protocol.control import CreateSubshellReply, CreateSubshellRequest
from sdk.protocol.iopub import ExecuteInput, Stream
from sdk.protocol.message import Channel, Content, Message, Session
from sdk.protocol.shell import CommInfoRequest, CompleteRequest, ExecuteRequest, KernelInfoRequest
from sdk.protocol.signing import Signer
from sdk.protocol.wire import from_frames, to_frames
from sdk.testing import BUSY, IDLE, KernelProcess
from tests.transport.kernels import cells
from tests.transport.waiting import Gate, answered, begun, first_result

QUIET = 10.0  # seconds without a reply while requests are open: something is stuck


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """A kernel whose cells may run in several threads, and which completes on a thread while it is busy."""
    with cells(subshells=True, while_busy="THREAD") as process:
        yield process


def test_both_clients_see_the_same_output_and_each_its_own_replies(kernel: KernelProcess) -> None:
    with kernel.client() as one, kernel.client() as two:
        one.take(lambda channel, message: True)  # the other's arrival
        sent = {client: [client.send_execute(f"print({number})") for number in range(20)] for client in (one, two)}
        for client in (one, two):
            replies = [client.receive(Channel.SHELL) for _ in range(20)]
            assert [reply.parent_header for reply in replies] == sent[client]
        ids = {header.msg_id for headers in sent.values() for header in headers}
        seen = []
        for client in (one, two):
            messages: list[Message] = []
            while sum(message.content == IDLE for message in messages) < 40:
                messages.append(
                    client.wait_for(lambda m: m.parent_header is not None and m.parent_header.msg_id in ids)
                )
            seen.append([(message.header.msg_id, message.parent_header, message.content) for message in messages])
            late = [message.parent_header for _, message in client.pending if message.parent_header is not None]
            assert not ids & {header.msg_id for header in late}
        assert seen[0] == seen[1]
        assert sum(content == BUSY for _, _, content in seen[0]) == 40
        assert sum(isinstance(content, ExecuteInput | Stream) for _, _, content in seen[0]) == 80


def test_a_question_goes_to_the_client_that_sent_the_cell_alone(kernel: KernelProcess) -> None:
    with kernel.client() as one, kernel.client() as two:
        first = one.send_execute("input('? ')", allow_stdin=True)
        question = one.receive(Channel.STDIN)
        assert question.parent_header == first
        second = two.send_execute("input('? ')", allow_stdin=True)
        two.request(KernelInfoRequest())  # so it has arrived, and waits
        two.reply_to(question, "nobody asked two")
        two.request(KernelInfoRequest())
        assert not answered(one, first)
        one.reply_to(question, "one")
        assert first_result(one.collect(first)) == "'one'"
        exchange = two.collect(second, stdin=["two"])
        assert first_result(exchange) == "'two'"
        assert [message.parent_header for message in exchange.stdin] == [second]
        pending = [*one.pending, *two.pending]
        assert [message for channel, message in pending if channel is Channel.STDIN] == []


def test_an_error_of_one_client_s_cell_aborts_what_had_arrived_of_the_other_s(
    kernel: KernelProcess, gate: Gate
) -> None:
    with kernel.client() as one, kernel.client() as two:
        failing = begun(one, f"{gate.blocking}\n1 / 0")
        waiting = [two.send_execute("1") for _ in range(3)]
        two.request(KernelInfoRequest())  # so they have arrived
        gate.open()
        assert one.collect(failing).status == "error"
        assert [two.collect(header).status for header in waiting] == ["aborted"] * 3
        assert first_result(two.execute("6 * 7")) == "42"


def test_a_client_that_leaves_in_mid_cell_keeps_nothing_from_the_other(kernel: KernelProcess, gate: Gate) -> None:
    with kernel.client() as stays:
        with kernel.client() as leaves:
            left = begun(leaves, gate.blocking)
            leaves.send(CompleteRequest("[1]"))
        mine = stays.send_execute("6 * 7")
        stays.request(KernelInfoRequest())
        assert not answered(stays, mine)
        gate.open()
        assert first_result(stays.collect(mine)) == "42"
        stays.wait_for(lambda message: message.content == IDLE and message.parent_header == left)


def test_a_new_client_joins_while_a_cell_runs_and_sees_the_rest_of_it(kernel: KernelProcess, gate: Gate) -> None:
    with kernel.client() as one:
        cell = begun(one, f"{gate.blocking}\nprint('the rest')")
        with kernel.client() as two:
            gate.open()
            rest = two.wait_for(lambda message: isinstance(message.content, Stream))
            assert (rest.content, rest.parent_header) == (Stream("stdout", "the rest\n"), cell)
        assert one.collect(cell).text() == "the rest\n"


def test_thirty_clients_are_served(kernel: KernelProcess) -> None:
    clients = [kernel.client(ready=False) for _ in range(30)]
    try:
        headers = [client.send_execute(f"{number} * 2") for number, client in enumerate(clients)]
        replies = [
            client.collect(header, until_idle=False).reply for client, header in zip(clients, headers, strict=True)
        ]
        assert [reply.parent_header for reply in replies] == headers
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    "count", [6_000, pytest.param(100_000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])], ids=["some", "many"]
)
def test_no_request_stays_unanswered_while_three_threads_answer(kernel: KernelProcess, count: int) -> None:
    """The main thread and two subshells answer on one socket, the clients in windows: a reply that pulls the next
    request's arrival with it, and nobody reads it, leaves a request lying."""
    with kernel.client() as client:
        created = [client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content for _ in range(2)]
    shells = [None, *(reply.subshell_id for reply in created if isinstance(reply, CreateSubshellReply))]
    requests: list[Content] = [ExecuteRequest("1"), CommInfoRequest(), ExecuteRequest("x = 2", silent=True)]
    context = zmq.Context()
    try:
        askers = [_Asker(context, kernel, shells[n % 3], requests, window=(1, 2, 8)[n % 3]) for n in range(4)]
        poller = zmq.Poller()
        for asker in askers:
            poller.register(asker.socket, zmq.POLLIN)
            asker.ask(count // len(askers))
        quiet_since = time.monotonic()
        while any(asker.open or asker.left for asker in askers):
            if poller.poll(200):
                quiet_since = time.monotonic()
            for asker in askers:
                asker.take()
            assert time.monotonic() - quiet_since < QUIET, [sorted(asker.open) for asker in askers]
        assert [asker.answered for asker in askers] == [count // len(askers)] * len(askers)
    finally:
        context.destroy(linger=0)


class _Asker:
    """A client that keeps `window` requests open, and listens to their replies alone."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        kernel: KernelProcess,
        shell: str | None,
        requests: list[Content],
        *,
        window: int,
    ) -> None:
        info = kernel.info
        self.socket = context.socket(zmq.DEALER)
        self.socket.connect(info.address(Channel.SHELL))
        self.open: set[str] = set()
        self.left = self.answered = 0
        self._shell, self._requests, self._window = shell, requests, window
        self._session = Session(f"asker-{id(self)}")
        self._signer = Signer(info.key.encode(), info.signature_scheme)

    def ask(self, count: int) -> None:
        self.left = count
        for _ in range(self._window):
            self._send()

    def take(self) -> None:
        while self.socket.poll(0):
            message = from_frames(self.socket.recv_multipart(), self._signer)
            assert message.parent_header is not None
            self.open.remove(message.parent_header.msg_id)  # KeyError: a second reply, or another's
            self.answered += 1
            self._send()

    def _send(self) -> None:
        if self.left:
            self.left -= 1
            content = self._requests[self.left % len(self._requests)]
            header = self._session.header(content.msg_type, subshell_id=self._shell)
            self.open.add(header.msg_id)
            self.socket.send_multipart(to_frames(Message(header, content), self._signer))
