"""Where a kernel's five sockets are: the connection file, the registration file, and the handshake that answers it.

(`kernels.rst`, "Connection files"; `messaging.rst`, "Kernel startup handshake", protocol 5.6; `security.rst`, CURVE.)
Values, and functions of text and frames: `transport/connection_file.py` reads and writes the files. No error and no
repr shows a key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

from sdk.errors import ConnectionFileError, RemoteProtocolError
from sdk.protocol.message import Buffer, Channel
from sdk.protocol.record import Record
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER, from_json, to_json

_SECRET = frozenset(("key", "curve_publickey", "curve_secretkey"))  # who has the public key may connect as well
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_PORTS: Mapping[Channel, str] = {
    channel: f"{channel.value}_port"
    for channel in (Channel.SHELL, Channel.IOPUB, Channel.STDIN, Channel.CONTROL, Channel.HB)
}


class _StartupInfo(Record):
    """What both files have in common: typed fields, and that two of them are secret."""

    _file: ClassVar[str]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a file's text. Raises ConnectionFileError, which names the field, its value and the remedy."""
        return cls.from_fields(_object(text))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Read the file's object; fields that we do not know are ignored. Raises ConnectionFileError."""
        values = {}
        for name, kind in cls._field_types.items():
            if name in fields:
                values[name] = _typed(cls._file, name, kind, fields[name])
            elif name not in cls._defaults:
                raise ConnectionFileError(
                    f"{cls._file}: {name} is missing: add it, or let the Jupyter application write a new file"
                )
        info = cls(**values)
        info.check()
        return info

    def to_json(self) -> str:
        """The file's text. It holds the key: write it where nobody else can read it."""
        return json.dumps({name: value for name, value in self.__dict__.items() if value is not None}, indent=2) + "\n"

    def check(self) -> None:
        """Raise ConnectionFileError when the value of a field cannot be used."""
        raise NotImplementedError

    def __repr__(self) -> str:
        values = {name: getattr(self, name) for name in self._fields}
        shown = (f"{name}={_shown(name, value)}" for name, value in values.items() if value is not None)
        return f"{type(self).__name__}({', '.join(shown)})"


class ConnectionInfo(_StartupInfo):
    """A connection file. Port 0: the kernel chooses one. With `transport` "ipc", `ip` is the first part of a path."""

    _file: ClassVar[str] = "connection file"
    transport: str
    ip: str
    shell_port: int
    iopub_port: int
    stdin_port: int
    control_port: int
    hb_port: int
    key: str
    signature_scheme: str = "hmac-sha256"
    kernel_name: str | None = None
    curve_publickey: str | None = None
    curve_secretkey: str | None = None

    def check(self) -> None:
        """Raise ConnectionFileError when the value of a field cannot be used."""
        _check_endpoint(self._file, self.transport, "ip", self.ip)
        for name in _PORTS.values():
            _check_port(self._file, self.transport, name, getattr(self, name), lowest=0)
        _check_key(self._file, self.transport, self.ip, self.key)
        Signer(b"", self.signature_scheme)
        _check_curve(self._file, self.curve_publickey, self.curve_secretkey)

    def port(self, channel: Channel) -> int:
        """The port of `channel`."""
        number: int = getattr(self, _PORTS[channel])
        return number

    def address(self, channel: Channel) -> str:
        """ZeroMQ's address of `channel`: `tcp://ip:port` or `ipc://ip-port`."""
        return _address(self.transport, self.ip, self.port(channel))

    def with_ports(self, ports: Mapping[Channel, int]) -> Self:
        """The same with these ports: what a kernel that chose them itself writes back."""
        return self.replace(**{_PORTS[channel]: number for channel, number in ports.items()})


