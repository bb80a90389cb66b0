"""What another user of the same machine can do: nothing, where there are CURVE keys or the sockets are files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from sdk.errors import ConnectionFileError
from sdk.protocol.connection import ConnectionInfo
from sdk.protocol.control import ShutdownRequest
from sdk.protocol.message import Channel, Message, Session
from sdk.protocol.signing import Signer
from sdk.protocol.wire import to_frames
from sdk.testing import Client, KernelProcess
from sdk.transport.sockets import Links, bind
from tests.transport.kernels import cells
from tests.transport.wires import info, opened

NOBODY = 65534
LIMIT = 20.0

INTRUDER = """
import json, os, sys, zmq
addresses, key = json.loads(sys.argv[1]), sys.argv[2]
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
context = zmq.Context()
sockets = {{}}
for name, address in addresses.items():
    sockets[name] = socket = context.socket(zmq.SUB if name == "iopub" else zmq.DEALER)
    socket.linger = 0
    if name == "iopub":
        socket.subscribe(b"")
    if key:
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_serverkey = key.encode()
    socket.connect(address)
    if name != "iopub":
        socket.send_multipart([b"<IDS|MSG>", b"", b'{{"msg_id":"1","msg_type":"kernel_info_request","session":"",'
            b'"username":"","date":"","version":"5.3"}}', b"{{}}", b"{{}}", b"{{}}"])
print("ready", flush=True)
sys.stdin.read()  # until the kernel has said its secret
learned = []
poller = zmq.Poller()
for socket in sockets.values():
    poller.register(socket, zmq.POLLIN)
while ready := poller.poll(500):
    for socket, _ in ready:
        name = next(name for name in sockets if sockets[name] is socket)
        learned += [name + ": " + repr(b" ".join(socket.recv_multipart()))]
