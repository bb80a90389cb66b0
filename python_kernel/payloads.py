"""`CellPayloads`: what a reply carries besides (text for the pager, the next input). Each request has its own."""

from __future__ import annotations

from typing import Any

from IPython.core.payload import PayloadManager

from python_kernel.contexts import Contexts


class CellPayloads(PayloadManager):
    """Puts payloads into the request that the writing code works for."""

    def __init__(self, contexts: Contexts, **traits: Any) -> None:
        super().__init__(**traits)
        self._contexts = contexts

    @property
    def _payload(self) -> Any:  # type: ignore[override]  # IPython assigns it in clear_payload alone
        context = self._contexts.current()
        return [] if context is None else context.payload

    def clear_payload(self) -> None:
        """Forget what this request has."""
        self._payload.clear()
