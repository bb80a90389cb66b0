"""input() and getpass over real sockets (spec, "Messages on the stdin channel")."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdk.protocol.control import CreateSubshellReply, CreateSubshellRequest, InterruptRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.testing import Client, KernelProcess
from sdk.testing.exchange import field_of
from tests.transport.kernels import cells


@pytest.fixture(scope="module", params=[True, False], ids=["asyncio", "plain"])
def kernel(request: pytest.FixtureRequest) -> Iterator[KernelProcess]:
    """A kernel for the tests of this module."""
    with cells(uses_asyncio=request.param, subshells=True) as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


@pytest.mark.parametrize("ask", ["input('? ')", "await context.input('? ')"])
def test_a_question_is_answered(client: Client, ask: str) -> None:
    exchange = client.execute(f"{ask} + {ask}", stdin=["4", "2"])
    assert exchange.result == {"text/plain": "'42'"}
    assert [m.content for m in exchange.stdin] == [InputRequest("? "), InputRequest("? ")]
    assert all(m.parent_header == exchange.request for m in exchange.stdin)


def test_a_password_is_asked_for_as_one(client: Client) -> None:
    exchange = client.execute("await context.getpass('secret: ')", stdin=["x"])
    assert [m.content for m in exchange.stdin] == [InputRequest("secret: ", password=True)]


def test_the_end_of_input_is_eof(client: Client) -> None:
    exchange = client.execute("input()", stdin=["\x04"])
    assert field_of(exchange.reply.content, "ename") == "EOFError"


def test_a_client_that_cannot_ask_is_not_asked(client: Client) -> None:
    exchange = client.execute("input()", allow_stdin=False)
    assert (exchange.status, exchange.stdin) == ("error", ())
    assert field_of(exchange.reply.content, "ename") == "StdinNotImplementedError"


def test_answers_that_nobody_asked_for_and_late_ones_are_dropped(client: Client) -> None:
    client.send(InputReply("unasked"), Channel.STDIN)
    header = client.send_execute("print('x')\ntry:\n    input('1 ')\nexcept KeyboardInterrupt: pass", allow_stdin=True)
    old = client.receive(Channel.STDIN)
    client.request(InterruptRequest(), Channel.CONTROL)
    client.collect(header)
    client.reply_to(old, "late")
    header = client.send_execute("input('2 ')", allow_stdin=True)
    new = client.receive(Channel.STDIN)
    client.reply_to(old, "later")
    client.reply_to(new, "right")
    assert client.collect(header).result == {"text/plain": "'right'"}


def test_each_client_is_asked_what_its_own_cell_asks(kernel: KernelProcess, client: Client) -> None:
    with kernel.client() as other:
        first = client.send_execute("input('one? ')", allow_stdin=True)
        question = client.receive(Channel.STDIN)
        second = other.send_execute("input('two? ')", allow_stdin=True)
        client.reply_to(question, "1")
        other.reply_to(other.receive(Channel.STDIN), "2")
        assert (client.collect(first).result, other.collect(second).result) == (
            {"text/plain": "'1'"},
            {"text/plain": "'2'"},
        )


def test_text_comes_before_the_question(client: Client) -> None:
    header = client.send_execute("print('a', end='')\ninput()", allow_stdin=True)
    question = client.receive(Channel.STDIN)
    shown = client.wait_for(lambda m: m.header.msg_type == "stream")
    assert field_of(shown.content, "text") == "a"
    client.reply_to(question, "")
    client.collect(header)


def test_control_is_answered_while_a_question_is_open(client: Client) -> None:
    header = client.send_execute("input()", allow_stdin=True)
    question = client.receive(Channel.STDIN)
    assert client.request(KernelInfoRequest(), Channel.CONTROL).status == "ok"
    assert client.request(KernelInfoRequest()).status == "ok"
    client.reply_to(question, "x")
    assert client.collect(header).result == {"text/plain": "'x'"}


def test_a_question_of_a_subshell_stays_open_when_a_cell_of_the_main_shell_ends(client: Client) -> None:
    created = client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content
    assert isinstance(created, CreateSubshellReply)
    main = client.send_execute("try:\n    input('main? ')\nexcept Exception as e: pass", allow_stdin=True)
    first = client.receive(Channel.STDIN)
    sub = client.send_execute("input('sub? ')", subshell_id=created.subshell_id, allow_stdin=True)
    question = client.receive(Channel.STDIN)
    client.reply_to(first, "no")
    client.collect(main)
    client.reply_to(question, "yes")
    assert client.collect(sub).result == {"text/plain": "'yes'"}
