"""Comms through the `comm` package, as ipywidgets uses it."""

from __future__ import annotations

from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.iopub import Stream
from sdk.protocol.shell import CommInfoRequest
from sdk.testing import Client


def test_a_cell_opens_a_comm(client: Client) -> None:
    code = """
import comm
c = comm.create_comm(target_name='t', data={'a': 1}, buffers=[b'xyz'])
c.kernel is get_ipython().kernel
"""
    exchange = client.execute(code)
    (opened,) = [message for message in exchange.iopub if isinstance(message.content, CommOpen)]
    assert (opened.content.target_name, opened.content.data) == ("t", {"a": 1})
    assert [bytes(buffer) for buffer in opened.buffers] == [b"xyz"]
    assert exchange.result == {"text/plain": "True"}
    comms = client.request(CommInfoRequest("t")).reply.content.comms
    assert comms == {opened.content.comm_id: {"target_name": "t"}}
    closed = client.execute("c.close()").outputs()
    assert closed == [CommClose(opened.content.comm_id)]


def test_a_clients_message_reaches_the_callback_and_its_print_the_client(client: Client) -> None:
    code = """
import comm
def opened(c, message):
    @c.on_msg
    def got(message):
        print("got", message["content"]["data"], bytes(message["buffers"][0]))
        c.send({"echo": message["content"]["data"]})
comm.get_comm_manager().register_target("echo", opened)
"""
    client.execute(code)
    client.send(CommOpen("id-1", "echo"))
    header = client.send(CommMsg("id-1", {"n": 5}), buffers=[b"b"])
    text = client.wait_for(lambda message: isinstance(message.content, Stream))
    answer = client.wait_for(lambda message: isinstance(message.content, CommMsg))
    assert text.content == Stream("stdout", "got {'n': 5} b'b'\n")
    assert answer.content == CommMsg("id-1", {"echo": {"n": 5}})
    assert text.parent_header.msg_id == answer.parent_header.msg_id == header.msg_id


def test_a_message_is_served_while_a_cell_awaits(client: Client) -> None:
    client.execute("""
import asyncio, comm
answers = asyncio.Queue()
def opened(c, message):
    c.on_msg(lambda message: answers.put_nowait(message["content"]["data"]))
comm.get_comm_manager().register_target("ask", opened)
""")
    client.send(CommOpen("id-2", "ask"))
    running = client.send_execute("print('on')\nawait asyncio.wait_for(answers.get(), 20)")
    client.wait_for(lambda message: isinstance(message.content, Stream))
    client.send(CommMsg("id-2", {"answer": 42}))
    assert client.collect(running).result == {"text/plain": "{'answer': 42}"}


def test_a_comm_that_a_thread_uses_speaks_for_the_cell_that_started_the_thread(client: Client) -> None:
    made = client.execute("""
import comm, threading
def use(work):
    thread = threading.Thread(target=work); thread.start(); thread.join()
use(lambda: globals().update(threads=comm.create_comm(target_name='t')))
""")
    (opened,) = [message.content for message in made.iopub if isinstance(message.content, CommOpen)]
    later = client.execute("use(lambda: threads.send({'n': 1}))")
    assert later.outputs() == [CommMsg(opened.comm_id, {"n": 1})]
