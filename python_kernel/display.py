"""display(), clear_output() and the results of cells: IPython formats them, the cell's context publishes them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from traitlets import Bool

from python_kernel.contexts import Contexts
from python_kernel.hooks import Hooks
from python_kernel.parent import Parented
from sdk import DisplayData, UpdateDisplayData


class ZMQDisplayPublisher(Parented, DisplayPublisher):
    """Publishes display_data. Its name is the section of configuration files."""

    shell: Any
    store_display_history = Bool(
        False, help="Keep what is displayed in the history, so that %notebook can write it."
    ).tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hooks = Hooks()
        self.register_hook = self._hooks.register_hook
        self.unregister_hook = self._hooks.unregister_hook

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
        content = {"data": data, "metadata": metadata or {}, "transient": transient or {}}
        if self.store_display_history and not update:
            self._store(data)
        kind = UpdateDisplayData if update else DisplayData
        if self._hooks.hooks:
            left = self._hooks.passed(kind.msg_type, content)
            if left is None:
                return
            content = left
        context = self.shell.contexts.current()
        if context is None:
            _show_as_text(data)
        else:
            self.shell.contexts.catch_up()
            context.publish(kind(content["data"], content["metadata"], content["transient"]))

    def clear_output(self, wait: bool = False) -> None:
        """Clear what the cell has shown; with `wait`, when something new comes."""
        if self._hooks.hooks and self._hooks.passed("clear_output", {"wait": wait}) is None:
            return
        context = self.shell.contexts.current()
        if context is not None:
            self.shell.contexts.catch_up()
            context.clear_output(wait=wait)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _contexts_of_cells(self) -> Contexts:
        contexts: Contexts = self.shell.contexts
        return contexts

    def _store(self, data: dict[str, Any]) -> None:
        from IPython.core.history import HistoryOutput  # absent before IPython 9.1

        outputs = self.shell.history_manager.outputs
        outputs[self.shell.execution_count - 1].append(HistoryOutput(output_type="display_data", bundle=data))


class _Here(threading.local):
    """What a thread's cell shows."""

    exec_result: Any = None
    displaying = False


class ZMQShellDisplayHook(Parented, DisplayHook):
    """Publishes the execute_result, and fills `_`, `__` and Out as IPython does."""

    shell: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._here = _Here()
        super().__init__(*args, **kwargs)
        self._hooks = Hooks()
        self.register_hook = self._hooks.register_hook
        self.unregister_hook = self._hooks.unregister_hook

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
        context = self.shell.contexts.current()
        if context is None:
            return
        content = {"execution_count": context.execution_count, "data": format_dict, "metadata": md_dict or {}}
        if self._hooks.hooks:
            left = self._hooks.passed("execute_result", content)
            if left is None:
                return
            content = left
        self.shell.contexts.catch_up()
        context.execute_result(content["data"], content["metadata"])

    def finish_displayhook(self) -> None:
        """Nothing is left to do: the message is on its way."""

    def _contexts_of_cells(self) -> Contexts:
        contexts: Contexts = self.shell.contexts
        return contexts


def _show_as_text(data: Mapping[str, Any]) -> None:
    """In a forked child, which must not speak on the kernel's sockets, and before there is a cell."""
    if "text/plain" in data:
        print(data["text/plain"], file=sys.stdout)
