"""Jupyter Server between a client and a kernel: its websocket in both subprotocols, its REST interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.frontends.gate import Gate
from tests.frontends.server import Server
from tests.frontends.websockets import Received, Socket, connected, text
from tests.waiting import until

PROTOCOLS = pytest.mark.parametrize("v1", [True, False], ids=["v1", "default"])
KERNELS = pytest.mark.parametrize("name", ["ipython", "bash"], ids=["python", "bash"])
ALL_KERNELS = pytest.mark.parametrize("name", ["ipython", "bash", "echo"], ids=["python", "bash", "echo"])

PRINT = {"ipython": "print('hi')", "bash": "echo hi", "echo": "hi\n"}
ASK = {
    "ipython": "print(input('Who? ').upper())",
    "bash": "read -r -p 'Who? ' name; echo ${name^^}",
    "echo": "input Who? ",
}
ENDLESS = {"ipython": "print('on'); import time; time.sleep(600)", "bash": "echo on; sleep 600"}
SET = {"ipython": "x = 'kept'", "bash": "x=kept"}
GET = {"ipython": "print(globals().get('x', 'lost'))", "bash": "echo ${x-lost}"}


@pytest.fixture
def kernel(name: str, server: Server) -> Iterator[str]:
    """The id of a kernel that the server has started."""
    kernel: str = server.ask("POST", "api/kernels", {"name": name})["id"]
    yield kernel
    server.ask("DELETE", f"api/kernels/{kernel}")


@pytest.fixture
def client(server: Server, kernel: str, v1: bool) -> Iterator[Socket]:
    """A client of that kernel."""
    with connected(server, kernel, v1=v1) as one:
        yield one


def brief(messages: list[Received], channel: str) -> list[tuple[str, str]]:
    """Of each message what tells it from others."""
    told = ("execution_state", "code", "text", "status")
    return [
        (one.msg_type, next((str(one.content[key]) for key in told if key in one.content), ""))
        for one in messages
        if one.channel == channel
    ]


def is_stream(expected: str) -> Callable[[Received], bool]:
    """A condition: a stream with this text."""
    return lambda one: one.msg_type == "stream" and expected in one.content["text"]


@PROTOCOLS
@ALL_KERNELS
def test_a_cell_is_run(name: str, client: Socket) -> None:
    messages = client.run(PRINT[name])
    assert brief(messages, "iopub") == [
        ("status", "busy"),
        ("execute_input", PRINT[name]),
        ("stream", "hi\n"),
        ("status", "idle"),
    ]
    assert brief(messages, "shell") == [("execute_reply", "ok")]


@PROTOCOLS
@ALL_KERNELS
def test_a_cell_asks(name: str, client: Socket) -> None:
    cell = client.start(ASK[name], allow_stdin=True)
    question = client.until(lambda one: one.channel == "stdin")
    assert (question.msg_type, question.parent, question.content["password"]) == ("input_request", cell, False)
    assert question.content["prompt"].strip() == "Who?"
    client.send("stdin", "input_reply", {"value": "Ada"})
    assert text(client.finish(cell)).strip() == ("Ada" if name == "echo" else "ADA")


@PROTOCOLS
@KERNELS
def test_an_interrupt_ends_the_cell(name: str, client: Socket, server: Server, kernel: str) -> None:
    client.run(SET[name])
    cell = client.start(ENDLESS[name])
    client.until(is_stream("on"))
    server.ask("POST", f"api/kernels/{kernel}/interrupt")
    messages = client.finish(cell)
    assert [one.content["ename"] for one in messages if one.msg_type == "error"] == ["KeyboardInterrupt"]
    assert text(client.run(GET[name])) == "kept\n"


@PROTOCOLS
@KERNELS
def test_a_restart_while_a_cell_runs_forgets_variables(name: str, client: Socket, server: Server, kernel: str) -> None:
    client.run(SET[name])
    client.start(ENDLESS[name])
    client.until(is_stream("on"))
    assert server.ask("POST", f"api/kernels/{kernel}/restart")["id"] == kernel
    with connected(server, kernel, v1=True) as again:
        assert text(again.run(GET[name])) == "lost\n"


@PROTOCOLS
@KERNELS
def test_two_clients_share_a_kernel(name: str, client: Socket, server: Server, kernel: str, v1: bool) -> None:
    with connected(server, kernel, v1=not v1) as other:
        # Only what is sent after both have been answered is sure to reach both.
        other.ask("shell", "kernel_info_request", {})
        client.run(SET[name])
        cell = other.start(GET[name])
        mine = other.finish(cell)
        client.until(lambda one: one.parent == cell and one.content.get("execution_state") == "idle")
        seen = [one for one in client.everything if one.parent == cell]
    assert text(mine) == "kept\n"
    assert brief(seen, "iopub") == brief(mine, "iopub")
    assert brief(seen, "shell") == []
    assert brief(mine, "shell") == [("execute_reply", "ok")]


@PROTOCOLS
@KERNELS
def test_what_is_sent_while_nobody_is_connected_is_kept(
    name: str, server: Server, kernel: str, v1: bool, gate: Gate
) -> None:
    after = {"ipython": "print('after')", "bash": "echo after"}[name]
    with connected(server, kernel, v1=v1) as client:
        cell = client.start("\n".join((PRINT[name], gate.wait[name], after)))
        client.until(is_stream("hi"))
    until(lambda: server.ask("GET", f"api/kernels/{kernel}")["connections"] == 0, "the server to notice")
    gate.open()
    until(lambda: server.ask("GET", f"api/kernels/{kernel}")["execution_state"] == "idle", "the cell to end")
    with connected(server, kernel, v1=v1, session=client.session) as again:
        messages = again.finish(cell)
    assert text(messages) == "after\n"


@PROTOCOLS
@pytest.mark.parametrize("name", ["ipython"], ids=["python"])
def test_a_comm_carries_buffers_both_ways(client: Socket) -> None:
    client.run(
        "from comm import get_comm_manager\n"
        "def opened(comm, message):\n"
        "    comm.on_msg(lambda m: comm.send({'back': 1}, buffers=[bytes(reversed(b)) for b in m['buffers']]))\n"
        "get_comm_manager().register_target('mirror', opened)"
    )
    client.send("shell", "comm_open", {"comm_id": "c1", "target_name": "mirror", "data": {}})
    buffers = [b"\x00\x01\x02", b"", b"x" * 100_000 + b"y"]
    client.send("shell", "comm_msg", {"comm_id": "c1", "data": {}}, buffers)
    answer = client.until(lambda one: one.msg_type == "comm_msg")
    assert answer.content == {"comm_id": "c1", "data": {"back": 1}}
    assert list(answer.buffers) == [bytes(reversed(one)) for one in buffers]


@PROTOCOLS
@KERNELS
def test_a_kernel_that_dies_is_started_again(name: str, client: Socket) -> None:
    client.run(SET[name])
    client.start({"ipython": "import os; os._exit(1)", "bash": "kill -9 $PPID"}[name])
    client.until(lambda one: one.content.get("execution_state") == "restarting")
    # At once: the server reaches the new kernel's sockets one after another, and what it asks for first may be
    # answered before it has subscribed.
    messages = client.run(GET[name])
    assert [one.content["text"] for one in messages if one.content.get("name") == "stdout"] == ["lost\n"]
    assert ("died while it ran cell [2]" in text(messages)) == (name == "ipython")
    states = brief(messages, "iopub")
    assert (states[0], states[-1]) == (("status", "busy"), ("status", "idle"))


@PROTOCOLS
@KERNELS
def test_completion_and_inspection(name: str, client: Socket) -> None:
    client.run(SET[name])
    word = {"ipython": "prin", "bash": "printen"}[name]
    whole = {"ipython": "print", "bash": "printenv"}[name]
    reply = client.ask("shell", "complete_request", {"code": word, "cursor_pos": len(word)})
    assert whole in reply["matches"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (0, len(word))
    reply = client.ask("shell", "inspect_request", {"code": whole, "cursor_pos": len(whole), "detail_level": 0})
    assert (reply["found"], whole in reply["data"]["text/plain"]) == (True, True)
