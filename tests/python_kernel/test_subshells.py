"""Subshells of the Python kernel: IPython's one shell in several threads at once (JEP 91)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdk.protocol.comm import CommMsg, CommOpen
from sdk.protocol.control import (
    CreateSubshellRequest,
    DeleteSubshellRequest,
    InterruptRequest,
    ListSubshellRequest,
    ShutdownRequest,
)
from sdk.protocol.iopub import ExecuteResult, Stream
from sdk.protocol.message import Channel, Header
from sdk.protocol.shell import CompleteRequest, HistoryRequest, InspectRequest, KernelInfoRequest
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import kernel_process


@pytest.fixture
def subshell(client: Client) -> Iterator[str]:
    one = create(client)
    yield one
    client.request(DeleteSubshellRequest(subshell_id=one), Channel.CONTROL)


def create(client: Client) -> str:
    return str(client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content.subshell_id)


def begun(client: Client, code: str, subshell_id: str | None = None, **fields: object) -> Header:
    """A cell that runs."""
    header = client.send_execute(f"print('on')\n{code}", subshell_id=subshell_id, **fields)
    client.wait_for(
        lambda message: (
            isinstance(message.content, Stream)
            and message.parent_header is not None
            and message.parent_header.msg_id == header.msg_id
        )
    )
    return header


def interrupt(client: Client, subshell_id: str | None = None) -> None:
    client.request(InterruptRequest(), Channel.CONTROL, subshell_id=subshell_id)


def test_the_feature_is_advertised(client: Client) -> None:
    assert "kernel subshells" in client.request(KernelInfoRequest()).reply.content.supported_features


def test_a_subshell_shares_names_and_runs_while_the_main_shell_blocks(client: Client, subshell: str) -> None:
    main = begun(client, "import time\nshared = 5\ntime.sleep(60)")
    exchange = client.execute("print('here')\nshared + 1", subshell_id=subshell)
    assert exchange.text() == "here\n" and exchange.result == {"text/plain": "6"}
    assert client.execute("await __import__('asyncio').sleep(0, 7)", subshell_id=subshell).result == {"text/plain": "7"}
    interrupt(client)
    assert client.collect(main).error.ename == "KeyboardInterrupt"


def test_every_cell_of_every_shell_gets_its_own_output_result_and_number(client: Client) -> None:
    shells = [None, *(create(client) for _ in range(3))]
    client.execute("import threading\nbarrier = threading.Barrier(4, timeout=20)")
    headers = {
        (shell, number): client.send_execute(
            f"barrier.wait()\nfor _ in range(50): print('{shell} {number}')\n'{shell} {number}'", subshell_id=shell
        )
        for number in range(8)
        for shell in shells
    }
    counts = []
    for (shell, number), header in headers.items():
        exchange = client.collect(header, timeout=30)
        assert exchange.text() == f"{shell} {number}\n" * 50
        (result,) = [content for content in exchange.outputs() if isinstance(content, ExecuteResult)]
        assert result.data == {"text/plain": f"'{shell} {number}'"}
        assert result.execution_count == exchange.reply.content.execution_count
        counts.append(result.execution_count)
    assert sorted(counts) == list(range(min(counts), min(counts) + len(counts)))
    assert client.execute("len(set(In)) > 10").result == {"text/plain": "True"}
    for shell in shells[1:]:
        client.request(DeleteSubshellRequest(subshell_id=shell), Channel.CONTROL)


def test_history_numbers_agree_with_prompts_though_cells_overlap(client: Client, subshell: str) -> None:
    main = begun(client, "import time\ntime.sleep(60)  # main")
    count = client.execute("'of the subshell'", subshell_id=subshell).reply.content.execution_count
    interrupt(client)
    client.collect(main)
    history = client.request(HistoryRequest(hist_access_type="tail", n=5)).reply.content.history
    assert [code for _, line, code in history if line == count] == ["'of the subshell'"]
    assert client.execute(f"In[{count}], Out[{count}]").result == {
        "text/plain": "(\"'of the subshell'\", 'of the subshell')"
    }


def test_errors_and_tracebacks_stay_apart(client: Client) -> None:
    shells = [None, *(create(client) for _ in range(2))]
    client.execute("import threading\nbarrier = threading.Barrier(3, timeout=20)")
    for _ in range(5):
        headers = [
            client.send_execute(f"barrier.wait()\nraise ValueError('of {shell}')", subshell_id=shell)
            for shell in shells
        ]
        for shell, header in zip(shells, headers, strict=True):
            exchange = client.collect(header)
            assert (exchange.error.ename, exchange.error.evalue) == ("ValueError", f"of {shell}")
            assert f"of {shell}" in exchange.error.traceback[-1]
            assert [type(content).__name__ for content in exchange.outputs()] == ["Error"]
    for shell in shells[1:]:
        client.request(DeleteSubshellRequest(subshell_id=shell), Channel.CONTROL)


def test_payloads_go_with_their_cell(client: Client, subshell: str) -> None:
    main = begun(client, "import time\nprint?\nprint('paged')\ntime.sleep(60)")
    client.wait_for(lambda message: "paged" in getattr(message.content, "text", ""))
    exchange = client.execute("get_ipython().set_next_input('x')", subshell_id=subshell)
    assert [one["source"] for one in exchange.reply.content.payload] == ["set_next_input"]
    interrupt(client)
    assert [one["source"] for one in client.collect(main).reply.content.payload] == ["page"]


def test_names_of_the_shell_stay_while_cells_of_others_end(client: Client, subshell: str) -> None:
    running = begun(client, "import asyncio\nawait asyncio.sleep(60)")
    for _ in range(20):
        assert client.execute("get_ipython() is not None", subshell_id=subshell).result == {"text/plain": "True"}
    interrupt(client)
    client.collect(running)
    assert client.execute("import sys; 1 + 1; sys.displayhook is get_ipython().displayhook").result == {
        "text/plain": "True"
    }


BLOCKED = {
    "loop": "while True: pass",
    "sleep": "import time\ntime.sleep(60)",
    "await": "import asyncio\nawait asyncio.sleep(60)",
    "blocking code in a coroutine": "import asyncio, time\nawait asyncio.sleep(0)\ntime.sleep(60)",
    "writes": "while True: print('x')",
    "input": "input('?')",
    "display": "from IPython.display import display\nwhile True: display(1)",
}


@pytest.mark.parametrize("name", BLOCKED)
def test_an_interrupt_with_its_id_ends_a_subshells_cell_alone(client: Client, subshell: str, name: str) -> None:
    main = begun(client, "import time\ntime.sleep(60)")
    for _ in range(3):
        cell = begun(client, BLOCKED[name], subshell, allow_stdin=True)
        if name == "input":
            client.receive(Channel.STDIN)
        interrupt(client, subshell)
        exchange = client.collect(cell)
        assert (exchange.status, exchange.error.ename) == ("error", "KeyboardInterrupt")
    assert client.execute("1 + 1", subshell_id=subshell).result == {"text/plain": "2"}
    interrupt(client)
    assert client.collect(main).error.ename == "KeyboardInterrupt"


def test_two_shells_ask_at_once_and_each_gets_its_answer(client: Client, subshell: str) -> None:
    ones = {
        prompt: client.send_execute(f"input('{prompt}')", subshell_id=shell, allow_stdin=True)
        for prompt, shell in (("main", None), ("sub", subshell))
    }
    questions = [client.receive(Channel.STDIN) for _ in ones]
    for question in reversed(questions):
        client.reply_to(question, f"to {question.content.prompt}")
    for prompt, header in ones.items():
        assert client.collect(header).result == {"text/plain": f"'to {prompt}'"}


ECHO = """
import asyncio, comm, threading
answers = []
def opened(c, message):
    @c.on_msg
    def got(message):
        print("got", message["content"]["data"]["n"], threading.current_thread() is threading.main_thread())
        answers.append(message["content"]["data"]["n"])
        c.send({"echo": message["content"]["data"]["n"]})
