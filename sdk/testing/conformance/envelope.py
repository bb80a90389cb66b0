"""Checks: headers, busy and idle, one reply a request; and what must not disturb a kernel (spec, "Wire protocol")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sdk.protocol.control import InterruptRequest
from sdk.protocol.message import Channel, Content, CustomContent, Message
from sdk.protocol.shell import (
    CommInfoRequest,
    CompleteRequest,
    ExecuteRequest,
    HistoryRequest,
    InspectRequest,
    IsCompleteRequest,
    KernelInfoRequest,
)
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER, to_frames
from sdk.testing.conformance.check import BETTER, Failed, check, expect, expect_that
from sdk.testing.conformance.subject import Subject, is_child, kinds
from sdk.testing.exchange import BUSY, IDLE, Exchange

_REQUESTS: Sequence[Content] = (
    KernelInfoRequest(),
    CommInfoRequest(),
    ExecuteRequest(code="", silent=True, allow_stdin=False),
    CompleteRequest(code="a", cursor_pos=1),
    InspectRequest(code="a", cursor_pos=1),
    IsCompleteRequest(code="a"),
    HistoryRequest(hist_access_type="tail", n=1),
)


def _each(subject: Subject) -> list[Exchange]:
    return [subject.ask(content) for content in _REQUESTS]


@check()
def every_request_is_answered_by_the_reply_of_its_type(subject: Subject) -> None:
    wanted = [content.msg_type.replace("_request", "_reply") for content in _REQUESTS]
    expect("replies", kinds([exchange.reply for exchange in _each(subject)]), wanted)


@check()
def every_request_is_framed_by_busy_and_idle(subject: Subject) -> None:
    for exchange in _each(subject):
        came = exchange.contents()
        expect_that(
            came[0] == BUSY and came[-1] == IDLE and len(came) > 1, f"{exchange.request.msg_type}: busy ... idle", came
        )
        states = [content for content in came if content in (BUSY, IDLE)]
        expect(f"{exchange.request.msg_type}: statuses", states, [BUSY, IDLE])


@check()
def a_request_on_control_is_framed_by_busy_and_idle(subject: Subject) -> None:
    exchange = subject.client.request(KernelInfoRequest(), Channel.CONTROL, timeout=subject.patience / 2)
    expect("iopub", exchange.contents(), [BUSY, IDLE])


@check()
def every_request_gets_exactly_one_reply(subject: Subject) -> None:
    for content in _REQUESTS:
        exchange = subject.ask(content)
        expect(f"more replies to {content.msg_type}:", [more.content for more in subject.after(exchange.request)], [])


@check()
def replies_and_outputs_carry_the_header_of_their_request(subject: Subject) -> None:
    for exchange in _each(subject):
        wanted = json.loads(exchange.request.raw)
        for message in (exchange.reply, *exchange.iopub):
            parent = json.loads(message.parent_header.raw) if message.parent_header else {}
            came = {name: parent.get(name) for name in wanted if name != "date"}  # kernels may write a date anew
            expect(
                f"{message.header.msg_type}: parent_header",
                came,
                {name: wanted[name] for name in wanted if name != "date"},
            )


@check(level=BETTER)
def parent_headers_come_back_unchanged(subject: Subject) -> None:
    exchange = subject.ask(KernelInfoRequest())
    parent = exchange.reply.parent_header
    expect("parent_header", json.loads(parent.raw) if parent else None, json.loads(exchange.request.raw))


@check()
def every_message_has_a_complete_header(subject: Subject) -> None:
    for message in _all(_each(subject)):
        fields = json.loads(message.header.raw)
        wanted = ("msg_id", "msg_type", "session", "username", "date", "version")
        expect_that(all(isinstance(fields.get(name), str) for name in wanted), f"texts for {', '.join(wanted)}", fields)
        expect_that(fields["version"].startswith("5."), "version 5.x", fields)


@check()
def every_message_has_an_id_of_its_own(subject: Subject) -> None:
    ids = [message.header.msg_id for message in _all(_each(subject))]
    expect("different ids:", len(set(ids)), len(ids))


@check()
def one_kernel_has_one_session(subject: Subject) -> None:
    sessions = {message.header.session for message in _all(_each(subject))}
    expect_that(len(sessions) == 1 and "" not in sessions, "one session id", sessions)


@check(level=BETTER)
def dates_have_a_time_zone(subject: Subject) -> None:
    from datetime import datetime

    for message in _all(_each(subject)):
        date = message.header.date
        try:
            zone = datetime.fromisoformat(date).tzinfo
        except ValueError:
            raise Failed("an ISO 8601 date", repr(date)) from None
        expect_that(zone is not None, "an ISO 8601 date with a time zone", date)


@check()
def every_message_is_signed_and_well_formed(subject: Subject) -> None:
    _each(subject)
    subject.ask(KernelInfoRequest(), Channel.CONTROL)
    expect("broken messages:", subject.client.problems, [])


def _all(exchanges: Sequence[Exchange]) -> list[Message]:
    return [message for exchange in exchanges for message in (exchange.reply, *exchange.iopub)]


@check()
def fields_that_a_kernel_does_not_know_are_ignored(subject: Subject) -> None:
    request = CustomContent("kernel_info_request", {"of_a_later_protocol": [1, {"x": None}]})
    expect("status", subject.ask(request).status, "ok")


@check()
def metadata_and_buffers_are_taken_with_any_request(subject: Subject) -> None:
    exchange = subject.client.request(KernelInfoRequest(), metadata={"cellId": "1"}, buffers=[b"\0\xff", b""])
    expect("status", exchange.status, "ok")


# -- requests that are wrong -------------------------------------------------------------------------------------------


def _answered_or_ignored(subject: Subject, content: Content, channel: Channel = Channel.SHELL) -> None:
    header = subject.client.send(content, channel)
    replies = subject.after(header, channel)
    expect_that(len(replies) <= 1, "one reply at most", replies)
    for reply in replies:
        status = reply.content.to_fields().get("status")
        expect_that(status in ("error", "aborted"), "an error, or nothing", reply.content)
    subject.still_works()


@check()
def an_unknown_request_on_shell_does_no_harm(subject: Subject) -> None:
    _answered_or_ignored(subject, CustomContent("nobody_knows_this_request", {"code": "1"}))


@check()
def an_unknown_request_on_control_does_no_harm(subject: Subject) -> None:
    _answered_or_ignored(subject, CustomContent("nobody_knows_this_request", {}), Channel.CONTROL)


@check(level=BETTER)
def an_unknown_request_gets_an_error_reply(subject: Subject) -> None:
    exchange = subject.client.request(CustomContent("nobody_knows_this_request", {}), timeout=subject.patience / 3)
    expect("status", exchange.status, "error")


_MALFORMED: Mapping[str, Mapping[str, Any]] = {
    "execute_request": {"silent": False},
    "complete_request": {"cursor_pos": 1},
    "inspect_request": {},
    "is_complete_request": {},
}
_MISTYPED: Mapping[str, Mapping[str, Any]] = {
    "execute_request": {"code": 4711},
    "complete_request": {"code": None, "cursor_pos": "1"},
    "inspect_request": {"code": [], "cursor_pos": {}},
    "is_complete_request": {"code": {"a": 1}},
    "history_request": {"hist_access_type": 7},
}


@check()
def requests_without_code_are_refused_and_do_no_harm(subject: Subject) -> None:
    for msg_type, fields in _MALFORMED.items():
        header = subject.client.send(CustomContent(msg_type, fields))
        expect_that(len(subject.after(header)) <= 1, f"{msg_type}: one reply at most", None)
    subject.still_works()


@check()
def requests_with_wrong_types_are_refused_and_do_no_harm(subject: Subject) -> None:
    for msg_type, fields in _MISTYPED.items():
        header = subject.client.send(CustomContent(msg_type, fields))
        expect_that(len(subject.after(header)) <= 1, f"{msg_type}: one reply at most", None)
    subject.still_works()


@check(level=BETTER)
def requests_without_code_get_an_error_reply(subject: Subject) -> None:
    for msg_type, fields in _MALFORMED.items():
        exchange = subject.client.request(CustomContent(msg_type, fields), timeout=subject.patience / 3)
        expect(f"{msg_type}: status", exchange.status, "error")


def _send_parts(
    subject: Subject,
    *,
    parent: bytes = b"{}",
    metadata: bytes = b"{}",
    content: bytes = b"{}",
    channel: Channel = Channel.SHELL,
) -> None:
    header = subject.client.session.header("kernel_info_request").raw
    parts = [header, parent, metadata, content]
    subject.client.send_frames([DELIMITER, subject.client.signer.sign(parts), *parts], channel)


@check()
def a_content_that_is_not_json_does_no_harm(subject: Subject) -> None:
    for content in (b"", b"{", b"null", b"[1]", b"\xff", b'{"code": NaN}', b"[" * 20_000):
        _send_parts(subject, content=content)
    subject.still_works()


@check()
def a_parent_header_or_metadata_that_is_not_json_does_no_harm(subject: Subject) -> None:
    for data in (b"", b"{", b"null", b"7"):
        _send_parts(subject, parent=data)
        _send_parts(subject, metadata=data)
    subject.still_works()


@check()
def a_broken_request_on_control_does_no_harm(subject: Subject) -> None:
    for content in (b"", b"{", b"null"):
        _send_parts(subject, content=content, channel=Channel.CONTROL)
    expect("status", subject.ask(KernelInfoRequest(), Channel.CONTROL).status, "ok")
    subject.still_works()


# -- frames that are no messages ---------------------------------------------------------------------------------------


def _signed_request(
    subject: Subject, content: Content | None = None, signer: Signer | None = None
) -> tuple[Message, Any]:
    what = content or KernelInfoRequest()
    message = Message(subject.client.session.header(what.msg_type), what)
    return message, to_frames(message, signer or subject.client.signer)


def _ignored(subject: Subject, message: Message) -> None:
    replies = subject.after(message.header)
    expect("replies:", [reply.content for reply in replies], [])
    subject.still_works()


@check()
def a_message_with_a_wrong_signature_is_not_answered(subject: Subject) -> None:
    message, frames = _signed_request(subject, signer=Signer(b"another key"))
    subject.client.send_frames(frames)
    _ignored(subject, message)


@check()
def a_message_without_a_signature_is_not_answered(subject: Subject) -> None:
    message, frames = _signed_request(subject, signer=Signer(b""))
    subject.client.send_frames(frames)
    _ignored(subject, message)


@check()
def a_message_with_a_wrong_signature_on_control_is_not_obeyed(subject: Subject) -> None:
    content = CustomContent("shutdown_request", {"restart": False})
    message, frames = _signed_request(subject, content, Signer(b"another key"))
    subject.client.send_frames(frames, Channel.CONTROL)
    expect("replies:", subject.after(message.header, Channel.CONTROL), [])
    subject.still_works()


@check()
def a_message_changed_on_its_way_is_not_answered(subject: Subject) -> None:
    message, frames = _signed_request(subject)
    frames[-1] = b'{"a":1}'
    subject.client.send_frames(frames)
    _ignored(subject, message)


@check(level=BETTER)
def a_message_that_comes_twice_is_answered_once(subject: Subject) -> None:
    message, frames = _signed_request(subject)
    subject.client.send_frames(frames)
    subject.client.send_frames(frames)
    expect("replies:", len(subject.after(message.header)), 1)


@check()
def garbage_on_shell_and_control_does_no_harm(subject: Subject) -> None:
    _, frames = _signed_request(subject)
    for channel in (Channel.SHELL, Channel.CONTROL):
        for garbage in (
            [b""],
            [b"garbage"],
            [DELIMITER],
            [DELIMITER, b""],
            frames[:-1],
            frames[:3],
            [b"\0" * 1000] * 50,
        ):
            subject.client.send_frames(garbage, channel)
    expect("status", subject.ask(KernelInfoRequest(), Channel.CONTROL).status, "ok")
    subject.still_works()


@check()
def an_input_reply_that_nobody_asked_for_does_no_harm(subject: Subject) -> None:
    subject.client.send(CustomContent("input_reply", {"value": "unasked"}), Channel.STDIN)
    subject.client.send_frames([b"garbage"], Channel.STDIN)
    subject.still_works()


@check()
def two_clients_get_their_own_replies_and_all_outputs(subject: Subject) -> None:
    with subject.kernel.client() as other:
        mine, theirs = subject.ask(KernelInfoRequest()), other.request(KernelInfoRequest())
        subject.client.wait_for(lambda message: is_child(message, theirs.request) and message.content == IDLE)
        other.wait_for(lambda message: is_child(message, mine.request) and message.content == IDLE)
        strays = [
            message
            for client in (subject.client, other)
            for place, message in client.pending
            if place is not Channel.IOPUB
        ]
        expect("replies for somebody else:", strays, [])


@check()
def an_interrupt_of_nothing_does_no_harm(subject: Subject) -> None:
    if subject.kernel.spec.interrupt_mode == "message":
        expect("status", subject.ask(InterruptRequest(), Channel.CONTROL).status, "ok")
    else:
        subject.kernel.interrupt()
    subject.still_works()
