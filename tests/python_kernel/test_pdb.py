"""pdb in cells: interrupts at its prompt end the cell, and it leaves the kernel's interrupts alone."""

from __future__ import annotations

import re
import sys
from textwrap import indent

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Error, Stream
from sdk.protocol.message import Channel
from sdk.testing import Client

FUNCTION = "def inner():\n    x = 1\n    breakpoint()\n    print('on')\n"
BREAKPOINTS = {
    "breakpoint": "x = 1\nbreakpoint()\nprint('on')",
    "pdb": "import pdb; pdb.set_trace()\nprint('on')",
    "IPython": "from IPython.core.debugger import set_trace; set_trace()\nprint('on')",
    "in a function": f"{FUNCTION}inner()\nprint('on')",
    "in a loop": "for n in range(100):\n    breakpoint()\n    print('on')",
    "post mortem": "%debug\nprint('on')",
    "in a coroutine": "import asyncio\nawait asyncio.sleep(0)\nbreakpoint()\nprint('on')",
}


def interrupt(client: Client) -> None:
    client.request(InterruptRequest(), Channel.CONTROL)


@pytest.mark.parametrize("name", BREAKPOINTS)
def test_an_interrupt_at_the_prompt_leaves_the_debugger(client: Client, name: str) -> None:
    client.execute("1 / 0")
    cell = client.send_execute(f"if True:\n{indent(BREAKPOINTS[name], '    ')}", allow_stdin=True)
    client.receive(Channel.STDIN)
    interrupt(client)
    if name == "in a loop":
        client.receive(Channel.STDIN)
        interrupt(client)
    exchange = client.collect(cell)
    assert exchange.status == ("error" if name == "in a loop" else "ok")
    assert re.search(r"^on$", exchange.text(), re.MULTILINE)
    assert client.execute("import sys; sys.gettrace()").result is None  # nothing is traced any more


@pytest.mark.parametrize("again", ["breakpoint()", "import pdb; pdb.set_trace()", "inner()"])
def test_a_second_interrupt_ends_the_cell(client: Client, again: str) -> None:
    for _ in range(2):
        cell = client.send_execute(f"{FUNCTION}x = 1\nbreakpoint()\n{again}\nprint('sec' 'ond')", allow_stdin=True)
        for _ in range(2):
            client.receive(Channel.STDIN)
            interrupt(client)
        exchange = client.collect(cell)
        assert (exchange.status, exchange.error and exchange.error.ename) == ("error", "KeyboardInterrupt")
        assert "\nsecond\n" not in exchange.text()
        assert client.execute("import sys; sys.gettrace()").result is None


def test_an_interrupt_ends_a_command_of_the_debugger(client: Client) -> None:
    cell = client.send_execute("import time\nx = 5\nbreakpoint()\nx", allow_stdin=True)
    client.reply_to(client.receive(Channel.STDIN), "print('sleeps') or time.sleep(60)")
    client.wait_for(lambda message: isinstance(message.content, Stream) and "sleeps" in message.content.text)
    interrupt(client)
    # IPython's debugger is left; from Python 3.13 on commands are the standard library's, which ask for the next one.
    asks_again = sys.version_info >= (3, 13)
    exchange = client.collect(cell, stdin=["continue"] if asks_again else [])
    assert exchange.result == {"text/plain": "5"}
    assert len(exchange.stdin) == int(asks_again)


@pytest.mark.parametrize("command", ["continue", "next", "quit"])
def test_cells_after_a_debugger_are_interrupted(client: Client, command: str) -> None:
    client.execute("x = 1\nbreakpoint()\nx = 2", stdin=lambda request: command)
    cell = client.send_execute("import time\nprint('on')\ntime.sleep(60)", allow_stdin=True)
    client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    interrupt(client)
    assert client.collect(cell).error.ename == "KeyboardInterrupt"


@pytest.mark.parametrize("command", ["next", "step"])
def test_stepping_goes_from_statement_to_statement_and_ends_with_the_cell(client: Client, command: str) -> None:
    code = "x = 1\nbreakpoint()\ny = 2\ndef f(n):\n    return n + 1\nz = f(y)\nprint(z)"
    exchange = client.execute(code, stdin=lambda request: command)
    assert exchange.status == "ok"
    text = re.sub(r"\x1b\[[0-9;]*m", "", exchange.text())
    places = re.findall(r"^> (\S+?)\((\d+)\)", text, re.MULTILINE)
    assert all("ipykernel_" in file for file, _ in places)
    lines = [int(line) for _, line in places if line != "0"]
    assert sorted(set(lines)) == ([2, 3, 4, 6, 7] if command == "next" else [2, 3, 4, 5, 6, 7])
    assert client.execute("z").result == {"text/plain": "3"}


def test_a_breakpoint_outlives_its_cell(client: Client) -> None:
    client.execute("def stops():\n    return 8\nbreakpoint()", stdin=["b stops", "c"])
    exchange = client.execute("stops()", stdin=["p 'stopped'", "clear 1", "c"])
    assert "stopped" in exchange.text()
    assert client.execute("stops()").result == {"text/plain": "8"}


def test_a_command_of_pdbrc_leaves_the_debugger_and_not_the_cell(client: Client) -> None:
    client.execute("from pathlib import Path\nPath('.pdbrc').write_text('continue\\n')")
    try:
        assert client.execute("breakpoint()\nx = 7\nx").result == {"text/plain": "7"}
    finally:
        client.execute("Path('.pdbrc').unlink()")


def test_pdb_shows_the_error_before_it_asks(client: Client) -> None:
    client.execute("%pdb on")
    cell = client.send_execute("1 / 0", allow_stdin=True)
    client.wait_for(lambda message: isinstance(message.content, Error))
    client.reply_to(client.receive(Channel.STDIN), "quit")
    assert client.collect(cell).status == "error"
    client.execute("%pdb off")


@pytest.mark.parametrize("line", ["1 / 0", "import asyncio; await asyncio.sleep(0); 1 / 0"])
def test_with_pdb_on_the_error_is_shown_once(client: Client, line: str) -> None:
    client.execute("%pdb on")
    exchange = client.execute(line, stdin=lambda request: "quit")
    client.execute("%pdb off")
    assert [one.ename for one in exchange.outputs() if isinstance(one, Error)] == ["ZeroDivisionError"]
    assert exchange.reply.content.ename == "ZeroDivisionError"


def test_the_debugger_asks_after_one_that_ran_a_program(client: Client) -> None:
    client.execute("with open('program.py', 'w') as file: file.write('x = 1\\n')")
    client.execute("%run -d program.py", stdin=lambda request: "continue")
    client.execute("1 / 0")
    asked = []
    client.execute("%debug", stdin=lambda request: asked.append(request.prompt) or "quit")
    assert asked == ["ipdb> "]
