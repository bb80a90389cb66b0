"""The debugger, as front-ends use it, over real sockets."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sdk.protocol.control import CreateSubshellRequest, DeleteSubshellRequest, InterruptRequest, ShutdownRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import kernel_process
from tests.python_kernel.debugging import INITIALIZE, Debugger

CODE = """\
def f(a, b):
    c = a + b
    d = [a, c]
    return c

x = 1
y = f(2, 3)
z = x + y
print(z)"""


@pytest.fixture
def debugger(client: Client) -> Debugger:
    return Debugger(client)


@pytest.fixture
def attached(debugger: Debugger) -> Iterator[Debugger]:
    with debugger.attached():
        yield debugger


# -- a session ---------------------------------------------------------------------------------------------------------


def test_the_state_before_and_after_a_session(debugger: Debugger) -> None:
    before = debugger.ask("debugInfo")
    assert before["isStarted"] is False
    assert re.fullmatch(r"/.*/ipykernel_\d+/", before["tmpFilePrefix"])
    assert {name: before[name] for name in before if name not in ("isStarted", "tmpFilePrefix")} == {
        "hashMethod": "Murmur2",
        "hashSeed": 0xC70F6907,
        "tmpFileSuffix": ".py",
        "breakpoints": [],
        "stoppedThreads": [],
        "richRendering": True,
        "exceptionPaths": ["Python Exceptions"],
        "copyToGlobals": True,
    }
    with debugger.attached():
        path = debugger.stop_in(CODE, 2)
        during = debugger.ask("debugInfo")
        expected = [{"source": path, "breakpoints": [{"line": 2}]}]
        assert during == {**before, "isStarted": True, "breakpoints": expected}
    assert debugger.ask("debugInfo") == before


def test_how_it_is_is_told_while_the_language_starts(tmp_path: Path) -> None:
    """JupyterLab's button does nothing before it knows."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    os.mkfifo(gate := tmp_path / "gate")
    (startup / "wait.py").write_text(f"open({str(gate)!r}).read()")
    with kernel_process(tmp_path) as process, process.client() as client:
        debugger = Debugger(client)
        cell = client.send_execute("import sys; any(name.endswith('debugger.debugger') for name in sys.modules)")
        begun = [debugger.response("debugInfo") for _ in range(2)]
        assert [(one["seq"], one["body"]["isStarted"]) for one in begun] == [(1, False), (2, False)]
        initialize = debugger.send("initialize", **INITIALIZE)  # has to wait
        gate.write_text("")
        assert client.collect(cell).result == {"text/plain": "False"}
        assert client.collect(initialize, timeout=60).reply.content.to_fields()["success"]
        assert debugger.response("debugInfo")["seq"] == 4
        debugger.ask("disconnect")


def test_breakpoint_step_variables_continue(attached: Debugger) -> None:
    path = attached.stop_in(CODE, 2)
    cell = attached.client.send_execute(CODE)
    stopped = attached.event("stopped")
    assert (stopped["reason"], stopped["threadId"], stopped["allThreadsStopped"]) == ("breakpoint", 1, True)
    assert attached.ask("debugInfo")["stoppedThreads"] == [1]
    assert attached.place() == [("f", 2), ("<module>", 7)]
    frame = attached.frames()[0]
    assert frame["source"]["path"] == path
    shown = {name: (one["value"], one["type"]) for name, one in attached.variables("Locals", frame["id"]).items()}
    assert shown == {"a": ("2", "int"), "b": ("3", "int")}
    assert attached.ask("evaluate", expression="a * 100 + b", frameId=frame["id"], context="repl")["result"] == "203"
    places = [("f", 2)]
    while places[-1] != ("<module>", 9):
        attached.ask("next", threadId=1)
        attached.event("stopped")
        places.append(attached.place()[0])
    returned = [("<module>", 7)] if sys.version_info >= (3, 12) else []  # sys.monitoring tells debugpy of it
    assert places == [("f", 2), ("f", 3), ("f", 4), *returned, ("<module>", 8), ("<module>", 9)]
    attached.ask("continue", threadId=1)
    attached.event("continued")
    assert attached.client.collect(cell).text() == "6\n"
    assert attached.ask("debugInfo")["stoppedThreads"] == []


