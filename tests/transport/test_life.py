"""How a kernel process begins and ends, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest

from sdk.protocol.control import ShutdownReply, ShutdownRequest
from sdk.protocol.iopub import Status, Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import Client
from tests.transport.kernels import cells

STOP = "os.write(1, f'stopped restart={restart}'.encode())"


def _has_ended(pid: int) -> bool:
    """Gone, or dead and not yet waited for by whoever adopted it."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def run(client: Client, code: str) -> object:
    header = client.send_execute(code)
    client.wait_for(lambda message: isinstance(message.content, Stream) and "ready" in message.content.text)
    return header


@pytest.mark.parametrize("channel", [Channel.SHELL, Channel.CONTROL])
def test_kernel_info_does_not_wait_for_the_language(channel: Channel) -> None:
    with cells(start="import time\ntime.sleep(2)") as kernel, kernel.client(ready=False) as client:
        before = time.monotonic()
        client.collect(client.send(KernelInfoRequest(), channel), until_idle=False)
        cell = client.send_execute("6 * 7")
        assert time.monotonic() - before < 1.9
        assert client.collect(cell).result == {"text/plain": "42"}
        assert time.monotonic() - before > 1.5


def test_the_first_client_is_told_that_the_kernel_is_starting() -> None:
    with cells() as kernel, kernel.client(ready=False) as client:
        assert client.receive(Channel.IOPUB).header.msg_type == "iopub_welcome"
        assert client.receive(Channel.IOPUB).content == Status("starting")


def test_a_start_that_fails_is_told_in_the_cell_and_tried_again(tmp_path: Path) -> None:
    flag = tmp_path / "there"
    start = f"if not os.path.exists({str(flag)!r}): raise OSError('no such language')"
    with cells(start=start) as kernel, kernel.client() as client:
        failed = client.execute("1")
        assert (failed.status, failed.error.ename if failed.error else "") == ("error", "OSError")
        flag.touch()
        assert client.execute("6 * 7").result == {"text/plain": "42"}


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("channel", [Channel.SHELL, Channel.CONTROL])
def test_shutdown_is_answered_told_to_all_and_done(channel: Channel, restart: bool) -> None:
    with cells(stop=STOP) as kernel, kernel.client() as client, kernel.client() as other:
        exchange = client.request(ShutdownRequest(restart), channel)
        assert exchange.reply.content == ShutdownReply(restart)
        told = other.wait_for(lambda message: message.header.msg_type == "shutdown_reply")
        assert told.content == ShutdownReply(restart)
        assert kernel.wait() == 0
        assert f"stopped restart={restart}" in kernel.output()


@pytest.mark.parametrize(
    ("code", "uses_asyncio"),
    [
        *product(["while True: pass", "import time\ntime.sleep(60)", "input('?')"], [True, False]),
        ("import asyncio\nawait asyncio.sleep(60)", True),
    ],
)
def test_shutdown_ends_a_cell_that_runs(code: str, uses_asyncio: bool) -> None:
    with cells(stop=STOP, uses_asyncio=uses_asyncio) as kernel, kernel.client() as client:
        header = client.send_execute(f"print('ready')\n{code}", allow_stdin=True)
        client.wait_for(lambda message: isinstance(message.content, Stream))
        began = time.monotonic()
        client.collect(client.send(ShutdownRequest(), Channel.CONTROL), until_idle=False)
        assert kernel.wait() == 0
        assert time.monotonic() - began < 4  # not by force
        reply = client.wait_for(lambda message: message.parent_header == header, channel=Channel.SHELL)
        assert reply.header.msg_type == "execute_reply"
        assert "stopped restart=False" in kernel.output()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_the_kernel_in_order(number: int) -> None:
    with cells(stop=STOP) as kernel, kernel.client() as client:
        client.execute("import atexit\n_ = atexit.register(lambda: os.write(1, b' exit handler'))")
        os.kill(kernel.process.pid, number)
        assert kernel.wait() == 0
        assert "stopped restart=False exit handler" in kernel.output()


def test_sigterm_ends_a_kernel_whose_user_took_the_wakeup_descriptor() -> None:
    code = "import asyncio, signal\nasyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)"
    with cells(stop=STOP) as kernel, kernel.client() as client:
        assert client.execute(code).status == "ok"
        kernel.interrupt()
        assert client.execute("6 * 7").status == "ok"
        os.kill(kernel.process.pid, signal.SIGTERM)
        assert kernel.wait() == 0
        assert "stopped" in kernel.output()


def test_sigterm_ends_a_kernel_that_is_stuck_in_c() -> None:
    code = "import ctypes\nprint('ready')\nctypes.CDLL(None).pause()\nwhile True: ctypes.CDLL(None).usleep(10**9)"
    with cells("--Transport.shutdown_grace=0.5", stop=STOP) as kernel, kernel.client() as client:
        run(client, code.replace("pause()", "usleep(60 * 10**6)"))
        os.kill(kernel.process.pid, signal.SIGTERM)
        kernel.wait(timeout=20)


