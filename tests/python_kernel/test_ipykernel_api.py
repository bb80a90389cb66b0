"""The names by which other software knows a notebook's kernel: there at the start, and by import in this process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.comm import CommMsg, CommOpen
from sdk.protocol.iopub import DisplayData, Stream
from sdk.protocol.message import Channel, CustomContent, ErrorReply
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import ARGV, kernel_process


def value(client: Client, expression: str) -> Any:
    """The value of an expression that is a literal."""
    exchange = client.execute(expression)
    assert exchange.result is not None, exchange.error or exchange.text()
    return ast.literal_eval(exchange.result["text/plain"])


# -- what is looked for, and not imported ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("type(get_ipython()).__name__", "ZMQInteractiveShell"),
        ("type(get_ipython()).__module__", "ipykernel.zmqshell"),
        ("type(sys.stdout).__name__, type(sys.stderr).__module__", ("OutStream", "ipykernel.iostream")),
        ("type(get_ipython().display_pub).__module__", "ipykernel.zmqshell"),
        ("type(get_ipython().displayhook).__module__", "ipykernel.displayhook"),
        ("'ipykernel' in sys.modules, 'ipykernel.zmqshell' in sys.modules", (True, True)),
        ("'IPKernelApp' in get_ipython().config", True),
        ("get_ipython().config['IPKernelApp']['connection_file'] == get_ipython().kernel.host.connection_file", True),
        ("get_ipython().has_trait('kernel'), hasattr(get_ipython(), 'kernel')", (True, True)),
        ("get_ipython().kernel.shell is get_ipython()", True),
        ("get_ipython().kernel.user_ns is globals()", True),
        ("__import__('comm').create_comm(target_name='t').kernel is get_ipython().kernel", True),
    ],
)
def test_what_is_looked_for_is_there(client: Client, expression: str, expected: object) -> None:
    client.execute("import sys")
    assert value(client, expression) == expected


def test_nothing_of_it_is_executed_before_somebody_wants_it(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute("import sys; before = {name for name in sys.modules if name.startswith('python_kernel.ipyk')}")
        assert value(client, "before | {name for name in sys.modules if name.startswith('ipykernel')}") == {
            "ipykernel",
            "ipykernel.zmqshell",
        }
        assert value(client, "{type(sys.modules[name]).__name__ for name in ('ipykernel', 'ipykernel.zmqshell')}") == {
            "LazyModule"
        }


# -- what is imported --------------------------------------------------------------------------------------------------


def test_the_version_is_one_that_editors_accept_and_says_whose_it_is(client: Client) -> None:
    version, tuple_, compat, file = value(
        client,
        "(ipykernel := __import__('ipykernel')).__version__, ipykernel.version_info, "
        "ipykernel.__compat__, ipykernel.__file__",
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", version) and tuple_ >= (6, 18)
    assert compat.startswith("python_kernel ") and Path(file).parent.name == "ipykernel_api"


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("", "get_connection_file get_connection_info connect_qtconsole version_info kernel_protocol_version"),
        (".comm", "Comm CommManager"),
        (".comm.comm", "BaseComm Comm"),
        (".compiler", "get_tmp_directory get_file_name murmur2_x86 get_tmp_hash_seed XCachingCompiler"),
        (".connect", "get_connection_file get_connection_info write_connection_file"),
        (".control", "ControlThread"),
        (".debugger", "Debugger"),
        (".displayhook", "ZMQDisplayHook ZMQShellDisplayHook"),
        (".embed", "embed_kernel"),
        (".iostream", "OutStream IOPubThread BackgroundSocket"),
        (".ipkernel", "IPythonKernel Kernel"),
        (".jsonutil", "json_clean encode_images"),
        (".kernelapp", "IPKernelApp launch_new_instance kernel_aliases kernel_flags"),
        (".kernelbase", "Kernel"),
        (".log", "EnginePUBHandler"),
        (".pylab.backend_inline", "show flush_figures"),
        (".pylab.config", "InlineBackend"),
        (".thread", "BaseThread"),
        (".zmqshell", "ZMQInteractiveShell ZMQDisplayPublisher KernelMagics InteractiveShell"),
    ],
)
def test_a_module_has_the_names_that_are_imported_from_it(client: Client, module: str, names: str) -> None:
    exchange = client.execute(f"from ipykernel{module} import {', '.join(names.split())}")
    assert exchange.error is None, exchange.error


@pytest.mark.parametrize(
    "expression",
    [
        "isinstance(get_ipython(), zmqshell.ZMQInteractiveShell)",
        "isinstance(sys.stdout, iostream.OutStream)",
        "isinstance(get_ipython().kernel, kernelbase.Kernel)",
        "isinstance(get_ipython().kernel, ipkernel.IPythonKernel)",
        "kernelbase.Kernel.initialized() and kernelbase.Kernel.instance() is get_ipython().kernel",
        "kernelapp.IPKernelApp.initialized() and kernelapp.IPKernelApp.instance().kernel is get_ipython().kernel",
        "kernelapp.IPKernelApp.instance().shell is get_ipython()",
        "get_ipython().kernel.parent is kernelapp.IPKernelApp.instance()",
        "isinstance(get_ipython().kernel.debugger, debugger.Debugger)",
        "connect.get_connection_file() == get_ipython().kernel.host.connection_file",
        "connect.get_connection_info(unpack=True)['key'] == get_ipython().kernel.session.key",
        "sys.stdout.session is get_ipython().kernel.session is get_ipython().display_pub.session",
        "get_ipython().display_pub.pub_socket is get_ipython().kernel.iopub_socket",
        "get_ipython().compile.get_code_name('x', 'x', 1).startswith(compiler.get_tmp_directory())",
        "type(get_ipython()).__module__ in sys.modules and pickle.loads(pickle.dumps(type(get_ipython()))) is type(get_ipython())",  # noqa: E501
    ],
)
def test_the_objects_of_the_kernel_are_those_of_its_modules(client: Client, expression: str) -> None:
    client.execute("import pickle, sys\nfrom ipykernel import *")
    client.execute(
        "from ipykernel import compiler, connect, debugger, iostream, ipkernel, kernelapp, kernelbase, zmqshell"
    )
    assert value(client, expression) is True


def test_what_is_imported_first_makes_no_difference(tmp_path: Path) -> None:
    for first in ("ipkernel", "kernelbase", "kernelapp", "comm", "connect", "zmqshell"):
        with kernel_process(tmp_path) as process, process.client() as client:
            assert client.execute(f"import ipykernel.{first}").error is None
            client.execute("from ipykernel.kernelbase import Kernel\nfrom ipykernel.kernelapp import IPKernelApp")
            assert value(client, "Kernel.initialized() and IPKernelApp.instance().kernel is Kernel.instance()") is True


# -- modes -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def off(tmp_path: Path) -> Iterator[Client]:
    with kernel_process(tmp_path, argv=[*ARGV, "--PythonKernel.ipykernel_api=off"]) as process, process.client() as one:
        yield one


def test_with_off_nothing_is_served_and_the_kernel_has_its_attributes(off: Client) -> None:
    pytest.importorskip("ipykernel")
    assert value(
        off, "import_module('ipykernel').__file__" if off.execute("from importlib import import_module") else ""
    )
    assert "python_kernel" not in value(off, "import_module('ipykernel').__file__")
    assert value(off, "type(get_ipython().kernel).__module__") == "python_kernel.ipykernel_api.ipkernel"
    assert value(off, "get_ipython().kernel.do_complete('import_mod', 10)['matches']") == ["import_module"]
    assert value(off, "import_module('ipykernel.kernelbase').Kernel.initialized()") is False


def test_absent_leaves_a_real_one_alone(tmp_path: Path) -> None:
    pytest.importorskip("ipykernel")
    argv = [*ARGV, "--PythonKernel.ipykernel_api=absent"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        client.execute("import sys; there = 'ipykernel' in sys.modules; import ipykernel")
        assert value(client, "there, 'python_kernel' in ipykernel.__file__") == (False, False)


def test_another_word_is_told(tmp_path: Path) -> None:
    argv = [*ARGV, "--PythonKernel.ipykernel_api=sometimes"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        exchange = client.execute("import ipykernel; ipykernel.__compat__")
        assert "ipykernel_api = 'sometimes': expected one of ('shadow', 'absent', 'off')" in exchange.text("stderr")
        assert exchange.error is None


def test_other_processes_have_the_real_one(client: Client) -> None:
    pytest.importorskip("ipykernel")
    client.execute("import subprocess, sys")
    code = "import ipykernel; print(ipykernel.__file__)"
    text = client.execute(f"print(subprocess.check_output([sys.executable, '-c', {code!r}], text=True))").text()
    assert text.strip().endswith("__init__.py") and "ipykernel_api" not in text
    spawned = (
        "import concurrent.futures, multiprocessing\n"
        "with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:\n"
        "    print(pool.submit(eval, \"__import__('ipykernel').__file__\").result())"
    )
    assert "ipykernel_api" not in client.execute(spawned, timeout=30).text()


def test_a_forked_child_goes_on_with_what_it_has(client: Client) -> None:
    code = (
        "import os, ipykernel\npid = os.fork()\n"
        "if pid == 0:\n    import ipykernel.jsonutil\n    print(ipykernel.__compat__)\n    os._exit(0)\n"
        "os.waitpid(pid, 0);"
    )
    assert client.execute(code).text().startswith("python_kernel ")


# -- sending -----------------------------------------------------------------------------------------------------------


def test_messages_are_sent_by_session_and_socket(client: Client) -> None:
    code = """
