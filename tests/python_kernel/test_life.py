"""The process: what it says of itself before IPython is up, its start, its imports, its interrupts, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import IPython
import pytest

from sdk.protocol.control import InterruptRequest, ShutdownRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import kernel_process


def test_kernel_info_is_python_spoken_by_ipython(client: Client) -> None:
    info = client.kernel_info.content
    assert (info.implementation, info.implementation_version) == ("ipython", IPython.__version__)
    assert info.language_info["name"] == "python"
    assert info.language_info["version"] == ".".join(map(str, sys.version_info[:3]))
    assert (info.language_info["mimetype"], info.language_info["file_extension"]) == ("text/x-python", ".py")
    assert IPython.__version__ in info.banner


def test_nothing_of_ipython_is_loaded_to_say_so() -> None:
    names = ("IPython", "traitlets", "zmq", "asyncio", "inspect", "logging")
    code = f"import sys, python_kernel.kernel\nprint([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_garbage_is_collected_in_cells_and_not_before(client: Client) -> None:
    code = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 10_000, gc.get_threshold()[0] > 0)"
    assert client.execute(code).text() == "True True True\n"


def test_what_needs_no_garbage_collected_gets_none(tmp_path: Path) -> None:
    code = "import gc, sys; gc.disable(); from python_kernel.__main__ import main; main(sys.argv[1:])"
    argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        assert client.execute("import gc; gc.isenabled()").result == {"text/plain": "False"}


def test_without_ipython_the_cell_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['IPython'] = None; from python_kernel.__main__ import main; main(sys.argv[1:])"
    argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        error = client.execute("1").error
        assert error.ename == "LanguageStartError"
        assert 'pip install "jupyter-kernel-sdk[python]"' in error.evalue


def test_other_programs_find_the_names_they_look_for(client: Client) -> None:
    code = """
ip = get_ipython()
(type(ip).__name__, "IPKernelApp" in ip.config, "json" in ip.config.IPKernelApp.connection_file,
 ip.has_trait("kernel"), ip.kernel is not None)
