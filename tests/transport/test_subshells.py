"""Subshells (JEP 91) of a kernel whose `do_execute` may run in several threads at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdk.protocol.control import (
    CreateSubshellReply,
    CreateSubshellRequest,
    DeleteSubshellReply,
    DeleteSubshellRequest,
    InterruptRequest,
    ListSubshellReply,
    ListSubshellRequest,
)
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import Client, KernelProcess
from sdk.testing.exchange import field_of
from tests.transport.kernels import cells

BLOCKED = "import time\nprint('ready')\ntime.sleep(30)"


@pytest.fixture
def kernel() -> Iterator[KernelProcess]:
    """A kernel with subshells."""
    with cells(subshells=True, while_busy="THREAD") as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


def create(client: Client) -> str:
    reply = client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content
    assert isinstance(reply, CreateSubshellReply)
    return reply.subshell_id


def until_ready(client: Client, header: object) -> None:
    client.wait_for(
        lambda m: m.parent_header == header and isinstance(m.content, Stream) and "ready" in m.content.text
    )


def test_the_feature_is_advertised(client: Client) -> None:
    reply = client.request(KernelInfoRequest()).reply
    assert "kernel subshells" in field_of(reply.content, "supported_features")


def test_a_subshell_runs_beside_a_busy_main_shell(kernel: KernelProcess, client: Client) -> None:
    subshell = create(client)
    main = client.send_execute(BLOCKED)
    until_ready(client, main)
    exchange = client.execute("print('beside'); 6 * 7", subshell_id=subshell)
    assert (exchange.result, exchange.text()) == ({"text/plain": "42"}, "beside\n")
    kernel.interrupt()
    assert client.collect(main).status == "error"


def test_the_main_shell_runs_beside_a_busy_subshell(client: Client) -> None:
    subshell = create(client)
    sub = client.send_execute("import threading\ngo = threading.Event()\nprint('ready')\ngo.wait(20)", subshell_id=subshell)
    until_ready(client, sub)
    assert client.execute("go.set(); 6 * 7").result == {"text/plain": "42"}
    assert client.collect(sub).result == {"text/plain": "True"}


def test_two_subshells_run_at_the_same_time(client: Client) -> None:
    client.execute("import threading\nmeet = threading.Barrier(3)")
    headers = [client.send_execute("meet.wait(10) >= 0", subshell_id=create(client)) for _ in range(2)]
    headers.append(client.send_execute("meet.wait(10) >= 0"))
    assert [client.collect(header).result for header in headers] == [{"text/plain": "True"}] * 3


def test_an_error_aborts_what_waits_in_its_own_shell_alone(client: Client) -> None:
    subshell = create(client)
    client.execute("import threading\ngo = threading.Event()")
    failing = client.send_execute("print('ready')\ngo.wait(20)\n1 / 0", subshell_id=subshell)
    until_ready(client, failing)
    waiting = client.send_execute("1", subshell_id=subshell)
    client.request(KernelInfoRequest())
    assert client.execute("go.set(); 6 * 7").result == {"text/plain": "42"}
    assert client.collect(failing).status == "error"
    assert client.collect(waiting).status == "aborted"
    assert client.execute("6 * 7", subshell_id=subshell).result == {"text/plain": "42"}


@pytest.mark.parametrize(
    "code",
    ["print('ready')\nwhile True: pass", "import asyncio\nprint('ready')\nawait asyncio.sleep(30)"],
)
def test_an_interrupt_reaches_subshells(client: Client, code: str) -> None:
    subshell = create(client)
    header = client.send_execute(code, subshell_id=subshell)
    until_ready(client, header)
    client.request(InterruptRequest(), Channel.CONTROL)
    assert field_of(client.collect(header).reply.content, "ename") == "KeyboardInterrupt"
    assert client.execute("6 * 7", subshell_id=subshell).result == {"text/plain": "42"}


def test_a_question_of_a_subshell_stays_open_when_a_cell_of_the_main_shell_ends(client: Client) -> None:
    subshell = create(client)
    main = client.send_execute("print('ready')\ntry:\n    input('main? ')\nexcept Exception as e: pass", allow_stdin=True)
    client.receive(Channel.STDIN)
    sub = client.send_execute("input('sub? ')", subshell_id=subshell, allow_stdin=True)
    question = client.receive(Channel.STDIN)
    client.collect(main)
    client.reply_to(question, "yes")
    assert client.collect(sub).result == {"text/plain": "'yes'"}


def test_a_subshell_may_end_with_cells_waiting_and_each_gets_its_reply(client: Client) -> None:
    subshell = create(client)
    running = client.send_execute("import time\nprint('ready')\ntime.sleep(0.3)\n6 * 7", subshell_id=subshell)
    until_ready(client, running)
    waiting = client.send_execute("1", subshell_id=subshell)
    client.request(KernelInfoRequest())
    deleted = client.request(DeleteSubshellRequest(subshell), Channel.CONTROL)
    assert deleted.reply.content == DeleteSubshellReply()
    assert client.collect(running).result == {"text/plain": "42"}
    assert client.collect(waiting).reply.parent_header == waiting
    listed = client.request(ListSubshellRequest(), Channel.CONTROL).reply.content
    assert listed == ListSubshellReply([])
    assert client.execute("1", subshell_id=subshell).status == "error"


def test_an_unknown_subshell_is_an_error(client: Client) -> None:
    exchange = client.execute("1", subshell_id="none")
    assert (exchange.status, field_of(exchange.reply.content, "ename")) == ("error", "UnknownSubshellError")
    assert client.request(DeleteSubshellRequest("none"), Channel.CONTROL).status == "error"


def test_the_kernel_ends_while_subshells_run(kernel: KernelProcess, client: Client) -> None:
    from sdk.protocol.control import ShutdownRequest

    headers = [client.send_execute(BLOCKED, subshell_id=create(client)) for _ in range(3)]
    for header in headers:
        until_ready(client, header)
    client.collect(client.send(ShutdownRequest(), Channel.CONTROL), until_idle=False)
    assert kernel.wait() == 0
