"""Signatures (spec, "Wire protocol") and the guard against replayed messages."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Sequence

from sdk.errors import ConnectionFileError


class Signer:
    """Signs and verifies with one key. An empty key means: no signatures."""

    def __init__(self, key: bytes, scheme: str = "hmac-sha256") -> None:
        name = scheme.removeprefix("hmac-")
        try:
            if name == scheme:
                raise ValueError(scheme)
            base = hmac.new(key, digestmod=name)
            base.copy().hexdigest()  # TypeError: a hash of no fixed length, such as shake_128
        except (ValueError, TypeError):
            raise ConnectionFileError(
                f"signature_scheme {scheme!r}: expected 'hmac-' and a hash, such as 'hmac-sha256'"
            ) from None
        self._base = base if key else None

    def sign(self, parts: Sequence[bytes]) -> bytes:
        """The hex digest of `parts`, which are header, parent_header, metadata and content as framed."""
        if self._base is None:
            return b""
        mac = self._base.copy()
        for part in parts:
            mac.update(part)
        return mac.hexdigest().encode("ascii")

    def verify(self, parts: Sequence[bytes], signature: bytes) -> bool:
        """Whether `signature` is right; takes the same time for every wrong one."""
        return self._base is None or hmac.compare_digest(self.sign(parts), signature)


class ReplayGuard:
    """Remembers the last `size` signatures: a message that comes twice is a replay."""

    def __init__(self, size: int = 65_536) -> None:
        self._seen: set[bytes] = set()
        self._order: deque[bytes] = deque()
        self._size = size

    def is_new(self, signature: bytes) -> bool:
        """Whether this signature has not been seen; it counts as seen from now on."""
        if not signature:
            return True
        if signature in self._seen:
            return False
        self._seen.add(signature)
        self._order.append(signature)
        if len(self._order) > self._size:
            self._seen.discard(self._order.popleft())
        return True
