"""Makes the five sockets, bound as a connection file says. A transport takes them from outside, bound or connected."""

from __future__ import annotations

import contextlib
import os

import zmq

from sdk.errors import ConnectionFileError
from sdk.named_tuple import NamedTuple
from sdk.protocol.connection import ConnectionInfo, is_loopback
from sdk.protocol.message import Channel

_LINGER = 1000  # ms that a closing socket may take to send what it holds
_KINDS = {
    Channel.SHELL: zmq.ROUTER,
    Channel.CONTROL: zmq.ROUTER,
    Channel.STDIN: zmq.ROUTER,
    Channel.IOPUB: zmq.XPUB,
    Channel.HB: zmq.ROUTER,
}


class Links(NamedTuple):
    """The sockets of a kernel."""

    shell: zmq.Socket[bytes]
    control: zmq.Socket[bytes]
    iopub: zmq.Socket[bytes]
    stdin: zmq.Socket[bytes]
    hb: zmq.Socket[bytes]

    def ports(self) -> dict[Channel, int]:
        """The ports to which the sockets are bound."""
        return {channel: _bound_port(getattr(self, channel.value)) for channel in Channel}


def new_context() -> zmq.Context[zmq.Socket[bytes]]:
    """The context of a process, which the user's code may share: with room for more sockets than the usual 1023.

    ZeroMQ takes 12 bytes for each that there could be, at once.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 4096)
    return context


def bind(
    context: zmq.Context[zmq.Socket[bytes]],
    info: ConnectionInfo,
    *,
    port_range: tuple[int, int] | None = None,
    insecure: bool = False,
    send_queue: int = 1000,
) -> tuple[Links, ConnectionInfo]:
    """The sockets, bound, and the connection info with the ports that were chosen where it said 0.

    Raises ConnectionFileError when an address is off loopback without a key or without CURVE (unless `insecure`), or
    cannot be bound.
    """
    info.check()  # the ip may be another one than the connection file's
    if info.transport == "tcp" and not insecure and info.curve_secretkey is None and not is_loopback(info.ip):
        raise ConnectionFileError(
            f"ip {info.ip!r} can be reached from other machines and the connection is not encrypted: "
            "use a connection file with CURVE keys, an ip of this machine (127.0.0.1), or --insecure-tcp"
        )
    sockets: dict[Channel, zmq.Socket[bytes]] = {}
    ports: dict[Channel, int] = {}
    try:
        for channel, kind in _KINDS.items():
            sockets[channel] = socket = context.socket(kind)
            _configure(socket, channel, info, send_queue)
            ports[channel] = _bind(socket, channel, info, port_range)
    except BaseException:
        for socket in sockets.values():
            socket.close(0)
        raise
    return Links(**{channel.value: socket for channel, socket in sockets.items()}), info.with_ports(ports)


def remove_ipc_files(info: ConnectionInfo) -> None:
    """Remove the files of bound ipc sockets, which ZeroMQ leaves behind: nobody new connects from then on."""
    if info.transport == "ipc":
        for channel in Channel:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{info.ip}-{info.port(channel)}")


def _configure(socket: zmq.Socket[bytes], channel: Channel, info: ConnectionInfo, send_queue: int) -> None:
    socket.setsockopt(zmq.LINGER, _LINGER)
    if info.curve_secretkey is not None:
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, info.curve_secretkey.encode("ascii"))
    if ":" in info.ip and info.transport == "tcp":
        socket.setsockopt(zmq.IPV6, 1)
    if channel is Channel.IOPUB:
        # Every subscriber is welcomed, none loses a message because another is slow; a peer that is dead is noticed.
        socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        socket.setsockopt(zmq.SNDHWM, send_queue)
        socket.setsockopt(zmq.HEARTBEAT_IVL, 15_000)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 60_000)
    else:
        # A reply to a client that is away is an error, which we keep and send again, and not silently lost; a client
        # that comes back under its name gets its name at once.
        socket.setsockopt(zmq.SNDHWM, 0)
        socket.setsockopt(zmq.RCVHWM, 0)
        if channel is not Channel.HB:
            socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        socket.setsockopt(zmq.ROUTER_HANDOVER, 1)


def _bind(socket: zmq.Socket[bytes], channel: Channel, info: ConnectionInfo, port_range: tuple[int, int] | None) -> int:
    port = info.port(channel)
    if info.transport == "ipc":
        return _bind_ipc(socket, channel, info)
    host = f"[{info.ip}]" if ":" in info.ip else info.ip
    candidates = [port] if port or port_range is None else list(range(port_range[0], port_range[1] + 1))
    for candidate in candidates:
        try:
            socket.bind(f"tcp://{host}:{candidate or '*'}")
        except zmq.ZMQError as error:
            if error.errno == zmq.EADDRINUSE and len(candidates) > 1:
                continue
            raise ConnectionFileError(
                f"cannot listen on tcp://{info.ip}:{candidate} ({channel.value}): {error.strerror}: "
                "choose an address of this machine and a free port (0 lets the kernel choose)"
            ) from None
        return _bound_port(socket)
    raise ConnectionFileError(f"no free port from {candidates[0]} to {candidates[-1]}: give a larger --port-range")


def _bound_port(socket: zmq.Socket[bytes]) -> int:
    endpoint = bytes(socket.getsockopt(zmq.LAST_ENDPOINT)).rstrip(b"\0")
    return int(endpoint.rpartition(b":")[2])


def _bind_ipc(socket: zmq.Socket[bytes], channel: Channel, info: ConnectionInfo) -> int:
    """A socket file that only its owner can connect to, whatever the umask is."""
    port = info.port(channel) or list(Channel).index(channel) + 1
    path = f"{info.ip}-{port}"
    directory = os.path.dirname(path)
    if directory:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    old = os.umask(0o177)
    try:
        socket.bind(f"ipc://{path}")
    except zmq.ZMQError as error:
        raise ConnectionFileError(
            f"cannot listen on ipc://{path} ({channel.value}): {error.strerror}: "
            "a socket's path may have 107 bytes, and its folder must be writable"
        ) from None
    finally:
        os.umask(old)
    os.chmod(path, 0o600)
    return port
