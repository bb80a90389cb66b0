"""Loops: asyncio.run in cells, nest_asyncio, tasks and context variables between cells."""

from __future__ import annotations

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import ARGV, kernel_process

MAIN = "import asyncio\nasync def main(n):\n    await asyncio.sleep(0)\n    print('in', n)\n    return n\n"


@pytest.mark.parametrize("before", ["", "await asyncio.sleep(0)\n"])
@pytest.mark.parametrize(
    "call",
    [
        "asyncio.run(main(5))",
        "asyncio.Runner().run(main(5))",
        "asyncio.new_event_loop().run_until_complete(main(5))",
        "(lambda: asyncio.run(main(5)))()",
    ],
)
def test_asyncio_run_works_in_a_cell(client: Client, before: str, call: str) -> None:
    exchange = client.execute(f"{MAIN}{before}{call}")
    assert exchange.result == {"text/plain": "5"} and exchange.text() == "in 5\n"
    after = "(asyncio.get_running_loop() is asyncio.get_event_loop(), asyncio.current_task() is not None)"
    assert client.execute(after).result == {"text/plain": "(True, True)"}
    assert client.execute("await main(6)").result == {"text/plain": "6"}


def test_a_loop_in_a_loop_of_the_users_is_still_refused(client: Client) -> None:
    code = f"{MAIN}async def outer():\n    inner = main(1)\n    try: asyncio.run(inner)\n    finally: inner.close()\n"
    error = client.execute(f"{code}asyncio.run(outer())").error
    assert (error.ename, "running event loop" in error.evalue) == ("RuntimeError", True)


def test_the_running_loop_cannot_be_run_and_the_error_says_what_to_write(client: Client) -> None:
    exchange = client.execute(f"{MAIN}work = main(1)\nasyncio.get_event_loop().run_until_complete(work)")
    assert exchange.error.ename == "RuntimeError"
    assert "Write `await ...` in the cell" in "\n".join(exchange.error.traceback)
    client.execute("work.close()")


def test_asyncio_run_is_interrupted(client: Client) -> None:
    running = client.send_execute(f"{MAIN}print('on')\nasyncio.run(asyncio.sleep(60))")
    client.wait_for(lambda message: isinstance(message.content, Stream))
    client.request(InterruptRequest(), Channel.CONTROL)
    assert client.collect(running).error.ename == "KeyboardInterrupt"
    assert client.execute("asyncio.run(main(7))\nawait main(8)").result == {"text/plain": "8"}


def test_asyncio_run_may_be_left_as_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    argv = [*ARGV, "--PythonKernel.nested_asyncio=False"]
    with kernel_process(tmp_path_factory.mktemp("plain"), argv=argv) as process, process.client() as client:
        exchange = client.execute(f"{MAIN}work = main(1)\ntry: asyncio.run(work)\nfinally: work.close()")
        assert exchange.error.ename == "RuntimeError"


@pytest.mark.parametrize("package", ["nest_asyncio", "nest_asyncio2"])
def test_nest_asyncio_works_and_cannot_stall_the_kernel(tmp_path_factory: pytest.TempPathFactory, package: str) -> None:
    pytest.importorskip(package)
    with kernel_process(tmp_path_factory.mktemp("nest")) as process, process.client() as client:
        assert client.execute(f"{MAIN}import {package}\n{package}.apply()").status == "ok"
        for number in range(50):
            code = f"asyncio.get_event_loop().run_until_complete(main({number}))"
            assert client.execute(code).result == {"text/plain": str(number)}
            assert client.execute(f"asyncio.run(main({number}))").result == {"text/plain": str(number)}
            assert client.execute(f"await main({number})").result == {"text/plain": str(number)}
        headers = [client.send_execute(f"await main({number})") for number in range(200)]
        assert [client.collect(header).text() for header in headers] == [f"in {n}\n" for n in range(200)]
        for code in ("await asyncio.sleep(60)", "asyncio.run(asyncio.sleep(60))", "import time; time.sleep(60)"):
            running = client.send_execute(f"print('on')\n{code}")
            client.wait_for(lambda message: isinstance(message.content, Stream))
            client.request(InterruptRequest(), Channel.CONTROL)
            assert client.collect(running).error.ename == "KeyboardInterrupt"
        assert client.execute("await main(1)").result == {"text/plain": "1"}


@pytest.mark.parametrize("package", ["nest_asyncio", "nest_asyncio2"])
def test_nest_asyncio_may_run_what_the_loop_was_about_to_run(
    tmp_path_factory: pytest.TempPathFactory, package: str
) -> None:
    """In the cell that applies it: asyncio then finds fewer callbacks than it has counted."""
    pytest.importorskip(package)
    with kernel_process(tmp_path_factory.mktemp("nest")) as process, process.client() as client:
        counted = "asyncio.get_running_loop().call_later(0, print, 'counted')\nawait asyncio.sleep(0)\n"
        code = f"import {package}\n{package}.apply()\nasyncio.get_event_loop().run_until_complete(main(1))"
        assert client.execute(f"{MAIN}{counted}{code}").result == {"text/plain": "1"}
        assert client.execute("await main(2)").result == {"text/plain": "2"}


def test_a_background_task_runs_between_cells_and_prints_into_its_own(client: Client) -> None:
    code = (
        "import asyncio\nasync def tick():\n"
        "    for n in range(3):\n        await asyncio.sleep(0.01)\n        print(n)\n"
    )
    begun = client.send_execute(f"{code}task = asyncio.create_task(tick())")
    assert client.collect(begun).status == "ok"
    texts = ""
    while texts != "0\n1\n2\n":
        message = client.wait_for(lambda message: isinstance(message.content, Stream))
        assert message.parent_header.msg_id == begun.msg_id
        texts += message.content.text
    assert client.execute("task.done()").result == {"text/plain": "True"}


def test_a_task_goes_on_while_another_cell_awaits(client: Client) -> None:
    client.execute("import asyncio\nevent = asyncio.Event()\nasync def later(): event.set()")
    client.execute("task = asyncio.create_task(asyncio.sleep(0, 5))")
    assert client.execute("asyncio.create_task(later())\nawait asyncio.wait_for(event.wait(), 20)").result == {
        "text/plain": "True"
    }
    assert client.execute("await task").result == {"text/plain": "5"}


@pytest.mark.parametrize("awaits", ["", "import asyncio; await asyncio.sleep(0)\n"])
def test_context_variables_are_kept_between_cells(client: Client, awaits: str) -> None:
    client.execute("from contextvars import ContextVar\nvar = ContextVar('var', default='default')")
    assert client.execute(f"{awaits}var.get()").result == {"text/plain": "'default'"}
    client.execute(f"{awaits}token = var.set('set')")
    assert client.execute(f"{awaits}var.get()").result == {"text/plain": "'set'"}
    client.execute("var.reset(token)") if not awaits else client.execute("del var")


def test_a_cell_after_one_that_broke_the_loop_runs(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute("import asyncio\nasyncio.get_event_loop().stop()")
        assert client.execute("await asyncio.sleep(0, 1)").result == {"text/plain": "1"}
        client.execute("asyncio.set_event_loop(None)")
        assert client.execute("await asyncio.sleep(0, 2)").result == {"text/plain": "2"}
        client.execute("asyncio.current_task().cancel()")
        assert client.execute("await asyncio.sleep(0, 3)").result == {"text/plain": "3"}