class RegistrationInfo(_StartupInfo):
    """A registration file: the kernel chooses its ports and tells them at this address (protocol 5.6)."""

    _file: ClassVar[str] = "registration file"
    kernel_id: str
    transport: str
    registration_ip: str
    registration_port: int
    key: str
    signature_scheme: str = "hmac-sha256"
    curve_publickey: str | None = None  # the kernel's own pair, for its five sockets; not in the spec
    curve_secretkey: str | None = None

    def check(self) -> None:
        """Raise ConnectionFileError when the value of a field cannot be used."""
        if not self.kernel_id:
            raise ConnectionFileError(f"{self._file}: kernel_id is empty: give the id that the service knows")
        _check_endpoint(self._file, self.transport, "registration_ip", self.registration_ip)
        _check_port(self._file, self.transport, "registration_port", self.registration_port, lowest=1)
        _check_key(self._file, self.transport, self.registration_ip, self.key)
        Signer(b"", self.signature_scheme)
        _check_curve(self._file, self.curve_publickey, self.curve_secretkey)

    def address(self) -> str:
        """ZeroMQ's address of the registration service."""
        return _address(self.transport, self.registration_ip, self.registration_port)

    def connection_info(self, ip: str) -> ConnectionInfo:
        """Where such a kernel binds: `ip` (on "ipc" a path), every port its own choice, the same keys."""
        return ConnectionInfo(
            transport=self.transport,
            ip=ip,
            shell_port=0,
            iopub_port=0,
            stdin_port=0,
            control_port=0,
            hb_port=0,
            key=self.key,
            signature_scheme=self.signature_scheme,
            curve_publickey=self.curve_publickey,
            curve_secretkey=self.curve_secretkey,
        )


class Registration(Record):
    """What a kernel says in the handshake: who it is, and the ports that it chose."""

    kernel_id: str
    ports: Mapping[Channel, int]


def parse_startup_file(text: str) -> ConnectionInfo | RegistrationInfo:
    """What the file after `-f` is; a registration file is known by its `registration_port`."""
    fields = _object(text)
    if "registration_port" in fields or "registration_ip" in fields:
        return RegistrationInfo.from_fields(fields)
    return ConnectionInfo.from_fields(fields)


def registration_frames(info: ConnectionInfo, kernel_id: str, signer: Signer) -> list[bytes]:
    """What the kernel sends to the registration service; the signature is over the content alone."""
    ports = {name: str(info.port(channel)) for channel, name in _PORTS.items()}
    return _signed({"kernel_id": kernel_id, **ports}, signer)


def read_registration_frames(frames: Sequence[Buffer], signer: Signer) -> Registration:
    """What a kernel registered. Raises RemoteProtocolError. Frames before the delimiter are its identities."""
    fields = _read_signed(frames, signer)
    kernel_id = fields.get("kernel_id")
    if not isinstance(kernel_id, str):
        raise RemoteProtocolError("registration: kernel_id must be a string")
    return Registration(kernel_id, {channel: _registered_port(name, fields) for channel, name in _PORTS.items()})


def acknowledgement_frames(signer: Signer) -> list[bytes]:
    """The service's answer. The spec leaves its content open; ours says that all is well."""
    return _signed({"status": "ok"}, signer)


def read_acknowledgement_frames(frames: Sequence[Buffer], signer: Signer) -> Mapping[str, Any]:
    """The content of the service's answer. Raises RemoteProtocolError when it is not signed with our key."""
    return _read_signed(frames, signer)


