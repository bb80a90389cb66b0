"""Where a kernel's sockets are bound: as the connection file says, or where there is room."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import zmq

from sdk.errors import ConnectionFileError
from sdk.protocol.connection import ConnectionInfo
from sdk.protocol.message import Channel
from sdk.testing import Client
from sdk.transport.sockets import bind, new_context
from tests.transport.kernels import cells
from tests.transport.wires import info, opened

LIMIT = 20.0
HERE = "127.0.0.1"


@contextmanager
def bound(connection: ConnectionInfo, *, port_range: tuple[int, int] | None = None) -> Iterator[ConnectionInfo]:
    """The sockets, bound for the block; where they are."""
    with opened() as wires:
        links, there = bind(wires.context, connection, port_range=port_range)
        try:
            yield there
        finally:
            for one in links:
                one.close(0)


def ports(connection: ConnectionInfo) -> list[int]:
    return [connection.port(channel) for channel in Channel]


def free_range(length: int) -> int:
    """The first of so many ports in a row that are free now."""
    for first in range(21_000, 32_000, 50):
        with ExitStack() as stack:
            try:
                for port in range(first, first + length):
                    stack.enter_context(socket.socket()).bind((HERE, port))
            except OSError:
                continue
            return first
    raise AssertionError("no free ports")


def fixed(first: int) -> dict[str, int]:
    return {f"{channel.value}_port": first + number for number, channel in enumerate(Channel)}


def test_port_0_lets_the_kernel_choose_and_says_what_it_chose() -> None:
    with bound(info()) as there:
        assert len(set(ports(there))) == 5
        assert 0 not in ports(there)
        assert there.replace(**dict.fromkeys(fixed(0), 0)) == info()
        for port in ports(there):
            socket.create_connection((HERE, port), LIMIT).close()


def test_ports_that_are_given_are_taken() -> None:
    first = free_range(5)
    with bound(info(**fixed(first)), port_range=(1, 2)) as there:
        assert there == info(**fixed(first))


def test_where_some_are_0_the_others_stay() -> None:
    first = free_range(1)
    with bound(info(shell_port=first)) as there:
        assert there.shell_port == first
        assert len(set(ports(there))) == 5


def test_a_range_is_used_from_its_start_past_ports_that_are_taken() -> None:
    first = free_range(7)
    with socket.socket() as other, socket.socket() as another:
        other.bind((HERE, first))
        other.listen()
        another.bind((HERE, first + 3))
        another.listen()
        with bound(info(), port_range=(first, first + 6)) as there:
            assert sorted(ports(there)) == [first + number for number in (1, 2, 4, 5, 6)]


def test_a_range_that_has_too_few_ports_is_refused_with_the_remedy_and_nothing_stays_bound() -> None:
    first = free_range(4)
    refusal = f"no free port from {first} to {first + 3}.*--port-range"
    with opened() as wires, pytest.raises(ConnectionFileError, match=refusal):
        bind(wires.context, info(), port_range=(first, first + 3))
    # The context has ended: ZeroMQ closes sockets behind one's back.
    for port in range(first, first + 4):
        with bound(info(shell_port=port)):
            pass


def test_a_port_that_is_taken_is_refused_with_its_name_and_the_remedy() -> None:
    with bound(info()) as there, opened() as wires:
        with pytest.raises(ConnectionFileError) as caught:
            bind(wires.context, info(stdin_port=there.hb_port))
        text = str(caught.value)
        assert f"tcp://{HERE}:{there.hb_port} (stdin)" in text
        assert "in use" in text
        assert "0 lets the kernel choose" in text


def test_an_address_of_another_machine_is_refused() -> None:
    with opened() as wires, pytest.raises(ConnectionFileError, match="choose an address of this machine"):
        bind(wires.context, info(ip="192.0.2.1"), insecure=True)


def test_ipv6_is_bound() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this system has no IPv6")
    with bound(info(ip="::1")) as there:
        socket.create_connection(("::1", there.shell_port), LIMIT).close()


def test_ipc_paths_are_numbered_in_a_folder_of_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with bound(info(transport="ipc", ip=str(folder / "k"))) as there:
        assert sorted(path.name for path in folder.iterdir()) == [f"k-{number}" for number in range(1, 6)]
        assert sorted(ports(there)) == [1, 2, 3, 4, 5]
        assert folder.stat().st_mode & 0o777 == 0o700


def test_the_umask_is_what_it_was_after_an_ipc_bind_whether_it_succeeds_or_not(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        with bound(info(transport="ipc", ip=str(tmp_path / "k"))):
            assert os.umask(0o027) == 0o027
        with opened() as wires, pytest.raises(ConnectionFileError, match="107 bytes"):
            bind(wires.context, info(transport="ipc", ip=str(tmp_path / ("k" * 120))))
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(old)


def test_a_context_has_room_for_many_sockets_of_the_users_own() -> None:
    with new_context() as context:
        assert context.get(zmq.MAX_SOCKETS) == 4096


# -- whole kernels -----------------------------------------------------------------------------------------------------


def test_a_kernel_that_chose_its_ports_writes_them_back_and_nothing_else() -> None:
    with cells(process={"choose_ports": True}) as kernel, kernel.client() as client:
        written = json.loads(Path(kernel.connection_file).read_text(encoding="utf-8"))
        assert len({written[f"{channel.value}_port"] for channel in Channel} - {0}) == 5
        assert Path(kernel.connection_file).stat().st_mode & 0o777 == 0o600
        assert (written["key"], written["ip"]) == (kernel.info.key, HERE)
        assert client.execute("1").status == "ok"
        assert client.heartbeat()


def test_a_kernel_whose_ports_were_given_leaves_its_connection_file_alone() -> None:
    with cells() as kernel:
        before = Path(kernel.connection_file).stat()
        with kernel.client() as client:
            assert client.execute("1").status == "ok"
        after = Path(kernel.connection_file).stat()
        assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_a_kernel_takes_its_ports_from_the_range() -> None:
    first = free_range(10)
    with cells("--port-range", f"{first}-{first + 9}", process={"choose_ports": True}) as kernel:
        assert all(first <= port < first + 10 for port in ports(kernel.info))


def test_a_kernel_without_a_connection_file_makes_one_that_works(tmp_path: Path) -> None:
    path = tmp_path / "runtime" / "kernel.json"
    with running(path) as process:
        while not path.exists():
            assert process.poll() is None
        assert path.stat().st_mode & 0o777 == 0o600
        with Client(path) as client:
            assert client.execute("1").status == "ok"


@pytest.mark.parametrize("what", ["taken", "exhausted", "foreign"])
def test_a_kernel_that_cannot_bind_says_so_in_one_line(tmp_path: Path, what: str) -> None:
    path = tmp_path / "connection.json"
    first = free_range(4)
    arguments: list[str] = []
    with bound(info()) as there:
        if what == "taken":
            connection, said = info(shell_port=there.hb_port), "(shell): Address already in use"
        elif what == "exhausted":
            connection, said = info(), f"no free port from {first} to {first + 3}"
            arguments = ["--port-range", f"{first}-{first + 3}"]
        else:
            connection, said = info(ip="192.0.2.1"), "choose an address of this machine"
            arguments = ["--insecure-tcp"]
        path.write_text(connection.to_json())
        with running(path, *arguments) as process:
            _, stderr = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert stderr.startswith("error: ")
    assert said in stderr
    assert stderr.count("\n") == 1
    assert path.read_text() == connection.to_json()


@contextmanager
def running(path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A kernel process that is started by hand."""
    argv = [sys.executable, str(Path(__file__).with_name("kernels.py")), "-f", str(path), "--no-history", *arguments]
    environment = {**os.environ, "KERNEL": "{}", "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=LIMIT)