comm.get_comm_manager().register_target("echo", opened)
"""


def test_a_comm_message_to_a_subshell_is_served_there_while_the_main_shell_is_busy(
    client: Client, subshell: str
) -> None:
    client.execute(ECHO)
    client.send(CommOpen("id-s", "echo"))
    main = begun(client, "import time\ntime.sleep(60)")
    header = client.send(CommMsg("id-s", {"n": 5}), subshell_id=subshell)
    text = client.wait_for(lambda message: isinstance(message.content, Stream))
    echo = client.wait_for(lambda message: isinstance(message.content, CommMsg))
    assert (text.content.text, echo.content.data) == ("got 5 False\n", {"echo": 5})
    assert text.parent_header.msg_id == echo.parent_header.msg_id == header.msg_id
    assert echo.parent_header.subshell_id == subshell
    interrupt(client)
    client.collect(main)


def test_a_comm_message_is_served_while_a_subshells_cell_awaits(client: Client, subshell: str) -> None:
    client.execute(ECHO)
    client.send(CommOpen("id-a", "echo"))
    cell = begun(client, "while not answers: await asyncio.sleep(0.01)\nanswers", subshell)
    client.send(CommMsg("id-a", {"n": 6}), subshell_id=subshell)
    assert client.collect(cell).result == {"text/plain": "[6]"}


def test_assistance_of_a_subshell_while_the_main_shell_is_busy(client: Client, subshell: str) -> None:
    client.execute("word_of_mine = 1")
    main = begun(client, "import time\ntime.sleep(60)")
    assert client.request(CompleteRequest("word_of_"), subshell_id=subshell).reply.content.matches == ["word_of_mine"]
    assert client.request(InspectRequest("word_of_mine", 3), subshell_id=subshell).reply.content.found
    interrupt(client)
    client.collect(main)


def test_the_kernel_tells_its_subshells(client: Client, subshell: str) -> None:
    listed = client.request(ListSubshellRequest(), Channel.CONTROL).reply.content.subshell_id
    code = "k = get_ipython().kernel\nprint(*k.host.subshells(), k.get_parent()['header']['subshell_id'])"
    assert client.execute(code, subshell_id=subshell).text() == f"{listed[0]} {subshell}\n"


def test_a_kernel_with_busy_subshells_ends(tmp_path_factory: pytest.TempPathFactory) -> None:
    with kernel_process(tmp_path_factory.mktemp("busy")) as process, process.client() as client:
        for code in ("while True: pass", "import time\ntime.sleep(60)", "input('?')"):
            begun(client, code, create(client), allow_stdin=True)
        shut_down(process, client)


def shut_down(process: KernelProcess, client: Client) -> None:
    client.collect(client.send(ShutdownRequest(), Channel.CONTROL), until_idle=False)
    assert process.wait() == 0
