"""What is written past Python: by C code, by programs, to the descriptors themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.iopub import DisplayData, ExecuteResult, Stream
from sdk.protocol.message import Message
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import ARGV, kernel_process


def plain(text: str) -> dict[str, str]:
    return {"text/plain": text}


def test_text_past_python_comes_in_order(client: Client) -> None:
    code = """
import os, sys
print('a'); os.system('echo b'); print('c'); os.system('echo d >&2'); display({'text/plain': 'e'}, raw=True)
os.system('echo f')
'g'
"""
    exchange = client.execute(code)
    assert exchange.outputs() == [
        Stream("stdout", "a\nb\nc\n"),
        Stream("stderr", "d\n"),
        DisplayData(plain("e")),
        Stream("stdout", "f\n"),
        ExecuteResult(exchange.reply.content.execution_count, plain("'g'")),
    ]


def test_text_of_programs_is_shown_before_what_comes_after_it(client: Client) -> None:
    code = """
import comm, os
one = comm.create_comm(target_name="nobody")
os.system("echo before the comm"); one.send({"n": 1})
os.system("echo before the error")
try: 1 / 0
except ZeroDivisionError: get_ipython().showtraceback()
os.system("echo before the question"); input("? ")
os.system("echo before clearing"); get_ipython().display_pub.clear_output();
"""
    exchange = client.execute(code, stdin=["yes"])
    shown = [m.content.text if isinstance(m.content, Stream) else m.header.msg_type for m in exchange.iopub]
    question = next(m for m in exchange.stdin if m.header.msg_type == "input_request")
    assert [text for text in shown if text not in ("status", "execute_input")] == [
        "comm_open",
        "before the comm\n",
        "comm_msg",
        "before the error\n",
        "error",
        "before the question\n",
        "before clearing\n",
        "clear_output",
    ]
    text = next(m for m in exchange.iopub if m.content == Stream("stdout", "before the question\n"))
    assert number(text) < number(question)


def number(message: Message) -> int:
    """Which of the kernel's messages it is."""
    return int(message.header.msg_id.rpartition("_")[2])


def test_displays_do_not_overtake_what_has_just_been_written(client: Client) -> None:
    code = """
import os
for number in range(100):
    os.write(1, b"text\\n"); display({"text/plain": "shown"}, raw=True)
"""
    assert client.execute(code).outputs() == [Stream("stdout", "text\n"), DisplayData(plain("shown"))] * 100


def test_c_code_is_shown_line_by_line_and_the_rest_at_the_end(tmp_path: Path) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None)
for number in range(3):
    libc.printf(b"c %d\\n", number); print("python", number)
libc.printf(b"no end");
"""
    # Python makes C's stdout unbuffered where it is told to be so itself.
    with kernel_process(tmp_path, env={"PYTHONUNBUFFERED": ""}) as process, process.client() as client:
        shown = client.execute(code).text()
    assert shown == "c 0\npython 0\nc 1\npython 1\nc 2\npython 2\nno end"


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess, sys; subprocess.run(['echo', 'out'])",
        "import subprocess, sys; subprocess.run(['echo', 'out'], stdout=sys.stdout)",
        "import subprocess, sys; subprocess.run('echo out >&2', shell=True, stderr=sys.stdout)",
        "import os; os.system('echo out')",
        "import os; os.write(1, b'out\\n')",
        "import sys; sys.__stdout__.write('out\\n')",
        "import sys, subprocess; subprocess.run([sys.executable, '-c', 'print(\"out\")'])",
        "import os; os.posix_spawn('/bin/echo', ['echo', 'out'], {}); os.wait()",
        "import asyncio\nawait (await asyncio.create_subprocess_exec('echo', 'out')).wait()",
        "!echo out",
    ],
)
def test_programs_write_into_the_cell(client: Client, code: str) -> None:
    assert client.execute(f"{code};").text().replace("\r", "") == "out\n"


def test_a_character_in_two_pieces_is_one(client: Client) -> None:
    code = "import os, time\nfor byte in '\u00fc\u20ac'.encode():\n    os.write(1, bytes([byte])); time.sleep(0.01)"
    assert client.execute(code).text() == "\u00fc\u20ac"
    code = "import os; os.system('printf %0999d 0; for i in $(seq 1001); do printf \u00fc; done');"
    assert client.execute(code).text() == "0" * 999 + "\u00fc" * 1001


def test_much_text_loses_nothing(client: Client) -> None:
    text = client.execute("import os; os.system('seq 1 100000');", timeout=60).text()
    assert text == "".join(f"{number}\n" for number in range(1, 100_001))


def test_c_code_that_holds_the_interpreter_may_write_a_lot(client: Client) -> None:
    code = """
