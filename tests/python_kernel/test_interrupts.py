"""Interrupts of the Python kernel: whatever runs ends at once, the kernel lives, and what was computed is kept."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from sdk.protocol.control import CreateSubshellRequest, DeleteSubshellRequest, InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Header
from sdk.protocol.shell import CompleteRequest, InspectRequest, KernelInfoRequest
from sdk.testing import BUSY, IDLE, Client, Exchange, KernelProcess
from tests.conftest import needs
from tests.python_kernel.conftest import kernel_process
from tests.waiting import until

CELLS = {
    "busy loop": "while True: pass",
    "nested calls": "def f(n):\n    return f(n - 1) if n else sum(range(1000))\nwhile True: f(20)",
    "sleep": "import time; time.sleep(60)",
    "await": "import asyncio; await asyncio.sleep(60)",
    "many awaits": "import asyncio\nwhile True: await asyncio.sleep(0)",
    "gather": "import asyncio; await asyncio.gather(*(asyncio.sleep(60) for _ in range(20)))",
    "to_thread": "import asyncio, threading; await asyncio.to_thread(threading.Event().wait, 3)",
    "blocking call in a coroutine": "import asyncio, time\nawait asyncio.sleep(0)\ntime.sleep(60)",
    "shielded task": (
        "import asyncio\nasync def deaf():\n    while True:\n        try: await asyncio.sleep(1)\n"
        "        except asyncio.CancelledError: pass\ndeaf_task = asyncio.create_task(deaf())\nawait deaf_task"
    ),
    "background task that blocks": (
        "import asyncio, time\nasync def block():\n"
        "    while True:\n        await asyncio.sleep(0)\n        time.sleep(0.2)\n"
        "blocker = asyncio.create_task(block())\ntry: await asyncio.sleep(60)\nfinally: blocker.cancel()"
    ),
    "prints": "while True: print('x')",
    "displays": "from IPython.display import display\nwhile True: display(1)",
    "lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "queue": "import queue; queue.Queue().get()",
    "join": "import threading, time\nt = threading.Thread(target=time.sleep, args=(3,))\nt.start(); t.join()",
    "subprocess": "import subprocess; subprocess.run(['sleep', '60'])",
    "shell command": "!sleep 60",
    "script magic": "%%bash\nsleep 60",
    "finally": "import time\ntry:\n    time.sleep(60)\nfinally:\n    kept_by_finally = 1",
    "regular expression": "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    "big number": "while True: 7 ** 20000 % 10**5000",
    "socket": "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); s.accept()",
    "import": "import sys, types, time\nexec('import time\\ntime.sleep(60)', types.ModuleType('m').__dict__)",
    "repr of a result": "import time\nclass Slow:\n    def __repr__(self): time.sleep(60)\nSlow()",
    "run line magic": "%timeit -n 1 -r 1 __import__('time').sleep(60)",
    "asyncio.run": "import asyncio; asyncio.run(asyncio.sleep(60))",
}
SHELL = ("shell command", "script magic")  # IPython ends these in its own ways
QUIET = ("repr of a result",)  # IPython shows what a formatter raised, an interrupt too, and goes on
HOLDS_GIL = ("regular expression",)  # no thread of ours can take a message meanwhile: a signal alone gets through
LIMIT = 20.0  # seconds: a test of order, not of speed; the figures are the benchmark's


def begun(client: Client, code: str, **fields: object) -> Header:
    first = "" if not code.startswith("%%") else "get_ipython().run_cell_magic('bash', '', 'sleep 60')"
    header = client.send_execute(f"print('on')\n{first or code}", **fields)
    client.wait_for(lambda message: isinstance(message.content, Stream) and message.content.text.startswith("on"))
    return header


def interrupt(client: Client) -> None:
    client.request(InterruptRequest(), Channel.CONTROL)


def ended(client: Client, header: Header) -> Exchange:
    exchange = client.collect(header, timeout=LIMIT)
    assert [exchange.contents().count(status) for status in (BUSY, IDLE)][1] == 1
    return exchange


@pytest.mark.parametrize("name", CELLS)
def test_an_interrupt_ends(client: Client, kernel: KernelProcess, name: str) -> None:
    client.execute("kept = 'kept'\n%timeit -n 1 -r 1 pass")  # an interrupt while IPython loads a magic loses the magic
    cell = begun(client, CELLS[name])
    kernel.interrupt() if name in HOLDS_GIL else interrupt(client)
    exchange = ended(client, cell)
    if name not in (*QUIET, *SHELL):
        assert (exchange.status, exchange.error.ename) == ("error", "KeyboardInterrupt")
    assert client.execute("print(kept, end='')").text() == "kept"
    assert client.execute("import asyncio; await asyncio.sleep(0, 'awaited')").result == {"text/plain": "'awaited'"}


@pytest.mark.parametrize("code", ["input('?')", "__import__('getpass').getpass()", "import sys; sys.stdin.readline()"])
def test_an_interrupt_ends_a_question(client: Client, code: str) -> None:
    cell = begun(client, code, allow_stdin=True)
    client.receive(Channel.STDIN)
    interrupt(client)
    assert ended(client, cell).error.ename == "KeyboardInterrupt"
    assert client.execute("input('?')", stdin=["again"]).result == {"text/plain": "'again'"}


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "for n in range(10**9): print('on')",
        "while True: display(1)",
        "input('?')",
        "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    1/0",
    ],
)
def test_the_traceback_of_an_interrupt_ends_in_the_users_code(client: Client, code: str) -> None:
    cell = begun(client, code, allow_stdin=True)
    if "input" in code:
        client.receive(Channel.STDIN)
    interrupt(client)
    lines = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(ended(client, cell).error.traceback)).splitlines()
    assert not [line for line in lines if re.search(r"\b(sdk|python_kernel)/", line)]
    at = [line for line in lines if line.startswith("---->")]
    assert {line.split(maxsplit=2)[2] for line in at} <= {line.strip() for line in f"print('on')\n{code}".splitlines()}


@pytest.mark.parametrize("code", ["import pdb; pdb.set_trace()", "breakpoint()"])
def test_two_interrupts_leave_the_debugger_and_its_cell(client: Client, code: str) -> None:
    for _ in range(2):
        cell = client.send_execute(f"for n in range(9):\n    {code}\nprint('on and on')", allow_stdin=True)
        waiting = client.send_execute("3 + 4")
        for _ in range(2):
            client.receive(Channel.STDIN)
            interrupt(client)
        assert ended(client, cell).error.ename == "KeyboardInterrupt"
        assert ended(client, waiting).status == "aborted"
    assert client.execute("3 + 4").result == {"text/plain": "7"}


def test_an_interrupt_ends_an_extension_that_looks_for_signals(
    client: Client, kernel: KernelProcess, tmp_path: Path
) -> None:
    needs("gcc")
    source = tmp_path / "spin.c"
    source.write_text("""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <unistd.h>
