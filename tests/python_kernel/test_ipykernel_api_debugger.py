"""The debugger, as software in the kernel asks it: `ipykernel.debugger`, `kernel.debugger`, handlers of requests."""

from __future__ import annotations

import ast
from typing import Any

from sdk.testing import Client
from tests.python_kernel.debugging import Debugger

ASKING = """
kernel = get_ipython().kernel
async def ask(command, **arguments):
    request = {"type": "request", "seq": 1, "command": command, "arguments": arguments}
    return await kernel.do_debug_request(request)
"""


def value(client: Client, expression: str) -> Any:
    """The value of an expression that is a literal."""
    exchange = client.execute(expression)
    assert exchange.result is not None, exchange.error or exchange.text()
    return ast.literal_eval(exchange.result["text/plain"])


def test_a_cell_asks_the_debugger_as_a_front_end_does(client: Client) -> None:
    client.execute(ASKING)
    assert value(client, "kernel.debugger.is_started") is False
    try:
        assert value(client, "(await ask('initialize', adapterID=''))['success'], kernel.debugger.is_started") == (
            True,
            True,
        )
        assert value(client, "(await ask('attach'))['success']") is True
        dumped = "await kernel.debugger.dumpCell({'seq': 1, 'command': 'dumpCell', 'arguments': {'code': 'x = 1'}})"
        client.execute(f"path = ({dumped})['body']['sourcePath']")
        client.execute("await ask('setBreakpoints', source={'path': path}, breakpoints=[{'line': 1}])")
        found = value(
            client, "kernel.debugger.breakpoint_list == {path: [{'line': 1}]}, kernel.debugger.stopped_threads"
        )
        assert found == (True, set())
    finally:
        client.execute("await ask('disconnect')")
    assert value(client, "kernel.debugger.is_started, kernel.debugger.breakpoint_list") == (False, {})


def test_what_is_no_request_is_refused_and_not_raised(client: Client) -> None:
    client.execute("kernel = get_ipython().kernel")
    assert value(client, "(await kernel.debugger.process_request({}))['success']") is False
    assert value(client, "(await kernel.debugger.stackTrace({'command': 'stackTrace'}))['success']") is False


def test_the_debuggers_options_are_the_kernels(client: Client) -> None:
    client.execute("kernel = get_ipython().kernel\nkernel.debugger.just_my_code = False")
    try:
        assert value(client, "kernel.debug_just_my_code, kernel._kernel.debug_just_my_code") == (False, False)
    finally:
        client.execute("kernel.debugger.just_my_code = True")
    assert value(client, "kernel.debugger.just_my_code, kernel.debugger.filter_internal_frames") == (True, True)


def test_a_handler_of_debug_requests_answers_while_a_cell_is_stopped(client: Client) -> None:
    client.execute("""
kernel, commands = get_ipython().kernel, []
original = kernel.control_handlers["debug_request"]
async def wrap(stream, ident, parent):
    commands.append(parent["content"]["command"])
    await original(stream, ident, parent)
kernel.control_handlers["debug_request"] = wrap
""")
    debugger = Debugger(client)
    try:
        with debugger.attached():
            debugger.stop_in("a = 1\nb = 2", 2)
            cell = client.send_execute("a = 1\nb = 2")
            stopped = debugger.event("stopped")
            assert debugger.place(stopped["threadId"]) == [("<module>", 2)]
            debugger.ask("continue", threadId=stopped["threadId"])
            assert client.collect(cell).status == "ok"
    finally:
        client.execute("kernel.control_handlers['debug_request'] = original")
    assert value(client, "commands[-3:]") == ["stackTrace", "continue", "disconnect"]
