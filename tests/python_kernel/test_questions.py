"""input() and getpass()."""

from __future__ import annotations

from sdk.protocol.iopub import Stream
from sdk.protocol.stdin import InputRequest
from sdk.testing import Client


def test_input_asks_the_client(client: Client) -> None:
    exchange = client.execute("print('first', end='')\nname = input('name? ')\nprint(name)", stdin=["Ada"])
    assert [message.content for message in exchange.stdin] == [InputRequest(prompt="name? ", password=False)]
    assert exchange.text() == "firstAda\n"


def test_getpass_asks_for_a_password(client: Client) -> None:
    exchange = client.execute("import getpass\ngetpass.getpass(), getpass.getpass('PIN ')", stdin=["a", "b"])
    assert [message.content for message in exchange.stdin] == [
        InputRequest(prompt="Password: ", password=True),
        InputRequest(prompt="PIN ", password=True),
    ]
    assert exchange.result == {"text/plain": "('a', 'b')"}


def test_the_end_of_input_is_an_eof_error(client: Client) -> None:
    assert client.execute("input()", stdin=["\x04"]).error.ename == "EOFError"


def test_a_client_that_cannot_ask_gives_an_error_that_ipython_users_catch(client: Client) -> None:
    assert client.execute("input()").error.ename == "StdinNotImplementedError"
    exchange = client.execute(
        "try:\n    input()\nexcept NotImplementedError as error:\n    print(type(error).__name__)"
    )
    assert exchange.outputs() == [Stream("stdout", "StdinNotImplementedError\n")]


def test_an_awaiting_cell_asks_too(client: Client) -> None:
    exchange = client.execute("import asyncio\nawait asyncio.sleep(0)\ninput('?')", stdin=["yes"])
    assert exchange.result == {"text/plain": "'yes'"}


def test_pdb_asks(client: Client) -> None:
    exchange = client.execute("import pdb\ninner = 5\npdb.set_trace()\nprint('on')", stdin=["p inner + 1", "c"])
    assert "6\n" in exchange.text() and exchange.text().endswith("on\n")
    assert exchange.status == "ok"


def test_sys_stdin_reads_lines_from_the_client(client: Client) -> None:
    exchange = client.execute(
        "import sys\nread = sys.stdin.readline\nread(), read(2), read(), input()", stdin=["a", "bcd", "e"]
    )
    assert exchange.result == {"text/plain": r"('a\n', 'bc', 'd\n', 'e')"}


def test_a_loop_over_sys_stdin_ends_with_the_input(client: Client) -> None:
    code = "import sys\nfor line in sys.stdin:\n    print(repr(line))"
    exchange = client.execute(code, stdin=["one", "", "two", "\x04"])
    assert exchange.text().splitlines() == [r"'one\n'", r"'\n'", r"'two\n'"]
    assert client.execute("print(list(sys.stdin))").text() == "[]\n"  # nobody can be asked


def test_programs_read_sys_stdin_in_all_ways(client: Client) -> None:
    code = "import sys\nsys.stdin.read(), sys.stdin.buffer.readline(), sys.stdin.readlines()"
    exchange = client.execute(code, stdin=["a", "b", "", "\u00e9", "c", "\x04"])
    assert exchange.result == {"text/plain": r"('a\nb\n', b'\xc3\xa9\n', ['c\n'])"}
