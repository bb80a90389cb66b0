"""Completion, inspection, completeness; also while a cell runs."""

from __future__ import annotations

from pathlib import Path

import IPython
import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel
from sdk.protocol.shell import (
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    KernelInfoRequest,
)
from sdk.testing import Client
from tests.python_kernel.conftest import ARGV, kernel_process


def test_completion_knows_the_users_names(client: Client) -> None:
    client.execute("class Thing:\n    attribute_one = 1\nthing = Thing()")
    reply = client.request(CompleteRequest("x = thing.attr", 14)).reply.content
    assert (reply.matches, reply.cursor_start, reply.cursor_end) == (["attribute_one"], 10, 14)
    (kind,) = reply.metadata["_jupyter_types_experimental"]
    assert (kind["start"], kind["end"], kind["text"]) == (10, 14, "attribute_one")


def test_completion_counts_code_points(client: Client) -> None:
    reply = client.request(CompleteRequest("'\U0001f600\u00fc'; impor", 11)).reply.content
    assert "import " in reply.matches or "import" in reply.matches
    assert (reply.cursor_start, reply.cursor_end) == (6, 11)


def test_completion_offers_magics_and_nothing(client: Client) -> None:
    assert "%matplotlib" in client.request(CompleteRequest("%matpl")).reply.content.matches
    reply = client.request(CompleteRequest("nothing_of_that_name")).reply.content
    assert (reply.matches, reply.cursor_start, reply.cursor_end) == ([], 20, 20)


def test_completion_survives_reset_warning_filters(client: Client) -> None:
    client.execute("import warnings\nwarnings.simplefilter('error')")
    try:
        assert "print" in client.request(CompleteRequest("prin")).reply.content.matches
    finally:
        client.execute("warnings.resetwarnings()")


@pytest.mark.skipif(IPython.version_info < (9, 18), reason="this IPython loads it at the start")
def test_jedi_is_not_loaded_for_completion(client: Client) -> None:
    client.request(CompleteRequest("prin"))
    assert client.execute("import sys; 'jedi' in sys.modules").result == {"text/plain": "False"}


@pytest.mark.parametrize(
    ("code", "match", "start"),
    [
        ("import colorsys\ncolorsys.rgb_to_h", "rgb_to_hsv", 25),
        ("def f(argument_one):\n    return argum", "argument_one", 32),
        ("with open(0) as file:\n    file.readl", "readline", 31),
    ],
)
def test_names_of_a_cell_that_has_not_run_are_completed_by_reading_it(
    client: Client, code: str, match: str, start: int
) -> None:
    reply = client.request(CompleteRequest(code, len(code))).reply.content
    assert match in reply.matches
    assert (reply.cursor_start, reply.cursor_end) == (start, len(code))


def test_whoever_turns_jedi_off_has_it_off(tmp_path: Path) -> None:
    with kernel_process(tmp_path, argv=[*ARGV, "--Completer.use_jedi=False"]) as process, process.client() as client:
        assert client.request(CompleteRequest("import colorsys\ncolorsys.rgb_to_h")).reply.content.matches == []


def test_inspection_is_what_the_question_mark_shows(client: Client) -> None:
    client.execute("def documented(a, b=1):\n    'What it does.'\n    return a + b")
    reply = client.request(InspectRequest("documented(1, ", 14)).reply.content
    assert reply.found and set(reply.data) == {"text/plain"}
    assert "What it does." in reply.data["text/plain"] and "return a" not in reply.data["text/plain"]
    detailed = client.request(InspectRequest("documented", 3, 1)).reply.content.data["text/plain"]
    assert "return" in detailed and "Source" in detailed
    assert client.request(InspectRequest("nothing_of_that_name", 3)).reply.content == InspectReply(found=False)


def test_completion_beside_a_cell_leaves_the_users_completer_alone(client: Client) -> None:
    client.execute("busy_name = 'word'")
    client.request(CompleteRequest("busy_na", 7))
    before = client.execute("get_ipython().Completer.line_buffer").result
    running = client.send_execute("import time\nprint('on')\ntime.sleep(60)")
    client.wait_for(lambda message: isinstance(message.content, Stream))
    assert client.request(CompleteRequest("busy_name.low", 13)).reply.content.matches == ["lower"]
    client.request(InterruptRequest(), Channel.CONTROL)
    client.collect(running)
    assert client.execute("get_ipython().Completer.line_buffer").result == before


@pytest.mark.parametrize(
    ("code", "reply"),
    [
        ("1 + 1", IsCompleteReply("complete")),
        ("for i in x:", IsCompleteReply("incomplete", "    ")),
        ("x = (", IsCompleteReply("incomplete")),
        ("x ) y", IsCompleteReply("invalid")),
        ("%%timeit\nx", IsCompleteReply("incomplete")),
    ],
)
def test_completeness(client: Client, code: str, reply: IsCompleteReply) -> None:
    assert client.request(IsCompleteRequest(code)).reply.content == reply


@pytest.mark.parametrize(
    "cell", ["import time\nprint('on')\ntime.sleep(60)", "import asyncio\nprint('on')\nawait asyncio.sleep(60)"]
)
def test_a_running_cell_does_not_keep_others_waiting(client: Client, cell: str) -> None:
    client.execute("busy_name = 'word'")
    running = client.send_execute(cell)
    client.wait_for(lambda message: isinstance(message.content, Stream))
    try:
        assert client.request(CompleteRequest("busy_na")).reply.content.matches == ["busy_name"]
        assert client.request(CompleteRequest("busy_name.upp")).reply.content.matches == ["upper"]
        assert client.request(InspectRequest("busy_name", 3)).reply.content.found
        assert client.request(IsCompleteRequest("x = (")).reply.content.status == "incomplete"
        assert client.request(KernelInfoRequest(), Channel.CONTROL).reply.content.status == "ok"
    finally:
        client.request(InterruptRequest(), Channel.CONTROL)
    assert client.collect(running).error.ename == "KeyboardInterrupt"


def test_c_code_that_keeps_a_completion_keeps_no_other(tmp_path: Path) -> None:
    code = "import ctypes\nclass Stuck:\n    def __dir__(self): ctypes.CDLL(None).sleep(20)\nstuck = Stuck(); word = ''"
    with kernel_process(tmp_path) as process, process.client(timeout=30) as client:
        client.execute(f"{code}\nget_ipython().kernel.reply_timeout = 0.3")
        client.send_execute("import time\nprint('on')\ntime.sleep(60)")
        client.wait_for(lambda message: isinstance(message.content, Stream))
        stuck = client.send(CompleteRequest("stuck."))
        client.wait_for(lambda message: message.parent_header.msg_id == stuck.msg_id)
        assert client.request(CompleteRequest("word.upp"), timeout=15).reply.content.matches == ["upper"]
        client.request(InterruptRequest(), Channel.CONTROL)
