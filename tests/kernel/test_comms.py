"""Comms: what client and kernel say to each other by the `comm` package, without sockets."""

from __future__ import annotations

import gc
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm, CommManager

from sdk.kernel.comms import Comms
from sdk.kernel.context import Context
from sdk.kernel.pace import Immediate
from sdk.kernel.stdin import Stdin
from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.iopub import Stream
from sdk.protocol.message import Channel, Content, CustomContent, Header, Message, Session
from sdk.protocol.shell import CommInfoReply

LOG_OF_UNKNOWN = "opening a comm with the target 'nobody': nobody has registered it; the comm is closed"


class Kernel:
    """Comms, a client, and all that was sent and logged."""

    def __init__(self, *, settle: Callable[[], None] | None = None) -> None:
        self.sent: list[Message] = []
        self.logged: list[str] = []
        self.pace = Immediate()
        if settle is not None:
            self.pace.settle = settle  # type: ignore[method-assign]
        self.session = Session("kernel")
        self.client = Session("client")
        self.comms = Comms(self.send, self.session, self.logged.append, pace=self.pace)

    def send(self, channel: Channel, message: Message) -> None:
        assert channel is Channel.IOPUB
        self.sent.append(message)

    def request(self, content: Content, *, subshell_id: str | None = None, **fields: Any) -> Message:
        header = self.client.header(content.msg_type, subshell_id=subshell_id)
        return Message(header, content, **fields)

    def context(self, request: Message) -> Context:
        stdin = Stdin(self.send, self.session, self.pace)
        return Context(
            request, send=self.send, session=self.session, pace=self.pace, stdin=stdin, channel=Channel.SHELL
        )

    def within(self, request: Message, work: Callable[[], object]) -> None:
        """Do it as the dispatcher would, in the context of `request`."""
        context = self.context(request)
        token = context.enter()
        try:
            work()
        finally:
            context.leave(token)
            context.close()

    def receive(self, content: Content, **fields: Any) -> Header:
        request = self.request(content, **fields)
        self.within(request, lambda: self.comms.receive(request))
        return request.header

    def contents(self) -> list[Content]:
        return [message.content for message in self.sent]

    def parents(self) -> list[str | None]:
        return [message.parent_header.msg_id if message.parent_header else None for message in self.sent]

    def opened(self, comm_id: str = "id", on_msg: Callable[[Any], object] | None = None) -> Any:
        """A comm that a client has opened."""
        comms: list[Any] = []

        def target(comm: Any, message: Any) -> None:
            comms.append(comm)
            comm.on_msg(on_msg)

        self.comms.register_target("target", target)
        self.receive(CommOpen(comm_id, "target"))
        return comms[0]


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def installed(kernel: Kernel) -> Iterator[Kernel]:
    kernel.comms.install()
    try:
        yield kernel
    finally:
        kernel.comms.uninstall()


# -- from the kernel ---------------------------------------------------------------------------------------------------


def test_a_comm_from_its_opening_to_its_end(kernel: Kernel) -> None:
    made = kernel.comms.create("target", {"a": 1}, comm_id="id", target_module="module")
    assert kernel.comms.info() == CommInfoReply({"id": {"target_name": "target"}})
    made.send({"b": 2}, metadata={"m": 1})
    made.send()
    made.close({"c": 3})
    made.close({"never": 4})
    assert kernel.contents() == [
        CommOpen("id", "target", {"a": 1}, "module"),
        CommMsg("id", {"b": 2}),
        CommMsg("id"),
        CommClose("id", {"c": 3}),
    ]
    assert [message.metadata for message in kernel.sent] == [{}, {"m": 1}, {}, {}]
    assert kernel.comms.info() == CommInfoReply({})
    assert isinstance(made, BaseComm)
    assert isinstance(kernel.comms.manager, CommManager)


def test_open_and_close_have_the_data_given_beforehand(kernel: Kernel) -> None:
    made = kernel.comms.create(comm_id="id", _open_data={"o": 1}, _close_data={"c": 1})
    made.close()
    assert kernel.contents() == [CommOpen("id", "comm", {"o": 1}), CommClose("id", {"c": 1})]


def test_a_closed_comm_may_be_opened_again(kernel: Kernel) -> None:
    made = kernel.comms.create("t", comm_id="id")
    made.close()
    made.open({"again": True})
    assert kernel.contents()[-1] == CommOpen("id", "t", {"again": True})
    assert kernel.comms.info() == CommInfoReply({"id": {"target_name": "t"}})


