"""Signatures and the guard against replayed messages."""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.errors import ConnectionFileError
from sdk.protocol.signing import ReplayGuard, Signer


@given(
    st.binary(max_size=200), st.lists(st.binary(max_size=50), max_size=5), st.sampled_from(["sha256", "md5", "sha512"])
)
def test_a_signature_is_the_hmac_of_the_parts(key: bytes, parts: list[bytes], name: str) -> None:
    expected = hmac.new(key, b"".join(parts), name).hexdigest().encode() if key else b""
    signer = Signer(key, f"hmac-{name}")
    assert signer.sign(parts) == expected
    assert signer.verify(parts, expected)
    assert signer.verify([*parts, b"more"], expected) is not bool(key)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("name", ["sha256", "sha512", "md5"])
def test_keys_of_every_length_sign(length: int, name: str) -> None:
    key = bytes(range(length))
    expected = hmac.new(key, b"header content", name).hexdigest().encode()
    assert Signer(key, f"hmac-{name}").sign([b"header ", b"content"]) == expected


def test_without_a_key_every_signature_is_right() -> None:
    assert Signer(b"").verify([b"a"], b"anything")


@pytest.mark.parametrize(
    "scheme", ["", "sha256", "hmac-", "hmac-nope", "hmac-shake_128", "hmac-sha256\0x", "HMAC-sha256"]
)
@pytest.mark.parametrize("key", [b"", b"key"])
def test_an_unknown_scheme_is_refused_at_once(scheme: str, key: bytes) -> None:
    with pytest.raises(ConnectionFileError, match=r"signature_scheme .*: expected 'hmac-' and a hash"):
        Signer(key, scheme)


@pytest.fixture
def no_builtin_sha256(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "_sha2" if sys.version_info >= (3, 12) else "_sha256", None)
    yield


@pytest.mark.usefixtures("no_builtin_sha256")
def test_an_interpreter_without_its_own_sha256_uses_openssl() -> None:
    expected = hmac.new(b"key", b"text", hashlib.sha256).hexdigest().encode()
    assert Signer(b"key").sign([b"text"]) == expected


def test_a_signature_that_comes_again_is_a_replay() -> None:
    guard = ReplayGuard()
    assert [guard.is_new(signature) for signature in (b"a", b"b", b"a", b"c", b"b")] == [True, True, False, True, False]


def test_unsigned_messages_are_never_replays() -> None:
    guard = ReplayGuard()
    assert [guard.is_new(b""), guard.is_new(b"")] == [True, True]


def test_the_guard_remembers_a_bounded_number() -> None:
    guard = ReplayGuard(size=100)
    for number in range(1000):
        assert guard.is_new(b"%d" % number)
    assert len(guard._seen) == len(guard._order) == 100
    assert [guard.is_new(b"%d" % number) for number in (900, 999, 899)] == [False, False, True]


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 100_000])
@pytest.mark.parametrize("key", [b"k", b"k" * 64, b"k" * 65])
@pytest.mark.parametrize("scheme", ["sha256", "sha512"])
def test_small_and_large_contents_are_signed_alike(size: int, key: bytes, scheme: str) -> None:
    parts = (b"header", b"{}", b"{}", b"x" * size)
    expected = hmac.new(key, b"".join(parts), scheme).hexdigest().encode()
    signer = Signer(key, f"hmac-{scheme}")
    assert [signer.sign(parts), signer.sign(parts)] == [expected, expected]


@pytest.mark.parametrize("scheme", ["sha256", "sha512"])
def test_all_of_many_messages_are_signed_alike(scheme: str) -> None:
    """OpenSSL takes over after a while."""
    signer = Signer(b"key", f"hmac-{scheme}")
    for number in range(1000):
        parts = (b"header", b"{}", b"{}", b"%d" % number)
        assert signer.sign(parts) == hmac.new(b"key", b"".join(parts), scheme).hexdigest().encode()
        assert signer.verify(parts, signer.sign(parts))