print(json.dumps([learned, os.getuid()]))
"""

needs_root = pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="only root can become nobody")


@contextmanager
def intruder(connection: ConnectionInfo, *, key: str = "") -> Iterator[list[str]]:
    """Another user connects to all five sockets; after the block, what he has learned is in the list."""
    addresses = {channel.value: connection.address(channel) for channel in Channel}
    process = subprocess.Popen(
        [sys.executable, "-c", INTRUDER.format(nobody=NOBODY), json.dumps(addresses), key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    learned: list[str] = []
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield learned
        found, uid = json.loads(process.communicate(timeout=LIMIT)[0])
        assert uid == NOBODY
        learned += found
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def say_secrets(client: Client, learned_by_now: int = 20) -> None:
    for number in range(learned_by_now):
        assert client.execute(f"print('the secret is {number}')").text() == f"the secret is {number}\n"


@needs_root
def test_without_encryption_another_user_reads_along_on_loopback_but_cannot_ask() -> None:
    """What the tests below prevent; and that they could see it."""
    with cells() as kernel, kernel.client() as client:
        with intruder(kernel.info) as learned:
            say_secrets(client)
        assert any("iopub" in line and "the secret is 19" in line for line in learned)
        assert not any(line.startswith(("shell", "control", "stdin")) for line in learned)
        assert "dropped a message on shell" in kernel.output()


@needs_root
@pytest.mark.parametrize("with_curve", [False, True], ids=["plain", "with another key"])
def test_with_curve_another_user_learns_nothing_on_any_socket(with_curve: bool) -> None:
    with cells(process={"curve": True}) as kernel, kernel.client() as client:
        key = zmq.curve_keypair()[0].decode() if with_curve else ""
        with intruder(kernel.info, key=key) as learned:
            say_secrets(client)
        assert learned == []


@needs_root
def test_socket_files_are_for_their_owner_alone_under_umask_0() -> None:
    argv = [
        "/bin/sh",
        "-c",
        'umask 0; exec "$@"',
        "sh",
        sys.executable,
        str(Path(__file__).with_name("kernels.py")),
        "-f",
        "{connection_file}",
        "--no-history",
    ]
    environment = {"KERNEL": "{}", "PYTHONPATH": str(Path(__file__).parents[2])}
    with KernelProcess(argv, transport="ipc", env=environment) as kernel, kernel.client() as client:
        folder = Path(kernel.info.ip).parent
        folder.chmod(0o777)
        files = sorted(path for path in folder.iterdir() if stat.S_ISSOCK(path.stat().st_mode))
        assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in files] == [
            (f"s-{number}", 0o600) for number in range(1, 6)
        ]
        with intruder(kernel.info) as learned:
            say_secrets(client)
        assert learned == []


@needs_root
def test_a_socket_file_that_is_open_to_all_would_be_found() -> None:
    """The test above could see it."""
    with tempfile.TemporaryDirectory() as folder, opened() as wires:
        Path(folder).chmod(0o777)
        connection = info(transport="ipc", ip=f"{folder}/s", **{f"{c.value}_port": n for n, c in enumerate(Channel, 1)})
        socket = wires.context.socket(zmq.XPUB)
        socket.bind(connection.address(Channel.IOPUB))
        Path(f"{folder}/s-{connection.iopub_port}").chmod(0o777)
        with intruder(connection) as learned:
            assert socket.poll(LIMIT * 1000)
            socket.send(b"the secret")
        assert learned == ["iopub: b'the secret'"]


def test_a_socket_file_is_never_open_to_others_not_even_for_an_instant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sdk.transport.sockets.os.chmod", lambda path, mode: None)
    old = os.umask(0)
    try:
        with opened() as wires:
            links, _ = bind(wires.context, info(transport="ipc", ip=str(tmp_path / "s")))
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
            stay_alive(links)
    finally:
        os.umask(old)
    assert modes == {0o600}


def test_with_curve_all_five_sockets_serve_who_has_the_key() -> None:
    with cells(process={"curve": True}) as kernel, kernel.client() as client:
        assert client.execute("input('name? ')", stdin=["me"]).result == {"text/plain": "'me'"}
        assert client.request(ShutdownRequest(restart=False), Channel.CONTROL).status == "ok"


def test_with_curve_the_heartbeat_answers_who_has_the_key() -> None:
    with cells(process={"curve": True}) as kernel, kernel.client() as client:
        assert client.heartbeat()


@pytest.mark.parametrize("channel", list(Channel))
def test_with_curve_no_socket_lets_anybody_in_without_the_key(channel: Channel) -> None:
    public, secret = (part.decode() for part in zmq.curve_keypair())
    with opened() as wires:
        links, bound = bind(wires.context, info(curve_publickey=public, curve_secretkey=secret))
        server = getattr(links, channel.value)
        events = server.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.Event.HANDSHAKE_FAILED_PROTOCOL)
        kind = zmq.SUB if channel is Channel.IOPUB else zmq.DEALER
        stranger, friend = wires.context.socket(kind), wires.context.socket(kind)
        friend.curve_publickey, friend.curve_secretkey = zmq.curve_keypair()
        friend.curve_serverkey = public.encode()
        stranger.connect(bound.address(channel))
        assert events.poll(LIMIT * 1000)
        assert int.from_bytes(events.recv_multipart()[0][:2], sys.byteorder) == zmq.Event.HANDSHAKE_FAILED_PROTOCOL
        stranger.close(0)
        friend.connect(bound.address(channel))
        found = 0
        while found != zmq.EVENT_HANDSHAKE_SUCCEEDED:
            assert events.poll(LIMIT * 1000)
            found = int.from_bytes(events.recv_multipart()[0][:2], sys.byteorder)
        server.disable_monitor()
        events.close()
        stay_alive(links)
        friend.close(0)


def stay_alive(links: Links) -> None:
    """Up to here the sockets are referred to."""
    for socket in links:
        socket.close(0)


@pytest.mark.parametrize("ip", ["0.0.0.0", "192.0.2.1", "::", "*", "example.org", "127.0.0.1.example.org"])
def test_an_address_off_loopback_is_refused_without_curve(ip: str) -> None:
    with opened() as wires, pytest.raises(ConnectionFileError, match=r"not encrypted.*CURVE.*--insecure-tcp"):
        bind(wires.context, info(ip=ip))


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_loopback_needs_no_curve(ip: str) -> None:
    with opened() as wires:
        links, bound = bind(wires.context, info(ip=ip))
        assert len({bound.port(channel) for channel in Channel}) == 5
        stay_alive(links)


@pytest.mark.parametrize("how", ["curve", "insecure"])
def test_an_address_off_loopback_is_bound_with_curve_or_when_told_to(how: str) -> None:
    public, secret = (part.decode() for part in zmq.curve_keypair())
    keys = {"curve_publickey": public, "curve_secretkey": secret} if how == "curve" else {}
    with opened() as wires:
        links, bound = bind(wires.context, info(ip="0.0.0.0", **keys), insecure=how == "insecure")
        assert bound.ip == "0.0.0.0"
        stay_alive(links)


def test_a_kernel_off_loopback_says_why_it_does_not_start_and_shows_no_key(tmp_path: Path) -> None:
    ended = start(tmp_path, info(ip="0.0.0.0", key="k" * 32))
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ip '0.0.0.0' can be reached from other machines")
    assert ended.stderr.count("\n") == 1
    assert "k" * 32 not in ended.stderr + ended.stdout


def test_an_empty_key_is_refused_off_loopback_whatever_else_is_said(tmp_path: Path) -> None:
    ended = start(tmp_path, info(ip="0.0.0.0", key=""), "--insecure-tcp")
    assert ended.returncode == 1
    assert "key is empty" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_connection_file_without_a_key_and_an_address_given_beside_it_is_refused_as_well(tmp_path: Path) -> None:
    ended = start(tmp_path, info(key=""), "--ip", "0.0.0.0", "--insecure-tcp")
    assert ended.returncode == 1
    assert "key is empty" in ended.stderr


def test_with_an_empty_key_a_kernel_on_loopback_takes_unsigned_messages() -> None:
    with cells(process={"key": ""}) as kernel, kernel.client() as client:
        assert [client.execute(f"print({n})").text() for n in range(3)] == ["0\n", "1\n", "2\n"]


def test_a_kernel_without_encryption_runs_nothing_that_is_not_signed_with_its_key() -> None:
    with cells() as kernel, kernel.client() as client:
        session, wrong = Session("intruder", "nobody"), Signer(b"guessed")
        for channel in (Channel.SHELL, Channel.CONTROL):
            message = Message(session.header("shutdown_request"), ShutdownRequest(restart=False))
            client.send_frames(to_frames(message, wrong), channel)
            client.send_frames(to_frames(message, Signer(b"")), channel)
        assert client.execute("1").status == "ok"
        assert not kernel.ended()
        assert kernel.info.key not in kernel.output()


def start(folder: Path, connection: ConnectionInfo, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A kernel that is expected to end by itself."""
    path = folder / "connection.json"
    path.write_text(connection.to_json())
    argv = [sys.executable, str(Path(__file__).with_name("kernels.py")), "-f", str(path), "--no-history", *arguments]
    environment = {**os.environ, "KERNEL": "{}", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
