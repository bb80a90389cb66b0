"""Connection files, registration files, and the handshake."""

from __future__ import annotations

import json
from typing import Any

import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from sdk.errors import ConnectionFileError, KernelSDKError, RemoteProtocolError
from sdk.protocol.connection import (
    ConnectionInfo,
    Registration,
    RegistrationInfo,
    _StartupInfo,
    acknowledgement_frames,
    is_loopback,
    parse_startup_file,
    read_acknowledgement_frames,
    read_registration_frames,
    registration_frames,
)
from sdk.protocol.message import Channel
from sdk.protocol.signing import Signer
from sdk.protocol.wire import DELIMITER

SECRET = "a0436f6c-do-not-show"
SIGNER = Signer(SECRET.encode())
PUBLIC, PRIVATE = (key.decode() for key in zmq.curve_keypair())
FIELDS: dict[str, Any] = {
    "control_port": 50160,
    "shell_port": 57503,
    "transport": "tcp",
    "signature_scheme": "hmac-sha256",
    "stdin_port": 52597,
    "hb_port": 42540,
    "ip": "127.0.0.1",
    "iopub_port": 40885,
    "key": SECRET,
}
REGISTRATION: dict[str, Any] = {
    "kernel_id": "unique_kernel_id",
    "transport": "tcp",
    "registration_ip": "127.0.0.1",
    "registration_port": 51587,
    "signature_scheme": "hmac-sha256",
    "key": SECRET,
}
INFO = ConnectionInfo("tcp", "127.0.0.1", 57503, 40885, 52597, 50160, 42540, SECRET)


def read(**changes: object) -> ConnectionInfo:
    """The connection file of the spec with some fields changed; ... takes a field away."""
    return ConnectionInfo.from_json(text_of(FIELDS, **changes))


def text_of(fields: dict[str, Any], **changes: object) -> str:
    return json.dumps({name: value for name, value in {**fields, **changes}.items() if value is not ...})


def test_the_specs_connection_file_is_read() -> None:
    assert read() == INFO
    assert read(later={"x": [1]}, signature_scheme=..., kernel_name=None) == INFO
    assert read(kernel_name="bash", signature_scheme="hmac-md5") == INFO.replace(
        kernel_name="bash", signature_scheme="hmac-md5"
    )


def test_a_byte_order_mark_does_no_harm() -> None:
    assert ConnectionInfo.from_json("\ufeff" + json.dumps(FIELDS)) == INFO


def test_a_connection_file_comes_back_as_it_went() -> None:
    curve = INFO.replace(curve_publickey=PUBLIC, curve_secretkey=PRIVATE, kernel_name="größer")
    for info in (INFO, curve, INFO.replace(shell_port=0)):
        assert ConnectionInfo.from_json(info.to_json()) == info
    assert "curve" not in INFO.to_json()


def test_ports_are_where_they_should_be() -> None:
    ports = {Channel.SHELL: 1, Channel.IOPUB: 2, Channel.STDIN: 3, Channel.CONTROL: 4, Channel.HB: 5}
    info = INFO.with_ports(ports)
    assert {channel: info.port(channel) for channel in Channel} == ports
    assert json.loads(info.to_json()) == {
        **FIELDS,
        "shell_port": 1,
        "iopub_port": 2,
        "stdin_port": 3,
        "control_port": 4,
        "hb_port": 5,
    }