def test_a_comm_that_others_have_unregistered_can_be_closed(kernel: Kernel) -> None:
    made = kernel.comms.create("t", comm_id="id")
    kernel.comms.manager.unregister_comm(made)
    made.close()
    assert kernel.contents()[-1] == CommClose("id")


def test_buffers_are_sent_as_they_are_and_not_copied(kernel: Kernel) -> None:
    made = kernel.comms.create("t")
    data, changeable, numbers = b"bytes", bytearray(b"bytearray"), array("d", [1.5, 2.5])
    made.send(buffers=[data, changeable, memoryview(data)[1:3], numbers, array("d")])
    sent = kernel.sent[-1].buffers
    assert sent[0] is data
    assert sent[1] is changeable
    assert [bytes(buffer) for buffer in sent[2:]] == [b"yt", numbers.tobytes(), b""]
    numbers[0] = 7.0
    assert bytes(sent[3]) == numbers.tobytes()


@pytest.mark.parametrize("buffer", ["text", 5, memoryview(b"abcd")[::2]])
def test_what_is_no_buffer_is_refused_where_it_was_given(kernel: Kernel, buffer: object) -> None:
    made = kernel.comms.create("t")
    sent = len(kernel.sent)
    with pytest.raises(TypeError, match=r"comm buffers\[1\]: (str|int|memoryview) cannot be sent as bytes"):
        made.send(buffers=[b"", buffer])
    assert len(kernel.sent) == sent


def test_a_comm_that_could_not_be_opened_is_not_open(kernel: Kernel) -> None:
    with pytest.raises(TypeError):
        kernel.comms.create("t", buffers=["text"])
    assert kernel.comms.info() == CommInfoReply({})
    gc.collect()
    assert kernel.contents() == []


def test_fields_that_the_spec_does_not_have_are_sent_too(kernel: Kernel) -> None:
    made = kernel.comms.create("t", comm_id="id")
    made.publish_msg("comm_msg", {"a": 1}, extra=5)
    made.publish_msg("comm_custom", {"a": 1})
    assert kernel.contents()[1:] == [
        CustomContent("comm_msg", {"comm_id": "id", "data": {"a": 1}, "extra": 5}),
        CustomContent("comm_custom", {"comm_id": "id", "data": {"a": 1}}),
    ]


def test_data_may_be_anything_as_libraries_send_texts(kernel: Kernel) -> None:
    received: list[object] = []
    made = kernel.opened(on_msg=lambda message: received.append(message["content"]["data"]))
    for data in ("text", "", [1], 0):
        made.send(data)
        kernel.receive(CommMsg("id", data))
    assert kernel.contents() == [CommMsg("id", data) for data in ("text", "", [1], 0)]
    assert received == ["text", "", [1], 0]


# -- in whose name -----------------------------------------------------------------------------------------------------


def test_a_message_has_the_request_at_work_as_parent_and_comes_after_its_text(kernel: Kernel) -> None:
    made = kernel.comms.create("t", comm_id="id")
    request = kernel.request(CustomContent("execute_request"), subshell_id="sub")
    context = kernel.context(request)
    # Written and not sent: the end of the line is missing.
    kernel.pace.soon = lambda callback: None  # type: ignore[method-assign]
    token = context.enter()
    context.stream("stdout", "before")
    made.send()
    context.leave(token)
    assert kernel.contents()[1:] == [Stream("stdout", "before"), CommMsg("id")]
    assert kernel.sent[-1].parent_header == request.header
    assert kernel.sent[-1].header.subshell_id == "sub"


def test_a_silent_request_has_comm_messages_all_the_same(kernel: Kernel) -> None:
    request = kernel.request(CustomContent("execute_request"))
    context = kernel.context(request)
    context.quiet = True
    token = context.enter()
    kernel.comms.create("t", comm_id="id")
    context.leave(token)
    assert kernel.contents() == [CommOpen("id", "t")]
    assert kernel.parents() == [request.header.msg_id]


def test_a_thread_without_request_speaks_for_the_last_one_that_used_the_comm(kernel: Kernel) -> None:
    made = kernel.opened(on_msg=lambda message: None)
    thread = Thread(target=made.send)
    thread.start()
    thread.join(60)
    second = kernel.receive(CommMsg("id"), subshell_id="sub")
    thread = Thread(target=made.send)
    thread.start()
    thread.join(60)
    assert kernel.parents() == ["client_1", second.msg_id]
    assert [message.header.subshell_id for message in kernel.sent] == [None, "sub"]


