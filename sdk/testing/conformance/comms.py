"""Checks: comms (spec, "Custom Messages")."""

from __future__ import annotations

from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.message import CustomContent
from sdk.protocol.shell import CommInfoReply, CommInfoRequest
from sdk.testing.conformance.check import BETTER, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, is_child
from sdk.testing.exchange import BUSY, IDLE

_ID = "0123456789abcdef"


def _open_comms(subject: Subject, target_name: str | None = None) -> object:
    content = subject.ask(CommInfoRequest(target_name=target_name)).reply.content
    expect_that(isinstance(content, CommInfoReply), "a comm_info_reply", content)
    assert isinstance(content, CommInfoReply)
    return content.comms


@check()
def comm_info_tells_the_open_comms(subject: Subject) -> None:
    expect_that(isinstance(_open_comms(subject), dict), "an object", _open_comms(subject))


@check()
def comm_info_for_an_unknown_target_is_empty(subject: Subject) -> None:
    expect("comms", _open_comms(subject, "no.such.target"), {})


@check()
def a_comm_for_an_unknown_target_is_closed(subject: Subject) -> None:
    header = subject.client.send(CommOpen(comm_id=_ID, target_name="no.such.target"))
    closed = subject.client.wait_for(
        lambda message: isinstance(message.content, CommClose) and message.content.comm_id == _ID,
        timeout=subject.patience / 2,
    )
    expect_that(is_child(closed, header), "the comm_open as parent", closed.parent_header)
    expect_that(_ID not in str(_open_comms(subject)), "no such comm afterwards", _open_comms(subject))
    subject.still_works()


def _framed(subject: Subject, content: object) -> None:
    assert isinstance(content, CommMsg | CommClose | CommOpen | CustomContent)
    header = subject.client.send(content)
    subject.client.wait_for(
        lambda message: is_child(message, header) and message.content == IDLE, timeout=subject.patience / 2
    )
    states = subject.client.take(lambda place, message: is_child(message, header))
    expect("before idle", [message.content for message in states][:1], [BUSY])


@check(level=BETTER)
def messages_of_comms_are_framed_by_busy_and_idle(subject: Subject) -> None:
    for content in (CommMsg(comm_id="unknown"), CommClose(comm_id="unknown")):
        _framed(subject, content)


@check()
def messages_for_an_unknown_comm_do_no_harm(subject: Subject) -> None:
    for content in (CommMsg(comm_id="unknown", data={"a": 1}), CommClose(comm_id="unknown")):
        subject.client.send(content, buffers=[b"buffer"])
    subject.still_works()


@check()
def malformed_messages_of_comms_do_no_harm(subject: Subject) -> None:
    for msg_type in ("comm_open", "comm_msg", "comm_close"):
        subject.client.send(CustomContent(msg_type, {}))
        subject.client.send(CustomContent(msg_type, {"comm_id": 1, "target_name": None, "data": []}))
    subject.still_works()
