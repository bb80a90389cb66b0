"""Other kernels in a notebook: cells, errors, questions, interrupts, comms, life and death."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sdk.magics.kernels.launch import Launch
from sdk.magics.kernels.process import Process
from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.iopub import DisplayData, ExecuteResult, Status, Stream
from sdk.protocol.message import Channel, Message
from sdk.protocol.shell import CommInfoRequest, CompleteRequest, InspectRequest, IsCompleteRequest
from tests.magics.conftest import Live, error_of, started
from tests.waiting import until


def has_ended(pid: int) -> bool:
    """Whether there is no such process, or but its remains."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def install_kernel(kernel: Live, name: str, argv: Sequence[str], language: str) -> None:
    """Write a kernelspec into the home of this kernel."""
    folder = kernel.home / ".local" / "share" / "jupyter" / "kernels" / name
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"argv": argv, "display_name": name.title(), "language": language}
    (folder / "kernel.json").write_text(json.dumps(fields))


# -- cells -------------------------------------------------------------------------------------------------------------


def test_a_cell_runs_in_another_kernel_and_its_value_is_this_cell_s(any_kernel: Live) -> None:
    done = any_kernel.run("%%kernel python\nname = 'Zoë'\nprint('hello', name)\n6 * 7")
    count = done.reply.content.execution_count
    assert done.outputs() == [Stream("stdout", "hello Zoë\n"), ExecuteResult(count, {"text/plain": "42"})]
    again = any_kernel.run("%kx name[::-1]")
    assert again.result == {"text/plain": "'ëoZ'"}
    any_kernel.goes_on()


def test_what_a_cell_shows_comes_in_its_order(echo: Live) -> None:
    code = "from IPython.display import display\nprint(1)\ndisplay({'text/plain': 'two'}, raw=True)\nprint(3)\n4"
    done = echo.run(f"%%kernel python\n{code}")
    kinds = [type(content) for content in done.outputs()]
    assert kinds == [Stream, DisplayData, Stream, ExecuteResult]


def test_a_value_that_is_not_the_last_stands_in_its_place(echo: Live) -> None:
    code = "from IPython.core.interactiveshell import InteractiveShell as S\nS.instance().ast_node_interactivity = '{}'"
    echo.run(f"%%kernel python\n{code.format('all')}")
    done = echo.run("%%kernel python\n1\nprint(2)\n3")
    count = done.reply.content.execution_count
    results = [ExecuteResult(count, {"text/plain": number}) for number in "13"]
    assert done.outputs() == [results[0], Stream("stdout", "2\n"), results[1]]
    echo.run(f"%%kernel python\n{code.format('last_expr')}")


def test_it_knows_the_request_by_its_id_here_which_output_widgets_need(echo: Live) -> None:
    done = echo.run("%%kernel python\nprint(get_ipython().get_parent()['header']['msg_id'])")
    assert done.text() == f"{done.request.msg_id}\n"


def test_an_error_there_is_this_cell_s_error(any_kernel: Live) -> None:
    done = any_kernel.run("%%kernel python\nprint('before')\n1 / 0\nprint('after')")
    assert (done.text(), error_of(done), done.status) == (
        "before\n",
        ("ZeroDivisionError", "division by zero"),
        "error",
    )
    assert done.error is not None
    assert len(done.error.traceback) > 1
    any_kernel.goes_on()


def test_its_questions_come_to_the_user(any_kernel: Live) -> None:
    code = "from getpass import getpass\nprint(input('name? '), getpass('word? '))"
    done = any_kernel.run(f"%%kernel python\n{code}", stdin=["Zoë", "secret"])
    assert done.text() == "Zoë secret\n"
    asked = [(each.content.prompt, each.content.password) for each in done.stdin]
    assert asked == [("name? ", False), ("word? ", True)]


def test_an_interrupt_interrupts_it(any_kernel: Live) -> None:
    any_kernel.run("%%kernel python\nkept = 5")
    done = any_kernel.interrupted("%%kernel python\nimport time\nprint('go')\nwhile True: time.sleep(0.01)", until="go")
    assert error_of(done) == ("KeyboardInterrupt", "")
    assert any_kernel.run("%kx kept").result == {"text/plain": "5"}
    any_kernel.goes_on()


def test_a_question_is_interrupted(any_kernel: Live) -> None:
    header = any_kernel.client.send_execute("%%kernel python\ninput('name? ')", allow_stdin=True)
    any_kernel.client.wait_for(lambda message: message.header.msg_type == "input_request", channel=Channel.STDIN)
    any_kernel.interrupt()
    done = any_kernel.end(header)
    assert done.error is not None
    assert done.error.ename == "KeyboardInterrupt"
    any_kernel.goes_on()