@pytest.mark.parametrize("step", ["next", "stepIn", "stepOut"])
def test_a_step_at_the_end_of_a_cell_ends_with_it(attached: Debugger, step: str) -> None:
    attached.stop_in(CODE, 9)
    cell = attached.client.send_execute(CODE)
    attached.event("stopped")
    attached.ask(step, threadId=1)
    assert attached.client.collect(cell).status == "ok"
    assert attached.client.execute("w = 1\nw").result == {"text/plain": "1"}  # not stopped at
    assert attached.ask("debugInfo")["stoppedThreads"] == []


def test_step_in_and_out(attached: Debugger) -> None:
    attached.stop_in(CODE, 7)
    cell = attached.client.send_execute(CODE)
    attached.event("stopped")
    attached.ask("stepIn", threadId=1)
    attached.event("stopped")
    assert attached.place() == [("f", 2), ("<module>", 7)]
    attached.ask("stepOut", threadId=1)
    attached.event("stopped")
    assert attached.place()[0][0] == "<module>"
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).status == "ok"


@pytest.mark.parametrize("just_my_code", [True, False])
def test_stepping_shows_no_frame_of_the_kernel(debugger: Debugger, just_my_code: bool) -> None:
    code = "import json\nx = json.dumps({'a': 1})\nx = 2"
    with debugger.attached(justMyCode=just_my_code):
        debugger.stop_in(code, 2)
        cell = debugger.client.send_execute(code)
        debugger.event("stopped")
        debugger.ask("stepIn", threadId=1)
        debugger.event("stopped")
        files = [frame["source"]["path"] for frame in debugger.frames()]
        assert files[0].endswith("json/__init__.py") is not just_my_code
        assert "ipykernel_" in files[-1]
        assert not re.search("IPython|python_kernel|sdk/|asyncio", " ".join(files[:-1]))
        for _ in range(3):
            debugger.ask("stepOut", threadId=1)
        assert debugger.client.collect(cell).status == "ok"
        assert debugger.client.execute("1").result == {"text/plain": "1"}


def test_conditions_and_hit_counts_and_log_points(attached: Debugger) -> None:
    code = "for n in range(6):\n    m = n\nprint(m)"
    path = attached.stop_in(code, 2, condition="n == 4")
    kept = attached.ask("debugInfo")["breakpoints"]
    assert kept == [{"source": path, "breakpoints": [{"line": 2, "condition": "n == 4"}]}]
    cell = attached.client.send_execute(code)
    attached.event("stopped")
    assert attached.variables("Globals", attached.frames()[0]["id"])["n"]["value"] == "4"
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).text() == "5\n"
    attached.stop_in(code, 2, logMessage="n is {n}")
    cell = attached.client.send_execute(code)
    assert attached.event("output")["output"] == "n is 0\n"
    assert attached.client.collect(cell).status == "ok"
    attached.ask("setBreakpoints", source={"path": path}, breakpoints=[])
    assert attached.ask("debugInfo")["breakpoints"] == []


def test_lines_above_a_cell_that_are_empty_count(attached: Debugger) -> None:
    code = f"\n\n{CODE}"
    attached.stop_in(code, 4)
    cell = attached.client.send_execute(code)
    attached.event("stopped")
    assert attached.place() == [("f", 4), ("<module>", 9)]
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).status == "ok"


def test_an_exception_stops_where_that_is_wanted(attached: Debugger) -> None:
    attached.ask("setExceptionBreakpoints", filters=["raised"])
    cell = attached.client.send_execute("def fails():\n    return 1 / 0\nfails()")
    assert attached.event("stopped")["reason"] == "exception"
    assert attached.ask("exceptionInfo", threadId=1)["exceptionId"] == "ZeroDivisionError"
    attached.ask("setExceptionBreakpoints", filters=[])
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).error.ename == "ZeroDivisionError"