@pytest.mark.parametrize(
    ("transport", "ip", "address"),
    [
        ("tcp", "127.0.0.1", "tcp://127.0.0.1:57503"),
        ("tcp", "localhost", "tcp://localhost:57503"),
        ("tcp", "*", "tcp://*:57503"),
        ("tcp", "::1", "tcp://[::1]:57503"),
        ("tcp", "[::1]", "tcp://[::1]:57503"),
        ("ipc", "/run/user/0/a b/kernel", "ipc:///run/user/0/a b/kernel-57503"),
    ],
)
def test_addresses_are_zeromqs(transport: str, ip: str, address: str) -> None:
    assert read(transport=transport, ip=ip).address(Channel.SHELL) == address


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ip": ...}, "connection file: ip is missing: add it, or let"),
        ({"hb_port": ...}, "connection file: hb_port is missing"),
        ({"key": ...}, "connection file: key is missing"),
        ({"shell_port": "57503"}, "connection file: shell_port must be an integer, not '57503'"),
        ({"shell_port": True}, "connection file: shell_port must be an integer, not True"),
        ({"shell_port": 1.5}, "connection file: shell_port must be an integer, not 1.5"),
        ({"ip": ["127.0.0.1"] * 9}, "connection file: ip must be a string, not ['127.0.0.1', "),
        ({"kernel_name": 1}, "connection file: kernel_name must be a string, not 1"),
        ({"key": 12345}, "connection file: key must be a string, not <int, not shown>"),
        ({"iopub_port": 65_536}, "connection file: iopub_port 65536: use 0 to 65535, where 0 lets the kernel choose"),
        ({"iopub_port": -1}, "connection file: iopub_port -1: use 0 to 65535, where 0 lets the kernel choose"),
        ({"transport": "inproc"}, "connection file: transport 'inproc': use 'tcp' or 'ipc'"),
        ({"ip": ""}, "connection file: ip '': with transport 'tcp' use an IP address such as '127.0.0.1'"),
        ({"ip": "127.0.0.1 "}, "connection file: ip '127.0.0.1 ': with transport 'tcp' use an IP address"),
        ({"ip": "a/b"}, "connection file: ip 'a/b': with transport 'tcp' use an IP address"),
        ({"ip": "", "transport": "ipc"}, "connection file: ip '': with transport 'ipc' use a path"),
        ({"ip": "a\0", "transport": "ipc"}, "connection file: ip 'a\\x00': with transport 'ipc' use a path"),
        ({"signature_scheme": "sha256"}, "signature_scheme 'sha256': expected 'hmac-' and a hash"),
        ({"curve_publickey": PUBLIC}, "connection file: curve_secretkey is missing beside curve_publickey"),
        ({"curve_secretkey": PRIVATE}, "connection file: curve_publickey is missing beside curve_secretkey"),
        ({"key": "", "ip": "*"}, "connection file: key is empty and ip '*' is reached from other machines"),
        ({"key": "", "ip": "10.0.0.1"}, "connection file: key is empty and ip '10.0.0.1' is reached"),
    ],
)
def test_a_mistake_is_named_with_its_value_and_the_remedy(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ConnectionFileError) as caught:
        read(**changes)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    "key",
    ["", PUBLIC[:-1], PUBLIC + "0", PUBLIC[:-1] + " ", PUBLIC[:-1] + "\N{SNOWMAN}", "#" * 40],
    ids=["none", "short", "long", "blank", "snowman", "zeros"],
)
@pytest.mark.parametrize("name", ["curve_publickey", "curve_secretkey"])
def test_curve_keys_must_be_z85(name: str, key: str) -> None:
    keys = {"curve_publickey": PUBLIC, "curve_secretkey": PRIVATE, name: key}
    with pytest.raises(
        ConnectionFileError, match=f"{name} .of {len(key)} characters, not shown.: must be 40 characters"
    ):
        read(**keys)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_of_zeromq_is_z85(data: bytes) -> None:
    from zmq.utils import z85  # untyped

    key = z85.encode(data).decode()
    assert read(curve_publickey=key, curve_secretkey=key).curve_publickey == key


@pytest.mark.parametrize("changes", [{"key": "", "ip": "127.0.0.1"}, {"key": "", "transport": "ipc", "ip": "/a"}])
def test_an_empty_key_is_taken_where_no_other_machine_reaches(changes: dict[str, object]) -> None:
    assert read(**changes).key == ""


def test_an_ipc_port_is_any_number() -> None:
    assert read(transport="ipc", ip="/a", shell_port=100_000).shell_port == 100_000


@pytest.mark.parametrize(
    ("ip", "loopback"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("127.1.2.3", True),
        ("::ffff:127.0.0.1", True),
        ("127.example.org", False),
        ("127.0.0.1.example.org", False),
        ("0.0.0.0", False),
        ("::", False),
        ("*", False),
        ("", False),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("kernel.example.org", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(ip: str, loopback: bool) -> None:
    assert is_loopback(ip) is loopback


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "connection file: not JSON (Expecting value: line 1 column 1 (char 0)): let the"),
        ('{"key": "' + SECRET, "connection file: not JSON (Unterminated string"),
        ("[]", "connection file: must hold a JSON object, not list"),
        ("[" * 100_000, "connection file: nested too deeply"),
        ("1" * 5000, "connection file: not JSON (Exceeds the limit"),
    ],
)
def test_what_is_not_a_json_object_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ConnectionFileError) as caught:
        parse_startup_file(text)
    assert str(caught.value).startswith(reason)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(PUBLIC),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
names = st.sampled_from([*ConnectionInfo._fields, *RegistrationInfo._fields])


@given(st.dictionaries(names, json_values, max_size=3), st.sampled_from([FIELDS, REGISTRATION]))
@settings(max_examples=500, deadline=None)
def test_any_json_gives_an_info_or_a_connection_file_error(changes: dict[str, Any], fields: dict[str, Any]) -> None:
    try:
        info = parse_startup_file(text_of(fields, **changes))
    except ConnectionFileError as error:
        assert SECRET not in str(error)
    else:
        assert parse_startup_file(info.to_json()) == info


def test_keys_are_never_shown() -> None:
    info = read(curve_publickey=PUBLIC, curve_secretkey=PRIVATE)
    registration = RegistrationInfo.from_json(text_of(REGISTRATION, curve_publickey=PUBLIC, curve_secretkey=PRIVATE))
    for shown in (repr(info), str(info), repr(registration), repr([info])):
        assert not any(secret in shown for secret in (SECRET, PUBLIC, PRIVATE))
    assert repr(INFO) == (
        "ConnectionInfo(transport='tcp', ip='127.0.0.1', shell_port=57503, iopub_port=40885, stdin_port=52597, "
        "control_port=50160, hb_port=42540, key=<str, not shown>, signature_scheme='hmac-sha256')"
    )


