"""Whose output is it when threads, tasks and children write, also after the cell that has started them?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.iopub import DisplayData, Stream
from sdk.testing import Client, KernelProcess
from sdk.testing.exchange import Exchange
from tests.python_kernel.conftest import ARGV, kernel_process

GO = "import threading, asyncio\ngo = threading.Event()\ndone = threading.Event()\n"
LATE = GO + "def late():\n    go.wait(10); print('late'); done.set()\n"
STARTS = [
    "threading.Thread(target=late).start()",
    "threading.Timer(0, late).start()",
    "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(late);",
    "asyncio.get_running_loop().run_in_executor(None, late);",
    "threading.Thread(target=lambda: threading.Thread(target=late).start()).start()",
]
IN_CONTEXT = [
    "task = asyncio.create_task(asyncio.to_thread(late))\nawait asyncio.sleep(0)",
    "import contextvars\nthreading.Thread(target=contextvars.copy_context().run, args=(late,)).start()",
]


@pytest.fixture(scope="module")
def creators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelProcess]:
    """A kernel where what outlives its cell still writes there."""
    argv = [*ARGV, "--PythonKernel.outliving_output=creator"]
    with kernel_process(tmp_path_factory.mktemp("creators"), argv=argv) as process:
        yield process


@pytest.fixture
def creator(creators: KernelProcess) -> Iterator[Client]:
    """Its client."""
    with creators.client() as client:
        yield client


def expect(client: Client, wanted: dict[str, Exchange], *others: Exchange) -> None:
    """Each exchange's cell shows its text, also that which comes after its end; the others show nothing."""
    found = {exchange.request.msg_id: exchange.text() for exchange in (*wanted.values(), *others)}
    expected = {exchange.request.msg_id: text for text, exchange in wanted.items()}
    expected.update((exchange.request.msg_id, "") for exchange in others)
    while found != expected and sum(map(len, found.values())) < sum(map(len, expected.values())):
        message = client.wait_for(lambda m: isinstance(m.content, Stream))
        found[message.parent_header.msg_id] += message.content.text
    assert found == expected


@pytest.mark.parametrize("start", STARTS)
def test_a_thread_that_outlives_its_cell_writes_into_the_current_one(client: Client, start: str) -> None:
    first = client.execute(LATE + start)
    second = client.execute("print('second'); go.set(); done.wait(10);")
    expect(client, {"second\nlate\n": second}, first)


@pytest.mark.parametrize("start", [*STARTS, *IN_CONTEXT])
def test_a_thread_that_outlives_its_cell_writes_there_if_that_is_wished(creator: Client, start: str) -> None:
    first = creator.execute(LATE + start)
    second = creator.execute("print('second'); go.set(); done.wait(10);")
    expect(creator, {"late\n": first, "second\n": second})


@pytest.mark.parametrize("start", [*STARTS, *IN_CONTEXT])
def test_what_is_started_with_output_kept_writes_into_its_cell(client: Client, start: str) -> None:
    indented = start.replace("\n", "\n    ")
    first = client.execute(f"{LATE}with get_ipython().kernel.output_to():\n    {indented}")
    second = client.execute("print('second'); go.set(); done.wait(10);")
    expect(client, {"late\n": first, "second\n": second})


@pytest.mark.parametrize("start", IN_CONTEXT)
def test_what_runs_in_a_cells_context_writes_into_that_cell(client: Client, start: str) -> None:
    first = client.execute(LATE + start)
    second = client.execute("print('second'); go.set(); done.wait(10);")
    expect(client, {"late\n": first, "second\n": second})


def test_a_pools_text_belongs_to_the_cell_that_submits(client: Client) -> None:
    client.execute("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)")
    client.execute("pool.submit(print, 'first').result()")
    assert client.execute("pool.submit(print, 'second').result()").text() == "second\n"


def test_a_tasks_text_belongs_to_the_cell_that_started_it(client: Client) -> None:
    code = "import asyncio\ngo = asyncio.Event()\nasync def late():\n    await go.wait(); print('from the task')\n"
    first = client.execute(code + "task = asyncio.create_task(late());")
    second = client.execute("go.set(); await task")
    expect(client, {"from the task\n": first}, second)


