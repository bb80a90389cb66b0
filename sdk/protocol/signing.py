"""Signatures (spec, "Wire protocol") and the guard against replayed messages."""

from __future__ import annotations

import sys
from _operator import _compare_digest  # hmac.compare_digest, without hmac (see `_new_sha256`)
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from sdk.errors import ConnectionFileError

_LARGE = 16_384  # bytes of content from which OpenSSL pays
_OFTEN = 400  # messages from which it does
_KEPT = 15  # hexadecimal digits of a signature that came


class Signer:
    """Signs and verifies with one key. An empty key means: no signatures."""

    def __init__(self, key: bytes, scheme: str = "hmac-sha256") -> None:
        self._key = key
        self._keyed = _hmac(key, scheme)
        self._slow = _OFTEN if scheme == "hmac-sha256" else 0  # messages that are still signed without OpenSSL

    def sign(self, parts: Sequence[bytes]) -> bytes:
        """The hex digest of `parts`, which are header, parent_header, metadata and content as framed."""
        if not self._key:
            return b""
        large = bool(parts) and len(parts[-1]) >= _LARGE
        if self._slow > 0:
            self._slow -= 1
            if large or self._slow == 0:
                self._quicken()
        inner, outer = self._keyed
        inner = inner.copy()
        for part in parts if large else (b"".join(parts),):
            inner.update(part)
        outer = outer.copy()
        outer.update(inner.digest())
        digest: str = outer.hexdigest()
        return digest.encode("ascii")

    def verify(self, parts: Sequence[bytes], signature: bytes) -> bool:
        """Whether `signature` is right; takes the same time for every wrong one."""
        return not self._key or _compare_digest(self.sign(parts), signature)

    def _quicken(self) -> None:
        """OpenSSL's SHA-256 is four times quicker, and worth loading for those who run or print much."""
        self._slow = 0
        with suppress(ImportError):  # an interpreter that is ending loads nothing any more
            self._keyed = _keyed(self._key, _new_hash("sha256"))


def _hmac(key: bytes, scheme: str) -> tuple[Any, Any]:
    """The two hashes of an HMAC (RFC 2104), with the key taken in. Raises ConnectionFileError for an unknown scheme."""
    name = scheme.removeprefix("hmac-")
    try:
        if name == scheme:
            raise ValueError(scheme)
        new_hash = _new_sha256() if name == "sha256" else _new_hash(name)
        new_hash().hexdigest()  # TypeError: a hash of no fixed length, such as shake_128
    except (ValueError, TypeError):
        raise ConnectionFileError(
            f"signature_scheme {scheme!r}: expected 'hmac-' and a hash, such as 'hmac-sha256'"
        ) from None
    return _keyed(key, new_hash)


def _keyed(key: bytes, new_hash: Callable[[], Any]) -> tuple[Any, Any]:
    size = new_hash().block_size
    if len(key) > size:
        shortened = new_hash()
        shortened.update(key)
        key = shortened.digest()
    key = key.ljust(size, b"\0")
    inner, outer = new_hash(), new_hash()
    inner.update(bytes(byte ^ 0x36 for byte in key))
    outer.update(bytes(byte ^ 0x5C for byte in key))
    return inner, outer


def _new_sha256() -> Callable[[], Any]:
    """The interpreter's own SHA-256: hashlib would load OpenSSL, which is 3 MB of memory and 2 ms of a start."""
    try:
        if sys.version_info >= (3, 12):  # pragma: no cover  # each version runs one of the two
            from _sha2 import sha256
        else:  # pragma: no cover
            from _sha256 import sha256
    except ImportError:  # an interpreter built without it
        return _new_hash("sha256")
    new: Callable[[], Any] = sha256
    return new


def _new_hash(name: str) -> Callable[[], Any]:
    import hashlib  # only for schemes other than the usual one

    hashlib.new(name)  # ValueError: there is no such hash
    return lambda: hashlib.new(name)


class ReplayGuard:
    """Remembers the last `size` signatures: a message that comes twice is a replay.

    Of each its beginning is kept, 60 bits: at most 8 MB in all, and in 10^13 messages one is taken for a replay that
    is none.
    """

    def __init__(self, size: int = 65_536) -> None:
        self._seen: set[bytes] = set()
        self._order: deque[bytes] = deque()
        self._size = size

    def is_new(self, signature: bytes) -> bool:
        """Whether this signature has not been seen; it counts as seen from now on."""
        if not signature:
            return True
        signature = signature[:_KEPT]
        if signature in self._seen:
            return False
        self._seen.add(signature)
        self._order.append(signature)
        if len(self._order) > self._size:
            self._seen.discard(self._order.popleft())
        return True
