"""A kernel in somebody else's program: in the middle of a function, in a thread, by IPython's own commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest, ShutdownRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.testing import Client
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SERVED = ("-m", "python_kernel.ipykernel_api")


class Program:
    """A program that has a kernel in it."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process

    def client(self, name: str = "connection.json") -> Client:
        path = self.folder / name
        until(lambda: (path.exists() and path.read_text().rstrip().endswith("}")) or self.process.poll() is not None)
        assert self.process.poll() is None, self.output()
        return Client(path)

    def output(self) -> str:
        self.process.wait(20)
        return (self.folder / "output").read_text()


@contextmanager
def program(folder: Path, arguments: Sequence[str], *, source: str = "") -> Iterator[Program]:
    (folder / "program.py").write_text(source)
    environment = {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(folder)}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *arguments],
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Program(folder, process)
    finally:
        process.kill()
        process.wait()


def shut_down(client: Client) -> None:
    client.request(ShutdownRequest(restart=False), Channel.CONTROL)


EMBEDDING = """
import sys
from IPython import embed_kernel
found = sys.stdout, sys.displayhook, sys.modules["__main__"]
def go(count):
    a, b = 5, "hi there"
    embed_kernel(connection_file=f"connection-{count}.json")
for count in range(3):
    go(count)
print("went on", (sys.stdout, sys.displayhook, sys.modules["__main__"]) == found, "get_ipython" in dir(__builtins__))
"""


def test_a_kernel_is_embedded_again_and_again_and_the_program_goes_on(tmp_path: Path) -> None:
    with program(tmp_path, [*SERVED, "program.py"], source=EMBEDDING) as running:
        for count in range(3):
            with running.client(f"connection-{count}.json") as client:
                assert client.execute("a, b, count").result == {"text/plain": f"(5, 'hi there', {count})"}
                client.execute("import ipykernel.kernelapp as app")
                same = client.execute("app.IPKernelApp.instance().kernel is get_ipython().kernel")
                assert same.result == {"text/plain": "True"}
                client.execute("get_ipython().exit_now = True")
        assert running.output() == "went on True False\n"
    assert list(tmp_path.glob("*.json")) == []


def test_without_the_served_names_it_is_ours_by_import(tmp_path: Path) -> None:
    source = (
        "from python_kernel.embedding import embed_kernel\nimport sys\n"
        "def go():\n    here = 1\n    embed_kernel(connection_file='connection.json')\n"
        "go()\nprint('ipykernel' in sys.modules)"
    )
    with program(tmp_path, ["program.py"], source=source) as running:
        with running.client() as client:
            assert client.execute("import ipykernel; here, ipykernel.__compat__[:13]").result == {
                "text/plain": "(1, 'python_kernel')"
            }
            shut_down(client)
        assert running.output() == "False\n"


def test_without_a_file_one_is_made_where_jupyter_looks(tmp_path: Path) -> None:
    source = "from ipykernel.kernelapp import launch_new_instance\nlaunch_new_instance(user_ns={'custom': 123})"
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running:
        with running.client(f"kernel-{running.process.pid}.json") as client:
            assert client.execute("custom").result == {"text/plain": "123"}
            assert client.execute("type(get_ipython().user_module).__name__").result == {
                "text/plain": "'IPythonMainModule'"
            }
            shut_down(client)
        assert running.output() == ""
        assert running.process.returncode == 0
    assert list(tmp_path.glob("*.json")) == []


def test_ipythons_subcommand_starts_it(tmp_path: Path) -> None:
    arguments = [*SERVED, "-m", "IPython", "kernel", "-f", "connection.json", "--InteractiveShell.cache_size=7"]
    with program(tmp_path, arguments) as running, running.client() as client:
        assert client.kernel_info is not None
        assert client.execute("get_ipython().cache_size").result == {"text/plain": "7"}
        shut_down(client)
        running.output()
        assert running.process.returncode == 0


IN_A_THREAD = """
import builtins, sys, threading
from python_kernel.embedding import launch
mine, found = {"custom": 21}, sys.stdout
thread = threading.Thread(target=launch, args=(["-f", "connection.json"],), kwargs={"user_ns": mine})
thread.start()
thread.join()
print(mine["x"], sys.stdout is found, "get_ipython" in vars(builtins))
"""


def test_a_thread_serves_a_kernel_and_the_main_thread_knows_nothing_of_it(tmp_path: Path) -> None:
    with program(tmp_path, ["program.py"], source=IN_A_THREAD) as running:
        with running.client() as client:
            exchange = client.execute(
                "import threading\nx = 2 * custom\nprint('in', threading.main_thread() is not None)\nx"
            )
            assert exchange.outputs()[0] == Stream("stdout", "in True\n") and exchange.result == {"text/plain": "42"}
            assert client.execute("threading.current_thread() is threading.main_thread()").result == {
                "text/plain": "False"
            }
            shut_down(client)
        assert running.output() == "42 True False\n"


def test_what_runs_in_a_threads_kernel_is_interrupted_and_the_program_is_not(tmp_path: Path) -> None:
    with program(tmp_path, ["program.py"], source=IN_A_THREAD) as running:
        with running.client() as client:
            client.execute("import asyncio, time\nx = 1")
            for code in ("while True: pass", "time.sleep(60)", "await asyncio.sleep(60)", "while True: print(x)"):
                header = client.send_execute(f"print('on')\n{code}")
                client.wait_for(lambda m: isinstance(m.content, Stream) and m.content.text.startswith("on"))
                client.request(InterruptRequest(), Channel.CONTROL)
                assert client.collect(header, timeout=30).error.ename == "KeyboardInterrupt"
            assert client.execute("'alive'").result == {"text/plain": "'alive'"}
            shut_down(client)
        assert running.output() == "1 True False\n"


def test_a_second_kernel_in_the_process_is_refused(tmp_path: Path) -> None:
    source = "from ipykernel.embed import embed_kernel\nembed_kernel(connection_file='connection.json')"
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running, running.client() as client:
        for code in (
            "from ipykernel.embed import embed_kernel; embed_kernel()",
            "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()",
        ):
            error = client.execute(code).error
            assert error is not None and error.ename == "RuntimeError"
            assert error.evalue.startswith("a kernel runs in this process")
        shut_down(client)


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("-m",), 2), (("--help",), 0)])
def test_the_runner_says_how_it_is_used(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    with program(tmp_path, [*SERVED, *arguments]) as running:
        assert running.output().startswith("usage: python -m python_kernel.ipykernel_api")
        assert running.process.returncode == status