def test_a_cell_that_awaits_is_debugged(attached: Debugger) -> None:
    code = "import asyncio\nasync def g():\n    await asyncio.sleep(0)\n    here = 5\n    return here\nawait g()"
    attached.stop_in(code, 4)
    cell = attached.client.send_execute(code)
    attached.event("stopped")
    assert attached.place()[0] == ("g", 4)
    attached.ask("next", threadId=1)
    attached.event("stopped")
    assert attached.place()[0] == ("g", 5)
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).result == {"text/plain": "5"}


# -- late, and pause ---------------------------------------------------------------------------------------------------

ENDLESS = "print('on')\nn = 0\nwhile not globals().get('enough'):\n    n += 1\n    m = n\nprint('off')"


def test_a_running_cell_is_attached_to_and_paused(debugger: Debugger) -> None:
    cell = debugger.client.send_execute(ENDLESS)
    debugger.client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    with debugger.attached():
        debugger.ask("pause", threadId=1)
        assert debugger.event("stopped")["reason"] == "pause"
        frame = debugger.frames()[0]
        assert (frame["name"], frame["line"] in (3, 4, 5)) == ("<module>", True)
        debugger.ask("evaluate", expression="enough = True", frameId=frame["id"], context="repl")
        debugger.ask("continue", threadId=1)
        assert debugger.client.collect(cell).text() == "off\n"
        debugger.client.execute("del enough")


def test_a_running_cell_stops_at_a_breakpoint_that_is_set_late(debugger: Debugger) -> None:
    cell = debugger.client.send_execute(ENDLESS)
    debugger.client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    with debugger.attached():
        path = debugger.stop_in(ENDLESS, 5)
        assert debugger.event("stopped")["reason"] == "breakpoint"
        assert debugger.place() == [("<module>", 5)]
        debugger.ask("setBreakpoints", source={"path": path}, breakpoints=[])
        debugger.ask("continue", threadId=1)
        debugger.ask("evaluate", expression="enough = True", context="repl")
        assert debugger.client.collect(cell).text() == "off\n"
        debugger.client.execute("del enough")


# -- subshells and threads ---------------------------------------------------------------------------------------------


def test_a_cell_of_a_subshell_is_debugged(attached: Debugger) -> None:
    client = attached.client
    subshell = client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content.subshell_id
    attached.stop_in(CODE, 2)
    cell = client.send_execute(CODE, subshell_id=subshell)
    stopped = attached.event("stopped")
    thread = stopped["threadId"]
    assert thread != 1
    assert attached.ask("debugInfo")["stoppedThreads"] == [thread]
    assert attached.place(thread) == [("f", 2), ("<module>", 7)]
    frame = attached.frames(thread)[0]["id"]
    assert attached.ask("richInspectVariables", variableName="b", frameId=frame)["data"] == {"text/plain": "3"}
    attached.ask("next", threadId=thread)
    attached.event("stopped")
    assert attached.place(thread)[0] == ("f", 3)
    attached.ask("continue", threadId=thread)
    assert client.collect(cell).text() == "6\n"
    client.request(DeleteSubshellRequest(subshell), Channel.CONTROL)


def test_a_subshell_that_is_stopped_can_be_interrupted(attached: Debugger) -> None:
    client = attached.client
    subshell = client.request(CreateSubshellRequest(), Channel.CONTROL).reply.content.subshell_id
    attached.stop_in(CODE, 2)
    cell = client.send_execute(CODE, subshell_id=subshell)
    attached.event("stopped")
    client.request(InterruptRequest(), Channel.CONTROL, subshell_id=subshell)
    assert client.collect(cell).error.ename == "KeyboardInterrupt"
    assert client.execute("1").result == {"text/plain": "1"}
    client.request(DeleteSubshellRequest(subshell), Channel.CONTROL)


def test_a_thread_of_the_users_is_debugged(attached: Debugger) -> None:
    code = "import threading\ndef work():\n    here = 1\n    return here\nt = threading.Thread(target=work)"
    code += "\nt.start()\nt.join()"
    attached.stop_in(code, 3)
    cell = attached.client.send_execute(code)
    thread = attached.event("stopped")["threadId"]
    assert attached.place(thread)[0] == ("work", 3)
    attached.ask("continue", threadId=thread)
    assert attached.client.collect(cell).status == "ok"