import ctypes
libc = ctypes.PyDLL(None)  # which does not let other threads run
libc.printf(b"%0900000d\\n", 1);
"""
    assert len(client.execute(code, timeout=60).text()) == 900_001


def test_text_of_a_running_program_comes_while_it_runs(client: Client, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    header = client.send_execute(f"import os; os.system('echo now; read line < {fifo}; echo $line');")
    client.wait_for(lambda m: m.content == Stream("stdout", "now\n"))
    fifo.write_text("go on\n")
    assert client.collect(header).text() == "go on\n"


def test_a_program_in_the_background_writes_after_its_cell(client: Client) -> None:
    client.execute(
        "import subprocess; child = subprocess.Popen('read go; echo late', shell=True, stdin=subprocess.PIPE)"
    )
    last = client.execute("child.stdin.write(b'go\\n'); child.stdin.flush()")
    found = [m for m in last.iopub if isinstance(m.content, Stream)]
    message = found[0] if found else client.wait_for(lambda m: isinstance(m.content, Stream))
    assert (message.content.text, message.parent_header.msg_id) == ("late\n", last.request.msg_id)


def test_the_processes_own_output_gets_a_copy_of_programs_text(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        assert client.execute("import os; os.system('echo from a program'); print('from python')").status == "ok"
    assert fresh.output() == "from a program\n"


def test_the_descriptor_of_before_is_known(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute("import os, sys; os.write(sys.stderr._original_stdstream_copy, b'to the log');")
    assert fresh.output() == "to the log"


def test_the_kernels_own_log_is_not_in_cells(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        assert client.execute("get_ipython().kernel.host.log('for the log')").outputs() == []
    assert fresh.output().endswith("for the log\n")


def test_the_kernels_own_log_can_be_read_in_a_cell(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        assert client.execute("%kernel_log").text() == "The kernel's log is empty.\n"
        client.execute("for n in range(3): get_ipython().kernel.host.log(f'line {n}')")
        lines = client.execute("%kernel_log 2").text().splitlines()
        assert [line.rpartition(": ")[2] for line in lines] == ["line 1", "line 2"]
        assert client.execute("%kernel_log many").error.ename == "UsageError"


@pytest.fixture(params=["PythonKernel", "IPKernelApp"])
def uncaptured(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[KernelProcess]:
    """A kernel that leaves the descriptors alone."""
    argv = [*ARGV, f"--{request.param}.capture_fd_output=False"]
    with kernel_process(tmp_path, argv=argv) as process:
        yield process


def test_descriptors_may_be_left_alone(uncaptured: KernelProcess) -> None:
    with uncaptured.client() as client:
        exchange = client.execute("import os; os.system('echo from a program'); print('from python')")
        assert exchange.text() == "from python\n"
        code = "pid = os.fork()\nif pid == 0:\n    print('in the child'); os._exit(0)\nos.waitpid(pid, 0);"
        assert client.execute(code).text() == "in the child\n"
    assert uncaptured.output() == "from a program\n"


def test_a_kernel_without_descriptors_works(tmp_path: Path) -> None:
    argv = ["sh", "-c", 'exec "$0" "$@" >&- 2>&-', *ARGV]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        assert client.execute("import os; os.system('echo program'); print('python')").text() == "program\npython\n"


def test_nobody_who_reads_the_copy_slowly_holds_up_a_cell(tmp_path: Path) -> None:
    # `sleep` reads nothing; it ends when the kernel has, which has begun a session of its own.
    argv = ["sh", "-c", '{ "$0" "$@"; kill -9 0; } 2>&1 | sleep 600', *ARGV]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        assert len(client.execute("import os; os.system('seq 1 100000');", timeout=60).text()) == 588_895


def test_an_interrupt_ends_a_program_that_writes_without_end(client: Client, kernel: KernelProcess) -> None:
    header = client.send_execute("import subprocess; subprocess.run('yes')")
    client.wait_for(lambda m: isinstance(m.content, Stream))
    kernel.interrupt()
    assert client.collect(header, timeout=30).error.ename == "KeyboardInterrupt"
    assert client.execute("'alive'").result == plain("'alive'")
