"""Headers, and contents read from fields."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import ContentError
from sdk.protocol.comm import CommOpen
from sdk.protocol.control import DebugRequest, UsageReply
from sdk.protocol.iopub import ExecuteResult, Stream
from sdk.protocol.message import CustomContent, ErrorReply, Header, Session
from sdk.protocol.shell import CompleteRequest, ExecuteReply, ExecuteRequest, HistoryReply, IsCompleteReply


@given(st.text(), st.text(), st.text(), st.none() | st.text())
def test_a_headers_bytes_say_what_its_fields_say(session: str, user: str, msg_type: str, subshell: str | None) -> None:
    header = Session(session, user).header(msg_type, subshell_id=subshell)
    # Lone surrogates cannot be sent; nobody has such a name.
    fields = {
        name: value.encode("utf-8", "replace").decode()
        for name, value in header._asdict().items()
        if name != "raw" and value is not None
    }
    assert json.loads(header.raw) == fields


def test_a_header_tells_the_time_in_utc() -> None:
    before = dt.datetime.now(dt.UTC)
    date = dt.datetime.fromisoformat(Session("s").header("x").date)
    assert before - dt.timedelta(microseconds=1) <= date <= dt.datetime.now(dt.UTC)
    assert date.utcoffset() == dt.timedelta(0)


def test_each_header_has_an_id_of_its_own_from_whatever_thread() -> None:
    session = Session("s")
    made: list[Header] = []
    threads = [threading.Thread(target=lambda: made.extend(session.header("x") for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {header.msg_id for header in made} == {f"s_{number}" for number in range(1, 2001)}


def test_fields_that_nobody_knows_are_ignored() -> None:
    request = ExecuteRequest.from_fields("execute_request", {"code": "1", "later": [1]})
    assert request == ExecuteRequest(code="1")


def test_a_field_that_is_none_is_not_sent() -> None:
    assert ExecuteResult(execution_count=1, data={}).to_fields() == {"execution_count": 1, "data": {}, "metadata": {}}
    assert CompleteRequest(code="a").to_fields() == {"code": "a"}
    assert Stream(name="stdout", text="a").to_fields() == {"name": "stdout", "text": "a"}


def test_an_indent_is_sent_for_incomplete_code_alone() -> None:
    assert IsCompleteReply(status="complete", indent="  ").to_fields() == {"status": "complete"}
    assert IsCompleteReply(status="incomplete", indent="  ").to_fields() == {"status": "incomplete", "indent": "  "}


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        (ExecuteRequest, {}, "x: code is missing"),
        (ExecuteRequest, {"code": None}, "x: code must be a string, not None"),
        (ExecuteRequest, {"code": "", "silent": 1}, "x: silent must be true or false, not 1"),
        (ExecuteRequest, {"code": "", "user_expressions": []}, "x: user_expressions must be an object or null, not []"),
        (CompleteRequest, {"code": "", "cursor_pos": True}, "x: cursor_pos must be an integer or null, not True"),
        (CompleteRequest, {"code": "", "cursor_pos": 1.0}, "x: cursor_pos must be an integer or null, not 1.0"),
        (ExecuteReply, {"execution_count": 1, "payload": {}}, "x: payload must be an array, not {}"),
        (HistoryReply, {"history": "x" * 99}, f"x: history must be an array, not '{'x' * 56}..."),
        (
            UsageReply,
            {"hostname": "h", "pid": 1, "kernel_cpu": False},
            "x: kernel_cpu must be a number or null, not False",
        ),
        (CommOpen, {"comm_id": "1", "target_name": 2}, "x: target_name must be a string, not 2"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_expected(kind: type, fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ContentError) as caught:
        kind.from_fields("x", fields)
    assert str(caught.value) == reason


def test_opaque_and_custom_contents_pass_through_unread() -> None:
    fields = {"seq": 1, "arguments": {"x": None}}
    assert DebugRequest.from_fields("debug_request", fields).to_fields() is fields
    assert CustomContent.from_fields("mine", fields).to_fields() is fields


def test_an_error_reply_takes_what_is_there() -> None:
    reply = ErrorReply.from_fields("execute_reply", {"status": "aborted", "later": 1, "execution_count": 3})
    assert reply == ErrorReply("execute_reply", status="aborted", execution_count=3)
    assert reply.to_fields() == {"ename": "", "evalue": "", "traceback": (), "status": "aborted", "execution_count": 3}