def test_a_third_interrupt_leaves_a_kernel_alone_that_takes_none(echo: Live) -> None:
    code = "import signal, time\nprint('go')\nsignal.signal(2, lambda *_: print('no'))\nwhile True: time.sleep(0.01)"
    header = echo.begin(f"%%kernel python --as deaf\n{code}", until="go")
    for shown in ("no\n", "no\nno\n"):
        echo.interrupt()
        echo.wait_for(header, shown)
    echo.interrupt()
    done = echo.end(header)
    told = "deaf takes no interrupt, and is left alone; %restart_kernel deaf ends it"
    assert error_of(done) == ("KeyboardInterrupt", told)
    assert "deaf" in echo.run("%kernels").text()
    assert echo.run("%shutdown_kernel deaf").error is None
    echo.goes_on()


def test_output_after_a_cell_s_end_still_goes_to_that_cell(any_kernel: Live) -> None:
    go_on = any_kernel.work / "go_on"
    code = (
        "import asyncio, os\n"
        "async def late():\n"
        f"    while not os.path.exists({str(go_on)!r}):\n"
        "        await asyncio.sleep(0.01)\n"
        "    print('late')\n"
        "task = asyncio.ensure_future(late())"
    )
    first = any_kernel.run(f"%%kernel python\n{code}")
    any_kernel.run("%kx 1")
    go_on.touch()
    late = any_kernel.client.wait_for(lambda message: isinstance(message.content, Stream))
    assert late.content == Stream("stdout", "late\n")
    assert late.parent_header is not None
    assert late.parent_header.msg_id == first.request.msg_id


def test_two_of_a_kind_have_names_of_their_own(echo: Live) -> None:
    echo.run("%%kernel bash\nx=first")
    echo.run("%%kernel bash --as second\nx=second")
    assert echo.run("%%kernel bash\necho $x").text() == "first\n"
    assert echo.run("%%kernel second\necho $x").text() == "second\n"
    assert echo.run("%kernel").text() == "second: Bash\n"
    assert echo.run("%kernel bash").text() == "bash: Bash\n"
    assert echo.run("%%kx\necho $x").text() == "first\n"
    echo.run("%shutdown_kernel second")


def test_a_sticky_one_takes_all_cells_until_it_is_switched_off(echo: Live) -> None:
    echo.run("%%%kernel bash\nsticky=yes")
    assert echo.run("echo $sticky").text() == "yes\n"
    echo.run("%%%kernel bash")
    echo.goes_on()


def test_a_sticky_one_starts_its_kernel_at_once_and_is_not_on_when_there_is_none(bash: Live) -> None:
    assert error_of(bash.run("%%%kernel nosuchkernel")) is not None
    bash.goes_on()
    bash.run("%shutdown_kernel python")
    bash.run("%%%kernel python")
    try:
        reply: Any = bash.client.request(IsCompleteRequest("for x in range(2):")).reply.content
        assert (reply.status, reply.indent) == ("incomplete", "    ")
    finally:
        bash.run("%%%kernel python")
    bash.goes_on()


def test_a_sticky_one_helps_to_write_in_kernels_that_do_not(echo: Live) -> None:
    """The echo kernel completes nothing, describes nothing, and takes all code for complete."""

    def asked(content: CompleteRequest | InspectRequest | IsCompleteRequest) -> Any:
        return echo.client.request(content).reply.content

    echo.run("%%%kernel bash\nsticky_name=yes")
    try:
        assert asked(CompleteRequest("echo $sticky_n")).matches == ["sticky_name"]
        assert "declare" in str(asked(InspectRequest("declare", 3)).data)
        assert asked(IsCompleteRequest("for x in 1; do")).status == "incomplete"
        assert asked(IsCompleteRequest("for x in 1; do :; done")).status == "complete"
    finally:
        echo.run("%%%kernel bash")
    assert asked(IsCompleteRequest("for x in 1; do")).status == "unknown"
    assert asked(InspectRequest("declare", 3)).found is False
    echo.run("%%%html")
    try:
        assert asked(IsCompleteRequest("<b>")).status == "incomplete"
        assert asked(IsCompleteRequest("<b>\n")).status == "complete"
    finally:
        echo.run("%%%html")
    echo.run("%%%shell")
    try:
        assert asked(IsCompleteRequest("if true")).status == "incomplete"
    finally:
        echo.run("%%%shell")