def test_the_kernels_threads_are_not_listed_and_not_stopped(attached: Debugger) -> None:
    attached.stop_in(CODE, 2)
    cell = attached.client.send_execute(CODE)
    attached.event("stopped")
    assert [one["name"] for one in attached.ask("threads")["threads"]] == ["MainThread"]
    completed = attached.client.request(CompleteRequest("pri", 3)).reply.content  # by a thread of the kernel's
    assert "print" in completed.matches
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).status == "ok"


def test_forked_children_are_not_debugged(attached: Debugger) -> None:
    code = "import os\ndef f():\n    return 7\nchild = os.fork()\nif child == 0:\n    os._exit(f())\n"
    code += "os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])"
    attached.stop_in(code, 3)
    assert attached.client.execute(code, timeout=60).result == {"text/plain": "7"}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_runs_as_without_a_debugger(attached: Debugger, method: str) -> None:
    """Also what stands on a line with a breakpoint: children run through it."""
    work = "math.factorial" if method != "fork" else "f"  # others than forks do not know what cells define
    code = f"""
import math, multiprocessing
def f(n):
    return math.factorial(n)
with multiprocessing.get_context({method!r}).Pool(2) as pool:
    found = pool.map({work}, range(5))
found"""
    attached.stop_in(code, 4)
    for _ in range(2):
        done = attached.client.execute(code, timeout=60)
        assert (done.result, done.text("stderr")) == ({"text/plain": "[1, 1, 2, 6, 24]"}, "")
    assert attached.ask("debugInfo")["stoppedThreads"] == []


def test_children_are_not_debugged_and_that_is_said(debugger: Debugger) -> None:
    with debugger.attached(subProcess=True):
        assert "does not follow the processes" in debugger.event("output")["output"]
        code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import sys; print(sys.gettrace())'])"
        assert "None" in debugger.client.execute(code, timeout=60).text()


# -- interrupts, ends --------------------------------------------------------------------------------------------------


def test_an_interrupt_at_a_breakpoint_ends_the_cell(attached: Debugger) -> None:
    attached.stop_in(CODE, 2)
    for _ in range(3):
        cell = attached.client.send_execute(CODE)
        attached.event("stopped")
        attached.client.request(InterruptRequest(), Channel.CONTROL)
        error = attached.client.collect(cell).error
        assert error.ename == "KeyboardInterrupt"
        text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
        assert "pydevd" not in text
        assert text.count("line 2, in f(a, b)") == 1
        assert attached.ask("debugInfo")["stoppedThreads"] == []


@pytest.mark.parametrize("restart", [True, False])
def test_a_kernel_that_is_stopped_at_a_breakpoint_is_shut_down(fresh: KernelProcess, restart: bool) -> None:
    with fresh.client() as client:
        debugger = Debugger(client)
        debugger.ask("initialize", **INITIALIZE)
        debugger.ask("attach")
        debugger.stop_in(CODE, 2)
        client.send_execute(CODE)
        debugger.event("stopped")
        client.send(ShutdownRequest(restart=restart), Channel.CONTROL)
        assert fresh.wait(timeout=30) == 0
    assert "by force" not in fresh.output() and "did not end in time" not in fresh.output()


def test_a_session_ends_while_a_cell_is_stopped_and_another_begins(debugger: Debugger) -> None:
    for _ in range(3):
        with debugger.attached():
            debugger.stop_in(CODE, 2)
            cell = debugger.client.send_execute(CODE)
            debugger.event("stopped")
        debugger.event("terminated")
        assert debugger.client.collect(cell).text() == "6\n"
    assert debugger.client.execute(CODE).text() == "6\n"  # not stopped at


def test_the_kernel_is_not_ended_by_its_debugger(debugger: Debugger) -> None:
    for command in ("disconnect", "terminate"):
        body = debugger.ask("initialize", **INITIALIZE)
        assert (body["supportsTerminateRequest"], body["supportTerminateDebuggee"]) == (False, False)
        debugger.ask("attach")
        debugger.ask(command, restart=False, terminateDebuggee=True)
        assert debugger.ask("debugInfo")["isStarted"] is False
    assert debugger.client.execute("1").result == {"text/plain": "1"}