static PyObject *spin(PyObject *self, PyObject *none) {
    for (;;) { if (PyErr_CheckSignals()) return NULL; usleep(1000); }
}
static PyMethodDef methods[] = {{"spin", spin, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spin", NULL, -1, methods};
PyMODINIT_FUNC PyInit_spin(void) { return PyModule_Create(&module); }
""")
    include = sysconfig.get_path("include")
    if not Path(include, "Python.h").exists():
        pytest.skip("needs Python.h: apt-get install python3-dev")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", f"-I{include}", "-o", tmp_path / "spin.so", source], check=True, timeout=60
    )
    client.execute(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import spin")
    for _ in range(3):
        cell = begun(client, "spin.spin()")
        kernel.interrupt()  # it holds the GIL
        assert ended(client, cell).error.ename == "KeyboardInterrupt"


def test_an_interrupt_ends_numpy_work_between_two_calls(client: Client) -> None:
    pytest.importorskip("numpy")
    client.execute("import numpy as np; matrix = np.random.rand(60, 60)")
    for _ in range(3):
        cell = begun(client, "while True: np.linalg.svd(matrix)")
        interrupt(client)
        assert ended(client, cell).error.ename == "KeyboardInterrupt"


SLOW = """
import time
class Slow:
    def __dir__(self):
        time.sleep(60)
    @property
    def __doc__(self):
        time.sleep(60)
slow = Slow()
"""


@pytest.mark.parametrize("request_", [CompleteRequest("slow."), InspectRequest("slow", 4)])
def test_an_interrupt_ends_assistance(client: Client, request_: CompleteRequest | InspectRequest) -> None:
    client.execute(SLOW)
    header = client.send(request_)
    client.wait_for(lambda message: message.content == BUSY and message.parent_header.msg_id == header.msg_id)
    interrupt(client)
    ended(client, header)
    assert client.execute("1 + 1").result == {"text/plain": "2"}


def test_an_interrupt_of_what_is_called_before_a_cell_ends_the_cell(client: Client) -> None:
    client.execute(
        "import time\ndef slow(*_): print('on'); time.sleep(60)\nget_ipython().events.register('pre_run_cell', slow)"
    )
    cell = client.send_execute("print('not run')")
    client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    interrupt(client)
    exchange = ended(client, cell)
    assert (exchange.error.ename, exchange.text()) == ("KeyboardInterrupt", "")
    unregister = client.send_execute("get_ipython().events.unregister('pre_run_cell', slow)", silent=True)
    assert ended(client, unregister).status == "ok"
    assert client.execute("1 + 1").result == {"text/plain": "2"}


def test_what_must_not_be_left_half_done_is_not_interrupted(client: Client) -> None:
    client.execute(
        "import time\nsteps = []\ndef whole():\n    __not_interrupted__ = True\n    print('on')\n"
        "    for n in range(30): steps.append(time.sleep(0.01))"
    )
    cell = client.send_execute("whole()\ntime.sleep(60)")
    client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    interrupt(client)
    assert ended(client, cell).error.ename == "KeyboardInterrupt"
    assert client.execute("len(steps)").result == {"text/plain": "30"}


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.2])
def test_an_interrupt_while_ipython_is_loaded_ends_the_cell_that_waits(tmp_path: Path, delay: float) -> None:
    with kernel_process(tmp_path) as starting, starting.client() as client:
        waiting = [client.send_execute("import time; time.sleep(60)") for _ in range(2)]
        client.request(KernelInfoRequest())  # what came before has arrived
        time.sleep(delay)  # anywhere in it
        starting.interrupt()
        exchanges = [client.collect(header) for header in waiting]
        assert [exchange.status for exchange in exchanges] == ["error", "aborted"]
        assert exchanges[0].error.ename == "KeyboardInterrupt"
        assert client.execute("6 * 7").result == {"text/plain": "42"}


PRESSED_EARLY = """
import os, signal, sys
import python_kernel.__main__ as kernel
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == "python_kernel.kernel":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Pressed())
kernel.main(sys.argv[1:])
"""


def test_an_interrupt_before_the_kernel_is_there_ends_no_process(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PRESSED_EARLY, "-f", "{connection_file}"]
    with kernel_process(tmp_path, argv=argv) as starting, starting.client() as client:
        assert client.execute("6 * 7").result == {"text/plain": "42"}


FORGETS = {
    "a name": "s = None",
    "a variable": "def f():\n    s = Slow(); s = None\n    while True: pass\ndel s\nf()",
    "del": "del s",
    "an expression": "del s\nfor _ in range(2): Slow()",
}


@pytest.mark.parametrize("name", FORGETS)
@pytest.mark.parametrize("in_subshell", [False, True], ids=["main shell", "subshell"])
def test_an_interrupt_that_meets_a_finalizer_in_c_is_not_lost(client: Client, name: str, in_subshell: bool) -> None:
    # An unclosed socket warns of itself: what is raised in its repr meanwhile is dropped without a word.
    client.execute(
        "import socket, time\nclass Slow(socket.socket):\n    def __repr__(self):\n        print('on')\n"
        "        end = time.monotonic() + 0.1\n        while time.monotonic() < end: pass\n        return 'slow'"
    )
    created = client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content if in_subshell else None
    subshell_id = None if created is None else created.subshell_id  # type: ignore[union-attr]
    for _ in range(2):
        cell = client.send_execute(f"s = Slow()\n{FORGETS[name]}\nwhile True: pass", subshell_id=subshell_id)
        client.wait_for(lambda message: isinstance(message.content, Stream) and "on\n" in message.content.text)
        client.request(InterruptRequest(), Channel.CONTROL, subshell_id=subshell_id)
        assert ended(client, cell).error.ename == "KeyboardInterrupt"
    if subshell_id is not None:
        client.request(DeleteSubshellRequest(subshell_id), Channel.CONTROL)


def test_a_cell_that_swallows_the_first_interrupt_ends_with_the_second(client: Client) -> None:
    cell = begun(
        client,
        "import time\nfor n in range(2):\n    try: time.sleep(60)\n"
        "    except KeyboardInterrupt: print('caught', n, flush=True)\ntime.sleep(60)",
    )
    for n in range(2):
        interrupt(client)
        client.wait_for(lambda message, n=n: message.content == Stream("stdout", f"caught {n}\n"))
    interrupt(client)
    assert ended(client, cell).error.ename == "KeyboardInterrupt"


@pytest.mark.parametrize(
    "body", ["try: time.sleep(0.1)\n        except: pass", "time.sleep(60)"], ids=["swallows", "blocks"]
)
@pytest.mark.parametrize("then", ["time.sleep(60)", "import asyncio; await asyncio.sleep(60)"])
def test_an_interrupt_that_meets_a_finalizer_is_not_lost(client: Client, body: str, then: str) -> None:
    # pexpect's, of an earlier `!command`, sleeps 0.1 s and swallows what is raised, wherever it happens to run.
    client.execute(
        f"import time\nclass Finalized:\n    def __del__(self):\n        print('on', flush=True)\n        {body}"
    )
    cell = client.send_execute(f"finalized = Finalized()\ndel finalized\n{then}")
    client.wait_for(lambda message: isinstance(message.content, Stream) and message.content.text.startswith("on"))
    interrupt(client)
    assert ended(client, cell).error.ename == "KeyboardInterrupt"


DEAF = """
import ctypes, sys, threading, time
libc = ctypes.CDLL(None)
mutex = ctypes.create_string_buffer(64)
libc.pthread_mutex_lock(mutex)
def wait():
    libc.pthread_mutex_lock(mutex)  # the line on which the other thread finds this one only while it is in C
def open_later():
    while (frame := sys._current_frames()[main]).f_code is not code or frame.f_lineno == code.co_firstlineno:
        time.sleep(0.001)
    open({on!r}, "w").close()
    open({gate!r}).read()
    libc.pthread_mutex_unlock(mutex)
main, code = threading.get_ident(), wait.__code__
threading.Thread(target=open_later).start()
wait()
"""


def has_got_the_signal(pid: int) -> bool:
    found = re.search(r"^ShdPnd:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return found is not None and not int(found[1], 16) & (1 << (signal.SIGINT - 1))


@pytest.mark.skipif(sys.platform != "linux", reason="this system is not Linux, whose mutexes it goes by")
@pytest.mark.parametrize("by", ["signal", "request"])
def test_an_interrupt_while_the_language_starts_is_not_for_the_cell_that_comes_next(tmp_path: Path, by: str) -> None:
    """Also if the start, in C code, hears of it no sooner than that cell is there."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    os.mkfifo(gate := tmp_path / "gate")
    (startup / "deaf.py").write_text(DEAF.format(on=str(tmp_path / "on"), gate=str(gate)))
    with kernel_process(tmp_path) as kernel, kernel.client() as client:
        until((tmp_path / "on").exists)
        interrupt(client) if by == "request" else kernel.interrupt()
        until(lambda: has_got_the_signal(kernel.process.pid))
        for _ in range(3):  # what wakes the thread that answers this wakes it for the signal, too
            client.request(KernelInfoRequest())
        cell = client.send_execute("'next'")
        client.request(KernelInfoRequest())
        gate.write_text("")
        assert client.collect(cell, timeout=LIMIT).result == {"text/plain": "'next'"}


def test_interrupts_of_an_idle_kernel_leave_the_next_cell_alone(client: Client, kernel: KernelProcess) -> None:
    client.execute("'it has started'")
    for _ in range(20):
        interrupt(client)
        kernel.interrupt()
        assert client.execute("sum(range(10_000))").status == "ok"


def test_an_interrupt_aborts_what_waits_and_nothing_that_comes_later(client: Client) -> None:
    cell = begun(client, "import time; time.sleep(60)")
    waiting = [client.send_execute("1") for _ in range(3)]
    client.request(CompleteRequest("pri"))  # answered beside the cell, so what came before has arrived
    interrupt(client)
    assert ended(client, cell).status == "error"
    assert [client.collect(header).status for header in waiting] == ["aborted"] * 3
    assert client.execute("1").status == "ok"


def at_random(client: Client, kernel: KernelProcess, *, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    names = [name for name in CELLS if name not in (*QUIET, "join", "to_thread", "background task that blocks")]
    client.execute("kept = 0\n%timeit -n 1 -r 1 pass\nimport asyncio, re, socket, subprocess")
    for number in range(rounds):
        name = chance.choice(names)
        code = CELLS[name] if not CELLS[name].startswith("%%") else "!sleep 60"
        header = client.send_execute(f"kept += 1\nprint('on')\n{code}")
        client.wait_for(lambda message: isinstance(message.content, Stream) and message.content.text.startswith("on"))
        time.sleep(chance.random() * 0.01)
        kernel.interrupt() if name in HOLDS_GIL or chance.random() < 0.5 else interrupt(client)
        try:
            exchange = client.collect(header, timeout=LIMIT)
        except Exception as error:
            raise AssertionError(f"round {number}, {name}") from error
        assert (name in SHELL) or (exchange.error and exchange.error.ename == "KeyboardInterrupt"), (number, name)
        assert client.execute("kept").result == {"text/plain": str(number + 1)}, (number, name)


def test_interrupts_at_random_moments(client: Client, kernel: KernelProcess) -> None:
    at_random(client, kernel, rounds=40, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 7))
def test_many_interrupts_at_random_moments(client: Client, kernel: KernelProcess, seed: int) -> None:
    at_random(client, kernel, rounds=200, seed=seed)