# -- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("%%kernel pythn\n1", "%%kernel: kernel 'pythn': there is none of this name; did you mean 'python'?"),
        ("%kx", "%kx: CODE is missing\nusage: %kx [--kernel KERNEL] CODE"),
        ("%restart_kernel nosuch", "%restart_kernel: kernel 'nosuch' does not run here; running: none"),
        ("%shutdown_kernel", "%shutdown_kernel: no other kernel was used yet; running: none"),
        ("%%kx\n1", "%%kx: no other kernel was used yet: give its name; %kernels lists those there are"),
    ],
)
def test_mistakes_are_told(code: str, told: str, fresh: Live) -> None:
    assert error_of(fresh.run(code)) == ("UsageError", told)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A kernel in which no other is ever started."""
    with started("echo", tmp_path_factory.mktemp("fresh")) as kernel:
        yield kernel


def test_a_wrong_option_is_told_and_help_is_given(any_kernel: Live) -> None:
    done = any_kernel.run("%%kernel python --nosuch\n1")
    assert done.error is not None
    assert done.error.evalue.startswith("%%kernel: --nosuch: no such option")
    for magic in ("%%kernel", "%kx", "%kernel", "%kernels", "%restart_kernel", "%shutdown_kernel"):
        shown = any_kernel.run(f"{magic} --help")
        assert shown.text().startswith(f"usage: {magic}"), shown.contents()


def test_a_kernel_that_cannot_start_says_why(echo: Live) -> None:
    install_kernel(echo, "broken", ["bash", "-c", "echo it is broken >&2; exit 3", "{connection_file}"], "none")
    done = echo.run("%%kernel broken\n1")
    told = "Broken cannot be started: broken has ended with status 3; it wrote:\nit is broken"
    assert error_of(done) == ("LanguageStartError", told)
    echo.goes_on()


FORGETFUL = """
import sys, zmq
from jupyter_client.connect import ConnectionFileMixin
from jupyter_client.session import Session
here = ConnectionFileMixin(connection_file=sys.argv[1])
here.load_connection_file()
session, context = Session(key=here.session.key), zmq.Context()
shell, control, stdin, iopub = (context.socket(kind) for kind in (zmq.ROUTER, zmq.ROUTER, zmq.ROUTER, zmq.PUB))
for socket, port in ((shell, here.shell_port), (control, here.control_port), (iopub, here.iopub_port)):
    socket.bind(f"tcp://127.0.0.1:{port}")
while True:
    identities, message = session.recv(shell, mode=0)
    kind = message["msg_type"].removesuffix("_request")
    content = {"status": "ok", "language_info": {"name": "none"}, "execution_count": 1, "user_expressions": {}}
    session.send(iopub, "status", {"execution_state": "busy"}, parent=message)
    session.send(shell, kind + "_reply", content, parent=message, ident=identities)
    if kind == "kernel_info":
        session.send(iopub, "status", {"execution_state": "idle"}, parent=message)
    else:
        session.send(iopub, "stream", {"nothing": "of what belongs here"}, parent=message)
        session.send(iopub, {**session.msg("stream", {"name": "stdout", "text": "said"}), "parent_header": None})
