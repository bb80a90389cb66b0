"""`!command`: its terminal, its input, its exit status, its end."""

from __future__ import annotations

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.stdin import InputRequest
from sdk.testing import Client
from tests.python_kernel.conftest import kernel_process


def test_its_lines_end_as_they_were_written_and_expressions_are_put_in(client: Client) -> None:
    code = "word = 'a'\n!echo $word {word + 'c'} $$0"
    words = client.execute(code).text().split()
    assert words[:2] == ["a", "ac"] and words[2].startswith("/")
    assert client.execute("!echo one; echo two >&2; printf three").outputs() == [Stream("stdout", "one\ntwo\nthree")]


def test_local_names_of_a_function_are_put_in(client: Client) -> None:
    code = "def shown(inner):\n    !echo is $inner\n    found = !echo {inner * 2}\n    return found\nshown('x')"
    exchange = client.execute(code)
    assert (exchange.text(), exchange.result) == ("is x\n", {"text/plain": "['xx']"})


def test_its_exit_status_is_kept(client: Client) -> None:
    client.execute("!exit 3")
    assert client.execute("_exit_code").result == {"text/plain": "3"}
    client.execute("!sh -c 'kill -9 $$'")
    assert client.execute("_exit_code").result == {"text/plain": "-9"}
    client.execute("!true")
    assert client.execute("_exit_code").result == {"text/plain": "0"}


def test_a_failure_is_an_error_when_that_is_wanted(client: Client) -> None:
    client.execute("get_ipython().system_raise_on_error = True")
    error = client.execute("!exit 3").error
    client.execute("get_ipython().system_raise_on_error = False")
    assert (error.ename, error.evalue) == ("CalledProcessError", "Command 'exit 3' returned non-zero exit status 3.")


@pytest.mark.parametrize("code", ["!sleep 60 &", "x = !sleep 60 &", "!!sleep 60 & "])
def test_background_commands_are_refused(client: Client, code: str) -> None:
    assert client.execute(code).error.ename == "OSError"


def test_what_it_writes_can_be_kept(client: Client) -> None:
    assert client.execute("lines = !printf 'a\\nb\\n'\nlines, lines.n").result == {
        "text/plain": "(['a', 'b'], 'a\\nb')"
    }
    assert client.execute("!!echo both; echo streams >&2").result == {"text/plain": "['both', 'streams']"}
    assert client.execute("%sx echo sx").result == {"text/plain": "['sx']"}


def test_it_runs_on_a_terminal_of_its_own(client: Client) -> None:
    code = "!test -t 0 -a -t 1 -a -t 2 && stty size && ps -o tty= -p $$ > /dev/null && echo ok"
    assert client.execute(code.replace("$$", "1")).text() == "24 80\nok\n"


def test_what_it_reads_is_asked_with_its_own_words(client: Client) -> None:
    exchange = client.execute("""!python3 -c "print('hi'); print('got', input('name? '))" """, stdin=["Ada"])
    assert [message.content for message in exchange.stdin] == [InputRequest(prompt="name? ", password=False)]
    assert exchange.text() == "hi\ngot Ada\n"


def test_a_password_is_asked_as_one(client: Client) -> None:
    code = """!python3 -c "import getpass; print(len(getpass.getpass('PIN ')))" """
    exchange = client.execute(code, stdin=["1234"])
    assert [message.content for message in exchange.stdin] == [InputRequest(prompt="PIN ", password=True)]
    assert exchange.text().endswith("4\n") and "1234" not in exchange.text()


def test_an_assigned_command_asks_too(client: Client) -> None:
    exchange = client.execute("x = !read name; echo $$name\nx", stdin=["Bob"])
    assert exchange.result == {"text/plain": "['Bob']"}


def test_lines_and_the_end_of_input(client: Client) -> None:
    assert client.execute("!cat; echo after", stdin=["a", "ä", "\x04"]).text() == "a\nä\nafter\n"


@pytest.mark.parametrize("code", ["!cat", "x = !cat", "!read name", "!python3 -c 'input()'"])
def test_where_nobody_can_be_asked_it_gets_the_end_of_input_at_once(client: Client, code: str) -> None:
    assert client.execute(code).status == "ok"


def test_a_command_that_reads_on_and_on_is_ended(client: Client) -> None:
    exchange = client.execute("!while true; do read name; done", timeout=30)
    assert exchange.status == "ok" and "cannot be asked" in exchange.text()


@pytest.mark.parametrize(
    "code",
    [
        "!echo on; sleep 60",
        "x = !echo on >/dev/tty; sleep 60",
        "!echo on; trap '' INT; sleep 60 & wait; sleep 60",
        "import os\nos.write(1, b'')\n!echo on; python3 -c 'while True: pass'",
    ],
)
def test_an_interrupt_ends_it_and_the_cell(client: Client, code: str) -> None:
    if code.startswith("x"):
        code = "print('on')\n" + code
    running = client.send_execute(code)
    client.wait_for(lambda message: isinstance(message.content, Stream))
    client.request(InterruptRequest(), Channel.CONTROL)
    exchange = client.collect(running, timeout=20)
    assert (exchange.status, exchange.error.ename) == ("error", "KeyboardInterrupt")
    assert client.execute("!echo alive").text() == "alive\n"


def test_much_output_is_whole(client: Client) -> None:
    text = client.execute("!seq 30000", timeout=30).text()
    assert text == "".join(f"{number}\n" for number in range(1, 30001))


def test_characters_are_not_cut(client: Client) -> None:
    code = """!python3 -c "import sys,time; b='ä€𝄞'.encode(); [(sys.stdout.buffer.write(b[n:n+1]), sys.stdout.flush(), time.sleep(.01)) for n in range(len(b))]" """  # noqa: E501
    assert client.execute(code).text() == "ä€𝄞"


def test_its_output_goes_where_the_users_stdout_goes(client: Client) -> None:
    code = "with contextlib.redirect_stdout(io.StringIO()) as kept:\n    !echo into\nkept.getvalue()"
    assert client.execute("import io, contextlib\n" + code).result == {"text/plain": "'into\\n'"}


def test_the_users_shell_runs_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        kernel_process(tmp_path_factory.mktemp("shell"), env={"SHELL": "/bin/sh"}) as process,
        process.client() as client,
    ):
        assert client.execute("!echo $$0").text() == "/bin/sh\n"


def test_children_of_a_subshells_cell_run_beside(client: Client) -> None:
    from sdk.protocol.control import CreateSubshellRequest

    made = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
    assert made is not None
    exchange = client.execute("!echo from a thread; cat", subshell_id=made.content.subshell_id, stdin=["x", "\x04"])
    assert exchange.text() == "from a thread\nx\n"


def test_an_interrupt_of_a_subshell_ends_its_command_alone(client: Client) -> None:
    from sdk.protocol.control import CreateSubshellRequest

    made = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
    assert made is not None
    here = made.content.subshell_id
    running = client.send_execute("!echo on; sleep 60", subshell_id=here)
    client.wait_for(lambda message: isinstance(message.content, Stream))
    client.request(InterruptRequest(), Channel.CONTROL, subshell_id=here)
    assert client.collect(running, timeout=20).error.ename == "KeyboardInterrupt"
    assert client.execute("!echo alive", subshell_id=here).text() == "alive\n"
