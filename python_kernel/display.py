"""display(), clear_output() and the results of cells: IPython formats them, the cell's context publishes them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, observe

from python_kernel.contexts import Contexts
from python_kernel.hooks import Hooks
from python_kernel.parent import Parented
from sdk import DisplayData, ExecuteResult, UpdateDisplayData


class _Addressed(Parented, HasTraits):
    """What may be given a session and a socket, to speak by them."""

    session: Any = AnyTrait(help="How messages are sent.")
    pub_socket: Any = AnyTrait(help="Where they are published.")
    _elsewhere = False
    _hooked: Hooks

    @property
    def _hooks(self) -> list[Any]:
        """The hooks of this thread."""
        return self._hooked.hooks

    def _session_default(self) -> Any:
        kernel = self._contexts_of_cells().find_kernel()
        return None if kernel is None else kernel.session

    def _pub_socket_default(self) -> Any:
        kernel = self._contexts_of_cells().find_kernel()
        return None if kernel is None else kernel.iopub_socket

    @observe("session", "pub_socket")
    def _addressed(self, change: Any) -> None:
        kernel = self._contexts_of_cells().find_kernel()
        own = kernel is not None and self.session is kernel.session and self.pub_socket is kernel.iopub_socket
        self._elsewhere = not own and self.session is not None and self.pub_socket is not None

    def _send_elsewhere(self, msg_type: str, content: Mapping[str, Any], outside: Mapping[str, Any]) -> None:
        msg = self.session.msg(msg_type, dict(content), parent=self.parent_header)
        msg.update(metadata=outside.get("metadata", {}), buffers=list(outside.get("buffers", ())))
        self.session.send(self.pub_socket, msg, ident=msg_type.encode("ascii"), buffers=msg["buffers"])

    def _contexts_of_cells(self) -> Contexts:
        shell: Any = getattr(self, "shell", None)
        found = getattr(shell, "contexts", None)
        return found if isinstance(found, Contexts) else _NOBODYS


_NOBODYS = Contexts()


class ZMQDisplayPublisher(_Addressed, DisplayPublisher):
    """Publishes display_data. Its name is the section of configuration files."""

    __module__ = "ipykernel.zmqshell"
    topic = b"display_data"

    shell: Any
    store_display_history = Bool(
        False, help="Keep what is displayed in the history, so that %notebook can write it."
    ).tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hooked = Hooks()
        self.register_hook = self._hooked.register_hook
        self.unregister_hook = self._hooked.unregister_hook

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: object = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Show a MIME bundle in the cell that this code works for; with `update`, where its display_id stands."""
        self._validate_data(data, metadata)
        content: dict[str, Any] = {"data": data, "metadata": metadata or {}, "transient": transient or {}}
        if self.store_display_history and not update:
            self._store(data)
        kind = UpdateDisplayData if update else DisplayData
        outside: dict[str, Any] = {}
        if self._hooked.hooks:
            left = self._hooked.passed(kind.msg_type, content)
            if left is None:
                return
            content, outside = left["content"], _envelope(left)
        if self._elsewhere:
            self._send_elsewhere(kind.msg_type, content, outside)
            return
        context = self.shell.contexts.current()
        if context is None:
            _show_as_text(data)
        else:
            self.shell.contexts.catch_up()
            context.publish(kind(content["data"], content["metadata"], content["transient"]), **outside)

    def clear_output(self, wait: bool = False) -> None:
        """Clear what the cell has shown; with `wait`, when something new comes."""
        if self._hooked.hooks and self._hooked.passed("clear_output", {"wait": wait}) is None:
            return
        if self._elsewhere:
            self._send_elsewhere("clear_output", {"wait": wait}, {})
            return
        context = self.shell.contexts.current()
        if context is not None:
            self.shell.contexts.catch_up()
            context.clear_output(wait=wait)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _store(self, data: dict[str, Any]) -> None:
        from IPython.core.history import HistoryOutput  # absent before IPython 9.1

        outputs = self.shell.history_manager.outputs
        outputs[self.shell.execution_count - 1].append(HistoryOutput(output_type="display_data", bundle=data))


def _envelope(message: Mapping[str, Any]) -> dict[str, Any]:
    """What hooks have added to a message beside its content."""
    return {"metadata": message.get("metadata") or {}, "buffers": tuple(message.get("buffers") or ())}


class _Here(threading.local):
    """What a thread's cell shows."""

    exec_result: Any = None
    displaying = False


class ZMQShellDisplayHook(_Addressed, DisplayHook):
    """Publishes the execute_result, and fills `_`, `__` and Out as IPython does."""

    __module__ = "ipykernel.displayhook"
    topic = b"execute_result"
    msg: Any = None
    """Nothing is kept for later."""

    shell: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._here = _Here()
        super().__init__(*args, **kwargs)
        self._hooked = Hooks()
        self.register_hook = self._hooked.register_hook
        self.unregister_hook = self._hooked.unregister_hook

    @property
    def exec_result(self) -> Any:
        """The ExecutionResult of this thread's cell."""
        return self._here.exec_result

    @exec_result.setter
    def exec_result(self, result: Any) -> None:
        self._here.exec_result = result

    @property
    def displaying(self) -> bool:
        """Whether a value is being shown now."""
        return self._here.displaying

    @property
    def prompt_count(self) -> int:
        """The number of the cell whose result this is: also of one that is not kept in history."""
        result = self.exec_result
        count = None if result is None else result.execution_count
        return int(super().prompt_count if count is None else count)

    def quiet(self) -> bool:
        """Whether the cell ends in ";"."""
        result = self.exec_result
        if result is None:
            return bool(super().quiet())
        info = result.info
        cell = getattr(info, "transformed_cell", None) or info.raw_cell
        return ";" in cell and bool(self.semicolon_at_end_of_expression(cell))  # to tokenize a long cell takes long

    # -- showing -------------------------------------------------------------------------------------------------------

    def __call__(self, result: object = None) -> None:
        """Show a value."""
        self._here.displaying = True
        try:
            super().__call__(result)
        finally:
            self._here.displaying = self._is_active = False

    def write_output_prompt(self) -> None:
        """Front ends write it."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        """Publish the result."""
        context = self.shell.contexts.current() if hasattr(self.shell, "contexts") else None
        if context is None and not self._elsewhere:
            return
        count = self.prompt_count if context is None else context.execution_count
        content: dict[str, Any] = {"execution_count": count, "data": format_dict, "metadata": md_dict or {}}
        outside: dict[str, Any] = {}
        if self._hooked.hooks:
            left = self._hooked.passed("execute_result", content)
            if left is None:
                return
            content, outside = left["content"], _envelope(left)
        if context is None or self._elsewhere:
            self._send_elsewhere("execute_result", content, outside)
            return
        self.shell.contexts.catch_up()
        context.publish(ExecuteResult(count, content["data"], content["metadata"]), **outside)

    def finish_displayhook(self) -> None:
        """Nothing is left to do: the message is on its way."""


def _show_as_text(data: Mapping[str, Any]) -> None:
    """In a forked child, which must not speak on the kernel's sockets, and before there is a cell."""
    if "text/plain" in data:
        print(data["text/plain"], file=sys.stdout)
