"""Subshells with real threads (JEP 91): concurrent, each with its own parents, aborts and interrupts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdk.protocol.control import (
    CreateSubshellReply,
    CreateSubshellRequest,
    DeleteSubshellRequest,
    InterruptRequest,
    ListSubshellReply,
    ListSubshellRequest,
    ShutdownRequest,
)
from sdk.protocol.message import Channel, Header
from sdk.protocol.shell import CompleteReply, CompleteRequest, KernelInfoReply, KernelInfoRequest
from sdk.testing import BUSY, IDLE, Client, KernelProcess
from sdk.testing.exchange import field_of
from tests.transport.kernels import cells
from tests.transport.waiting import Gate, answered, begun, first_result
from tests.waiting import until

ENDLESS = {
    "python loop": "print('ready')\nwhile True: pass",
    "short sleeps": "import time\nprint('ready')\nwhile True: time.sleep(0.01)",
    "await": "import asyncio\nprint('ready')\nawait asyncio.sleep(60)",
    "await in a loop": "import asyncio\nprint('ready')\nwhile True: await asyncio.sleep(0)",
    "input": "print('ready')\ninput('? ')",
    "writes": "print('ready')\nwhile True: print('x')",
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """A kernel whose cells may run in several threads."""
    with cells(subshells=True, while_busy="THREAD") as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client, after which no subshell is left."""
    with kernel.client() as one:
        yield one
        for subshell_id in subshells(one):
            one.request(DeleteSubshellRequest(subshell_id=subshell_id), Channel.CONTROL)


def create(client: Client) -> str:
    reply = client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content
    assert isinstance(reply, CreateSubshellReply)
    return reply.subshell_id


def subshells(client: Client) -> list[str]:
    reply = client.request(ListSubshellRequest(), Channel.CONTROL).reply.content
    assert isinstance(reply, ListSubshellReply)
    return list(reply.subshell_id)


def test_the_feature_is_advertised_and_subshells_are_listed(client: Client) -> None:
    info = client.request(KernelInfoRequest()).reply.content
    assert isinstance(info, KernelInfoReply)
    assert "kernel subshells" in info.supported_features
    ids = [create(client) for _ in range(3)]
    assert sorted(subshells(client)) == sorted(ids)
    client.request(DeleteSubshellRequest(subshell_id=ids[1]), Channel.CONTROL)
    assert sorted(subshells(client)) == sorted([ids[0], ids[2]])


def test_subshells_are_made_listed_and_used_while_the_main_shell_blocks(client: Client, gate: Gate) -> None:
    cell = begun(client, gate.blocking)
    one = create(client)
    assert subshells(client) == [one]
    assert first_result(client.execute("6 * 7", subshell_id=one)) == "42"
    assert client.request(CompleteRequest("[1]"), subshell_id=one).reply.content == CompleteReply(["1"], 0, 0)
    assert client.request(KernelInfoRequest(), subshell_id=one).status == "ok"
    assert not answered(client, cell)
    gate.open()
    assert client.collect(cell).status == "ok"


def test_cells_of_three_shells_run_at_the_same_time_and_share_their_names(client: Client) -> None:
    ids = [create(client), create(client)]
    client.execute("import threading\nbarrier = threading.Barrier(3, timeout=10)")
    headers = [client.send_execute("barrier.wait() >= 0", subshell_id=shell) for shell in (None, *ids)]
    assert [first_result(client.collect(header)) for header in headers] == ["True"] * 3


def test_every_cell_of_every_shell_gets_its_own_output(client: Client) -> None:
    shells = [None, *(create(client) for _ in range(3))]
    headers = {
        (shell, number): client.send_execute(
            f"for i_{name} in range(20): print({name}, {number}, i_{name})\n'{name} {number}'",
            subshell_id=shell,
        )
        for number in range(25)
        for name, shell in enumerate(shells)
    }
    for (shell, number), header in headers.items():
        exchange = client.collect(header)
        name = f"{shells.index(shell)} {number}"
        assert exchange.text() == "".join(f"{name} {i}\n" for i in range(20))
        assert first_result(exchange) == repr(name)
        assert (exchange.contents()[0], exchange.contents()[-1]) == (BUSY, IDLE)
        assert [exchange.contents().count(status) for status in (BUSY, IDLE)] == [1, 1]


def test_cells_of_one_subshell_run_in_order(client: Client) -> None:
    one = create(client)
    client.execute("seen = []")
    headers = [client.send_execute(f"seen.append({number})", subshell_id=one) for number in range(100)]
    for header in headers:
        client.collect(header)
    assert first_result(client.execute("seen == list(range(100))", subshell_id=one)) == "True"


