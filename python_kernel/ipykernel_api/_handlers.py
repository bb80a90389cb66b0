"""`Handlers`: `kernel.shell_handlers` and `control_handlers`. Who puts a function there answers in the SDK's place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import isawaitable
from typing import Any

_MISSING = object()


class Handlers(dict[str, Any]):
    """msg_type -> `handler(stream, ident, parent)`, a function or a coroutine function."""

    def __init__(self, kernel: Any, channel: str, msg_types: Sequence[str], outside: Any) -> None:
        super().__init__({name: getattr(kernel, name) for name in msg_types if hasattr(kernel, name)})
        manager = getattr(kernel, "comm_handlers", None)
        if channel == "shell" and manager is not None:
            super().update(manager())
        self._own = dict(self)
        self._kernel = kernel
        self._channel = channel
        self._outside = outside

    def __setitem__(self, msg_type: str, handler: Any) -> None:
        super().__setitem__(msg_type, handler)
        key = (self._channel, msg_type)
        if handler == self._own.get(msg_type, _MISSING):
            self._outside.handlers.pop(key, None)
        else:
            self._outside.handlers[key] = self._answering(handler)

    def __delitem__(self, msg_type: str) -> None:
        super().__delitem__(msg_type)
        self._outside.handlers.pop((self._channel, msg_type), None)

    def update(self, *args: Any, **named: Any) -> None:
        """As a dict's."""
        for msg_type, handler in dict(*args, **named).items():
            self[msg_type] = handler

    def setdefault(self, msg_type: str, handler: Any = None) -> Any:
        """As a dict's."""
        if msg_type not in self:
            self[msg_type] = handler
        return self[msg_type]

    def pop(self, msg_type: str, *default: Any) -> Any:
        """As a dict's."""
        if msg_type not in self:
            return super().pop(msg_type, *default)
        handler = self[msg_type]
        del self[msg_type]
        return handler

    def _answering(self, handler: Callable[..., Any]) -> Callable[[Any], Any]:
        async def answer(message: Any) -> None:
            kernel = self._kernel
            stream = kernel.shell_stream if self._channel == "shell" else kernel.control_stream
            result = handler(stream, list(message.identities), kernel.request_dict(message))
            if isawaitable(result):
                await result

        return answer