def test_after_a_session_nothing_is_traced_or_replaced(fresh: KernelProcess) -> None:
    state = (
        "import sys, threading\n(sys.gettrace(), sys.breakpointhook is sys.__breakpointhook__, threading.gettrace())"
    )
    with fresh.client() as client:
        before = client.execute(state).result
        debugger = Debugger(client)
        with debugger.attached():
            pass
        assert client.execute(state).result == before
        exchange = client.execute("x = 1\nbreakpoint()\nx", stdin=["c"])
        assert "ipykernel_" in exchange.text()  # pdb's prompt


def test_a_session_listens_nowhere_and_starts_no_process(kernel: KernelProcess, debugger: Debugger) -> None:
    process = psutil.Process(kernel.process.pid)

    def seen() -> tuple[list[int], int]:
        listening = [one.laddr.port for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]
        return sorted(listening), len(process.children(recursive=True))

    before = seen()
    with debugger.attached():
        assert seen() == before


# -- several clients ---------------------------------------------------------------------------------------------------


def test_a_client_that_comes_back_finds_what_is_stopped(kernel: KernelProcess) -> None:
    with kernel.client() as gone:
        first = Debugger(gone)
        first.ask("initialize", **INITIALIZE)
        first.ask("attach")
        path = first.stop_in(CODE, 2)
        gone.send_execute(CODE)
        first.event("stopped")
    with kernel.client() as client:
        second = Debugger(client)
        found = second.ask("debugInfo")
        assert (found["isStarted"], found["stoppedThreads"]) == (True, [1])
        assert found["breakpoints"] == [{"source": path, "breakpoints": [{"line": 2}]}]
        assert second.place() == [("f", 2), ("<module>", 7)]
        second.ask("continue", threadId=1)
        second.event("continued")
        second.ask("disconnect")
        assert client.execute("y").result == {"text/plain": "5"}


def test_two_clients_share_a_session(kernel: KernelProcess) -> None:
    with kernel.client() as one, kernel.client() as other:
        first, second = Debugger(one), Debugger(other)
        body = first.ask("initialize", **INITIALIZE)
        first.ask("attach")
        assert second.ask("initialize", **INITIALIZE) == body
        second.ask("attach")
        first.stop_in(CODE, 2)
        cell = one.send_execute(CODE)
        assert first.event("stopped") == second.event("stopped")
        asked = [second.send("stackTrace", threadId=1), first.send("threads"), second.send("debugInfo")]
        replies = [other.collect(asked[0]), one.collect(asked[1]), other.collect(asked[2])]
        commands = [reply.reply.content.to_fields()["command"] for reply in replies]
        assert commands == ["stackTrace", "threads", "debugInfo"]
        second.ask("continue", threadId=1)
        assert one.collect(cell).status == "ok"
        second.ask("disconnect")
        first.event("terminated")
        assert first.ask("debugInfo")["isStarted"] is False


def test_what_vs_code_asks(debugger: Debugger) -> None:
    client = debugger.client
    client.execute("import debugpy\ndebugpy.debug_this_thread()", store_history=False)
    debugger.ask("debugInfo")
    debugger.ask("initialize", **{**INITIALIZE, "clientID": "vscode", "supportsStartDebuggingRequest": True})
    debugger.ask(
        "attach",
        type="Python Kernel Debug Adapter",
        request="attach",
        justMyCode=True,
        rules=[{"path": "/nowhere/**", "include": False}],
        __mode="debugCell",
    )
    debugger.event("initialized")
    for thread in debugger.ask("debugInfo")["stoppedThreads"]:
        debugger.ask("continue", threadId=thread)
    source = {"name": "cell", "path": debugger.ask("dumpCell", code=CODE)["sourcePath"]}
    asked = debugger.ask("setBreakpoints", source=source, lines=[2], breakpoints=[{"line": 2}], sourceModified=False)
    assert asked["breakpoints"][0]["verified"]
    debugger.ask("setFunctionBreakpoints", breakpoints=[])
    debugger.ask("setExceptionBreakpoints", filters=[])
    debugger.ask("configurationDone")
    cell = client.send_execute(CODE)
    thread = debugger.event("stopped")["threadId"]
    assert thread in [one["id"] for one in debugger.ask("threads")["threads"]]
    found = debugger.ask("stackTrace", threadId=thread, startFrame=0, levels=1)
    assert (found["stackFrames"][0]["line"], found["totalFrames"] >= 1) == (2, True)
    frame = found["stackFrames"][0]["id"]
    assert debugger.ask("evaluate", expression="a", frameId=frame, context="hover")["result"] == "2"
    assert debugger.ask("completions", text="a", column=2, frameId=frame)["targets"]
    debugger.ask("setVariable", variablesReference=debugger.reference("Locals", frame), name="a", value="20")
    debugger.ask("continue", threadId=thread)
    assert client.collect(cell).text() == "24\n"
    debugger.ask("disconnect", restart=False)