"""


def test_a_cell_ends_whose_idle_is_lost_and_odd_messages_do_no_harm(echo: Live) -> None:
    install_kernel(echo, "forgetful", [sys.executable, "-c", FORGETFUL, "{connection_file}"], "none")
    done = echo.run("%%kernel forgetful\n1")
    assert (done.status, done.text()) == ("ok", "said")
    assert "stream on iopub: KeyError: 'name'; ignored" in echo.process.output()
    echo.run("%shutdown_kernel forgetful")


# -- life and death ----------------------------------------------------------------------------------------------------


def test_a_kernel_that_dies_is_told_and_started_anew(echo: Live) -> None:
    done = echo.run("%%kernel python --as mortal\nimport os\nos.write(2, b'last words')\nos._exit(3)")
    assert done.error is not None
    assert done.error.ename == "KernelDied"
    assert done.error.evalue.startswith("mortal has ended with status 3; it wrote:\n")
    assert "last words" in done.error.evalue
    again = echo.run("%%kernel mortal\n1")
    assert again.result == {"text/plain": "1"}
    assert again.text("stderr") == "%%kernel: mortal is started anew: mortal has ended with status 3; it wrote:\n"
    echo.run("%shutdown_kernel mortal")
    echo.goes_on()


def test_one_that_the_user_quits_is_started_anew(echo: Live) -> None:
    echo.run("%kernel python --as brief")
    assert echo.run("%kx -k brief quit()").status == "ok"
    assert "brief  " not in "".join(line for line in echo.run("%kernels").text().split("\n") if "running" in line)
    again = echo.run("%kx -k brief 1")
    assert (again.result, again.text("stderr")) == (
        {"text/plain": "1"},
        "%kx: brief is started anew: brief was ended\n",
    )
    echo.run("%shutdown_kernel brief")


def test_one_is_restarted_and_ended(echo: Live) -> None:
    echo.run("%%kernel bash --as other\nx=1; echo $$")
    assert echo.run("%restart_kernel other").error is None
    pid = int(echo.run("%%kernel other\necho $x$$").text())
    assert any(line.startswith("other ") and "running" in line for line in echo.run("%kernels").text().split("\n"))
    assert echo.run("%shutdown_kernel other").error is None
    until(lambda: has_ended(pid), "the shell of a kernel that was ended still runs")
    assert not any(line.startswith("other ") for line in echo.run("%kernels").text().split("\n"))


def test_others_end_with_a_kernel_that_is_killed(tmp_path: Path) -> None:
    with started("bash", tmp_path) as kernel:
        pids = [int(kernel.run("%%kernel bash\necho $PPID").text())]
        pids.append(int(kernel.run("%%kernel python\nimport os\nprint(os.getpid())").text()))
        os.kill(kernel.process.process.pid, signal.SIGKILL)
        for pid in pids:
            until(lambda pid=pid: has_ended(pid), "another kernel has outlived the notebook's")  # type: ignore[misc]


# -- help with writing -------------------------------------------------------------------------------------------------


def test_bodies_are_completed_and_described_by_the_other_kernel(any_kernel: Live) -> None:
    any_kernel.run("%%kernel bash\nremarkable=Zoë")
    code = "%%kernel bash\n: 'ä'; echo $remark"
    found = any_kernel.client.request(CompleteRequest(code, len(code))).reply.content
    assert (found.matches, found.cursor_start, found.cursor_end) == (["remarkable"], len(code) - 6, len(code))
    described = any_kernel.client.request(InspectRequest(f"{code}able", len(code))).reply.content
    assert described.found
    assert "Zoë" in described.data["text/plain"]


def test_names_of_kernels_are_completed(any_kernel: Live) -> None:
    any_kernel.run("%kernel bash --as bare")
    for code in ("%kernel ba", "%%kernel ba", "%restart_kernel ba", "%kx -k ba"):
        found = any_kernel.client.request(CompleteRequest(code, len(code))).reply.content
        assert sorted(found.matches) == ["bare", "bash"], code
    any_kernel.run("%kx -k bare remarkable=1")
    code = "%kx -k bare echo ä $remark"
    found = any_kernel.client.request(CompleteRequest(code, len(code))).reply.content
    assert (found.matches, found.cursor_start, found.cursor_end) == (["remarkable"], len(code) - 6, len(code))
    any_kernel.run("%shutdown_kernel bare")


# -- comms -------------------------------------------------------------------------------------------------------------

COMM = """
from comm import create_comm
one = create_comm(target_name="there", data={"a": 1}, buffers=[b"\\x00\\xff"])
one.on_msg(lambda m: one.send({"got": m["content"]["data"]}, buffers=[bytes(b)[::-1] for b in m["buffers"]]))
one.on_close(lambda m: print("closed"))
"""


def of_type(kind: type) -> Callable[[Message], bool]:
    """Whether a message has such content."""
    return lambda message: isinstance(message.content, kind)


def test_its_comms_are_the_notebook_s_both_ways_with_their_buffers(any_kernel: Live) -> None:
    client = any_kernel.client
    done = any_kernel.run(f"%%kernel python{COMM}")
    (opened,) = [message for message in done.iopub if isinstance(message.content, CommOpen)]
    comm_id = opened.content.comm_id
    assert (opened.content.target_name, dict(opened.content.data)) == ("there", {"a": 1})
    assert [bytes(buffer) for buffer in opened.buffers] == [b"\x00\xff"]
    known = client.request(CommInfoRequest("there")).reply.content
    assert known.comms == {comm_id: {"target_name": "there"}}
    sent = client.send(CommMsg(comm_id, {"b": "ä"}), buffers=[b"\x01\x02"])
    came = client.wait_for(of_type(CommMsg))
    assert (came.content.comm_id, dict(came.content.data)) == (comm_id, {"got": {"b": "ä"}})
    assert [bytes(buffer) for buffer in came.buffers] == [b"\x02\x01"]
    assert came.parent_header is not None
    assert came.parent_header.msg_id == sent.msg_id
    client.send(CommClose(comm_id))
    assert client.wait_for(of_type(Stream)).content == Stream("stdout", "closed\n")
    assert client.request(CommInfoRequest("there")).reply.content.comms == {}


def test_a_comm_s_message_is_busy_until_the_other_kernel_has_done_what_it_asks(any_kernel: Live) -> None:
    """Only as long do clients put what it shows into an output widget."""
    client = any_kernel.client
    done = any_kernel.run(
        "%%kernel python\nimport time\nfrom comm import create_comm\n"
        "slow = create_comm(target_name='slow')\n"
        "slow.on_msg(lambda m: [time.sleep(0.3), print('at last')])"
    )
    (opened,) = [message for message in done.iopub if isinstance(message.content, CommOpen)]
    sent = client.send(CommMsg(opened.content.comm_id, {}))

    def is_of_it(message: Message) -> bool:
        return message.parent_header is not None and message.parent_header.msg_id == sent.msg_id

    told = [client.wait_for(is_of_it).content for _ in range(3)]
    assert told == [Status("busy"), Stream("stdout", "at last\n"), Status("idle")]


def test_a_comm_s_message_ends_with_the_kernel_that_it_kills(echo: Live) -> None:
    client = echo.client
    done = echo.run(
        "%%kernel python --as fragile\nimport os\nfrom comm import create_comm\n"
        "fatal = create_comm(target_name='fatal')\nfatal.on_msg(lambda m: os._exit(3))"
    )
    (opened,) = [message for message in done.iopub if isinstance(message.content, CommOpen)]
    sent = client.send(CommMsg(opened.content.comm_id, {}))
    client.wait_for(
        lambda message: (
            message.content == Status("idle")
            and message.parent_header is not None
            and message.parent_header.msg_id == sent.msg_id
        )
    )
    assert client.wait_for(of_type(CommClose)).content.comm_id == opened.content.comm_id


def test_comms_of_a_kernel_that_ends_are_closed(echo: Live) -> None:
    done = echo.run(f"%%kernel python --as talker{COMM}")
    (opened,) = [message for message in done.iopub if isinstance(message.content, CommOpen)]
    echo.run("%shutdown_kernel talker")
    closed = echo.client.wait_for(of_type(CommClose))
    assert closed.content.comm_id == opened.content.comm_id


def test_a_comm_that_a_client_opens_is_the_other_kernel_s_if_this_one_does_not_know_it(echo: Live) -> None:
    client = echo.client
    echo.run(
        "%%kernel python\nfrom comm import get_comm_manager\n"
        "get_comm_manager().register_target('mine', lambda one, m: one.send({'got': m['content']['data']}))"
    )
    client.send(CommOpen("of-client", "mine", {"a": "ä"}))
    came = client.wait_for(of_type(CommMsg))
    assert (came.content.comm_id, dict(came.content.data)) == ("of-client", {"got": {"a": "ä"}})
    assert client.request(CommInfoRequest("mine")).reply.content.comms == {"of-client": {"target_name": "mine"}}
    client.send(CommOpen("unknown", "nobody's"))
    assert client.wait_for(of_type(CommClose)).content.comm_id == "unknown"
    assert "unknown" not in client.request(CommInfoRequest()).reply.content.comms


def test_a_line_runs_in_the_kernel_that_it_names(echo: Live) -> None:
    echo.run("%kernel bash -k one")
    echo.run("%kernel bash -k two")
    echo.run("%kx -k one x=1")
    echo.run("%kx -k two x=2")
    assert echo.run("%kx -k one echo $x").text() == "1\n"
    assert echo.run("%%kx -k two\necho $x").text() == "2\n"
    assert echo.run("%kx echo $x").text() == "2\n"
    for name in ("one", "two"):
        echo.run(f"%shutdown_kernel {name}")


def test_a_kernel_that_an_interrupt_ended_in_our_process_group_is_ended_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(Launch("toy", [sys.executable, "-c", "import time; time.sleep(60)"]), None)
    monkeypatch.setattr(os, "getpgid", lambda pid: os.getpgrp())  # as of one that did not live to leave it
    process.start()
    monkeypatch.undo()
    assert process.manager.provisioner.pgid is None  # type: ignore[union-attr]
    pid = process.pid
    assert pid is not None
    process.kill()
    until(lambda: has_ended(pid), "the kernel was not ended")
