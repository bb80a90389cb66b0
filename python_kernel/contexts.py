"""`Contexts`: which request does the code that runs here work for? Its output belongs to that one.

Tasks know it by a context variable, which they copy when they are made. Threads do not inherit context variables
(before Python 3.14), so a thread's request is noted when it is started, and a pool's when the work is submitted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.thread import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakMethod

from sdk import Context

if TYPE_CHECKING:
    from sdk.protocol.message import Message


class Contexts:
    """The contexts of cells, by task and by thread. What belongs to none of them belongs to the last cell."""

    def __init__(self) -> None:
        self.last: Context | None = None
        self._forked = False
        self._of_threads: WeakKeyDictionary[threading.Thread, Context] = WeakKeyDictionary()

    def current(self) -> Context | None:
        """The context of the request that this code works for; None before the first, and in a forked child.

        A child must not speak on its parent's sockets.
        """
        if self._forked:
            return None
        return Context.of_this_task() or self._of_threads.get(threading.current_thread()) or self.last

    def _fork(self) -> None:
        self._forked = True

    @contextmanager
    def following_threads(self) -> Iterator[None]:
        """In here threads and pools work for the request that started them."""
        mine = WeakMethod(self._fork)
        os.register_at_fork(after_in_child=lambda: _call(mine()))  # which cannot be taken back, so it holds nothing
        start, submit = threading.Thread.start, ThreadPoolExecutor.submit
        threading.Thread.start = self._noting(start)  # type: ignore[assignment, method-assign]
        ThreadPoolExecutor.submit = self._carrying(submit)  # type: ignore[method-assign]
        try:
            yield
        finally:
            threading.Thread.start = start  # type: ignore[method-assign]
            ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]

    def _noting(self, start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        def start_for_this_request(thread: threading.Thread) -> None:
            context = self.current()
            if context is not None:
                self._of_threads[thread] = context
            start(thread)

        return start_for_this_request

    def _carrying(self, submit: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        def submit_for_this_request(
            pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **kwargs: Any
        ) -> Future[Any]:
            context = self.current()
            if context is None:
                return submit(pool, work, *args, **kwargs)
            return submit(pool, _work_for, context, work, args, kwargs)

        return submit_for_this_request


def _call(function: Callable[[], None] | None) -> None:
    if function is not None:
        function()


def as_dict(request: Message) -> dict[str, Any]:
    """A request as other software knows it from ipykernel."""
    return {
        "header": _header(request.header),
        "msg_id": request.header.msg_id,
        "msg_type": request.header.msg_type,
        "parent_header": {} if request.parent_header is None else _header(request.parent_header),
        "metadata": dict(request.metadata),
        "content": dict(request.content.to_fields()),
        "buffers": list(request.buffers),
    }


def _header(header: Any) -> dict[str, Any]:
    return {name: value for name, value in header._asdict().items() if name != "raw" and value is not None}


def _work_for(context: Context, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    token = context.enter()
    try:
        return work(*args, **kwargs)
    finally:
        context.leave(token)
