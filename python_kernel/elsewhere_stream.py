"""`Elsewhere`: where the text of a stream goes that somebody has made for a session and a socket of his own."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from python_kernel.contexts import Contexts


class Elsewhere(Contexts):
    """Sends text by `session.send`; stands in the place of both contexts and descriptors."""

    gap = float("inf")

    def __init__(self, session: Any, pub_thread: Any, name: str) -> None:
        super().__init__()
        self.session = session
        self.pub_thread = pub_thread
        self._name = name
        self._parent: dict[str, Any] = {}

    @property
    def header(self) -> dict[str, Any]:
        """Of the request in whose name it speaks."""
        return self._parent

    def set_parent(self, parent: Mapping[str, Any]) -> None:
        """Speak in the name of `parent`."""
        self._parent = dict(parent.get("header", parent))

    def set_thread_parent(self, parent: Mapping[str, Any]) -> Any:
        """The same."""
        before, self._parent = self._parent, dict(parent.get("header", parent))
        return before

    def reset_thread_parent(self, token: Any) -> None:
        """Undo it."""
        self._parent = token or {}

    def say(self, text: str) -> None:
        """Send `text`."""
        with suppress(OSError):
            self.session.send(
                self.pub_thread,
                "stream",
                {"name": self._name, "text": text},
                parent=self._parent,
                ident=b"stream." + self._name.encode(),
            )

    def writer(self, name: str) -> int:
        """Raises UnsupportedOperation: there is none."""
        raise io.UnsupportedOperation("fileno")

    def original(self, name: str) -> int:
        """Nowhere."""
        return -1
