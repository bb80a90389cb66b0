"""`Hooks`: functions of the user's that see a message before it is published. Each thread has its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeAlias

Hook: TypeAlias = Callable[[dict[str, Any]], dict[str, Any] | None]


class Hooks(threading.local):
    """A thread's hooks: each may change a message before it is published, or swallow it by returning None."""

    def __init__(self) -> None:
        self.hooks: list[Hook] = []

    def register_hook(self, hook: Hook) -> None:
        """Call `hook` with every message that this thread publishes here."""
        self.hooks.append(hook)

    def unregister_hook(self, hook: Hook) -> bool:
        """Call it no more; whether it was registered."""
        if hook not in self.hooks:
            return False
        self.hooks.remove(hook)
        return True

    def passed(
        self, msg_type: str, content: dict[str, Any], parent_header: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """The message that the hooks leave of a content, which may have got metadata and buffers; None: nothing."""
        message: dict[str, Any] | None = {
            "header": {"msg_type": msg_type},
            "msg_type": msg_type,
            "parent_header": parent_header or {},
            "metadata": {},
            "content": content,
            "buffers": [],
        }
        for hook in self.hooks:
            message = hook(message) if message is not None else None
        return message
