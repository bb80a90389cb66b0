"""`Voice`: says what another kernel says, in the name of the request here that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sdk.kernel.context import Context
from sdk.protocol.iopub import DisplayData, UpdateDisplayData


class Voice:
    """The voice of one request. Used by the pump's thread alone."""

    def __init__(self, context: Context, *, keeps_value: bool = False) -> None:
        """`keeps_value`: an execute_result that nothing follows is left in `value`."""
        self.context = context
        self.value: DisplayData | None = None
        self._keeps_value = keeps_value

    def say(self, message: Mapping[str, Any]) -> None:
        """Say what an IOPub message says; nothing for types that are not for the cell."""
        speak = _SPEAK.get(message["msg_type"])
        if speak is not None:
            self.release()
            speak(self, message["content"], message["metadata"], message["buffers"])

    def release(self) -> None:
        """Show the value: something follows it."""
        value, self.value = self.value, None
        if value is not None:
            self.context.execute_result(value.data, value.metadata)

    def ended(self) -> None:
        """The request has ended: later values are shown at once."""
        self._keeps_value = False

    def _stream(self, content: Any, metadata: Any, buffers: Sequence[Any]) -> None:
        self.context.pour(content["name"], content["text"])
        self.context.settle()

    def _display(self, content: Any, metadata: Any, buffers: Sequence[Any]) -> None:
        shown = DisplayData(content["data"], content.get("metadata") or {}, content.get("transient") or {})
        self.context.publish(shown, metadata=metadata, buffers=buffers)

    def _update(self, content: Any, metadata: Any, buffers: Sequence[Any]) -> None:
        shown = UpdateDisplayData(content["data"], content.get("metadata") or {}, content.get("transient") or {})
        self.context.publish(shown, metadata=metadata, buffers=buffers)

    def _result(self, content: Any, metadata: Any, buffers: Sequence[Any]) -> None:
        self.value = DisplayData(content["data"], content.get("metadata") or {})
        if not self._keeps_value:
            self.release()

    def _clear(self, content: Any, metadata: Any, buffers: Sequence[Any]) -> None:
        self.context.clear_output(wait=bool(content.get("wait")))


_SPEAK: Mapping[str, Callable[[Voice, Any, Any, Sequence[Any]], None]] = {
    "stream": Voice._stream,
    "display_data": Voice._display,
    "update_display_data": Voice._update,
    "execute_result": Voice._result,
    "clear_output": Voice._clear,
}
