"""`Parented`: what shows something says for which request, and may be told. Other software asks in these words."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from typing import Any

from python_kernel.contexts import Contexts, as_dict
from sdk import Context


class Parented:
    """The request in whose name it shows, by the names that ipykernel gave."""

    def _contexts_of_cells(self) -> Contexts:
        raise NotImplementedError

    @property
    def session(self) -> Any:
        """The kernel's session, for who sends messages himself."""
        kernel = self._contexts_of_cells().find_kernel()
        return None if kernel is None else kernel.session

    @property
    def parent_header(self) -> dict[str, Any]:
        """The header of the request that the calling code works for; {} before the first."""
        context = self._contexts_of_cells().current()
        header: dict[str, Any] = {} if context is None else as_dict(context.request)["header"]
        return header

    @parent_header.setter
    def parent_header(self, parent: Mapping[str, Any]) -> None:
        self.set_parent(parent)

    def set_parent(self, parent: Mapping[str, Any]) -> None:
        """Work for the request `parent`: this thread, and what belongs to no cell."""
        self._contexts_of_cells().set_parent(parent)

    def set_thread_parent(self, parent: Mapping[str, Any]) -> Token[Context | None] | None:
        """This thread works for the request `parent`; what `reset_thread_parent` wants."""
        return self._contexts_of_cells().set_thread_parent(parent)

    def reset_thread_parent(self, token: Token[Context | None] | None) -> None:
        """Undo `set_thread_parent`."""
        self._contexts_of_cells().reset_thread_parent(token)
