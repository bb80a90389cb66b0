"""`Contexts`: which request does the code that runs here work for? Its output belongs to that one.

Tasks know it by a context variable, which they copy when they are made. A thread that says nothing belongs to the cell
that has started it while that cell runs; what it writes later belongs, as the user chooses, to the cell that runs then,
or still to its own. Code may also name a request itself, for a thread and for all that this thread starts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures.thread import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Token
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from sdk import Context

if TYPE_CHECKING:
    from sdk.protocol.message import Message

OUTLIVING = ("current", "creator")
"""Whose the output is of threads and children that outlive their cell."""


_of_this_task = Context.of_this_task


class _Here(threading.local):
    """What a thread has said: all that it starts works for this request, for ever."""

    owner: Context | None = None


class Contexts:
    """The contexts of cells, by task and by thread. What belongs to none of them belongs to the last cell."""

    def __init__(self, outliving: str = OUTLIVING[0]) -> None:
        self.last: Context | None = None
        self.forked = False
        self.by_creator = outliving == "creator"
        self._running: set[Context] = set()
        self._by_request: WeakValueDictionary[str, Context] = WeakValueDictionary()
        self._creators: WeakKeyDictionary[threading.Thread, Context] = WeakKeyDictionary()
        self._owned: WeakKeyDictionary[threading.Thread, Context] = WeakKeyDictionary()
        self._here = _Here()
        self.on_owning: Callable[[Context | None], None] = lambda context: None
        """Told whose the children are that are started from now on; None: as always."""
        self.find_kernel: Callable[[], Any] = lambda: None
        """Gives `get_ipython().kernel`."""
        self.catch_up: Callable[[], None] = lambda: None
        """Shows what C code and children have written by now: called before anything else is shown."""

    def begin(self, context: Context) -> None:
        """A cell begins."""
        self.last = context
        self._running.add(context)
        self._by_request[context.header.msg_id] = context

    def end(self, context: Context) -> None:
        """A cell has ended."""
        self._running.discard(context)

    # -- who is it? ----------------------------------------------------------------------------------------------------

    def current(self) -> Context | None:
        """The context of the request that this code works for; None before the first, and in a forked child.

        A child must not speak on its parent's sockets.
        """
        context = _of_this_task()
        if context is not None:
            return context
        thread = threading.current_thread()
        context = self._owned.get(thread)
        if context is not None:
            return context
        context = self._creators.get(thread)
        return context if context is not None and (self.by_creator or context in self._running) else self.last

    def fork(self) -> None:
        """This is a forked child from now on: nothing in it works for a request."""
        self.forked = True
        self.current = lambda: None  # type: ignore[method-assign]

    def creator(self, thread: threading.Thread | None) -> Context | None:
        """The context of the cell that started `thread`."""
        if thread is None or self.forked:
            return None
        return self._owned.get(thread) or self._creators.get(thread)

    def find(self, request: Mapping[str, Any]) -> Context | None:
        """The context of a request that is given as a dict, or as its header; None when it names none."""
        header = request.get("header", request)
        context = self._by_request.get(header.get("msg_id", ""))
        if context is None and header.get("msg_id") and self.last is not None:
            context = self.last.voice_of(request)
            self._by_request[context.header.msg_id] = context
        return context

    # -- what code says itself -----------------------------------------------------------------------------------------

    def set_parent(self, parent: Mapping[str, Any]) -> None:
        """This thread, and what belongs to nobody, works for the request `parent`, a dict as of `get_parent()`."""
        context = self.find(parent)
        if context is not None:
            context.enter()
            self.last = context

    def set_thread_parent(self, parent: Mapping[str, Any]) -> Token[Context | None] | None:
        """This thread works for the request `parent`, until `reset_thread_parent` with what this returns."""
        context = self.find(parent)
        return None if context is None else context.enter()

    def reset_thread_parent(self, token: Token[Context | None] | None) -> None:
        """Undo `set_thread_parent`."""
        context = Context.of_this_task()
        if token is not None and context is not None:
            context.leave(token)

    @contextmanager
    def output_to(self, parent: Mapping[str, Any] | None = None) -> Iterator[None]:
        """In here output belongs to the request `parent`, by default to the one at work: so does, for ever, that of

        threads, pools' work and children which are started in here.
        """
        context = self.current() if parent is None else self.find(parent)
        if context is None:
            yield
            return
        before, self._here.owner = self._here.owner, context
        token = context.enter()
        self.on_owning(context)
        try:
            yield
        finally:
            self.on_owning(before)
            context.leave(token)
            self._here.owner = before

    # -- threads -------------------------------------------------------------------------------------------------------

    @contextmanager
    def following_threads(self) -> Iterator[None]:
        """In here it is known of threads and of pools' work which request has started them."""
        start, submit = threading.Thread.start, ThreadPoolExecutor.submit
        threading.Thread.start = self._noting(start)  # type: ignore[assignment, method-assign]
        ThreadPoolExecutor.submit = self._carrying(submit)  # type: ignore[method-assign]
        try:
            yield
        finally:
            threading.Thread.start = start  # type: ignore[method-assign]
            ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]

    def _owner(self) -> Context | None:
        return self._here.owner or self._owned.get(threading.current_thread())

    def _noting(self, start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        def start_for_this_request(thread: threading.Thread) -> None:
            owner = self._owner()
            context = owner or self.current()
            if owner is not None:
                self._owned[thread] = owner
            elif context is not None:
                self._creators[thread] = context
            start(thread)

        return start_for_this_request

    def _carrying(self, submit: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        def submit_for_this_request(
            pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **kwargs: Any
        ) -> Future[Any]:
            context = self._owner() or self.current()
            if context is None:
                return submit(pool, work, *args, **kwargs)
            return submit(pool, self._work_for, context, self._owner() is not None, work, args, kwargs)

        return submit_for_this_request

    def _work_for(
        self, context: Context, owned: bool, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Work of a pool, whose threads have been started by somebody else."""
        thread = threading.current_thread()
        known = self._owned if owned else self._creators
        other = self._creators if owned else self._owned
        known[thread] = context
        other.pop(thread, None)
        return work(*args, **kwargs)


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