def test_an_error_aborts_what_waits_in_its_own_shell_alone(client: Client, gate: Gate) -> None:
    one = create(client)
    main = begun(client, gate.blocking)
    waiting = client.send_execute("'main'")
    failing = begun(client, f"{gate.blocking}\n1 / 0", subshell_id=one)
    aborted = [client.send_execute("1", subshell_id=one) for _ in range(5)]
    client.request(KernelInfoRequest())  # came after them: so they have arrived
    gate.open()
    assert field_of(client.collect(failing).reply.content, "ename") == "ZeroDivisionError"
    exchanges = [client.collect(header) for header in aborted]
    assert [(exchange.status, exchange.contents()) for exchange in exchanges] == [("aborted", [BUSY, IDLE])] * 5
    assert client.collect(main).status == "ok"
    assert first_result(client.collect(waiting)) == "'main'"
    assert first_result(client.execute("6 * 7", subshell_id=one)) == "42"


def test_an_error_of_the_main_shell_aborts_nothing_in_a_subshell(client: Client, gate: Gate) -> None:
    one = create(client)
    running = begun(client, gate.blocking, subshell_id=one)
    waiting = [client.send_execute(str(number), subshell_id=one) for number in range(3)]
    assert client.execute("1 / 0").status == "error"
    gate.open()
    assert client.collect(running).status == "ok"
    assert [first_result(client.collect(header)) for header in waiting] == ["0", "1", "2"]


@pytest.mark.parametrize("name", ENDLESS)
def test_an_interrupt_request_ends_a_subshell_s_cell(client: Client, name: str) -> None:
    one = create(client)
    for _ in range(5):
        cell = begun(client, ENDLESS[name], subshell_id=one, allow_stdin=True)
        if name == "input":
            client.receive(Channel.STDIN)
        client.request(InterruptRequest(), Channel.CONTROL)
        exchange = client.collect(cell)
        assert (exchange.status, field_of(exchange.reply.content, "ename")) == ("error", "KeyboardInterrupt")
        assert exchange.contents()[-1] == IDLE
        assert first_result(client.execute("6 * 7", subshell_id=one)) == "42"
        assert first_result(client.execute("6 * 7")) == "42"


def test_an_interrupt_request_ends_the_cells_of_all_shells(client: Client) -> None:
    shells = [None, create(client), create(client)]
    running = [begun(client, ENDLESS["python loop"], subshell_id=shell) for shell in shells]
    client.request(InterruptRequest(), Channel.CONTROL)
    enames = [field_of(client.collect(header).reply.content, "ename") for header in running]
    assert enames == ["KeyboardInterrupt"] * 3


def test_an_interrupt_while_a_subshell_is_idle_leaves_its_next_cell_alone(client: Client) -> None:
    one = create(client)
    for _ in range(20):
        client.execute("1", subshell_id=one)
        client.request(InterruptRequest(), Channel.CONTROL)
        assert first_result(client.execute("sum(range(10_000)) and 42", subshell_id=one)) == "42"


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "ValueError"])
@pytest.mark.parametrize("before", ["", "import asyncio\nawait asyncio.sleep(0)\n"])
def test_whatever_a_cell_raises_its_subshell_lives_on(client: Client, error: str, before: str) -> None:
    one = create(client)
    exchange = client.execute(f"{before}raise {error}('gone')", subshell_id=one)
    assert exchange.error is not None
    assert (exchange.status, exchange.error.ename, exchange.error.evalue) == ("error", error, "gone")
    assert first_result(client.execute("6 * 7", subshell_id=one)) == "42"


def test_a_subshell_s_cell_asks_its_client(client: Client) -> None:
    one = create(client)
    exchange = client.execute("input('name? ') + await context.input('more? ')", stdin=["a", "b"], subshell_id=one)
    assert first_result(exchange) == "'ab'"
    assert [field_of(message.content, "prompt") for message in exchange.stdin] == ["name? ", "more? "]


def test_a_deleted_subshell_ends_what_it_has_got_and_is_unknown_from_then_on(client: Client, gate: Gate) -> None:
    one = create(client)
    running = begun(client, gate.blocking, subshell_id=one)
    waiting = client.send_execute("6 * 7", subshell_id=one)
    client.request(KernelInfoRequest())  # so they have arrived
    assert client.request(DeleteSubshellRequest(subshell_id=one), Channel.CONTROL).status == "ok"
    assert subshells(client) == []
    refused = client.execute("1", subshell_id=one)
    assert refused.status == "error"
    assert [type(content).__name__ for content in refused.contents()][:1] == ["Status"]
    assert refused.contents()[-1] == IDLE
    gate.open()
    assert client.collect(running).status == "ok"
    assert client.collect(waiting).status in ("ok", "error")  # answered, whichever way
    assert first_result(client.execute("6 * 7")) == "42"