# -- variables ---------------------------------------------------------------------------------------------------------

SHOWN = """\
class Shown:
    def __init__(self):
        self.inner = {'key': [1, 2]}
        self.__class__.count = getattr(self.__class__, 'count', 0)
    def __repr__(self):
        return "__import__('os').environ.update(FOOLED='1')"
    def _repr_html_(self):
        return '<b>shown</b>'
    def _repr_png_(self):
        return b'\\x89PNG'
"""


def test_variables_are_looked_at_without_a_session(client: Client) -> None:
    debugger = Debugger(client)
    client.execute(f"{SHOWN}\nobj = Shown(); number = 12; text = 'words'; many = list(range(100_000)); _secret = 1")
    found = debugger.inspected()
    assert (found["number"]["value"], found["number"]["type"]) == ("12", "int")
    assert found["text"]["value"] == "'words'"
    assert "_secret" in found
    assert not {"In", "Out", "_i", "_ih", "get_ipython", "exit"} & found.keys()
    assert found["many"]["namedVariables"] == 100_000
    page = debugger.ask("variables", variablesReference=found["many"]["variablesReference"], start=99_998, count=5)
    assert [(one["name"], one["value"], one["evaluateName"]) for one in page["variables"]] == [
        ("[99998]", "99998", "many[99998]"),
        ("[99999]", "99999", "many[99999]"),
    ]
    inner = debugger.ask("variables", variablesReference=found["obj"]["variablesReference"])["variables"]
    assert [(one["name"], one["evaluateName"]) for one in inner] == [(".inner", "obj.inner")]
    deeper = debugger.ask("variables", variablesReference=inner[0]["variablesReference"])["variables"]
    assert [(one["name"], one["evaluateName"]) for one in deeper] == [("['key']", "obj.inner['key']")]
    classes = debugger.ask("variables", variablesReference=found["class variables"]["variablesReference"])
    assert "Shown" in {one["name"] for one in classes["variables"]}
    assert debugger.ask("debugInfo")["isStarted"] is False
    assert client.execute("import sys; 'pydevd' in sys.modules").result is not None


def test_variables_are_looked_at_while_a_cell_runs(client: Client) -> None:
    debugger = Debugger(client)
    cell = client.send_execute("looked = 1\nimport time\nprint('on')\nwhile looked == 1: time.sleep(0.01)")
    client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    assert debugger.inspected()["looked"]["value"] == "1"
    client.request(InterruptRequest(), Channel.CONTROL)
    assert client.collect(cell).error.ename == "KeyboardInterrupt"


