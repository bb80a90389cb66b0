"""Messages to frames and back, and what comes of frames that are not messages."""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sdk.errors import RemoteProtocolError
from sdk.protocol.contents import CONTENTS
from sdk.protocol.iopub import DisplayData, Stream
from sdk.protocol.message import Content, CustomContent, Header, MalformedContent, Message, Session
from sdk.protocol.shell import ExecuteRequest
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER, from_frames, from_json, sanitised, to_frames, to_json
from tests.protocol.strategies import contents_of, json_values, messages

SIGNER = Signer(b"key")
SESSION = Session("session", "user")
HEADER = SESSION.header("execute_request")


def strictly_parsed(data: bytes) -> Any:
    """What a strict parser makes of `data`: UTF-8, no NaN, no lone surrogates."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    value = json.loads(data.decode("utf-8"), parse_constant=refuse)
    json.dumps(value, ensure_ascii=False, check_circular=False).encode("utf-8")
    return value


def signed(*parts: bytes, buffers: tuple[bytes, ...] = ()) -> list[bytes]:
    return [b"id", DELIMITER, SIGNER.sign(parts), *parts, *buffers]


# -- there and back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CONTENTS.values(), ids=lambda kind: kind.__name__)
def test_every_content_comes_back_as_it_went(kind: type[Content]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(messages(contents_of(kind)))
    def there_and_back(message: Message) -> None:
        assert from_frames(to_frames(message, SIGNER), SIGNER) == message

    there_and_back()


@given(messages())
@settings(max_examples=200, deadline=None)
def test_any_message_comes_back_as_it_went(message: Message) -> None:
    assert from_frames(to_frames(message, SIGNER), SIGNER) == message


@given(messages())
@settings(max_examples=30, deadline=None)
def test_without_a_key_nothing_is_signed(message: Message) -> None:
    frames = to_frames(message, Signer(b""), [b"only"])
    assert frames[1:3] == [DELIMITER, b""]
    assert from_frames(frames, Signer(b"")) == message._replace(identities=(b"only",))


@given(messages(), st.data())
@settings(max_examples=200, deadline=None)
def test_one_flipped_bit_of_a_signed_frame_is_refused(message: Message, data: st.DataObject) -> None:
    frames = to_frames(message._replace(identities=()), SIGNER)
    position = data.draw(st.integers(1, 5))
    frame = bytearray(frames[position])
    frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    frames[position] = bytes(frame)
    with pytest.raises(RemoteProtocolError, match="the signature is wrong"):
        from_frames(frames, SIGNER)


def test_an_unsigned_message_is_refused() -> None:
    frames = to_frames(Message(HEADER, ExecuteRequest(code="1")), Signer(b""))
    with pytest.raises(RemoteProtocolError, match="the message is not signed"):
        from_frames(frames, SIGNER)


def test_buffers_are_not_copied_either_way() -> None:
    sent = memoryview(bytearray(1000))
    frames = to_frames(Message(HEADER, ExecuteRequest(code="1"), buffers=(sent,)), SIGNER)
    assert frames[-1] is sent
    assert from_frames(frames, SIGNER).buffers[0] is sent


def test_frames_may_be_memoryviews() -> None:
    message = Message(HEADER, ExecuteRequest(code="1"), identities=(b"id",))
    assert from_frames([memoryview(frame) for frame in to_frames(message, SIGNER)], SIGNER) == message


def test_a_parent_header_is_sent_back_byte_for_byte() -> None:
    raw = b'{ "msg_id": "1", "msg_type":"execute_request", "later": [1,  2], "date": "yesterday" }'
    request = from_frames(signed(raw, b"{}", b"{}", b'{"code":""}'), SIGNER)
    frames = to_frames(Message(HEADER, Stream(name="stdout", text=""), request.header), SIGNER)
    assert frames[3] == raw


def test_a_header_without_bytes_is_written_from_its_fields() -> None:
    header = Header("1", "s", "u", "d", "stream", subshell_id="sub")
    frames = to_frames(Message(header, Stream(name="stdout", text=""), header), SIGNER)
    expected = {
        "msg_id": "1",
        "session": "s",
        "username": "u",
        "date": "d",
        "msg_type": "stream",
        "version": "5.5",
        "subshell_id": "sub",
    }
    assert [json.loads(frame) for frame in frames[2:4]] == [expected, expected]


# -- what is not a message ---------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=60) | st.just(DELIMITER), max_size=12))
@settings(max_examples=500, deadline=None)
def test_any_frames_give_a_message_or_a_protocol_error(frames: list[bytes]) -> None:
    for signer in (SIGNER, Signer(b"")):
        try:
            assert isinstance(from_frames(frames, signer), Message)
        except RemoteProtocolError:
            continue


any_json = json_values.map(lambda value: json.dumps(value).encode())
near_header = st.dictionaries(
    st.sampled_from(["msg_id", "msg_type", "session", "username", "date", "version", "subshell_id"]),
    st.sampled_from(["execute_request", "execute_reply", "status", "debug_event", "custom"]) | json_values,
).map(lambda value: json.dumps(value).encode())
any_frame = st.binary(max_size=40) | any_json | near_header


@given(near_header | any_frame, any_frame, any_frame, any_frame)
@settings(max_examples=1000, deadline=None)
@example(b'{"msg_id":"1","msg_type":"x_reply"}', b"{}", b"{}", b'{"status":"error","ename":3,"traceback":7}')
@example(b'{"msg_id":"1","msg_type":"x"}', b"{}", b"{}", b"[" * 100_000)
@example(b'{"msg_id":"1","msg_type":"x"}', b"{}", b"{}", b"1" * 5000)
def test_any_well_signed_frames_give_a_message_or_a_protocol_error(
    header: bytes, parent: bytes, metadata: bytes, content: bytes
) -> None:
    try:
        assert isinstance(from_frames(signed(header, parent, metadata, content), SIGNER), Message)
    except RemoteProtocolError:
        return


def test_damaged_messages_give_a_message_or_a_protocol_error() -> None:
    chance = random.Random(1)  # the same every time
    whole = to_frames(Message(HEADER, ExecuteRequest(code="print(1)"), HEADER, {"a": [1, {}]}, (b"buffer",)), SIGNER)
    outcomes = {"message": 0, "refused": 0}
    for _ in range(20_000):
        parts = [bytearray(bytes(frame)) for frame in whole[2:]]
        for _ in range(chance.randint(1, 4)):
            part = chance.choice(parts)
            if not part:
                continue
            position = chance.randrange(len(part))
            match chance.randrange(3):
                case 0:
                    part[position] = chance.randrange(256)
                case 1:
                    del part[position : position + chance.randrange(1, 9)]
                case 2:
                    part[position:position] = chance.choice((b"{", b'"', b"null", b"\xff", b"\\ud800", b"1e999", b"["))
        try:
            from_frames(signed(*(bytes(part) for part in parts[:4])), SIGNER)
            outcomes["message"] += 1
        except RemoteProtocolError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 1000, outcomes


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([], "no <IDS|MSG> delimiter in 0 frames"),
        ([b"a", b"b"], "no <IDS|MSG> delimiter in 2 frames"),
        ([DELIMITER, b"", b"{}", b"{}", b"{}"], "4 frames after the delimiter, expected 5 or more"),
        (signed(b"[]", b"{}", b"{}", b"{}"), "a header must be an object, not list"),
        (signed(b"{}", b"{}", b"{}", b"{}"), "a header must have msg_id and msg_type, both strings"),
        (
            signed(b'{"msg_id":"1","msg_type":"x","subshell_id":1}', b"{}", b"{}", b"{}"),
            "subshell_id must be a string",
        ),
        (signed(b"[" * 100_000, b"{}", b"{}", b"{}"), "JSON nested too deeply"),
        (signed(b"{", b"{}", b"{}", b"{}"), "not JSON: "),
    ],
)
def test_frames_that_nobody_could_answer_are_refused(frames: list[bytes], reason: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        from_frames(frames, SIGNER)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("parent", "metadata", "content", "reason"),
    [
        (b"{", b"{}", b"{}", "execute_request: not JSON: Expecting property name"),
        (b"[]", b"{}", b"{}", "execute_request: a header must be an object, not list"),
        (b"{}", b"null", b"{}", "execute_request: metadata must be an object, not NoneType"),
        (b"{}", b"{}", b"{", "execute_request: content: not JSON: Expecting property name"),
        (b"{}", b"{}", b"[1]", "execute_request: content must be an object, not list"),
        (b"{}", b"{}", b"{}", "execute_request: code is missing"),
        (b"{}", b"{}", b'{"code":1}', "execute_request: code must be a string, not 1"),
        (b"{}", b'{"a":1}', b'{"code":null}', "execute_request: code must be a string, not None"),
        (b"{}", b"{}", b"\xff\xfe", "execute_request: content: not JSON: 'utf-8' codec"),
    ],
)
def test_a_request_with_a_readable_header_can_be_answered(
    parent: bytes, metadata: bytes, content: bytes, reason: str
) -> None:
    message = from_frames(signed(HEADER.raw, parent, metadata, content, buffers=(b"buffer",)), SIGNER)
    assert isinstance(message.content, MalformedContent)
    assert message.content.reason.startswith(reason)
    kept = json.loads(metadata) or {}
    assert message == Message(HEADER, message.content, None, kept, (b"buffer",), (b"id",))


def test_header_fields_that_are_not_strings_are_taken_as_empty() -> None:
    raw = b'{"msg_id":"1","msg_type":"custom","session":1,"username":null,"date":{},"version":5.5}'
    message = from_frames(signed(raw, b"{}", b"{}", b"{}"), SIGNER)
    assert message == Message(
        Header("1", "", "", "", "custom", "", None, raw), CustomContent("custom", {}), None, {}, (), (b"id",)
    )


# -- JSON: what users show, and what browsers send ---------------------------------------------------------------------


class Weird(str):
    def __str__(self) -> str:
        raise RuntimeError("no")


class Count(int):
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class Measure(float):
    def __float__(self) -> float:
        raise RuntimeError("no")

    def __sub__(self, other: object) -> float:
        raise RuntimeError("no")


class Bundle(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("changed")


class Unwilling:
    def __repr__(self) -> str:
        raise ValueError("no")

    __str__ = __repr__


class Dated:
    def __init__(self, answer: object) -> None:
        self.answer = answer

    def isoformat(self) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Scalar:
    ndim = 0

    def __init__(self, value: object) -> None:
        self.value = value

    def item(self) -> object:
        return self if self.value is None else self.value


class Prickly:
    def __getattr__(self, name: str) -> object:
        raise ZeroDivisionError(name)

    def __repr__(self) -> str:
        return "prickly \ud800"


class Colour(enum.IntEnum):
    RED = 3


UTC = dt.timezone.utc  # noqa: UP017  # shorter


REPLACED: list[tuple[object, object]] = [
    (math.nan, None),
    (-math.inf, None),
    ([math.inf, 1.5], [None, 1.5]),
    ("\ud800", "\N{REPLACEMENT CHARACTER}"),
    ("a\udcffé", "a\N{REPLACEMENT CHARACTER}é"),
    ("\ud83d\ude00", "\N{GRINNING FACE}"),
    ("plain \N{GRINNING FACE}", "plain \N{GRINNING FACE}"),
    (b"\x89PNG", "iVBORw=="),
    (bytearray(b"ab"), "YWI="),
    (memoryview(b"abcd")[::2], "YWM="),
    (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05+00:00"),
    (dt.date(2024, 1, 2), "2024-01-02"),
    (dt.time(3, 4), "03:04:00"),
    (dt.datetime.min, "0001-01-01T00:00:00"),
    ({1}, [1]),
    (frozenset(("x",)), ["x"]),
    ((1, (2,)), [1, [2]]),
    (10**5000, hex(10**5000)),
    (2**70, 2**70),
    (3 + 4j, "(3+4j)"),
    (range(3), "range(0, 3)"),
    (object, "<class 'object'>"),
    (Weird("weird\ud800"), "weird\N{REPLACEMENT CHARACTER}"),
    ([Count(7), b""], [7, ""]),
    ([Measure(2.5), b""], [2.5, ""]),
    (Measure("nan"), None),
    ([Colour.RED, b""], [3, ""]),
    (Bundle(a=1), "<Bundle: RuntimeError while it was written>"),
    (Unwilling(), "<Unwilling: ValueError while it was written>"),
    (Dated(TypeError()), "<Dated: TypeError while it was written>"),
    (Dated(7), 7),
    (Dated(object), "<class 'object'>"),
    (Scalar(4), 4),
    (Scalar(math.nan), None),
    (Scalar(None), "..."),
    (Prickly(), "<Prickly: ZeroDivisionError while it was written>"),
    ({None: 1, True: 2, 1.5: 3, 7: 4, (1, 2): 5}, {"null": 1, "true": 2, "1.5": 3, "7": 4, "(1, 2)": 5}),
    ({math.nan: 1, 10**5000: 2}, {"null": 1, hex(10**5000): 2}),
    ({Weird("k\ud800"): 1}, {"k\N{REPLACEMENT CHARACTER}": 1}),
    ({Unwilling(): 1}, {"<Unwilling: ValueError while it was written>": 1}),
]


@pytest.mark.parametrize(("value", "shown"), REPLACED, ids=map(str, range(len(REPLACED))))
def test_what_json_cannot_say_is_replaced(value: object, shown: object) -> None:
    message = Message(HEADER, DisplayData(data={"value": value}), metadata={"value": value})
    frames = to_frames(message, SIGNER)
    assert strictly_parsed(bytes(frames[-1]))["data"] == {"value": shown}
    assert strictly_parsed(bytes(frames[-2])) == {"value": shown}


def test_a_time_without_a_zone_is_local_time() -> None:
    naive = dt.datetime(2024, 6, 1, 12)
    shown = strictly_parsed(to_json({"at": naive}))["at"]
    assert dt.datetime.fromisoformat(shown) == naive.astimezone()


def test_numpy_scalars_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    values = [
        np.int64(7),
        np.float32(0.5),
        np.float64("nan"),
        np.bool_(True),
        np.array(3),
        np.str_("a"),
        np.uint64(2**64 - 1),
    ]
    assert strictly_parsed(to_json({"values": values})) == {"values": [7, 0.5, None, True, 3, "a", 2**64 - 1]}
    assert strictly_parsed(to_json({"at": np.datetime64("2024-01-02")})) == {"at": "2024-01-02"}
    assert strictly_parsed(to_json({"array": np.array([1, 2])})) == {"array": "array([1, 2])"}


@pytest.mark.parametrize("depth", [500, 5000])
def test_what_lies_too_deep_is_cut_off(depth: int) -> None:
    value: Any = "bottom"
    for _ in range(depth):
        value = [{"in": value}]
    assert strictly_parsed(to_json({"value": value, "after": 1}))["after"] == 1


def test_what_holds_itself_is_cut_off_there() -> None:
    loop: dict[str, Any] = {"name": "loop"}
    loop["self"] = loop
    both: list[Any] = []
    both += [both, both]
    assert strictly_parsed(to_json({"loop": loop, "both": both})) == {
        "loop": {"name": "loop", "self": "..."},
        "both": ["...", "..."],
    }


def test_what_is_there_twice_is_written_twice() -> None:
    shared = {"set": {1}}
    assert strictly_parsed(to_json({"a": shared, "b": [shared]})) == {"a": {"set": [1]}, "b": [{"set": [1]}]}


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.text(st.characters(categories=("Cs", "Lu")))
    | st.binary(max_size=8)
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.complex_numbers()
    | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.integers() | st.text(st.characters()) | st.none() | st.tuples(st.integers()), inner, max_size=4
        )
        | st.tuples(inner, inner)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.text(), anything, max_size=4))
@settings(max_examples=400, deadline=None)
def test_anything_at_all_is_sent_as_strict_json(value: dict[str, Any]) -> None:
    strictly_parsed(to_json(value))


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_json_values_need_no_replacement(value: object) -> None:
    assert sanitised(value) == value
    assert from_json(to_json({"value": value})) == {"value": value}


def test_what_browsers_send_is_read() -> None:
    data = rb'{"nan":NaN,"inf":-Infinity,"half":"\ud800","big":123456789012345678901234567890,"twice":1,"twice":2}'
    value = from_json(data + b"\n")
    assert math.isnan(value.pop("nan"))
    assert value == {"inf": -math.inf, "half": "\ud800", "big": 123456789012345678901234567890, "twice": 2}
    assert from_json(b'"\xed\xa0\x80"') == "\ud800"