"""
    assert client.execute(code).result == {"text/plain": "('ZMQInteractiveShell', True, True, True, True)"}
    names = ("TERM", "CLICOLOR", "FORCE_COLOR", "PAGER", "GIT_PAGER", "MPLBACKEND")
    values = ["xterm-color", "1", "1", "cat", "cat", "module://matplotlib_inline.backend_inline"]
    assert client.execute(f"import os\nprint([os.environ[n] for n in {names}] == {values})").text() == "True\n"


def test_files_beside_the_notebook_are_imported_and_shadow_nothing(tmp_path: Path) -> None:
    work = tmp_path / "here"
    work.mkdir()
    (work / "beside.py").write_text("value = 'beside the notebook'")
    for name in ("random", "json", "IPython", "traitlets", "comm", "colorsys"):
        (work / f"{name}.py").write_text("raise RuntimeError('shadowed')")
    with kernel_process(tmp_path) as process, process.client() as client:
        assert client.execute("import random, colorsys, beside; beside.value").result == {
            "text/plain": "'beside the notebook'"
        }


def test_configuration_reaches_the_shell(tmp_path: Path) -> None:
    argv = [sys.executable, "-P", "-m", "python_kernel", "-f", "{connection_file}"]
    options = ["--InteractiveShell.ast_node_interactivity=all", "--ZMQInteractiveShell.cache_size=7"]
    with kernel_process(tmp_path, argv=[*argv, *options]) as process, process.client() as client:
        exchange = client.execute("1\n2")
        assert [content.data["text/plain"] for content in exchange.outputs()] == ["1", "2"]
        assert client.execute("get_ipython().cache_size;\nget_ipython().cache_size").result == {"text/plain": "7"}


INTERRUPTED = [
    "while True: pass",
    "import time; time.sleep(60)",
    "import asyncio; await asyncio.sleep(60)",
    "import asyncio\nwhile True: await asyncio.sleep(0)",
    "import asyncio\nawait asyncio.sleep(0)\nimport time; time.sleep(60)",
    "while True: print(end='')",
]


@pytest.mark.parametrize("code", INTERRUPTED)
@pytest.mark.parametrize("how", ["message", "signal"])
def test_interrupts_end_a_cell_with_keyboard_interrupt(
    client: Client, kernel: KernelProcess, code: str, how: str
) -> None:
    running = client.send_execute(f"print('on')\n{code}")
    client.wait_for(lambda message: isinstance(message.content, Stream))
    if how == "message":
        client.request(InterruptRequest(), Channel.CONTROL)
    else:
        kernel.interrupt()
    exchange = client.collect(running)
    assert (exchange.status, exchange.error.ename) == ("error", "KeyboardInterrupt")
    assert client.execute("print('alive'); 1").outputs()[0] == Stream("stdout", "alive\n")


def test_an_interrupt_ends_input(client: Client) -> None:
    running = client.send_execute("input('?')", allow_stdin=True)
    client.receive(Channel.STDIN)
    client.request(InterruptRequest(), Channel.CONTROL)
    assert client.collect(running).error.ename == "KeyboardInterrupt"
    assert client.execute("input('?')", stdin=["again"]).result == {"text/plain": "'again'"}


def test_shutdown_runs_the_users_exit_functions(fresh: KernelProcess, tmp_path: Path) -> None:
    path = tmp_path / "left.txt"
    with fresh.client() as client:
        client.execute(
            f"import atexit\nword = 'here'\natexit.register(lambda: open({os.fspath(path)!r}, 'w').write(word));"
        )
        client.request(ShutdownRequest(restart=False), Channel.CONTROL)
        assert fresh.wait() == 0
    assert path.read_text() == "here"
    assert fresh.output() == ""


LEAVES = """
import atexit, subprocess
atexit.register(lambda: open({path!r}, 'w').write('left'))
print(subprocess.Popen(['sleep', '60']).pid, end='')
"""
ENDS = {
    "idle": "print('on')",
    "blocks": "import time\nprint('on')\ntime.sleep(60)",
    "swallows": "print('on')\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "holds the GIL": "import re\nprint('on')\nre.match('(a+)+$', 'a' * 40 + 'b')",
}


HOW = ("shutdown_request", "SIGTERM", "SIGHUP", "parent")
ALWAYS = {
    ("shutdown_request", "blocks"),
    ("SIGTERM", "holds the GIL"),
    ("SIGTERM", "idle"),
    ("SIGHUP", "swallows"),
    ("parent", "swallows"),
}
"""Each way and each state; the others are of the long run."""
IMPOSSIBLE = {("shutdown_request", "holds the GIL"), ("parent", "holds the GIL")}
"""No thread of the kernel can run; front-ends send SIGTERM next."""


@pytest.mark.parametrize(
    ("how", "doing"),
    [
        pytest.param(*one, marks=[] if one in ALWAYS else pytest.mark.soak)
        for one in product(HOW, ENDS)
        if one not in IMPOSSIBLE
    ],
)
def test_whatever_ends_the_kernel_exit_functions_run_and_children_end(tmp_path: Path, doing: str, how: str) -> None:
    path = tmp_path / "left.txt"
    with subprocess.Popen(["sleep", "60"]) as parent:
        try:
            with (
                kernel_process(tmp_path, env={"JPY_PARENT_PID": str(parent.pid)}) as process,
                process.client() as client,
            ):
                child = int(client.execute(LEAVES.format(path=os.fspath(path))).text())
                client.send_execute(ENDS[doing])
                client.wait_for(lambda message: isinstance(message.content, Stream) and "on" in message.content.text)
                if how == "shutdown_request":
                    client.send(ShutdownRequest(restart=False), Channel.CONTROL)
                elif how == "parent":
                    parent.kill()
                    parent.wait()
                else:
                    process.process.send_signal(getattr(signal, how))
                # From Python 3.13 on all of that loop is inside its `try`: nothing but force ends it.
                forced = doing == "swallows" and sys.version_info >= (3, 13)
                assert process.wait() == int(forced)
                assert forced or path.read_text() == "left"
                assert has_ended(child)
        finally:
            parent.kill()


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_exit_in_a_thread_ends_the_kernel_after_the_cell_and_sys_exit_ends_the_thread(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute("import sys, threading\nt = threading.Thread(target=sys.exit); t.start(); t.join()")
        client.execute("t = threading.Thread(target=exit); t.start(); t.join(); print('on')")
        assert fresh.wait() == 0