kernel = get_ipython().kernel
content = {"data": {"text/plain": "sent"}, "metadata": {}, "transient": {}}
print("before")
kernel.session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent("shell"), buffers=[b"ab"])
kernel.send_response(kernel.iopub_socket, "stream", {"name": "stdout", "text": "answered"})
message = kernel.session.msg("stream", {"name": "stderr", "text": "framed"}, parent=kernel.get_parent())
kernel.iopub_socket.send_multipart(kernel.session.serialize(message, ident=b"stream.stderr"));
"""
    exchange = client.execute(code)
    assert exchange.outputs() == [
        Stream("stdout", "before\n"),
        DisplayData({"text/plain": "sent"}),
        Stream("stdout", "answered"),
        Stream("stderr", "framed"),
    ]
    display = next(m for m in exchange.iopub if isinstance(m.content, DisplayData))
    assert [bytes(buffer) for buffer in display.buffers] == [b"ab"]


def test_the_output_of_a_client_in_a_cell_is_sent_on(client: Client) -> None:
    code = """
publisher = get_ipython().display_pub
content = {"data": {"text/plain": "of another kernel"}, "metadata": {}}
publisher.session.send(publisher.pub_socket, "display_data", content, parent=publisher.parent_header);
"""
    assert client.execute(code).outputs() == [DisplayData({"text/plain": "of another kernel"})]


def test_a_hook_may_add_buffers_and_metadata(client: Client) -> None:
    code = """