def test_a_language_may_know_whose_a_message_is(kernel: Kernel) -> None:
    made = kernel.comms.create("t", comm_id="id")
    request = kernel.request(CustomContent("execute_request"))
    kernel.comms.whose = lambda: kernel.context(request)
    made.send()
    assert kernel.parents() == [None, request.header.msg_id]


def test_without_any_request_there_is_no_parent(kernel: Kernel) -> None:
    kernel.comms.create("t")
    assert kernel.parents() == [None]


# -- from the client ---------------------------------------------------------------------------------------------------


def test_a_target_gets_comm_and_message_as_jupyter_clients_write_them(kernel: Kernel) -> None:
    got: list[Any] = []
    kernel.comms.register_target("target", lambda comm, message: got.append((comm, message)))
    parent = kernel.client.header("execute_request")
    header = kernel.receive(
        CommOpen("id", "target", {"a": 1}), parent_header=parent, metadata={"m": 1}, buffers=[b"bytes"]
    )
    ((made, message),) = got
    assert made.comm_id == "id"
    assert made.target_name == "target"
    assert not made.primary
    assert kernel.comms.info("target") == CommInfoReply({"id": {"target_name": "target"}})
    assert message == {
        "header": header_dict(header),
        "msg_id": header.msg_id,
        "msg_type": "comm_open",
        "parent_header": header_dict(parent),
        "metadata": {"m": 1},
        "content": {"comm_id": "id", "target_name": "target", "data": {"a": 1}},
        "buffers": [memoryview(b"bytes")],
    }
    assert message["header"]["date"].tzinfo is UTC
    assert kernel.sent == []
    assert kernel.logged == []


def header_dict(header: Header) -> dict[str, Any]:
    return {
        "msg_id": header.msg_id,
        "session": "client",
        "username": "",
        "date": datetime.fromisoformat(header.date),
        "msg_type": header.msg_type,
        "version": "5.5",
    }


def test_a_date_that_is_none_stays_as_the_client_wrote_it(kernel: Kernel) -> None:
    got: list[Any] = []
    kernel.opened(on_msg=got.append)
    request = kernel.request(CommMsg("id"), subshell_id="sub")
    kernel.comms.receive(request._replace(header=request.header._replace(date="today")))
    assert got[0]["header"]["date"] == "today"
    assert got[0]["header"]["subshell_id"] == "sub"


def test_messages_go_to_their_comm_until_it_is_closed(kernel: Kernel) -> None:
    got: list[Any] = []
    made = kernel.opened(on_msg=lambda message: got.append(message["content"]))
    made.on_close(lambda message: got.append(message["content"]))
    kernel.receive(CommMsg("id", {"n": 1}))
    kernel.receive(CommClose("id", {"end": True}))
    kernel.receive(CommMsg("id", {"n": 2}))
    made.close()  # it is closed
    assert got == [{"comm_id": "id", "data": {"n": 1}}, {"comm_id": "id", "data": {"end": True}}]
    assert kernel.sent == []
    assert kernel.comms.info() == CommInfoReply({})


def test_a_message_that_nobody_awaits_is_dropped(kernel: Kernel) -> None:
    kernel.opened()
    kernel.receive(CommMsg("id"))
    assert kernel.sent == []
    assert kernel.logged == []


def test_what_a_callback_does_to_its_message_stays_there(kernel: Kernel) -> None:
    got: list[Any] = []

    def change(message: Any) -> None:
        message["content"]["data"]["changed"] = message["metadata"]["changed"] = True
        got.append(message)

    kernel.opened(on_msg=change)
    kernel.receive(CommMsg("id"))
    kernel.receive(CommMsg("id"))
    assert [message["content"]["data"] for message in got] == [{"changed": True}] * 2
    assert CommMsg("x").data == {}
    assert kernel.request(CommMsg("x")).metadata == {}


def test_the_kernel_may_do_something_around_every_callback(kernel: Kernel) -> None:
    order: list[object] = []

    def call(callback: Callable[[Any], object], message: Any) -> None:
        order.append("before")
        callback(message)
        order.append("after")

    kernel.comms.call = call
    kernel.opened(on_msg=lambda message: order.append(message["content"]["data"]))
    kernel.receive(CommMsg("id", {"n": 1}))
    assert order == ["before", {"n": 1}, "after"]


