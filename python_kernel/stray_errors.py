"""Errors that nobody waits for, of tasks and threads, are shown in the cell that has started these."""

from __future__ import annotations

import contextvars
import gc
import threading
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import format_exception
from typing import Any
from weakref import WeakSet

from python_kernel.contexts import Contexts
from sdk import Context


class StrayErrors:
    """Shows them."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._loops: WeakSet[AbstractEventLoop] = WeakSet()

    def show_those_of_this_loop(self) -> None:
        """The running loop's tasks fail in their cells, unless the user's code handles that itself."""
        loop = get_running_loop()
        if loop not in self._loops:
            self._loops.add(loop)
            loop.set_exception_handler(self._handler(loop.get_exception_handler()))

    def _handler(self, found: Callable[[AbstractEventLoop, dict[str, Any]], object] | None) -> Any:
        def handle(loop: AbstractEventLoop, details: dict[str, Any]) -> None:
            context = _context_of(details.get("future") or details.get("task"))
            error = details.get("exception")
            if context is not None and isinstance(error, Exception) and not self._contexts.forked:
                text = "".join(format_exception(error))
                context.pour("stderr", f"{details.get('message') or 'An error in a task'}\n{text}")
            elif found is not None:
                found(loop, details)
            else:
                loop.default_exception_handler(details)

        return handle

    @contextmanager
    def of_threads_shown(self) -> Iterator[None]:
        """In here a thread fails in the cell that has started it."""
        found = threading.excepthook
        threading.excepthook = ours = self._hook(found)
        try:
            yield
        finally:
            if threading.excepthook is ours:  # else somebody else has replaced it
                threading.excepthook = found

    def _hook(self, found: Callable[[Any], object]) -> Callable[[Any], None]:
        def show(details: Any) -> None:
            context = self._contexts.creator(details.thread)
            token = None if context is None else context.enter()
            try:
                found(details)
            finally:
                if context is not None and token is not None:
                    context.leave(token)

        return show


def _context_of(task: Future[Any] | None) -> Context | None:
    """The request that a task works for. Python 3.12 and later tells its context, before that the collector does."""
    if task is None:
        return None
    if hasattr(task, "get_context"):
        found = [task.get_context().copy()]  # asyncio may have entered it to tell of the error
    else:
        found = [one for one in gc.get_referents(task) if isinstance(one, contextvars.Context)]
    return found[0].run(Context.of_this_task) if found else None