def hook(message):
    message["buffers"].append(b"more"); message["metadata"]["from"] = "hook"
    return message
get_ipython().display_pub.register_hook(hook); get_ipython().displayhook.register_hook(hook)
display({"text/plain": "a"}, raw=True)
1
"""
    iopub = [m for m in client.execute(code).iopub if m.header.msg_type in ("display_data", "execute_result")]
    client.execute("for one in (get_ipython().display_pub, get_ipython().displayhook): one.unregister_hook(hook)")
    assert [([bytes(buffer) for buffer in m.buffers], m.metadata) for m in iopub] == [([b"more"], {"from": "hook"})] * 2


def test_a_stream_made_as_ipykernels_writes_into_the_cell(client: Client) -> None:
    code = """
from ipykernel.iostream import OutStream
class Mine(OutStream):
    def write(self, text): return super().write(text.upper())
kernel = get_ipython().kernel
print("loud", file=Mine(kernel.session, kernel.iopub_thread, "stderr"))
"""
    assert client.execute(code).outputs() == [Stream("stderr", "LOUD\n")]


def test_comms_of_the_old_class_speak_both_ways(client: Client) -> None:
    code = "from ipykernel.comm import Comm\none = Comm(target_name='old', data={'n': 1})\none.on_msg(lambda m: print(m['content']['data']))"  # noqa: E501
    exchange = client.execute(code)
    (opened,) = [m for m in exchange.iopub if isinstance(m.content, CommOpen)]
    assert (opened.content.target_name, opened.content.data) == ("old", {"n": 1})
    header = client.send(CommMsg(opened.content.comm_id, {"answer": 42}))
    text = client.wait_for(lambda m: isinstance(m.content, Stream))
    assert text.content.text == "{'answer': 42}\n" and text.parent_header.msg_id == header.msg_id


def test_completion_and_inspection_are_plain_calls_in_any_thread(client: Client) -> None:
    code = """