# -- registration ------------------------------------------------------------------------------------------------------


def test_the_specs_registration_file_is_read() -> None:
    info = parse_startup_file(json.dumps(REGISTRATION))
    assert info == RegistrationInfo("unique_kernel_id", "tcp", "127.0.0.1", 51587, SECRET)
    assert isinstance(info, RegistrationInfo)
    assert info.address() == "tcp://127.0.0.1:51587"
    assert RegistrationInfo.from_json(info.to_json()) == info


def test_a_file_is_known_by_its_fields() -> None:
    assert parse_startup_file(json.dumps(FIELDS)) == INFO


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kernel_id": ""}, "registration file: kernel_id is empty"),
        ({"kernel_id": ...}, "registration file: kernel_id is missing"),
        ({"registration_port": 0}, "registration file: registration_port 0: use 1 to 65535"),
        ({"registration_port": ...}, "registration file: registration_port is missing"),
        ({"transport": "udp"}, "registration file: transport 'udp': use"),
        ({"key": "", "registration_ip": "10.0.0.1"}, "registration file: key is empty"),
        ({"curve_publickey": PUBLIC}, "registration file: curve_secretkey is missing"),
        ({"signature_scheme": "none"}, "signature_scheme 'none'"),
    ],
)
def test_a_mistake_in_a_registration_file_is_named(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ConnectionFileError) as caught:
        parse_startup_file(text_of(REGISTRATION, **changes))
    assert str(caught.value).startswith(reason)


def test_a_registered_kernel_binds_to_ports_of_its_choice_with_the_same_keys() -> None:
    registration = RegistrationInfo.from_json(text_of(REGISTRATION, curve_publickey=PUBLIC, curve_secretkey=PRIVATE))
    assert registration.connection_info("10.0.0.7") == ConnectionInfo(
        "tcp", "10.0.0.7", 0, 0, 0, 0, 0, SECRET, curve_publickey=PUBLIC, curve_secretkey=PRIVATE
    )


def test_the_handshake_is_as_the_spec_says() -> None:
    frames = registration_frames(INFO, "id-1", SIGNER)
    assert frames[0] == DELIMITER
    assert frames[1] == SIGNER.sign(frames[2:])
    assert json.loads(frames[2]) == {
        "kernel_id": "id-1",
        "control_port": "50160",
        "shell_port": "57503",
        "stdin_port": "52597",
        "iopub_port": "40885",
        "hb_port": "42540",
    }
    ports = {channel: INFO.port(channel) for channel in Channel}
    assert read_registration_frames([b"identity", *frames], SIGNER) == Registration("id-1", ports)


def test_ports_may_be_registered_as_numbers() -> None:
    content = b'{"kernel_id":"1","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":"5"}'
    ports = read_registration_frames([DELIMITER, SIGNER.sign([content]), content], SIGNER).ports
    assert list(ports.values()) == [1, 2, 3, 4, 5]


def test_the_acknowledgement_comes_back() -> None:
    assert read_acknowledgement_frames(acknowledgement_frames(SIGNER), SIGNER) == {"status": "ok"}


def signed(content: bytes) -> list[bytes]:
    return [DELIMITER, SIGNER.sign([content]), content]


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([], "handshake: 0 frames; expected identities, delimiter, signature, content"),
        ([DELIMITER, b""], "handshake: 2 frames"),
        ([*signed(b"{}"), b""], "handshake: 4 frames"),
        ([DELIMITER, b"00", b"{}"], "handshake: the signature is wrong"),
        (signed(b"{"), "not JSON"),
        (signed(b"[]"), "handshake: content must be an object, not list"),
        (signed(b"{}"), "registration: kernel_id must be a string"),
        (signed(b'{"kernel_id":"1"}'), "registration: shell_port must be a port number as a string, not None"),
        (signed(b'{"kernel_id":"1","shell_port":true}'), "registration: shell_port must be a port number"),
        (signed(b'{"kernel_id":"1","shell_port":"0"}'), "registration: shell_port must be a port number"),
        (signed(b'{"kernel_id":"1","shell_port":"-1"}'), "registration: shell_port must be a port number"),
        (signed('{"kernel_id":"1","shell_port":"²"}'.encode()), "registration: shell_port must be a port number"),
        (signed(b'{"kernel_id":"1","shell_port":"1' + b"0" * 50 + b'"}'), "registration: shell_port must be a port"),
    ],
)
def test_what_is_not_a_registration_is_refused(frames: list[bytes], reason: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read_registration_frames(frames, SIGNER)
    assert str(caught.value).startswith(reason)


@given(st.lists(st.binary(max_size=20) | st.just(DELIMITER), max_size=5))
def test_any_frames_give_a_registration_or_a_protocol_error(frames: list[bytes]) -> None:
    for signer in (SIGNER, Signer(b"")):
        with pytest.raises(KernelSDKError):
            read_registration_frames(frames, signer)


def test_a_startup_file_of_no_kind_checks_nothing() -> None:
    with pytest.raises(NotImplementedError):
        _StartupInfo().check()
