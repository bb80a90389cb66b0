"""The table of contents, and how a content is read."""

from __future__ import annotations

import re

import pytest

from sdk.protocol.contents import CONTENTS, malformed, read_content
from sdk.protocol.message import CustomContent, ErrorReply, MalformedContent
from sdk.protocol.shell import ExecuteRequest, IsCompleteReply


@pytest.mark.parametrize("name", CONTENTS)
def test_a_content_is_named_after_its_type(name: str) -> None:
    words = re.sub("iopub", "IOPub", name, flags=re.IGNORECASE).split("_")
    assert CONTENTS[name].__name__ == "".join(word[0].upper() + word[1:] for word in words)


def test_every_request_has_its_reply() -> None:
    asked = {name.removesuffix("_request") for name in CONTENTS if name.endswith("_request")}
    answered = {name.removesuffix("_reply") for name in CONTENTS if name.endswith("_reply")}
    assert asked == answered


def test_contents_are_read_by_their_type() -> None:
    assert read_content("execute_request", {"code": "1"}) == ExecuteRequest(code="1")
    assert read_content("of_mine", {"code": "1"}) == CustomContent("of_mine", {"code": "1"})
    assert read_content("is_complete_reply", {"status": "invalid"}) == IsCompleteReply(status="invalid")


@pytest.mark.parametrize("status", ["error", "aborted", "abort"])
def test_a_reply_that_says_no_is_an_error_reply(status: str) -> None:
    assert read_content("execute_reply", {"status": status}) == ErrorReply("execute_reply", status=status)


def test_a_content_that_cannot_be_read_tells_why() -> None:
    assert read_content("status", {}) == MalformedContent("status", "status: execution_state is missing")
    assert read_content("status", 7) == MalformedContent("status", "status: content must be an object, not int")
    assert malformed("status", "broken") == MalformedContent("status", "status: broken")
