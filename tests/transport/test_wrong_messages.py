"""Anything at all comes over the real sockets: what can be answered is, once, and the next good request always."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest

from sdk.protocol.message import Channel, Header
from sdk.protocol.shell import ExecuteRequest, KernelInfoRequest
from sdk.protocol.wire import DELIMITER
from sdk.testing import BUSY, IDLE, Client, KernelProcess
from tests.transport.kernels import cells
from tests.transport.waiting import first_result

SEED = 71_723

# Contents that are wrong for an execute_request, as JSON or what shall pass for it.
WRONG_CONTENTS = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"7",
    b"{}",
    b'"code"',
    b'{"code": 7}',
    b'{"code": null}',
    b'{"code": ["1"]}',
    b'{"code": "1", "silent": {}}',
    b'{"code": "1", "user_expressions": 3}',
    b'{"code": "1", "store_history": []}',
    b'{"code": "1"} and more',
    b'{"code": ' + b"[" * 20_000,
    b'{"code": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
]
WRONG_METADATA = [b"null", b"[]", b"7", b"{", b"", b"\xff", b"[" * 20_000]
UNKNOWN_TYPES = ["no_such_request", "execute", "kernel_info_reply_request", "\u20ac_request", "do_execute_request"]


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """One kernel takes it all."""
    with cells(while_busy="THREAD") as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


def send_signed(
    client: Client, msg_type: str, content: bytes, channel: Channel, *, metadata: bytes = b"{}", parent: bytes = b"{}"
) -> Header:
    """Send these bytes, rightly signed."""
    header = client.session.header(msg_type)
    assert header.raw is not None
    parts = (header.raw, parent, metadata, content)
    client._sent[header.msg_id] = channel
    client.send_frames([DELIMITER, client.signer.sign(parts), *parts], channel)
    return header


def assert_one_error(client: Client, header: Header) -> None:
    exchange = client.collect(header)
    assert exchange.status == "error", exchange
    assert (exchange.contents()[0], exchange.contents()[-1]) == (BUSY, IDLE)
    assert [exchange.contents().count(status) for status in (BUSY, IDLE)] == [1, 1]


@pytest.mark.parametrize("channel", [Channel.SHELL, Channel.CONTROL])
def test_a_signed_request_that_is_wrong_gets_one_error_reply(client: Client, channel: Channel) -> None:
    for content in WRONG_CONTENTS:
        assert_one_error(client, send_signed(client, "execute_request", content, channel))
    for metadata in WRONG_METADATA:
        assert_one_error(client, send_signed(client, "execute_request", b'{"code":"1"}', channel, metadata=metadata))
        assert_one_error(client, send_signed(client, "execute_request", b'{"code":"1"}', channel, parent=metadata))
    for msg_type in UNKNOWN_TYPES:
        assert_one_error(client, send_signed(client, msg_type, b"{}", channel))
    for msg_type in ("complete_request", "inspect_request", "is_complete_request", "history_request"):
        for content in (b"{}", b"[]", b'{"code": 1}', b'{"hist_access_type": 1}'):
            assert_one_error(client, send_signed(client, msg_type, content, channel))
    assert first_result(client.execute("6 * 7")) == "42"
    assert [entry for entry in client.pending if entry[0] is not Channel.IOPUB] == []


def test_what_cannot_be_answered_leaves_no_trace(client: Client) -> None:
    before = client.execute("len(os.listdir('/proc/self/fd'))")
    for channel in (Channel.SHELL, Channel.CONTROL, Channel.STDIN):
        for frames in _unanswerable(client, random.Random(SEED)):
            client.send_frames(frames, channel)
        client.request(KernelInfoRequest())
        assert client.pending == []
    assert client.execute("len(os.listdir('/proc/self/fd'))").result == before.result


def _unanswerable(client: Client, chance: random.Random) -> list[list[bytes]]:
    good = _good_frames(client)
    start = good.index(DELIMITER)
    wrong_key = [b"0" * len(good[start + 1]) if n == start + 1 else frame for n, frame in enumerate(good)]
    headers = [b"", b"null", b"{}", b"[]", b'{"msg_id": 1, "msg_type": "execute_request"}', b"[" * 50_000, b"x" * 10**6]
    signed = []
    for header in headers:
        parts = (header, b"{}", b"{}", b'{"code":"1/0"}')
        signed.append([DELIMITER, client.signer.sign(parts), *parts])
    return [
        [b"junk"],
        [b""],
        [DELIMITER],
        [b"", DELIMITER, b""],
        [chance.randbytes(100) for _ in range(20)],
        [b""] * 500,
        [DELIMITER] * 6,
        wrong_key,
        [*good[: start + 1], b"", *good[start + 2 :]],
        *(good[:length] for length in range(1, len(good))),
        *(good[:n] + good[n + 1 :] for n in range(len(good))),
        *signed,
    ]


def _good_frames(client: Client, code: str = "1/0") -> list[bytes]:
    header = client.session.header("execute_request")
    assert header.raw is not None
    parts = (header.raw, b"{}", b"{}", json.dumps({"code": code}).encode())
    return [DELIMITER, client.signer.sign(parts), *parts]


def test_a_replayed_request_is_run_once(client: Client) -> None:
    client.execute("runs = 0")
    frames = _good_frames(client, "runs += 1")
    for _ in range(20):
        client.send_frames(frames)
    assert first_result(client.execute("runs")) == "1"


@pytest.mark.parametrize(
    "count", [600, pytest.param(50_000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])], ids=["some", "many"]
)
def test_between_random_mutations_every_good_request_is_answered(
    kernel: KernelProcess, client: Client, count: int
) -> None:
    chance = random.Random(SEED)
    mutations: list[Callable[[list[bytes]], list[bytes]]] = [
        lambda frames: _flipped(frames, chance),
        lambda frames: frames[: chance.randrange(len(frames))] or [b""],
        lambda frames: [*frames, *(chance.randbytes(chance.randrange(200)) for _ in range(chance.randrange(5)))],
        lambda frames: chance.sample(frames, len(frames)),
        lambda frames: [chance.choice(frames) for _ in range(chance.randrange(1, 9))],
        lambda frames: [*frames[:-1], chance.randbytes(chance.randrange(2000))],
    ]
    for number in range(count):
        frames = chance.choice(mutations)(_good_frames(client, "wrong = True"))
        client.send_frames(frames, chance.choice([Channel.SHELL, Channel.CONTROL, Channel.STDIN]))
        if number % 10 == 0:
            exchange = client.request(ExecuteRequest(f"{number} + 1", allow_stdin=False))
            assert first_result(exchange) == str(number + 1)
        if number % 50 == 0:
            assert client.request(KernelInfoRequest(), Channel.CONTROL).status == "ok"
    log = kernel.output()
    assert client.info.key not in log
    assert log.count("\n") < 200, "a flood of garbage floods the log"
    assert client.heartbeat()


def _flipped(frames: list[bytes], chance: random.Random) -> list[bytes]:
    place = chance.randrange(len(frames))
    frame = bytearray(frames[place])
    frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    return [*frames[:place], bytes(frame), *frames[place + 1 :]]