@pytest.mark.parametrize("others", [True, False])
def test_an_unknown_target_is_closed_at_once(kernel: Kernel, others: bool) -> None:
    if others:
        kernel.comms.register_target("somebody", lambda comm, message: None)
    header = kernel.receive(CommOpen("id", "nobody"))
    assert kernel.contents() == [CommClose("id")]
    assert kernel.parents() == [header.msg_id]
    assert kernel.comms.info() == CommInfoReply({})
    assert kernel.logged == [LOG_OF_UNKNOWN]


def test_before_there_are_any_comms_messages_for_them_are_ignored(kernel: Kernel) -> None:
    kernel.receive(CommMsg("gone"))
    kernel.receive(CommClose("gone"))
    assert kernel.sent == []


def test_the_first_message_for_an_unknown_comm_is_logged(kernel: Kernel) -> None:
    kernel.opened()
    for _ in range(3):
        kernel.receive(CommMsg("gone"))
    kernel.receive(CommClose("gone too"))
    assert kernel.sent == []
    assert kernel.logged == [
        "comm_msg: there is no comm 'gone'; ignored",
        "comm_close: there is no comm 'gone too'; ignored",
    ]


def test_a_target_may_be_named_by_its_place(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Any] = []
    monkeypatch.setattr(sys.modules[__name__], "named_target", lambda comm, message: got.append(comm), raising=False)
    kernel.comms.register_target("target", f"{__name__}.named_target")
    kernel.receive(CommOpen("id", "target"))
    assert [made.comm_id for made in got] == ["id"]


# -- errors of the user's code -----------------------------------------------------------------------------------------


def fail(*message: object) -> None:
    raise ValueError("no good")


def shown(kernel: Kernel) -> str:
    """The one text that was shown."""
    (text,) = [content for content in kernel.contents() if isinstance(content, Stream)]
    assert text.name == "stderr"
    return text.text


def assert_shows_the_users_frame_alone(text: str) -> None:
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.count("  File ") == 1
    assert f'File "{__file__}"' in text
    assert text.endswith("ValueError: no good\n")


def test_an_error_in_a_callback_is_shown_in_the_output_of_its_message(kernel: Kernel) -> None:
    kernel.opened(on_msg=fail)
    header = kernel.receive(CommMsg("id"))
    assert_shows_the_users_frame_alone(shown(kernel))
    assert kernel.parents() == [header.msg_id]
    assert kernel.logged == ["a message for a comm with the target 'target': ValueError: no good"]
    assert kernel.comms.info() == CommInfoReply({"id": {"target_name": "target"}})


def test_an_error_in_a_target_closes_the_comm(kernel: Kernel) -> None:
    kernel.comms.register_target("target", fail)
    kernel.receive(CommOpen("id", "target"))
    assert_shows_the_users_frame_alone(shown(kernel))
    assert kernel.contents()[-1] == CommClose("id")
    assert kernel.comms.info() == CommInfoReply({})
    assert kernel.logged == ["opening a comm with the target 'target': ValueError: no good"]


def test_an_error_while_closing_leaves_it_closed(kernel: Kernel) -> None:
    kernel.opened().on_close(fail)
    kernel.receive(CommClose("id"))
    assert_shows_the_users_frame_alone(shown(kernel))
    assert kernel.comms.info() == CommInfoReply({})
    assert kernel.logged == ["closing a comm with the target 'target': ValueError: no good"]


def test_without_a_request_the_whole_traceback_is_logged(kernel: Kernel) -> None:
    kernel.opened(on_msg=fail)
    kernel.comms.receive(kernel.request(CommMsg("id")))
    assert kernel.sent == []
    (text,) = kernel.logged
    head, _, traceback = text.partition("\n")
    assert head == "a message for a comm with the target 'target':"
    assert_shows_the_users_frame_alone(traceback)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_interrupt_or_exit_in_a_callback_ends_the_callback_alone(kernel: Kernel, error: BaseException) -> None:
    def callback(message: object) -> None:
        raise error

    kernel.opened(on_msg=callback)
    kernel.receive(CommMsg("id"))
    assert shown(kernel).splitlines()[-1].startswith(type(error).__name__)


