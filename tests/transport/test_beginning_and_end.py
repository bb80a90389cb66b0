"""How a kernel announces itself, and endings that are out of the ordinary: of a start, of forks, with nothing left."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from textwrap import indent

import pytest
import zmq

from sdk.errors import ConnectionFileError
from sdk.protocol.connection import (
    ConnectionInfo,
    RegistrationInfo,
    acknowledgement_frames,
    read_registration_frames,
)
from sdk.protocol.control import ShutdownRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.protocol.signing import Signer
from sdk.testing import Client, KernelProcess
from sdk.transport import handshake
from tests.transport import kernels
from tests.transport.kernels import ROOT, cells
from tests.transport.waiting import Gate, answered, begun, first_result, is_gone
from tests.waiting import until

KEY = "0123456789abcdef" * 4


# -- the handshake (spec, "Kernel startup handshake") -----------------------------------------------------------------


@contextmanager
def service() -> Iterator[tuple[zmq.Socket[bytes], RegistrationInfo]]:
    """A registration service, and what a kernel is told of it."""
    context = zmq.Context()
    try:
        with context.socket(zmq.ROUTER) as socket:
            port = socket.bind_to_random_port("tcp://127.0.0.1")
            yield (
                socket,
                RegistrationInfo(
                    kernel_id="the-kernel",
                    transport="tcp",
                    registration_ip="127.0.0.1",
                    registration_port=port,
                    key=KEY,
                ),
            )
    finally:
        context.destroy(linger=0)


@contextmanager
def registering(folder: Path, registration: RegistrationInfo) -> Iterator[subprocess.Popen[bytes]]:
    """A kernel that was given this registration file."""
    path = folder / "registration.json"
    path.write_text(registration.to_json())
    process = subprocess.Popen(
        [sys.executable, kernels.__file__, "-f", str(path), "--no-history"],
        env={**os.environ, "KERNEL": json.dumps({}), "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def registered(socket: zmq.Socket[bytes], signer: Signer) -> tuple[bytes, ConnectionInfo]:
    """Who has registered, and how to connect to it."""
    assert socket.poll(10_000), "the kernel has not registered"
    frames = socket.recv_multipart()
    registration = read_registration_frames(frames, signer)
    assert registration.kernel_id == "the-kernel"
    ports = {f"{channel.value}_port": port for channel, port in registration.ports.items()}
    return frames[0], ConnectionInfo(transport="tcp", ip="127.0.0.1", key=KEY, **ports)


def test_a_kernel_registers_its_ports_and_serves_when_it_is_acknowledged(tmp_path: Path) -> None:
    signer = Signer(KEY.encode())
    with service() as (socket, registration), registering(tmp_path, registration) as process:
        identity, info = registered(socket, signer)
        wrong = acknowledgement_frames(Signer(b"another key"))
        for frames in (wrong, [b"junk"], acknowledgement_frames(signer)):
            socket.send_multipart([identity, *frames])
        with Client(info) as client:
            assert first_result(client.execute("6 * 7")) == "42"
            client.collect(client.send(ShutdownRequest(), Channel.CONTROL), until_idle=False)
            assert process.wait(10) == 0
        assert list(tmp_path.iterdir()) == [tmp_path / "registration.json"]


def test_requests_that_come_before_the_acknowledgement_are_answered_after_it(tmp_path: Path) -> None:
    signer = Signer(KEY.encode())
    with service() as (socket, registration), registering(tmp_path, registration):
        identity, info = registered(socket, signer)
        with Client(info, ready=False) as client:
            cell = client.send_execute("6 * 7")
            assert not answered(client, cell)
            socket.send_multipart([identity, *acknowledgement_frames(signer)])
            reply = client.collect(cell, until_idle=False).reply
            assert (reply.header.msg_type, reply.content.to_fields()["status"]) == ("execute_reply", "ok")


def test_a_service_that_never_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "_PATIENCE", 100)
    ports = {f"{channel.value}_port": number for number, channel in enumerate(Channel, 1)}
    info = ConnectionInfo(transport="tcp", ip="127.0.0.1", key=KEY, **ports)
    with (
        service() as (_, registration),
        zmq.Context() as context,
        pytest.raises(
            ConnectionFileError, match=rf"tcp://127\.0\.0\.1:{registration.registration_port} did not answer"
        ),
    ):
        handshake.register(context, registration, info)


# -- a start that does not end -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["shutdown", "sigterm"])
@pytest.mark.parametrize(
    "start", ["import time\ntime.sleep(600)", "import asyncio\nawait asyncio.sleep(600)", "while True: pass"]
)
def test_a_kernel_whose_language_never_starts_ends_when_it_is_told(start: str, how: str) -> None:
    with cells(start=f"os.write(1, b'starting')\n{start}") as kernel, kernel.client() as client:
        until(lambda: "starting" in kernel.output(), "start has begun")
        client.send_execute("1")
        _tell_to_end(kernel, client, how)
        assert kernel.wait() == 0


def test_a_start_that_takes_long_is_not_begun_twice(gate: Gate) -> None:
    start = f"os.write(1, b'starting')\n{gate.blocking.replace(chr(112) + 'rint', 'repr')}"
    with cells(start=start) as kernel, kernel.client() as client:
        headers = [client.send_execute("6 * 7") for _ in range(5)]
        gate.open()
        assert [first_result(client.collect(header)) for header in headers] == ["42"] * 5
        assert kernel.output().count("starting") == 1


TELLING = """
import signal
handle = signal.getsignal(signal.SIGINT)
def handle_and_tell(number, frame):
    try:
        handle(number, frame)
    finally:
        os.write(1, b'interrupted')