def is_loopback(ip: str) -> bool:
    """Whether only programs on this machine reach `ip`; false for names other than "localhost", and for "*"."""
    if ip in ("127.0.0.1", "localhost", "::1", "[::1]"):
        return True
    import ipaddress  # start-up time: nearly every kernel is on one of the above

    try:
        address = ipaddress.ip_address(ip.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


# -- reading, and what may be wrong -----------------------------------------------------------------------------------


def _object(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ConnectionFileError("connection file: nested too deeply; expected one flat JSON object") from None
    except ValueError as error:  # its text tells the place, never the document
        raise ConnectionFileError(
            f"connection file: not JSON ({error}): let the Jupyter application write a new one"
        ) from None
    if not isinstance(fields, dict):
        raise ConnectionFileError(f"connection file: must hold a JSON object, not {type(fields).__name__}")
    return fields


_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "str": (lambda value: isinstance(value, str), "a string"),
    "int": (lambda value: isinstance(value, int) and not isinstance(value, bool), "an integer"),
    "str | None": (lambda value: value is None or isinstance(value, str), "a string"),
}


def _typed(file: str, name: str, kind: str, value: object) -> object:
    right, said = _KINDS[kind]
    if not right(value):
        raise ConnectionFileError(f"{file}: {name} must be {said}, not {_shown(name, value)}")
    return value


def _shown(name: str, value: object) -> str:
    if name in _SECRET:
        return f"<{type(value).__name__}, not shown>"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_endpoint(file: str, transport: str, name: str, ip: str) -> None:
    if transport not in ("tcp", "ipc"):
        raise ConnectionFileError(f"{file}: transport {_shown('transport', transport)}: use 'tcp' or 'ipc'")
    if (
        not ip
        or "\0" in ip
        or (transport == "tcp" and any(character.isspace() or character == "/" for character in ip))
    ):
        what = "an IP address such as '127.0.0.1'" if transport == "tcp" else "a path, to which '-1' and so on is added"
        raise ConnectionFileError(f"{file}: {name} {_shown(name, ip)}: with transport {transport!r} use {what}")


def _check_port(file: str, transport: str, name: str, port: int, *, lowest: int) -> None:
    highest = 65_535 if transport == "tcp" else 2**31 - 1  # of ipc it is only the end of a path
    if not lowest <= port <= highest:
        choose = ", where 0 lets the kernel choose" if lowest == 0 else ""
        raise ConnectionFileError(f"{file}: {name} {_shown(name, port)}: use {lowest} to {highest}{choose}")


def _check_key(file: str, transport: str, ip: str, key: str) -> None:
    if not key and transport == "tcp" and not is_loopback(ip):
        raise ConnectionFileError(
            f"{file}: key is empty and ip {_shown('ip', ip)} is reached from other machines, so that anyone there "
            "could run code: set a key of at least 32 random characters, or use ip '127.0.0.1'"
        )


def _check_curve(file: str, public: str | None, secret: str | None) -> None:
    for name, key, other in (
        ("curve_publickey", public, "curve_secretkey"),
        ("curve_secretkey", secret, "curve_publickey"),
    ):
        if key is None:
            continue
        if public is None or secret is None:
            raise ConnectionFileError(f"{file}: {other} is missing beside {name}: give both, or neither")
        if len(key) != 40 or not all(_is_z85(key[start : start + 5]) for start in range(0, 40, 5)):
            raise ConnectionFileError(
                f"{file}: {name} (of {len(key)} characters, not shown): must be 40 characters of Z85, as "
                "zmq.curve_keypair() makes them"
            )


def _is_z85(group: str) -> bool:
    number = 0
    for character in group:
        digit = _Z85.find(character)
        if digit < 0:
            return False
        number = number * 85 + digit
    return number < 2**32  # five digits can say more than four bytes hold


def _address(transport: str, ip: str, port: int) -> str:
    if transport == "ipc":
        return f"ipc://{ip}-{port}"
    return f"tcp://[{ip}]:{port}" if ":" in ip and not ip.startswith("[") else f"tcp://{ip}:{port}"


# -- the handshake's one-frame messages -------------------------------------------------------------------------------


def _signed(content: Mapping[str, Any], signer: Signer) -> list[bytes]:
    frame = to_json(content)
    return [DELIMITER, signer.sign((frame,)), frame]


def _read_signed(frames: Sequence[Buffer], signer: Signer) -> Mapping[str, Any]:
    plain = [bytes(frame) for frame in frames]
    if DELIMITER not in plain or len(plain) != plain.index(DELIMITER) + 3:
        raise RemoteProtocolError(f"handshake: {len(plain)} frames; expected identities, delimiter, signature, content")
    if not signer.verify(plain[-1:], plain[-2]):
        raise RemoteProtocolError("handshake: the signature is wrong")
    fields = from_json(plain[-1])
    if not isinstance(fields, dict):
        raise RemoteProtocolError(f"handshake: content must be an object, not {type(fields).__name__}")
    return fields


def _registered_port(name: str, fields: Mapping[str, Any]) -> int:
    value = fields.get(name)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) > 0):
        raise RemoteProtocolError(f"registration: {name} must be a port number as a string, not {_shown(name, value)}")
    return int(text)