def test_an_unknown_subshell_is_an_error_for_every_request(client: Client) -> None:
    requests: list[Header] = [client.send_execute("1", subshell_id="nobody")]
    requests.append(client.send(CompleteRequest("[1]"), subshell_id="nobody"))
    requests.append(client.send(KernelInfoRequest(), subshell_id="nobody"))
    for header in requests:
        exchange = client.collect(header)
        assert (exchange.status, field_of(exchange.reply.content, "ename")) == ("error", "UnknownSubshellError")
    deleting = client.request(DeleteSubshellRequest(subshell_id="nobody"), Channel.CONTROL)
    assert deleting.status == "error"


def test_the_threads_of_deleted_subshells_end(kernel: KernelProcess, client: Client) -> None:
    def names() -> str:
        return first_result(client.execute("import threading\nsorted(t.name for t in threading.enumerate())"))

    until(lambda: "subshell" not in names(), "earlier ones have ended")
    before = names()
    ids = [create(client) for _ in range(10)]
    for one in ids:
        client.execute("1", subshell_id=one)
    assert names().count("subshell-") == 10
    for one in ids:
        client.request(DeleteSubshellRequest(subshell_id=one), Channel.CONTROL)
    until(lambda: names() == before, "the threads have ended")


@pytest.mark.parametrize("name", ["python loop", "await", "input"])
def test_a_busy_subshell_does_not_keep_the_kernel_alive(name: str) -> None:
    with cells(subshells=True) as kernel, kernel.client() as client:
        begun(client, ENDLESS[name], subshell_id=create(client), allow_stdin=True)
        client.collect(client.send(ShutdownRequest(), Channel.CONTROL), until_idle=False)
        assert kernel.wait() == 0


SLOW_START = (
    "import threading, time\nstarts = globals().setdefault('starts', [])\n"
    "starts.append(threading.current_thread() is threading.main_thread())\ntime.sleep(0.5)"
)


def test_the_language_starts_once_on_the_main_thread() -> None:
    with cells(subshells=True, start=SLOW_START) as kernel, kernel.client() as client:
        headers = [client.send_execute("starts", subshell_id=create(client)) for _ in range(3)]
        assert [first_result(client.collect(header)) for header in headers] == ["[True]"] * 3
        assert first_result(client.execute("starts")) == "[True]"


def test_a_start_that_failed_is_told_in_a_subshell_until_the_main_shell_has_tried_again() -> None:
    start = f"{SLOW_START}\nif len(starts) == 1: raise LookupError('no language')"
    with cells(subshells=True, start=start) as kernel, kernel.client() as client:
        one = create(client)
        for _ in range(2):
            error = client.execute("starts", subshell_id=one).error
            assert error is not None and (error.ename, error.evalue) == ("LookupError", "no language")
        assert first_result(client.execute("starts")) == "[True, True]"
        assert first_result(client.execute("starts", subshell_id=one)) == "[True, True]"


def test_the_wait_for_the_language_can_be_interrupted_in_a_subshell() -> None:
    with cells(subshells=True, start="import time\ntime.sleep(2)") as kernel, kernel.client() as client:
        one = create(client)
        header = client.send_execute("6 * 7", subshell_id=one)
        client.wait_for(
            lambda message: message.parent_header is not None and message.parent_header.msg_id == header.msg_id
        )
        client.request(InterruptRequest(), Channel.CONTROL, subshell_id=one)
        error = client.collect(header).error
        assert error is not None and error.ename == "KeyboardInterrupt"
        assert first_result(client.execute("6 * 7", subshell_id=one)) == "42"


def test_an_interrupt_that_meets_a_callback_whose_errors_are_dropped_is_not_lost(client: Client) -> None:
    code = """
import weakref
class Noted: pass
def callback(reference):
    global met
    try:
        print('ready')
        while True: pass
    except BaseException as error:
        met = repr(error)
        raise
noted = Noted()
reference = weakref.ref(noted, callback)
del noted
while True: pass
"""
    subshell_id = create(client)
    cell = begun(client, code, subshell_id=subshell_id)
    client.request(InterruptRequest(), Channel.CONTROL, subshell_id=subshell_id)
    exchange = client.collect(cell)
    assert field_of(exchange.reply.content, "ename") == "KeyboardInterrupt"
    assert exchange.text("stderr") == ""
    assert client.execute("met", subshell_id=subshell_id).result == {"text/plain": "'KeyboardInterrupt()'"}


def test_an_interrupt_that_came_too_late_keeps_no_traced_thread_from_going_on(client: Client) -> None:
    one = create(client)
    cell = begun(client, "print('ready')\nwhile True: pass", subshell_id=one)
    client.request(InterruptRequest(), Channel.CONTROL, subshell_id=one)
    assert client.collect(cell).error is not None
    traced = "import sys\ndef f(): return 7\nsys.settrace(lambda *event: None)\nx = f()\nsys.settrace(None)\nprint(x)"
    assert client.execute(traced).text() == "7\n"