def test_a_value_is_shown_and_never_evaluated(attached: Debugger) -> None:
    client = attached.client
    expected = {
        "text/plain": "__import__('os').environ.update(FOOLED='1')",
        "text/html": "<b>shown</b>",
        "image/png": "iVBORw==",
    }
    client.execute(f"{SHOWN}\nobj = Shown()")
    assert attached.ask("richInspectVariables", variableName="obj")["data"] == expected
    code = "def h():\n    local = Shown()\n    holder = [local]\n    return local\nh()\nimport os"
    attached.stop_in(code, 4)
    cell = client.send_execute(code)
    attached.event("stopped")
    frame = attached.frames()[0]["id"]
    assert attached.ask("richInspectVariables", variableName="local", frameId=frame) == {
        "data": expected,
        "metadata": {},
    }
    assert attached.ask("richInspectVariables", variableName="holder[0]", frameId=frame)["data"] == expected
    assert attached.ask("richInspectVariables", variableName="special variables", frameId=frame)["data"] == {}
    assert attached.response("richInspectVariables", variableName="missing", frameId=frame)["success"] is False
    refused = attached.response("richInspectVariables", variableName="print('called')", frameId=frame)
    assert (refused["success"], refused["body"]["data"]) == (False, {})
    attached.ask("continue", threadId=1)
    assert "called" not in client.collect(cell).text()
    assert client.execute("os.environ.get('FOOLED')").result is None


def test_a_value_that_cannot_be_shown_is_a_refusal(attached: Debugger) -> None:
    client = attached.client
    client.execute("class Bad:\n    def __repr__(self): raise ValueError('bad')\nbad = Bad()")
    assert "whose repr raised ValueError" in attached.inspected()["bad"]["value"]
    assert attached.response("richInspectVariables", variableName="not_there")["success"] is False


def test_a_local_variable_is_copied_to_the_notebook(attached: Debugger) -> None:
    attached.stop_in(CODE, 4)
    cell = attached.client.send_execute(CODE)
    attached.event("stopped")
    frame = attached.frames()[0]["id"]
    attached.ask("copyToGlobals", srcVariableName="d", dstVariableName="d_copy", srcFrameId=frame)
    assert attached.variables("Globals", frame)["d_copy"]["value"] == "[2, 5]"
    assert not {"In", "Out", "_i", "exit"} & attached.variables("Globals", frame).keys()
    names = {"srcVariableName": "d", "dstVariableName": "x'] or print('no') or globals()['y", "srcFrameId": frame}
    assert attached.response("copyToGlobals", **names)["message"] == (
        "copyToGlobals: srcVariableName and dstVariableName must be valid identifiers"
    )
    attached.ask("continue", threadId=1)
    attached.client.collect(cell)
    assert attached.client.execute("d_copy").result == {"text/plain": "[2, 5]"}


def test_what_is_evaluated_without_a_frame_is_the_notebooks(attached: Debugger) -> None:
    attached.client.execute("known = [1]")
    assert attached.ask("evaluate", expression="known", context="repl")["result"] == "[1]"
    attached.ask("evaluate", expression="known.append(2); more = 3", context="repl")
    assert attached.client.execute("known, more").result == {"text/plain": "([1, 2], 3)"}


# -- sources -----------------------------------------------------------------------------------------------------------


def test_sources(attached: Debugger) -> None:
    path = attached.ask("dumpCell", code=CODE)["sourcePath"]
    assert attached.ask("source", source={"path": path})["content"] == CODE
    result = attached.client.execute("def kept():\n    return 1\nkept.__code__.co_filename").result
    assert result is not None
    unwritten = result["text/plain"].strip("'")
    assert attached.ask("source", source={"path": unwritten})["content"].startswith("def kept():")
    assert "is not to be had" in attached.response("source", source={"path": "/nowhere.py"})["message"]


def test_modules(attached: Debugger) -> None:
    body = attached.ask("modules")
    assert {"name": "json", "path": True} in [
        {"name": one["name"], "path": bool(one["path"])} for one in body["modules"]
    ]
    assert body["totalModules"] == len(body["modules"])
    assert attached.ask("modules", startModule=2, moduleCount=3)["modules"] == body["modules"][2:5]


