"""`Output`: what makes text appear in cells, put in place and undone: sys.stdout, descriptors, limit, last words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from python_kernel.contexts import Contexts
from python_kernel.descriptors import GAP, Descriptors, Show
from python_kernel.last_words import LastWords
from python_kernel.output_limit import OutputLimit
from python_kernel.streams import OutStream
from sdk import Context, ExecuteRequest

if TYPE_CHECKING:
    from python_kernel.kernel import PythonKernel


class Output:
    """What is to be done about output when a cell begins and ends."""

    def __init__(
        self, contexts: Contexts, descriptors: Descriptors, limit: OutputLimit | None, words: LastWords | None
    ) -> None:
        self._contexts = contexts
        self._descriptors = descriptors
        self._limit = limit
        self._words = words
        self.streams: dict[str, OutStream] = {}
        """sys.stdout and sys.stderr, by name."""

    def begin(self, request: ExecuteRequest, context: Context) -> None:
        """A cell begins: what was written before is not its."""
        descriptors, contexts = self._descriptors, self._contexts
        descriptors.catch_up()
        descriptors.gap = GAP
        contexts.begin(context)
        if contexts.by_creator:
            descriptors.own(context)
        if self._limit is not None:
            self._limit.begin(context)
        if self._words is not None:
            self._words.running(context, request.code)

    def end(self, context: Context) -> None:
        """It has ended: what it has written comes before its idle."""
        if self._contexts.forked:
            return
        self._contexts.end(context)
        if self._words is not None:
            self._words.idle()
        self._descriptors.finish()
        if self._limit is not None:
            self._limit.end(context)

    def end_at_once(self) -> None:
        """The process is about to be ended: that is nothing to give an account of."""
        if self._words is not None:
            self._words.discard()


@contextmanager
def shown_in_cells(kernel: PythonKernel, contexts: Contexts, tell: Callable[[str], None]) -> Iterator[Output]:
    """In here sys.stdout and sys.stderr go to the cells, and the descriptors 1 and 2. `tell` tells the user."""
    show: Show = Context.stream
    show_without_blocking: Show = Context.pour
    limit = OutputLimit(kernel.output_limit) if kernel.output_limit > 0 else None
    if limit is not None:
        show, show_without_blocking = limit.limiting(show), limit.limiting(show_without_blocking)
    descriptors = Descriptors(contexts, show_without_blocking, capture=kernel.capture_fd_output)
    streams = [OutStream.of_cells(name, contexts, descriptors, show) for name in ("stdout", "stderr")]
    words = LastWords(kernel.host.connection_file, tell, streams[1].fileno) if kernel.crash_file else None

    def in_child() -> None:
        for stream in streams:
            stream.fork(lock[0] if lock else -1)
        descriptors.forget()
        if words is not None:
            words.forked()

    with ExitStack() as undo:
        lock = undo.enter_context(_known_when_forked(contexts, in_child))
        undo.enter_context(descriptors.shown())
        if words is not None:
            undo.enter_context(words.kept())
        undo.enter_context(_standing_for(streams))
        contexts.on_owning, contexts.catch_up = descriptors.own, descriptors.catch_up
        try:
            output = Output(contexts, descriptors, limit, words)
            output.streams.update((stream.name, stream) for stream in streams)
            yield output
        finally:
            if contexts.last is not None:
                contexts.last.flush()


@contextmanager
def _standing_for(streams: list[OutStream]) -> Iterator[None]:
    found = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = found


@contextmanager
def _known_when_forked(contexts: Contexts, in_child: Callable[[], None]) -> Iterator[list[int]]:
    """In here a child knows that it is one. The list holds, from the first fork on, a file that children lock."""
    lock: list[int] = []

    def before() -> None:
        if not lock:
            import tempfile  # start-up time

            with suppress(OSError), tempfile.TemporaryFile() as file:  # else long lines of children may mix
                lock.append(os.dup(file.fileno()))

    def after() -> None:
        contexts.fork()
        in_child()

    hooks = [before, after]  # what is registered cannot be taken back, so it shall hold nothing for good
    os.register_at_fork(before=lambda: _call(hooks[:1]), after_in_child=lambda: _call(hooks[1:]))
    try:
        yield lock
    finally:
        hooks.clear()
        for number in lock:
            os.close(number)


def _call(functions: list[Callable[[], None]]) -> None:
    for function in functions:
        function()
