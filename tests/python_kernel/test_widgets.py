"""ipywidgets over comms, and cells that wait for a widget: awaiting, by process_events, by jupyter_ui_poll."""

from __future__ import annotations

from typing import Any

import pytest

from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.control import CreateSubshellRequest, DeleteSubshellRequest, InterruptRequest
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Header
from sdk.protocol.shell import CommInfoRequest
from sdk.testing import Client, Exchange, KernelProcess

COUNTER = """
import comm, time
seen = []
def opened(c, message):
    @c.on_msg
    def got(message):
        seen.append(message["content"]["data"]["n"])
        print("seen", seen[-1])
comm.get_comm_manager().register_target("counter", opened)
"""


def running(client: Client, code: str) -> Header:
    header = client.send_execute(f"print('on')\n{code}")
    client.wait_for(lambda message: message.content == Stream("stdout", "on\n"))
    return header


def opened(exchange: Exchange) -> dict[str, Any]:
    """model name -> comm_id."""
    return {
        message.content.data["state"]["_model_name"]: message.content.comm_id
        for message in exchange.iopub
        if isinstance(message.content, CommOpen)
    }


def interrupt(client: Client) -> None:
    client.request(InterruptRequest(), Channel.CONTROL)


# -- ipywidgets --------------------------------------------------------------------------------------------------------


def test_a_slider_speaks_both_ways(client: Client) -> None:
    pytest.importorskip("ipywidgets")
    comms = opened(
        client.execute(
            "import ipywidgets as w\nslider = w.IntSlider(value=3)\n"
            "slider.observe(lambda change: print('moved to', change['new']), 'value')"
        )
    )
    comm_id = comms["IntSliderModel"]
    header = client.send(CommMsg(comm_id, {"method": "update", "state": {"value": 7}, "buffer_paths": []}))
    text = client.wait_for(lambda message: isinstance(message.content, Stream))
    assert text.content.text == "moved to 7\n" and text.parent_header.msg_id == header.msg_id
    exchange = client.execute("slider.value = 9")
    (update,) = [m.content for m in exchange.iopub if isinstance(m.content, CommMsg) and m.content.comm_id == comm_id]
    assert update.data == {"method": "update", "state": {"value": 9}, "buffer_paths": []}
    assert comm_id in client.request(CommInfoRequest("jupyter.widget")).reply.content.comms
    closed = client.execute("slider.close()")
    assert CommClose(comm_id) in [message.content for message in closed.iopub]


def test_a_state_request_is_answered_with_the_bytes(client: Client) -> None:
    pytest.importorskip("ipywidgets")
    comms = opened(client.execute("import ipywidgets as w\nimage = w.Image(value=b'\\x00\\xff' * 50)"))
    header = client.send(CommMsg(comms["ImageModel"], {"method": "request_state"}))
    update = client.wait_for(
        lambda message: isinstance(message.content, CommMsg) and message.parent_header.msg_id == header.msg_id
    )
    assert bytes(update.buffers[0]) == b"\x00\xff" * 50


def test_an_output_widget_catches_what_is_printed_in_it(client: Client) -> None:
    pytest.importorskip("ipywidgets")
    comms = opened(client.execute("import ipywidgets as w\nout = w.Output()"))
    exchange = client.execute("with out: print('inside')\nprint('outside')")
    states = [
        message.content.data["state"]["msg_id"]
        for message in exchange.iopub
        if isinstance(message.content, CommMsg) and message.content.comm_id == comms["OutputModel"]
    ]
    assert states[-1] == "" and states[0] not in ("", None)
    kinds = [type(message.content).__name__ for message in exchange.iopub]
    assert kinds.index("CommMsg") < kinds.index("Stream") < len(kinds) - 1 - kinds[::-1].index("CommMsg")


def test_an_error_in_a_callback_is_shown_and_the_next_message_served(client: Client) -> None:
    client.execute(COUNTER)
    client.send(CommOpen("id-e", "counter"))
    client.send(CommMsg("id-e", {"wrong": 1}))
    text = client.wait_for(lambda message: isinstance(message.content, Stream))
    assert text.content.name == "stderr" and "KeyError: 'n'" in text.content.text
    client.send(CommMsg("id-e", {"n": 1}))
    client.wait_for(lambda message: message.content == Stream("stdout", "seen 1\n"))


@pytest.mark.parametrize("code", ["while True: pass", "time.sleep(60)", "while True: print('x')"])
def test_an_interrupt_ends_a_callback(client: Client, code: str) -> None:
    client.execute(
        "import comm, time\ndef opened(c, message):\n    @c.on_msg\n    def got(message):\n"
        f"        print('on')\n        {code}\ncomm.get_comm_manager().register_target('block', opened)"
    )
    client.send(CommOpen("id-block", "block"))
    for _ in range(3):
        client.send(CommMsg("id-block", {}))
        client.wait_for(lambda message: isinstance(message.content, Stream) and message.content.text.startswith("on"))
        interrupt(client)
        client.wait_for(
            lambda message: isinstance(message.content, Stream) and "KeyboardInterrupt" in message.content.text
        )
        assert client.execute("1 + 1").result == {"text/plain": "2"}
        client.take(lambda channel, message: True)


