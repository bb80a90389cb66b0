"""jupyter_client's Session reads what we write, and we read what it writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jupyter_client.session import Session as Theirs

from sdk.protocol.contents import CONTENTS
from sdk.protocol.message import Content, Message, Session
from sdk.protocol.shell import ExecuteRequest
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER, from_frames, to_frames
from tests.protocol.strategies import contents_of, messages

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
SIGNER = Signer(KEY)


@pytest.fixture(scope="module")
def theirs() -> Theirs:
    # With orjson, if that is there, it would make floats of integers that have more than 64 bits.
    return Theirs(key=KEY, session="theirs", username="them", packer="json", unpacker="json")


def read_by(theirs: Theirs, frames: list[Any]) -> dict[str, Any]:
    _, parts = theirs.feed_identities(frames, copy=True)
    message: dict[str, Any] = theirs.deserialize(parts, content=True, copy=True)
    return message


@given(message=messages())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_jupyter_client_reads_what_we_write(theirs: Theirs, message: Message) -> None:
    read = read_by(theirs, to_frames(message, SIGNER))
    assert read["msg_id"] == message.header.msg_id
    assert read["msg_type"] == message.header.msg_type
    assert read["header"]["session"] == message.header.session
    assert read["parent_header"].get("msg_id") == (message.parent_header.msg_id if message.parent_header else None)
    assert read["content"] == dict(message.content.to_fields())
    assert read["metadata"] == message.metadata
    assert [bytes(buffer) for buffer in read["buffers"]] == list(message.buffers)


def test_our_dates_are_dates_to_jupyter_client(theirs: Theirs) -> None:
    header = Session("s").header("execute_request")
    read = read_by(theirs, to_frames(Message(header, ExecuteRequest(code="1")), SIGNER))
    assert read["header"]["date"] == dt.datetime.fromisoformat(header.date)


@pytest.mark.parametrize("kind", CONTENTS.values(), ids=lambda kind: kind.__name__)
def test_we_read_what_jupyter_client_writes(theirs: Theirs, kind: type[Content]) -> None:
    @given(contents_of(kind))
    @settings(max_examples=10, deadline=None)
    def read(content: Content) -> None:
        parent = theirs.msg("execute_request", {"code": "1"})
        fields = dict(content.to_fields())
        written = theirs.msg(kind.msg_type, fields, parent=parent, metadata={"a": [1]})
        message = from_frames([*theirs.serialize(written, ident=b"id"), b"buffer"], SIGNER)
        assert message.content == content
        assert message.header[:6] == (
            written["msg_id"],
            "theirs",
            "them",
            message.header.date,
            kind.msg_type,
            written["header"]["version"],
        )
        assert dt.datetime.fromisoformat(message.header.date) == written["header"]["date"]
        assert message.parent_header is not None and message.parent_header.msg_id == parent["msg_id"]
        assert (message.metadata, message.buffers, message.identities) == ({"a": [1]}, (b"buffer",), (b"id",))

    read()


def test_buffers_are_shared_with_what_jupyter_client_received(theirs: Theirs) -> None:
    memory = bytearray(b"0123456789")
    frames = [*theirs.serialize(theirs.msg("comm_msg", {"comm_id": "1", "data": {}})), memoryview(memory)]
    buffer = from_frames(frames, SIGNER).buffers[0]
    memory[0] = ord("x")
    assert bytes(buffer) == b"x123456789"


def test_signatures_are_those_of_jupyter_client(theirs: Theirs) -> None:
    frames = to_frames(Message(Session("s").header("execute_request"), ExecuteRequest(code="1")), SIGNER)
    assert frames[0] == DELIMITER
    assert frames[1] == theirs.sign([bytes(frame) for frame in frames[2:]])
