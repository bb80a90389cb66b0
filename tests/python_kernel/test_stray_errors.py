"""Errors that nobody waits for are shown where their task or thread was started."""

from __future__ import annotations

from sdk.protocol.control import ShutdownRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.testing import Client, KernelProcess
from tests.colours import plain

TASK = """
import asyncio
go = asyncio.Event()
async def fail():
    await go.wait()
    raise ValueError("from a task")
asyncio.create_task(fail());
"""
THREAD = """
import threading
ready = threading.Event()
def fail():
    ready.wait(10)
    raise ValueError("from a thread")
thread = threading.Thread(target=fail)
thread.start()
"""


def test_a_tasks_error_is_shown_in_the_cell_that_started_it(client: Client) -> None:
    first = client.execute(TASK)
    second = client.execute("go.set(); await asyncio.sleep(0.01)")
    message = client.wait_for(lambda m: isinstance(m.content, Stream))
    assert message.parent_header.msg_id == first.request.msg_id
    assert "never retrieved" in message.content.text
    assert "ValueError: from a task" in message.content.text
    assert second.outputs() == []


def test_the_users_own_handler_of_such_errors_is_kept(client: Client) -> None:
    client.execute(
        "import asyncio\nseen = []\nloop = asyncio.get_running_loop()\nbefore = loop.get_exception_handler()"
    )
    client.execute("loop.set_exception_handler(lambda loop, details: seen.append(type(details['exception'])))")
    client.execute(TASK + "go.set(); await asyncio.sleep(0.01)")
    assert client.execute("loop.set_exception_handler(before); seen").result == {"text/plain": "[ValueError]"}


def test_a_threads_error_is_shown_in_the_cell_that_started_it(client: Client) -> None:
    first = client.execute(THREAD)
    second = client.execute("ready.set(); thread.join()")
    message = client.wait_for(lambda m: isinstance(m.content, Stream))
    assert message.parent_header.msg_id == first.request.msg_id
    assert "ValueError: from a thread" in plain(message.content.text)
    assert second.outputs() == []


def test_an_exit_handlers_words_are_heard(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        first = client.execute("import atexit; atexit.register(lambda: 1 / 0); atexit.register(print, 'farewell');")
        client.send(ShutdownRequest(restart=False), Channel.CONTROL)
        for name, text in (("stdout", "farewell"), ("stderr", "ZeroDivisionError")):
            message = client.wait_for(
                lambda m, name=name, text=text: (
                    isinstance(m.content, Stream) and m.content.name == name and text in m.content.text
                )
            )
            assert message.parent_header.msg_id == first.request.msg_id