def test_the_folder_of_cells_is_ours_alone(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        debugger = Debugger(client)
        folder = debugger.ask("debugInfo")["tmpFilePrefix"]
        debugger.ask("dumpCell", code="1")
        mode = f"import os; oct(os.stat({folder!r}).st_mode & 0o777), os.chmod({folder!r}, 0o777)"
        assert client.execute(mode).result == {"text/plain": "('0o700', None)"}
        assert "is not ours alone" in debugger.response("dumpCell", code="2")["message"]


def test_the_files_of_cells_go_with_their_kernel_and_a_killed_ones_with_the_next(tmp_path: Path) -> None:
    (folder := tmp_path / "tmp").mkdir()
    (theirs := folder / "ipykernel_1").mkdir()  # another program's: it has no lock
    with kernel_process(tmp_path, env={"TMPDIR": str(folder)}) as killed:
        with killed.client() as client:
            left = Path(Debugger(client).ask("dumpCell", code="1")["sourcePath"]).parent
        killed.process.kill()
        killed.wait()
    assert left.is_dir()
    with kernel_process(tmp_path, env={"TMPDIR": str(folder)}) as process, process.client() as client:
        path = Path(Debugger(client).ask("dumpCell", code="1")["sourcePath"])
        assert sorted(folder.iterdir()) == sorted([theirs, path.parent])
        assert path.read_text() == "1"
    assert list(folder.iterdir()) == [theirs]


# -- breakpoint() and pdb ----------------------------------------------------------------------------------------------


def test_breakpoint_stops_in_the_clients_debugger(attached: Debugger) -> None:
    cell = attached.client.send_execute("x = 1\nbreakpoint()\ny = 2\ny")
    attached.event("stopped")
    assert attached.place() in ([("<module>", 2)], [("<module>", 3)])
    attached.ask("continue", threadId=1)
    assert attached.client.collect(cell).result == {"text/plain": "2"}


def test_debugpys_own_functions(attached: Debugger) -> None:
    code = "import debugpy\ndebugpy.debug_this_thread()\ndebugpy.is_client_connected()"
    assert attached.client.execute(code).result == {"text/plain": "True"}


def test_another_debugger_is_told_of(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        exchange = client.execute("import debugpy\nat = debugpy.listen(('127.0.0.1', 0))", timeout=60)
        assert exchange.status == "ok"
        refused = Debugger(client).response("initialize", **INITIALIZE)
        assert refused["success"] is False
        assert "another debugger is at work in this process" in refused["message"]


# -- wrong requests ----------------------------------------------------------------------------------------------------


def test_requests_outside_of_a_session(debugger: Debugger) -> None:
    for command in ("stackTrace", "attach", "configurationDone", "evaluate", "continue"):
        refused = debugger.response(command, threadId=1, expression="1")
        assert refused["success"] is False
        assert "the debugger has not been started" in refused["message"]
    assert debugger.response("setBreakpoints", source={"path": "x"})["body"] == {"breakpoints": []}
    assert debugger.ask("disconnect") == {}


def test_wrong_requests_are_refused(attached: Debugger) -> None:
    for command, arguments in (
        ("noSuchRequest", {}),
        ("dumpCell", {}),
        ("variables", {"variablesReference": "five"}),
        ("variables", {"variablesReference": (1 << 30) + 1_000_000}),
        ("source", {"source": None}),
        ("setBreakpoints", {}),
        ("stackTrace", {"threadId": 77}),
    ):
        refused = attached.response(command, **arguments)
        assert refused["success"] is False or refused["body"].get("stackFrames") == [], refused
    assert attached.client.execute("1").result == {"text/plain": "1"}


# -- without debugpy ---------------------------------------------------------------------------------------------------

HIDDEN = """
import runpy, sys
from importlib.machinery import PathFinder
found = PathFinder.find_spec
PathFinder.find_spec = classmethod(lambda cls, name, *more: None if name == "debugpy" else found(name, *more))
sys.argv[0] = "python_kernel"
runpy.run_module("python_kernel", run_name="__main__", alter_sys=True)
"""


def test_without_debugpy_there_is_no_debugger_and_it_is_said_what_helps(tmp_path: Path) -> None:
    argv = [sys.executable, "-P", "-c", HIDDEN, "-f", "{connection_file}"]
    with kernel_process(tmp_path, argv=argv) as process, process.client() as client:
        info = client.request(KernelInfoRequest()).reply.content
        assert ("debugger" in info.supported_features, info.debugger) == (False, False)
        refused = client.collect(Debugger(client).send("debugInfo")).reply.content
        assert refused.status == "error"
        assert 'pip install "debugpy' in refused.evalue