@pytest.mark.parametrize("stop", ["import time\ntime.sleep(60)", "import asyncio\nawait asyncio.sleep(60)"])
def test_a_stop_that_hangs_is_given_the_grace_and_no_more(stop: str) -> None:
    with cells("--Transport.shutdown_grace=0.5", stop=stop) as kernel, kernel.client() as client:
        client.request(ShutdownRequest(), Channel.CONTROL)
        assert kernel.wait(timeout=20) == 1


def test_a_stop_that_fails_ends_the_kernel_all_the_same() -> None:
    with cells(stop="raise OSError('no')") as kernel, kernel.client() as client:
        client.request(ShutdownRequest(), Channel.CONTROL)
        assert kernel.wait() == 0
        assert "did not end well: OSError: no" in kernel.output()


def test_threads_and_tasks_of_the_user_do_not_keep_the_kernel_alive() -> None:
    code = """
import asyncio, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
async def stubborn():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
task = asyncio.ensure_future(stubborn())
await asyncio.sleep(0)
"""
    with cells() as kernel, kernel.client() as client:
        client.execute(code)
        client.request(ShutdownRequest(), Channel.CONTROL)
        assert kernel.wait(timeout=20) == 0


def test_processes_that_cells_started_end_with_the_kernel() -> None:
    with cells() as kernel, kernel.client() as client:
        code = "import subprocess\n[subprocess.Popen(['sleep', '60']).pid, subprocess.Popen(['sh', '-c', TRAP]).pid]"
        pids = client.execute("TRAP = 'trap \"\" TERM; sleep 60 & sleep 60'\n" + code).result
        assert pids is not None
        client.request(ShutdownRequest(), Channel.CONTROL)
        assert kernel.wait(timeout=20) == 0
        assert all(_has_ended(pid) for pid in eval(pids["text/plain"]))
    assert kernel.leftovers == []


@pytest.mark.parametrize("code", ["1", "import time\ntime.sleep(60)", "while True: pass"])
def test_the_kernel_and_its_children_end_with_the_parent(code: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as parent:
        try:
            with cells(env={"JPY_PARENT_PID": str(parent.pid)}, stop=STOP) as kernel, kernel.client() as client:
                pid = client.execute("import subprocess\nsubprocess.Popen(['sleep', '60']).pid").result
                assert pid is not None
                client.send_execute(f"print('ready')\n{code}")
                client.wait_for(lambda message: isinstance(message.content, Stream))
                parent.kill()
                parent.wait()
                assert kernel.wait(timeout=20) == 0  # not by force
                assert "stopped" in kernel.output()
                assert _has_ended(int(pid["text/plain"]))
        finally:
            parent.kill()


def test_a_kernel_whose_parent_is_dead_already_ends() -> None:
    with subprocess.Popen(["true"]) as parent:
        parent.wait()
    with cells(env={"JPY_PARENT_PID": str(parent.pid)}) as kernel:
        kernel.wait(timeout=20)


def test_a_kernel_uses_few_threads_and_no_descriptor_more_for_each_cell() -> None:
    with cells() as kernel, kernel.client() as client:
        client.execute("1")
        proc = Path(f"/proc/{kernel.process.pid}")
        before = len(list((proc / "fd").iterdir()))
        names = sorted((task / "comm").read_text().strip() for task in (proc / "task").iterdir())
        assert len(names) == 5, names  # main, control, heartbeat, and ZeroMQ's two
        for _ in range(50):
            client.execute("print(1)")
        # A connection of the client may have been accepted meanwhile: to each of the five sockets one.
        assert len(list((proc / "fd").iterdir())) - before < 5


def test_sixteen_kernels_at_once() -> None:
    with ExitStack() as stack:
        kernels = [stack.enter_context(cells()) for _ in range(16)]
        results = []

        def ask(index: int) -> None:
            with kernels[index].client() as client:
                results.append(client.execute(f"{index}").result)

        threads = [threading.Thread(target=ask, args=(index,)) for index in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(result["text/plain"] for result in results if result) == sorted(map(str, range(16)))


@pytest.mark.parametrize("argument", ["--no-such-argument", "-f", "--port-range=9-1"])
def test_a_mistake_on_the_command_line_is_one_line_and_status_1(argument: str) -> None:
    from tests.transport.kernels import ROOT

    ended = subprocess.run(
        [sys.executable, str(ROOT / "tests/transport/kernels.py"), argument],
        env={**os.environ, "KERNEL": "{}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n"), ended.stderr[:7]) == (1, 1, "error: ")