def test_an_error_without_a_frame_of_the_users_is_shown_too(kernel: Kernel) -> None:
    kernel.opened(on_msg=5)  # type: ignore[arg-type]
    kernel.receive(CommMsg("id"))
    assert shown(kernel).endswith("TypeError: 'int' object is not callable\n")


def test_an_interrupt_while_an_unknown_target_is_answered_is_shown(kernel: Kernel) -> None:
    pending: list[BaseException] = [KeyboardInterrupt("now")]

    def settle() -> None:
        if pending:
            raise pending.pop()

    kernel.comms.register_target("target", fail)
    kernel.pace.settle = settle  # type: ignore[method-assign]
    kernel.receive(CommOpen("id", "nobody"))
    assert kernel.contents()[0] == CommClose("id")
    assert shown(kernel).endswith("KeyboardInterrupt: now\n")
    assert kernel.comms.info() == CommInfoReply({})


# -- slow clients and interrupts ---------------------------------------------------------------------------------------


def test_who_sends_is_held_back_after_each_message() -> None:
    seen: list[int] = []
    kernel = Kernel(settle=lambda: seen.append(len(kernel.sent)))
    made = kernel.comms.create("t")
    made.send()
    made.close()
    assert seen == [1, 2, 3]


def test_a_pace_is_not_needed() -> None:
    sent: list[Message] = []
    comms = Comms(lambda channel, message: sent.append(message), Session("kernel"), lambda text: None)
    comms.create("t", comm_id="id").close()
    assert [message.content for message in sent] == [CommOpen("id", "t"), CommClose("id")]


# -- collected ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("occasion", ["send", "info", "receive"])
def test_a_collected_comm_is_closed_at_the_next_occasion(kernel: Kernel, occasion: str) -> None:
    made = kernel.comms.create("t", comm_id="id", _close_data={"c": 1})
    other = kernel.comms.create("t", comm_id="other")
    kernel.comms.manager.unregister_comm(made)
    del made
    gc.collect()
    assert len(kernel.sent) == 2
    occasions: dict[str, Callable[[], object]] = {
        "send": other.send,
        "info": kernel.comms.info,
        "receive": lambda: kernel.receive(CommClose("other")),
    }
    occasions[occasion]()
    assert kernel.contents()[2] == CommClose("id", {"c": 1})


def test_a_comm_may_be_collected_in_the_middle_of_a_send(kernel: Kernel) -> None:
    """The collector runs when it likes, also while the lock of a socket is held: then nothing may be sent."""
    lock = Lock()
    garbage = [kernel.comms.create("t", comm_id="garbage")]
    made = kernel.comms.create("t", comm_id="id")
    kernel.comms.manager.unregister_comm(garbage[0])

    def send(channel: Channel, message: Message) -> None:
        assert lock.acquire(timeout=5), "sent while another send is in progress"
        try:
            garbage.clear()
            kernel.sent.append(message)
        finally:
            lock.release()

    kernel.comms._send = send
    made.send({"n": 1})
    made.send({"n": 2})
    assert kernel.contents()[2:] == [CommMsg("id", {"n": 1}), CommClose("garbage"), CommMsg("id", {"n": 2})]