signal.signal(signal.SIGINT, handle_and_tell)
"""

UNINTERRUPTED = """
def build():
    __not_interrupted__ = True
    os.write(1, b'starting')
    {wait}
build()
"""


@pytest.mark.parametrize(
    "start",
    [
        "import time\nos.write(1, b'starting')\ntime.sleep(600)",
        "import asyncio\nos.write(1, b'starting')\nawait asyncio.sleep(600)",
        UNINTERRUPTED,
    ],
    ids=["blocks", "awaits", "is not to be interrupted"],
)
@pytest.mark.parametrize("waiting", [True, False], ids=["a cell waits", "nothing waits"])
def test_an_interrupt_while_the_language_starts_ends_the_cell_that_waits(gate: Gate, start: str, waiting: bool) -> None:
    wait = gate.blocking.replace("print('ready')\n", "").replace("\n", "\n    ")
    start = f"kernel.tried = 1\n{TELLING}{start.replace('{wait}', wait)}"
    once = "if not hasattr(kernel, 'tried'):\n" + indent(start, "    ")
    with cells(start=once) as kernel, kernel.client() as client:
        until(lambda: "starting" in kernel.output(), "start has begun")
        headers = [client.send_execute("6 * 7") for _ in range(2 * waiting)]
        client.request(KernelInfoRequest())  # answered at once: what came before has arrived
        kernel.interrupt()
        until(lambda: "interrupted" in kernel.output(), "the interrupt has come")  # later than messages sent after it
        gate.open()
        exchanges = [client.collect(header) for header in headers]
        assert [exchange.status for exchange in exchanges] == ["error", "aborted"][: len(headers)]
        if waiting:
            assert exchanges[0].error is not None
            assert exchanges[0].error.ename == "KeyboardInterrupt"
        assert first_result(client.execute("6 * 7")) == "42"


def test_a_start_that_always_fails_fails_in_each_cell_and_nowhere_else() -> None:
    with cells(start="raise OSError('no such language')") as kernel, kernel.client() as client:
        for _ in range(3):
            failed = client.execute("1", stop_on_error=False)
            assert failed.error is not None
            assert (failed.status, failed.error.ename, failed.error.evalue) == ("error", "OSError", "no such language")
        client.wait_until_ready()
        _tell_to_end(kernel, client, "shutdown")
        assert kernel.wait() == 0


# -- what is left ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["shutdown", "sigterm"])
def test_no_socket_file_is_left(how: str) -> None:
    with cells(process={"transport": "ipc"}) as kernel, kernel.client() as client:
        folder = Path(kernel.connection_file).parent
        assert len([path for path in folder.iterdir() if path.is_socket()]) == 5
        _tell_to_end(kernel, client, how)
        assert kernel.wait() == 0
        assert [path for path in folder.iterdir() if path.is_socket()] == []


@pytest.mark.parametrize("how", ["shutdown", "sigterm", "parent"])
def test_processes_that_ignore_sigterm_end_with_the_kernel(how: str) -> None:
    with subprocess.Popen(["sleep", "600"]) as parent:
        try:
            with cells(env={"JPY_PARENT_PID": str(parent.pid)}) as kernel, kernel.client() as client:
                exchange = client.execute(
                    "import subprocess\n"
                    "script = \"trap '' TERM HUP INT; echo; sleep 600 & wait; sleep 600\"\n"
                    "child = subprocess.Popen(['bash', '-c', script], stdout=subprocess.PIPE)\n"
                    "child.stdout.readline()\nchild.pid"
                )
                child = int(first_result(exchange))
                if how == "parent":
                    parent.kill()
                else:
                    _tell_to_end(kernel, client, how)
                assert kernel.wait() == 0
                until(lambda: is_gone(child), "the child is gone")
        finally:
            parent.kill()


@pytest.mark.parametrize("how", ["sigterm", "shutdown", "parent"])
def test_the_history_of_the_last_cell_is_written(tmp_path: Path, how: str) -> None:
    argv = [sys.executable, kernels.__file__, "-f", "{connection_file}"]
    with subprocess.Popen(["sleep", "600"]) as parent:
        try:
            env = {"KERNEL": "{}", "PYTHONPATH": str(ROOT), "JUPYTER_DATA_DIR": str(tmp_path)}
            with (
                KernelProcess(argv, env={**env, "JPY_PARENT_PID": str(parent.pid)}) as kernel,
                kernel.client() as client,
            ):
                client.execute("'the last cell'")
                if how == "parent":
                    parent.kill()
                else:
                    _tell_to_end(kernel, client, how)
                assert kernel.wait() == 0
        finally:
            parent.kill()
    with closing(sqlite3.connect(tmp_path / "kernel_history" / "cells.sqlite")) as database:
        assert "'the last cell'" in "\n".join(database.iterdump()).replace("''", "'")


# -- forks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 15)", "os.execvp('true', ['true'])"])
def test_a_forked_child_takes_nothing_from_the_kernel(end: str) -> None:
    with cells() as kernel, kernel.client() as client:
        code = f"pid = os.fork()\nif pid == 0:\n    {end}\nos.waitpid(pid, 0)[0] == pid"
        for _ in range(3):
            assert first_result(client.execute(code)) == "True"
            assert client.execute("print(1)").text() == "1\n"
        assert kernel.process.poll() is None


def test_a_pool_of_forked_workers_works() -> None:
    with cells() as kernel, kernel.client() as client:
        code = (
            "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
            "    lengths = pool.map(len, ['a', 'bb', 'ccc'])\nlengths"
        )
        assert first_result(client.execute(code, timeout=30)) == "[1, 2, 3]"
        assert first_result(client.execute("6 * 7")) == "42"


# -- telling twice -----------------------------------------------------------------------------------------------------


def test_ending_twice_at_once_is_ending_once(gate: Gate) -> None:
    stop = f"os.write(1, b'stopped')\n{gate.blocking.replace(chr(112) + 'rint', 'repr')}"
    with cells(stop=stop) as kernel, kernel.client() as client:
        client.execute("1")
        for _ in range(3):
            os.kill(kernel.process.pid, signal.SIGTERM)
            client.send(ShutdownRequest(), Channel.CONTROL)
        until(lambda: "stopped" in kernel.output(), "stop has begun")
        gate.open()
        assert kernel.wait() == 0
        assert kernel.output().count("stopped") == 1


def test_cells_that_wait_at_the_end_are_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with cells() as kernel, kernel.client() as client:
        begun(client, "print('ready')\nwhile True: pass")
        client.send_execute(f"open({str(mark)!r}, 'w')")
        _tell_to_end(kernel, client, "shutdown")
        assert kernel.wait() == 0
    assert not mark.exists()


def _tell_to_end(kernel: KernelProcess, client: Client, how: str) -> None:
    if how == "sigterm":
        os.kill(kernel.process.pid, signal.SIGTERM)
    else:
        client.collect(client.send(ShutdownRequest(), Channel.CONTROL), until_idle=False)