def test_a_display_of_a_thread_belongs_where_its_text_does(client: Client, creator: Client) -> None:
    code = GO + (
        "def late():\n    go.wait(10); display({'text/plain': 'x'}, raw=True); done.set()\n"
        "threading.Thread(target=late).start()"
    )
    for one, whose in ((client, 1), (creator, 0)):
        exchanges = [one.execute(code), one.execute("go.set(); done.wait(10);")]
        shown = [m for e in exchanges for m in e.iopub if isinstance(m.content, DisplayData)]
        shown += one.take(lambda channel, message: isinstance(message.content, DisplayData))
        assert [m.parent_header.msg_id for m in shown] == [exchanges[whose].request.msg_id]


PARENT = (
    GO
    + """
parent = get_ipython().get_parent()
def late():
    token = {set}
    go.wait(10); print('late')
    {reset}
    print('after'); done.set()
threading.Thread(target=late).start()
"""
)


@pytest.mark.parametrize("owner", ["get_ipython()", "sys.stdout", "get_ipython().display_pub"])
def test_a_thread_may_name_the_request_it_works_for(client: Client, owner: str) -> None:
    code = "import sys\n" + PARENT.format(
        set=f"{owner}.set_thread_parent(parent)", reset=f"{owner}.reset_thread_parent(token)"
    )
    first = client.execute(code)
    second = client.execute("go.set(); done.wait(10);")
    expect(client, {"late\n": first, "after\n": second})


@pytest.mark.parametrize("owner", ["get_ipython()", "sys.stdout", "get_ipython().displayhook"])
def test_a_thread_may_name_it_for_good(client: Client, owner: str) -> None:
    first = client.execute("import sys\n" + PARENT.format(set=f"{owner}.set_parent(parent)", reset="pass"))
    second = client.execute("go.set(); done.wait(10);")
    expect(client, {"late\nafter\n": first}, second)


def test_a_request_that_is_long_over_may_be_named(client: Client) -> None:
    first = client.execute("parent = get_ipython().parent_header")
    for number in range(3):
        client.execute(str(number))
    code = "with get_ipython().kernel.output_to(parent):\n    print('here'); display('shown')\nprint('there')"
    second = client.execute(code)
    expect(client, {"here\n": first, "there\n": second})
    assert client.execute("import sys; sys.stdout.parent_header['msg_type']").result == {
        "text/plain": "'execute_request'"
    }


def test_a_childs_text_belongs_to_its_cell_if_that_is_wished(creator: Client) -> None:
    child = "import subprocess, sys\nchild = subprocess.Popen('read go; echo late', shell=True, stdin=subprocess.PIPE)"
    first = creator.execute(child)
    second = creator.execute("print('second'); child.communicate(b'go\\n');")
    message = creator.wait_for(lambda m: isinstance(m.content, Stream) and m.content.text == "late\n")
    assert message.parent_header.msg_id == first.request.msg_id
    assert second.text() == "second\n"


def test_a_child_that_is_started_with_output_kept_writes_into_its_cell(client: Client) -> None:
    child = "subprocess.Popen('read go; echo late', shell=True, stdin=subprocess.PIPE)"
    first = client.execute(f"import subprocess\nwith get_ipython().kernel.output_to():\n    child = {child}")
    second = client.execute("import os; os.system('echo second'); child.communicate(b'go\\n');")
    message = client.wait_for(lambda m: isinstance(m.content, Stream) and m.content.text == "late\n")
    assert message.parent_header.msg_id == first.request.msg_id
    assert second.text() == "second\n"


def test_a_wrong_wish_is_told_and_changes_nothing(tmp_path: Path) -> None:
    argv = [*ARGV, "--PythonKernel.outliving_output=nobody"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        shown = client.execute("print('here')")
        assert shown.text() == "here\n"
        assert "outliving_output = 'nobody'" in shown.text("stderr")