def test_a_comm_that_was_collected_is_closed_once_by_many_threads(kernel: Kernel) -> None:
    for number in range(200):
        kernel.comms.abandon(str(number), {}, None)
    threads = [Thread(target=kernel.comms.info) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(int(content.comm_id) for content in kernel.contents() if isinstance(content, CommClose)) == list(
        range(200)
    )


# -- what libraries call -----------------------------------------------------------------------------------------------


def test_installed_the_comm_package_makes_our_comms(installed: Kernel) -> None:
    assert comm.get_comm_manager() is installed.comms.manager
    made = comm.create_comm("t", {"a": 1}, comm_id="id")
    assert installed.contents() == [CommOpen("id", "t", {"a": 1})]
    assert isinstance(made, installed.comms.comm_class)


def test_uninstalled_the_comm_package_is_what_it_was(kernel: Kernel) -> None:
    before = comm.create_comm, comm.get_comm_manager
    kernel.comms.uninstall()
    for _ in range(2):
        kernel.comms.install()
        kernel.comms.install()
        assert comm.create_comm != before[0]
        kernel.comms.uninstall()
        kernel.comms.uninstall()
        assert (comm.create_comm, comm.get_comm_manager) == before


def test_a_library_that_replaces_create_comm_makes_the_comms_of_clients_too(installed: Kernel) -> None:
    class Special(installed.comms.comm_class):  # type: ignore[name-defined, misc]
        pass

    comm.create_comm = Special
    assert type(installed.opened()) is Special


def test_libraries_find_the_kernel(kernel: Kernel) -> None:
    made = kernel.comms.create("t")
    assert made.kernel is None
    kernel.comms.find_kernel = lambda: kernel
    assert made.kernel is kernel


def test_two_kernels_in_one_process_have_each_their_comms() -> None:
    one, other = Kernel(), Kernel()
    one.comms.create("t", comm_id="id")
    assert other.comms.info() == CommInfoReply({})
    other.comms.create("t", comm_id="id").close()
    assert one.comms.info() == CommInfoReply({"id": {"target_name": "t"}})


def test_info_lists_all_or_those_of_a_target(kernel: Kernel) -> None:
    for number, target in enumerate(["a", "b", "a"]):
        kernel.comms.create(target, comm_id=str(number))
    a, b = {"target_name": "a"}, {"target_name": "b"}
    assert kernel.comms.info() == CommInfoReply({"0": a, "1": b, "2": a})
    assert kernel.comms.info("a") == CommInfoReply({"0": a, "2": a})
    assert kernel.comms.info("c") == CommInfoReply({})


LAZY = """
import sys
from sdk.kernel.comms import Comms
from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.message import Message, Session
sent, logged, client = [], [], Session("client")
comms = Comms(lambda channel, message: sent.append(message.content), Session("kernel"), logged.append)
for content in (CommOpen("id", "nobody"), CommMsg("id"), CommClose("id")):
    comms.receive(Message(client.header(content.msg_type), content))
assert sent == [CommClose("id")], sent
assert logged == ["opening a comm with the target 'nobody': nobody has registered it; the comm is closed"], logged
assert comms.info().comms == {}
assert "comm" not in sys.modules
comms.create("t").on_msg(lambda message: None)
comms.manager.comms.copy().popitem()[1].handle_msg({})
assert "IPython" not in sys.modules and "traitlets" not in sys.modules
"""


def test_without_comms_the_package_is_not_loaded_and_never_ipython() -> None:
    subprocess.run([sys.executable, "-c", LAZY], check=True)


def test_the_manager_is_made_once_by_many_threads(kernel: Kernel) -> None:
    found: list[object] = []
    threads = [Thread(target=lambda: found.append(kernel.comms.manager)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [kernel.comms.manager] * 8
    kernel.comms._load()  # as a thread does that has waited for another to do it
    assert found == [kernel.comms.manager] * 8


# -- questions of widgets: which subshell waits for the answer ---------------------------------------------------------


def test_an_answer_goes_to_the_subshell_whose_code_asked(kernel: Kernel) -> None:
    def ask(subshell_id: str | None, identity: str) -> None:
        asking = kernel.request(CustomContent("execute_request", {}), subshell_id=subshell_id)
        kernel.within(asking, lambda: kernel.comms.publish("comm_msg", "id", data={"content": {"id": identity}}))

    def answer(identity: str, *, subshell_id: str | None = None) -> str | None:
        content = CommMsg("id", {"content": {"id": identity}})
        return kernel.comms.asker(kernel.request(content, subshell_id=subshell_id))

    assert answer("unasked", subshell_id="named") == "named"
    ask("one", "a")
    ask(None, "b")
    assert answer("unasked", subshell_id="named") == "named"
    assert kernel.comms.asker(kernel.request(CommMsg("id", {}), subshell_id="named")) == "named"
    assert kernel.comms.asker(kernel.request(CommClose("id"), subshell_id="named")) == "named"
    assert answer("a") == "one"
    assert answer("b", subshell_id="named") is None
    assert answer("a", subshell_id="named") == "named"  # answered once


def test_the_oldest_of_many_unanswered_questions_are_forgotten(kernel: Kernel) -> None:
    asking = kernel.request(CustomContent("execute_request", {}), subshell_id="one")

    def ask_much() -> None:
        for number in range(2000):
            kernel.comms.publish("comm_msg", "id", data={"content": {"id": str(number)}})

    kernel.within(asking, ask_much)
    askers = [kernel.comms.asker(kernel.request(CommMsg("id", {"content": {"id": str(n)}}))) for n in (0, 1999)]
    assert askers == [None, "one"]