def test_a_hundred_megabytes_come_back(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute(
            "import comm\ndef opened(c, message):\n"
            "    c.on_msg(lambda message: c.send({'n': len(message['buffers'][0])}, buffers=message['buffers']))\n"
            "comm.get_comm_manager().register_target('big', opened)"
        )
        client.send(CommOpen("id-big", "big"))
        data = bytes(100_000_000)
        client.send(CommMsg("id-big"), buffers=[data])
        echo = client.wait_for(lambda message: isinstance(message.content, CommMsg), timeout=60)
        assert echo.content.data == {"n": len(data)}
        assert bytes(echo.buffers[0]) == data


# -- waiting in a cell -------------------------------------------------------------------------------------------------


def test_process_events_serves_comms_inside_a_blocking_cell_and_keeps_cells_in_order(client: Client) -> None:
    client.execute(COUNTER)
    client.send(CommOpen("id-p", "counter"))
    code = "k = get_ipython().kernel\nwhile len(seen) < 3:\n    time.sleep(0.01)\n    k.process_events()\nseen[:]"
    cell = running(client, code)
    later = [client.send_execute(f"seen.append('cell {n}')") for n in range(3)]
    headers = [client.send(CommMsg("id-p", {"n": n})) for n in range(3)]
    exchange = client.collect(cell)
    assert exchange.result == {"text/plain": "[0, 1, 2]"}
    assert exchange.text() == ""  # what a callback prints belongs to its message
    for number, header in enumerate(headers):
        text = client.wait_for(
            lambda message, header=header: (
                message.parent_header is not None
                and message.parent_header.msg_id == header.msg_id
                and isinstance(message.content, Stream)
            )
        )
        assert text.content.text == f"seen {number}\n"
    for header in later:
        client.collect(header)
    assert client.execute("seen[3:]").result == {"text/plain": "['cell 0', 'cell 1', 'cell 2']"}


def test_process_events_takes_no_more_than_asked_for_and_can_be_awaited(client: Client) -> None:
    client.execute(COUNTER)
    client.send(CommOpen("id-n", "counter"))
    code = """
k = get_ipython().kernel
counts = []
while sum(counts) < 5:
    counts.append(k.process_events(2))
    time.sleep(0.01)
max(counts) <= 2, seen
"""
    cell = running(client, code)
    for n in range(5):
        client.send(CommMsg("id-n", {"n": n}))
    assert client.collect(cell).result == {"text/plain": "(True, [0, 1, 2, 3, 4])"}
    cell = running(client, "while len(seen) < 6: await k.process_events()\n(await k.do_one_iteration(), seen[-1])")
    client.send(CommMsg("id-n", {"n": 9}))
    assert client.collect(cell).result == {"text/plain": "(0, 9)"}


def test_a_cell_that_processes_events_is_interrupted(client: Client) -> None:
    cell = running(client, "k = get_ipython().kernel\nwhile True: k.process_events()")
    interrupt(client)
    assert client.collect(cell).error.ename == "KeyboardInterrupt"


@pytest.mark.parametrize(
    "code",
    [
        "with ui_events() as poll:\n    while len(seen) < 2:\n        poll(10); time.sleep(0.01)",
        "async with ui_events() as poll:\n    while len(seen) < 2:\n        await poll(10); time.sleep(0.01)",
        "run_ui_poll_loop(lambda: True if len(seen) >= 2 else None)",
    ],
)
def test_jupyter_ui_poll_waits_for_a_widget(fresh: KernelProcess, code: str) -> None:
    pytest.importorskip("jupyter_ui_poll")
    with fresh.client() as client:
        client.execute(f"{COUNTER}\nfrom jupyter_ui_poll import run_ui_poll_loop, ui_events")
        client.send(CommOpen("id-u", "counter"))
        cell = running(client, f"{code}\nprint('done', seen)")
        later = client.send_execute("seen.append('later')")
        for n in range(2):
            client.send(CommMsg("id-u", {"n": n}))
        exchange = client.collect(cell)
        assert (exchange.status, exchange.text()) == ("ok", "done [0, 1]\n")
        assert client.collect(later).status == "ok"
        assert client.execute("seen").result == {"text/plain": "[0, 1, 'later']"}


def test_a_cell_awaits_a_widgets_answer(client: Client) -> None:
    client.execute(f"{COUNTER}\nimport asyncio")
    client.send(CommOpen("id-w", "counter"))
    cell = running(client, "while not seen: await asyncio.sleep(0.001)\nseen")
    client.send(CommMsg("id-w", {"n": 4}))
    assert client.collect(cell).result == {"text/plain": "[4]"}


def test_a_cell_awaits_what_a_callback_resolves_in_a_subshell(client: Client) -> None:
    created = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
    subshell_id = created.content.subshell_id  # type: ignore[union-attr]
    client.execute(COUNTER)
    client.execute(
        "import asyncio\npressed = asyncio.Event()\ndef pressing(c, message): c.on_msg(lambda message: pressed.set())\n"
        "comm.get_comm_manager().register_target('press', pressing)"
    )
    client.send(CommOpen("press-1", "press", {}))
    cell = running(client, "await pressed.wait()\n'gone on'")
    client.send(CommMsg("press-1", {}), subshell_id=subshell_id)
    assert client.collect(cell).result == {"text/plain": "'gone on'"}
    client.request(DeleteSubshellRequest(subshell_id), Channel.CONTROL)
