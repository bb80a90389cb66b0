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
from sdk.protocol.iopub import Error, Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteReply, CompleteRequest, ExecuteRequest, KernelInfoReply, KernelInfoRequest
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


OF_AN_AUTHOR = """
from traitlets import List, Type
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
class Shell(ZMQInteractiveShell):
    greeting = "hi"
class Mine(IPythonKernel):
    implementation, banner = "mine", "mine, all mine"
    help_links = List([{"text": "me", "url": "https://example.org"}])
    shell_class = Type(Shell)
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.cells = []
        self.greeted = self.shell.greeting
    async def do_execute(self, code, silent, *args, **kwargs):
        self.cells.append(code)
        return await super().do_execute(code.replace("SIX", "6"), silent, *args, **kwargs)
    def do_complete(self, code, cursor_pos):
        reply = super().do_complete(code, cursor_pos)
        return {**reply, "matches": ["first", *reply["matches"]]}
if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=Mine, argv=["-f", "connection.json"])
"""


def test_a_subclass_of_the_kernel_is_served_as_its_author_wrote_it(tmp_path: Path) -> None:
    with program(tmp_path, [*SERVED, "program.py"], source=OF_AN_AUTHOR) as running:
        with running.client() as client:
            info = client.request(KernelInfoRequest()).reply.content
            assert isinstance(info, KernelInfoReply)
            assert (info.implementation, info.banner) == ("mine", "mine, all mine")
            assert info.help_links == [{"text": "me", "url": "https://example.org"}]
            exchange = client.execute("print('in it')\n7 * SIX")
            assert (exchange.text(), exchange.result) == ("in it\n", {"text/plain": "42"})
            failed = client.execute("1 / 0")
            assert [type(one) for one in failed.outputs()] == [Error] and failed.error.ename == "ZeroDivisionError"
            found = client.execute(
                "kernel = get_ipython().kernel\n"
                "type(kernel).__name__, isinstance(kernel, kernel.__class__), kernel.cells[0], kernel.greeted"
            )
            assert found.result == {"text/plain": "('Mine', True, \"print('in it')\\n7 * SIX\", 'hi')"}
            client.execute("from ipykernel.kernelbase import Kernel")
            assert client.execute("Kernel.instance() is kernel, type(kernel).instance() is kernel").result == {
                "text/plain": "(True, True)"
            }
            values = client.request(ExecuteRequest("x = 2", user_expressions={"y": "x + 1"})).reply.content
            assert values.user_expressions["y"]["data"] == {"text/plain": "3"}
            completed = client.request(CompleteRequest("kern", 4)).reply.content
            assert isinstance(completed, CompleteReply) and completed.matches[:2] == ["first", "kernel"]
            reply = client.execute("get_ipython().set_next_input('next')").reply.content
            assert [one["text"] for one in reply.payload] == ["next"]
            header = client.send_execute("print('on')\nwhile True: pass")
            client.wait_for(lambda m: isinstance(m.content, Stream) and m.content.text.startswith("on"))
            client.request(InterruptRequest(), Channel.CONTROL)
            assert client.collect(header, timeout=30).error.ename == "KeyboardInterrupt"
            shut_down(client)
        assert running.output() == ""


def test_a_kernel_class_of_another_language_is_refused_with_a_remedy(tmp_path: Path) -> None:
    source = (
        "from ipykernel.kernelapp import IPKernelApp\nfrom ipykernel.kernelbase import Kernel\n"
        "class Other(Kernel): pass\nIPKernelApp.launch_instance(kernel_class=Other, argv=[])"
    )
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running:
        last = running.output().splitlines()[-1]
        assert last.startswith("TypeError: kernel_class Other: the IPKernelApp of python_kernel")
        assert last.endswith("or write it as a subclass of sdk.Kernel, for sdk.app.run")


