"""The front-end for tests: against the echo kernel, and against a kernel with faults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.echo.kernel import EchoKernel
from sdk.errors import ClientError, ConnectionFileError
from sdk.protocol.iopub import ExecuteInput, IOPubWelcome, Stream
from sdk.protocol.message import Channel, CustomContent
from sdk.protocol.shell import ExecuteReply, KernelInfoReply, KernelInfoRequest
from sdk.protocol.stdin import InputRequest
from sdk.testing import BUSY, IDLE, Client, KernelProcess
from sdk.testing.kernel_class import launch_spec

FAULTY = str(Path(__file__).with_name("faulty_kernel.py"))


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    with KernelProcess(launch_spec(EchoKernel)) as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    with kernel.client() as client:
        yield client


def test_an_exchange_is_the_reply_and_all_from_busy_to_idle(client: Client) -> None:
    exchange = client.execute("hello")
    reply = exchange.reply.content
    assert isinstance(reply, ExecuteReply)
    shown = ExecuteInput(code="hello", execution_count=reply.execution_count)
    assert exchange.contents() == [BUSY, shown, Stream("stdout", "hello"), IDLE]
    assert exchange.outputs() == [Stream("stdout", "hello")]
    assert (exchange.status, exchange.text(), exchange.text("stderr")) == ("ok", "hello", "")
    assert (exchange.result, exchange.error) == (None, None)
    assert client.pending == []


def test_results_and_errors_are_at_hand(client: Client) -> None:
    assert client.execute("shout hi").result == {"text/plain": "HI"}
    failed = client.execute("error 7")
    assert failed.status == "error"
    assert failed.error is not None and (failed.error.ename, failed.error.evalue) == ("EchoError", "7")


def test_a_new_client_is_ready_and_has_nothing_pending(client: Client) -> None:
    assert client.pending == []
    assert client.kernel_info is not None and isinstance(client.kernel_info.content, KernelInfoReply)
    assert client.welcome is not None and client.welcome.content == IOPubWelcome("")


@pytest.mark.parametrize("answers", [["one"], lambda request: request.prompt + "?"], ids=["a list", "a function"])
def test_questions_are_answered(client: Client, answers: object) -> None:
    exchange = client.execute("input who", stdin=answers)  # type: ignore[arg-type]
    assert exchange.text() == ("one" if isinstance(answers, list) else "who?")
    assert [message.content for message in exchange.stdin] == [InputRequest(prompt="who", password=False)]


def test_a_question_that_cannot_be_answered_is_an_error(kernel: KernelProcess) -> None:
    for stdin in (None, []):
        with kernel.client() as client:
            with pytest.raises(ClientError, match=r"no answers were given|1 times; 0 answers given"):
                client.execute("input who", allow_stdin=True, stdin=stdin, timeout=5)
            client.send(CustomContent("interrupt_request", {}), Channel.CONTROL)
            client.wait_for(lambda message: message.header.msg_type == "execute_reply", channel=Channel.SHELL)


def test_a_question_can_be_answered_by_hand(client: Client) -> None:
    header = client.send_execute("input who", allow_stdin=True)
    client.reply_to(client.receive(Channel.STDIN), "me")
    assert client.collect(header).text() == "me"


def test_requests_may_be_collected_in_any_order(client: Client) -> None:
    headers = [client.send_execute(f"cell {number}") for number in range(20)]
    texts = [client.collect(header).text() for header in reversed(headers)]
    assert texts == [f"cell {number}" for number in reversed(range(20))]
    assert client.pending == []


def test_waiting_takes_one_message_and_leaves_the_others(client: Client) -> None:
    header = client.send_execute("hello")
    assert client.wait_for(lambda message: isinstance(message.content, Stream)).content == Stream("stdout", "hello")
    assert client.collect(header).text() == ""
    assert client.pending == []


def test_what_has_come_can_be_taken(client: Client) -> None:
    client.send(KernelInfoRequest())
    client.receive(Channel.SHELL)
    client.wait_for(lambda message: message.content == IDLE)
    assert [message.content for message in client.take(lambda place, message: place is Channel.IOPUB)] == [BUSY]


def test_a_timeout_tells_what_came_and_what_the_kernel_wrote(client: Client) -> None:
    with pytest.raises(ClientError) as caught:
        client.wait_for(lambda message: False, timeout=0.01)
    lines = str(caught.value).splitlines()
    assert lines[:2] == ["no such message on iopub within 0.01 s", "What came, latest last:"]
    assert any("kernel_info_reply" in line for line in lines)
    assert lines[-2].startswith("Kernel process (") and lines[-2].endswith(", running")
    assert lines[-1] == "It wrote nothing."


def test_the_heart_beats(client: Client) -> None:
    assert client.heartbeat()


def test_a_message_with_a_wrong_signature_is_a_problem_and_no_message() -> None:
    argv = [sys.executable, FAULTY, "{connection_file}", "bad signature"]
    with KernelProcess(argv) as kernel, kernel.client() as client:
        with pytest.raises(ClientError, match=r"no reply within 0\.5 s"):
            client.execute("hello", timeout=0.5)
        assert client.problems == ["shell: the signature is wrong"]


def test_a_kernel_whose_idle_comes_before_its_reply_is_ready() -> None:
    argv = [sys.executable, FAULTY, "{connection_file}", "late replies"]
    with KernelProcess(argv) as kernel, kernel.client(timeout=10) as client:
        assert client.kernel_info is not None


def test_a_second_reply_is_left_pending() -> None:
    argv = [sys.executable, FAULTY, "{connection_file}", "two replies"]
    with KernelProcess(argv) as kernel, kernel.client() as client:
        first = client.request(KernelInfoRequest())
        client.request(KernelInfoRequest())
        again = [m.parent_header.msg_id for place, m in client.pending if place is Channel.SHELL and m.parent_header]
        assert first.request.msg_id in again


def test_a_kernel_that_ends_is_noticed_before_the_time_is_over() -> None:
    argv = [sys.executable, "-c", "raise SystemExit('gone')", "{connection_file}"]
    with KernelProcess(argv) as kernel, pytest.raises(ClientError, match=r"the kernel has ended(.|\n)*gone"):
        kernel.client(timeout=600)


def test_a_registration_file_is_no_connection_file(tmp_path: Path) -> None:
    path = tmp_path / "registration.json"
    path.write_text(
        '{"kernel_id": "1", "transport": "tcp", "registration_ip": "127.0.0.1", "registration_port": 1, "key": "k"}'
    )
    with pytest.raises(ConnectionFileError, match="a client needs the connection file"):
        Client(path)