import threading
kernel, found = get_ipython().kernel, []
def ask():
    found.append(kernel.do_complete("threading.Thre", 14))
    found.append(kernel.do_inspect("threading", 9, 0))
worker = threading.Thread(target=ask); worker.start(); worker.join()
"""
    assert client.execute(code).error is None
    assert value(client, "type(found[0]).__name__, found[0]['matches'], found[0]['cursor_start']") == (
        "dict",
        ["Thread", "ThreadError"],
        10,
    )
    assert value(client, "found[1]['found'], type(found[1]['data']).__name__") == (True, "dict")


# -- answering in the kernel's place -----------------------------------------------------------------------------------

WRAP = """
kernel, calls = get_ipython().kernel, []
original = kernel.shell_handlers["execute_request"]
async def wrap(stream, ident, parent):
    calls.append(parent["content"]["code"])
    await original(stream, ident, parent)
kernel.shell_handlers["execute_request"] = wrap
"""
UNWRAP = "kernel.shell_handlers['execute_request'] = original"


def test_a_handler_may_stand_before_the_kernels(client: Client) -> None:
    client.execute(WRAP)
    try:
        exchange = client.execute("print('in it'); 1 + 1")
        assert exchange.text() == "in it\n" and exchange.result == {"text/plain": "2"}
        assert client.execute("1 / 0").error.ename == "ZeroDivisionError"
        assert value(client, "calls[:2]") == ["print('in it'); 1 + 1", "1 / 0"]
    finally:
        client.execute(UNWRAP)
    assert value(client, "len(calls), kernel.host.outside.handlers") == (4, {})


@pytest.mark.parametrize("code", ["while True: pass", "import asyncio\nawait asyncio.sleep(60)"])
def test_a_cell_behind_such_a_handler_is_interrupted(client: Client, kernel: KernelProcess, code: str) -> None:
    client.execute(WRAP)
    try:
        header = client.send_execute(f"print('on')\n{code}")
        client.wait_for(lambda m: m.content == Stream("stdout", "on\n"))
        kernel.interrupt()
        assert client.collect(header, timeout=30).error.ename == "KeyboardInterrupt"
    finally:
        client.execute(UNWRAP)


@pytest.mark.parametrize("channel", [Channel.SHELL, Channel.CONTROL])
def test_a_handler_answers_a_request_of_its_own(client: Client, channel: Channel) -> None:
    client.execute(
        "kernel = get_ipython().kernel\n"
        "def mine(stream, ident, parent):\n"
        "    kernel.session.send(stream, 'my_reply', {'got': parent['content']}, parent=parent, ident=ident)\n"
        f"kernel.{channel.value}_handlers['my_request'] = mine"
    )
    reply = client.request(CustomContent("my_request", {"a": 1}), channel).reply
    assert reply.content == CustomContent("my_reply", {"got": {"a": 1}})
    client.execute(f"del kernel.{channel.value}_handlers['my_request']")
    refused = client.request(CustomContent("my_request", {"a": 1}), channel).reply.content
    assert isinstance(refused, ErrorReply) and refused.ename == "UnsupportedRequestError"


def test_one_that_fails_is_an_error_reply(client: Client) -> None:
    client.execute("get_ipython().kernel.shell_handlers['bad_request'] = lambda *given: 1 / 0")
    reply = client.request(CustomContent("bad_request", {})).reply.content
    assert isinstance(reply, ErrorReply) and reply.ename == "ZeroDivisionError"


def test_another_kernel_object_may_stand_in_the_singletons_place(client: Client) -> None:
    code = """
