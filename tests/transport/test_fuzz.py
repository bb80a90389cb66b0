"""Whatever comes over the sockets, the next good request is answered, and each signed bad one gets one error reply."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import BUSY, IDLE, Client, KernelProcess
from tests.transport.kernels import cells

SEED = 99
ROUNDS = 600
DELIMITER = b"<IDS|MSG>"
TYPES = (
    "execute_request",
    "complete_request",
    "inspect_request",
    "history_request",
    "is_complete_request",
    "comm_info_request",
    "kernel_info_request",
    "connect_request",
    "interrupt_request",
    "create_subshell_request",
    "delete_subshell_request",
    "debug_request",
    "usage_request",
    "no_such_request",
    "ünknown_request",
)
BAD_CONTENTS: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"code":' + b"[" * 100_000,
    b"NaN",
    b'{"a":1}garbage',
)
BAD_FIELDS: tuple[object, ...] = (None, 7, 1.5, [], {}, True, "x", "\ud800", ["a", 1], {"a": None}, -1, 2**70)


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelProcess]:
    """A kernel for all the garbage."""
    with cells(while_busy="THREAD", reply_timeout=2.0) as process:
        yield process


@pytest.fixture
def client(kernel: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with kernel.client() as one:
        yield one


def signed(client: Client, *parts: bytes) -> list[bytes]:
    return [DELIMITER, client.signer.sign(parts), *parts]


def header_bytes(client: Client, msg_type: object, **changes: object) -> tuple[str, bytes]:
    made = client.session.header("x_request")
    fields = {**json.loads(made.raw), "msg_type": msg_type, **changes}
    return made.msg_id, json.dumps(fields).encode()


def assert_answers(client: Client) -> None:
    exchange = client.execute("6 * 7", stop_on_error=False)
    assert exchange.result == {"text/plain": "42"}
    assert client.request(KernelInfoRequest(), Channel.CONTROL).status == "ok"


def garbage(client: Client, chance: random.Random) -> list[bytes]:
    """Frames that nobody can answer."""
    good = signed(client, header_bytes(client, "kernel_info_request")[1], b"{}", b"{}", b"{}")
    choices: list[Callable[[], list[bytes]]] = [
        lambda: [chance.randbytes(chance.randrange(200)) for _ in range(chance.randrange(1, 9))],
        lambda: good[: chance.randrange(1, len(good))],
        lambda: [good[0], b"0" * 64, *good[2:]],
        lambda: [good[0], b"", *good[2:]],
        lambda: [good[0], good[1].upper() + b"x", *good[2:]],
        lambda: [frame[:-1] + bytes([frame[-1] ^ 1]) if i == 2 else frame for i, frame in enumerate(good)],
        lambda: signed(client, b"x" * 300_000, b"{}", b"{}", b"{}"),
        lambda: signed(client, b"[" * 50_000, b"{}", b"{}", b"{}"),
        lambda: signed(client, b"null", b"{}", b"{}", b"{}"),
        lambda: signed(client, header_bytes(client, None)[1], b"{}", b"{}", b"{}"),
        lambda: signed(client, header_bytes(client, 5)[1], b"{}", b"{}", b"{}"),
        lambda: signed(client, header_bytes(client, "x_request", msg_id=[])[1], b"{}", b"{}", b"{}"),
        lambda: signed(client, header_bytes(client, "x_request", subshell_id=5)[1], b"{}", b"{}", b"{}"),
        lambda: [DELIMITER] * chance.randrange(1, 9),
        lambda: [b""] * chance.randrange(1, 9),
    ]
    return chance.choice(choices)()


def bad_request(client: Client, chance: random.Random) -> tuple[str, str, list[bytes]]:
    """A signed request with something wrong in it: msg_id, msg_type, frames."""
    msg_type = chance.choice(TYPES)
    odd: dict[str, object] = {"session": 5, "date": [], "username": None, "version": 7}
    changes = odd if chance.random() < 0.2 else {}
    msg_id, header = header_bytes(client, msg_type, **changes)
    parent, metadata, content = b"{}", b"{}", b"{}"
    kind = chance.randrange(4)
    if kind == 0:
        content = chance.choice(BAD_CONTENTS)
    elif kind == 1:
        metadata = chance.choice([*BAD_CONTENTS, b"null"])
    elif kind == 2:
        parent = chance.choice([*BAD_CONTENTS, b'{"msg_id":3}'])
    else:
        names = ("code", "cursor_pos", "silent", "user_expressions", "hist_access_type", "subshell_id", "detail_level")
        fields: dict[str, Any] = {name: chance.choice(BAD_FIELDS) for name in names if chance.random() < 0.7}
        fields["code"] = chance.choice([value for value in BAD_FIELDS if not isinstance(value, str)])
        content = json.dumps(fields).encode()
    return msg_id, msg_type, signed(client, header, parent, metadata, content)


def test_garbage_is_dropped_and_the_next_request_is_answered(kernel: KernelProcess, client: Client) -> None:
    chance = random.Random(SEED)
    for round_ in range(ROUNDS):
        channel = chance.choice([Channel.SHELL, Channel.CONTROL, Channel.STDIN])
        client.send_frames(garbage(client, chance), channel)
        if round_ % 20 == 0:
            assert_answers(client)
    assert_answers(client)
    assert client.pending == []
    assert client.heartbeat()
    assert len(kernel.output().splitlines()) < 40  # a flood of garbage does not flood the log


def test_each_signed_bad_request_gets_one_reply_between_busy_and_idle(client: Client) -> None:
    chance = random.Random(SEED)
    for round_ in range(ROUNDS):
        channel = chance.choice([Channel.SHELL, Channel.CONTROL])
        msg_id, msg_type, frames = bad_request(client, chance)
        client.send_frames(frames, channel)
        reply = client.wait_for(lambda m: m.parent_header is not None, channel=channel, timeout=20)
        shown = (round_, channel, msg_type, [frame[:120] for frame in frames[2:]])
        assert reply.parent_header is not None
        assert reply.parent_header.msg_id == msg_id, shown
        assert reply.header.msg_type == msg_type.replace("_request", "_reply"), shown
        client.wait_for(lambda m: m.content == IDLE, timeout=20)
        rest = client.take(lambda place, m: place is Channel.IOPUB)
        assert rest[0].content == BUSY
        assert all(m.parent_header is not None and m.parent_header.msg_id == msg_id for m in rest), shown
        if round_ % 20 == 0:
            assert_answers(client)
    assert client.pending == []


def test_a_replayed_request_is_not_run_again(client: Client) -> None:
    client.execute("count = 0")
    _, header = header_bytes(client, "execute_request")
    frames = signed(client, header, b"{}", b"{}", json.dumps({"code": "count += 1"}).encode())
    for _ in range(3):
        client.send_frames(frames)
    assert client.execute("count").result == {"text/plain": "1"}


def test_another_clients_key_is_of_no_use(kernel: KernelProcess) -> None:
    with Client(kernel.info.replace(key="0" * 64), ready=False) as stranger:
        header = stranger.send_execute("stolen = 1")
        with kernel.client() as client:
            assert client.execute("'stolen' in dir() or 'stolen' in globals()").result == {"text/plain": "False"}
        assert not stranger.take(lambda channel, m: m.parent_header == header)