def test_the_application_of_the_kernel_that_runs_is_initialized_already(tmp_path: Path) -> None:
    source = "from ipykernel.embed import embed_kernel\nembed_kernel(connection_file='connection.json')"
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running, running.client() as client:
        found = client.execute(
            "from ipykernel.kernelapp import IPKernelApp\n"
            "app = IPKernelApp.instance()\napp.initialize(['-f', 'no.json'])\n"
            "IPKernelApp.initialized(), app.shell is get_ipython(), app.kernel is get_ipython().kernel"
        )
        assert found.result == {"text/plain": "(True, True, True)"}
        error = client.execute("IPKernelApp().initialize([])").error
        assert error is not None and error.evalue.endswith("IPKernelApp.instance() stands for it")
        shut_down(client)


INITIALIZED = """
import os, sys
from ipykernel.kernelapp import IPKernelApp
found = sys.stdout
for count in range(2):
    app = IPKernelApp.instance()
    app.initialize(["-f", f"connection-{count}.json", "--IPKernelApp.exec_lines=started = 'pushed' in dir()"])
    kernel, shell = app.kernel, app.shell
    app.initialize([])  # nothing more
    print(app.kernel is kernel, kernel.shell is shell, IPKernelApp.instance() is app)
    print(os.path.exists(app.connection_file), app.shell_port != app.iopub_port, IPKernelApp.initialized())
    shell.push({"pushed": 6})
    kernel.shell.user_ns["other"] = 7
    shell.run_cell("third = pushed + 2")
    app.start()
    print("went on", sys.stdout is found, app.shell, IPKernelApp.initialized(), shell.user_ns["x"])
"""


def test_an_initialized_application_has_a_shell_to_be_filled_before_it_starts(tmp_path: Path) -> None:
    with program(tmp_path, [*SERVED, "program.py"], source=INITIALIZED) as running:
        for count in range(2):
            with running.client(f"connection-{count}.json") as client:
                exchange = client.execute("print('in it')\nx = pushed, other, third\nx, started")
                assert (exchange.text(), exchange.result) == ("in it\n", {"text/plain": "((6, 7, 8), True)"})
                error = client.execute("get_ipython().kernel.parent.start()").error
                assert error is not None and error.evalue.startswith("a kernel runs in this process")
                assert client.execute("%who_ls").result == {"text/plain": "['other', 'pushed', 'third', 'x']"}
                shut_down(client)
        lines = "True True True\nTrue True True\nwent on True None False (6, 7, 8)\n"
        assert running.output() == 2 * lines
        assert running.process.returncode == 0
    assert list(tmp_path.glob("*.json")) == []


def test_what_comes_after_the_initialization_is_answered_when_it_starts(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    source = (
        "from ipykernel.kernelapp import IPKernelApp\nimport os\n"
        "app = IPKernelApp.instance()\napp.initialize(['-f', 'connection.json'])\n"
        "os.write(2, b'ready'); open('gate').read()\napp.start()"
    )
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running:
        until(lambda: (tmp_path / "output").read_text() == "ready")
        with Client(tmp_path / "connection.json", ready=False) as client:
            header = client.send_execute("6 * 7")
            (tmp_path / "gate").write_text("")
            assert client.collect(header, until_idle=False).status == "ok"
            shut_down(client)
        assert running.output() == "ready"


def test_a_program_that_only_initializes_an_application_ends_as_it_would(tmp_path: Path) -> None:
    source = (
        "from ipykernel.kernelapp import IPKernelApp\n"
        "app = IPKernelApp.instance()\napp.initialize(['-f', 'connection.json'])\nprint('the end')"
    )
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running:
        assert running.output() == "the end\n"
        assert running.process.returncode == 0
    assert list(tmp_path.glob("*.json")) == []


def test_an_application_starts_where_it_was_initialized(tmp_path: Path) -> None:
    source = (
        "import threading\nfrom ipykernel.kernelapp import IPKernelApp\n"
        "app = IPKernelApp.instance()\napp.initialize(['-f', 'connection.json'])\n"
        "def start():\n    try:\n        app.start()\n    except RuntimeError as error:\n        print(error)\n"
        "thread = threading.Thread(target=start)\nthread.start()\nthread.join()\napp.start()"
    )
    with program(tmp_path, [*SERVED, "program.py"], source=source) as running:
        with running.client() as client:
            assert client.execute("6 * 7").result == {"text/plain": "42"}
            shut_down(client)
        assert running.output().startswith("the kernel was made in another thread")
