"""asyncio.run() in a cell: a notebook's cells run inside a loop, where Python refuses it. Here it works.

The new loop runs inside the cell, to its end, as any other call would; the kernel's own loop waits, and the tasks on it
with it. What cannot work is `loop.run_until_complete` of the loop that runs: its error says what to write instead.
"""

from __future__ import annotations

import asyncio
import functools
from asyncio import AbstractEventLoop, BaseEventLoop, Runner, runners
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

_HINT = (
    "A cell runs inside an event loop already. Write `await ...` in the cell, or `asyncio.run(...)`, "
    "which in this kernel runs beside that loop."
)


class NestedRuns:
    """Lets loops run inside cells."""

    def __init__(self) -> None:
        self._loops: WeakSet[AbstractEventLoop] = WeakSet()

    def cells_run_in_this_loop(self) -> None:
        """The running loop is one of the kernel's: of its main shell or of a subshell."""
        self._loops.add(asyncio.get_running_loop())

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """In here `asyncio.run` and its kin work in cells."""
        places: list[tuple[Any, str]] = [
            (asyncio, "run"),
            (runners, "run"),
            (Runner, "run"),
            (BaseEventLoop, "run_until_complete"),
        ]
        found = [getattr(owner, name) for owner, name in places]
        ours = [self._beside(call) for call in found]
        for (owner, name), call in zip(places, ours, strict=True):
            setattr(owner, name, call)
        try:
            yield
        finally:
            for (owner, name), call, before in zip(places, ours, found, strict=True):
                if getattr(owner, name) is call:  # else somebody else has replaced it: nest_asyncio does
                    setattr(owner, name, before)

    def _beside(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def run(*args: Any, **kwargs: Any) -> Any:
            loop = asyncio._get_running_loop()
            if loop is None or loop not in self._loops:
                return call(*args, **kwargs)
            if args and args[0] is loop:
                try:
                    return call(*args, **kwargs)
                except RuntimeError as error:
                    error.add_note(_HINT)
                    raise
            with _suspended(loop):
                return call(*args, **kwargs)

        return run


@contextmanager
def _suspended(loop: AbstractEventLoop) -> Iterator[None]:
    """In here this thread has no running loop and no task."""
    task: Any = asyncio.current_task(loop)
    if task is not None:
        asyncio.tasks._leave_task(loop, task)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
        if task is not None:
            asyncio.tasks._enter_task(loop, task)
        asyncio.set_event_loop(loop)  # asyncio.run has left none