from ipykernel.kernelbase import Kernel
from ipykernel.comm import Comm, CommManager
class Other(Kernel):
    implementation = "other"
    def __init__(self):
        super().__init__()
        self.sent = []
        self.comm_manager = CommManager(parent=self, kernel=self)
        self.shell_handlers["comm_msg"] = self.comm_manager.comm_msg
before, Kernel._instance = Kernel._instance, Other()
try:
    made = Comm(target_name="t").kernel.implementation
finally:
    Kernel._instance = before
"""
    exchange = client.execute(code)
    assert exchange.error is None, exchange.error
    assert value(client, "made, Kernel.instance() is get_ipython().kernel") == ("other", True)
    assert not any(isinstance(m.content, CommOpen) for m in exchange.iopub)


def test_comms_speak_though_somebody_has_put_no_kernel_in_its_place(client: Client) -> None:
    code = """
from ipykernel.kernelbase import Kernel
from ipykernel.comm import Comm
before, Kernel._instance = Kernel._instance, ""
try:
    Comm(target_name="spoken")
finally:
    Kernel._instance = before
"""
    opened = [m.content.target_name for m in client.execute(code).iopub if isinstance(m.content, CommOpen)]
    assert opened == ["spoken"]


def test_code_is_run_by_do_execute_in_the_cell_at_work(client: Client) -> None:
    exchange = client.execute("await get_ipython().kernel.do_execute('print(21 * 2)', False)")
    assert exchange.text() == "42\n"
    assert "'status': 'ok'" in exchange.result["text/plain"]


def test_the_editors_hidden_cells_do_not_count(client: Client) -> None:
    before = client.execute("0").reply.content.execution_count
    code = """
import builtins, threading
def register(mime):
    handle = display({mime: ""}, raw=True, display_id=True)
    def run():
        handle.update({mime: get_ipython().kernel.do_complete("builti", 6)}, raw=True)
    thread = threading.Thread(target=run, daemon=True); thread.start(); thread.join()
register("application/vnd.completion+json")
"""
    hidden = client.execute(code, store_history=False, stop_on_error=False)
    kinds = [m.header.msg_type for m in hidden.iopub if m.header.msg_type.endswith("display_data")]
    assert kinds == ["display_data", "update_display_data"]
    update = next(m.content for m in hidden.iopub if m.header.msg_type == "update_display_data")
    assert update.data["application/vnd.completion+json"]["matches"] == ["builtins"]
    assert client.execute("0").reply.content.execution_count == before + 1


def test_the_kernel_asks_the_user(client: Client) -> None:
    code = "get_ipython().kernel.raw_input('? ')"
    exchange = client.execute(code, stdin=["typed"])
    assert exchange.result == {"text/plain": "'typed'"}
