"""`Cells`: runs a cell in IPython's shell, on the loop if it awaits, and says how it ended."""

from __future__ import annotations

import asyncio
import inspect
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from IPython.core.async_helpers import _asyncio_runner

from python_kernel.tracebacks import text_of
from sdk import Context, ExecuteRequest, ExecutionError, MimeBundle

if TYPE_CHECKING:
    from python_kernel.shell import ZMQInteractiveShell


class Cells:
    """The cells of all shells: one at a time for each."""

    def __init__(
        self,
        shell: ZMQInteractiveShell,
        *,
        shut_down: Callable[[bool], None],
        prepare: Callable[[], None] = lambda: None,
        greet: Callable[[Context], None] = lambda context: None,
        begin: Callable[[ExecuteRequest, Context], None] = lambda request, context: None,
        end: Callable[[Context], None] = lambda context: None,
    ) -> None:
        """`prepare` is called before each cell, in the thread that runs it; `greet` before those that a user sees.

        `begin` and `end` are called at the very first and last, in that thread too.
        """
        self._shell = shell
        self._shut_down = shut_down
        self._prepare = prepare
        self._greet = greet
        self._begin, self._end = begin, end
        self._parameters: dict[str, tuple[Any, set[str] | None]] = {}

    async def run(self, request: ExecuteRequest, context: Context) -> None:
        """Run `request.code`. Raises ExecutionError with IPython's traceback when it fails."""
        self._begin(request, context)
        try:
            await self._run(request, context)
        finally:
            self._end(context)

    async def _run(self, request: ExecuteRequest, context: Context) -> None:
        shell = self._shell
        self._prepare()
        silent = request.silent
        shell.tracebacks.begin(silent=silent)
        if not silent and request.store_history is not False:
            self._greet(context)
        options: dict[str, Any] = {
            "store_history": not silent if request.store_history is None else request.store_history,
            "silent": silent,
            "cell_id": context.cell_id,
            "cell_meta": context.metadata,
        }
        try:
            result = await self._result(request.code, options)
            await _forget_cancellation()
        finally:
            shell.numbers.take_back()
            shell.be_the_one()
            if shell.exit_now:
                shell.exit_now = False
                # On the loop, which goes on when the reply is sent: shutting down interrupts what runs.
                asyncio.get_running_loop().call_soon(self._shut_down, False)
        error = None if result is None else result.error_before_exec or result.error_in_exec
        failure = shell.tracebacks.end(error)
        if failure is not None:
            shown = shell.tracebacks.is_published or (
                error is not None and not failure.traceback and shell.shows_otherwise(error)
            )
            raise ExecutionError(failure.ename, failure.evalue, tuple(failure.traceback), shown=shown)

    async def run_at_start(self, code: str) -> BaseException | None:
        """Run code before the first cell; the error that ended it."""
        shell = self._shell
        self._prepare()
        shell.tracebacks.begin()
        try:
            result = await self._result(code, {"store_history": False, "silent": False})
        finally:
            shell.numbers.take_back()
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        shell.tracebacks.end(error)
        return error

    def evaluate(self, expression: str) -> MimeBundle:
        """The value of `expression`. Raises ExecutionError."""
        return self.formatted(expression)[0]

    def formatted(self, expression: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The value of `expression` as a MIME bundle, and the bundle's metadata. Raises ExecutionError."""
        shell = self._shell
        try:
            with shell.builtin_trap:
                value = eval(expression, shell.user_global_ns, shell.user_ns)
            data, metadata = shell.display_formatter.format(value)
        except Exception as error:  # whatever the user's code raises is the expression's error
            lines = shell.InteractiveTB.get_exception_only(type(error), error)
            raise ExecutionError(type(error).__name__, text_of(error), lines) from None
        return data, metadata

    async def _result(self, code: str, options: dict[str, Any]) -> Any:
        """IPython's ExecutionResult."""
        shell = self._shell
        transformed, failure = code, None
        try:
            transformed = shell.transform_cell(code)
        except Exception:  # what a transformation raises is shown as the cell's error
            failure = sys.exc_info()
        if shell.loop_runner is _asyncio_runner and shell.should_run_async(
            code, transformed_cell=transformed, preprocessing_exc_tuple=failure
        ):
            return await self._awaited(code, {**options, "transformed_cell": transformed})
        if shell.loop_runner is not _asyncio_runner and threading.current_thread() is threading.main_thread():
            with _wake_up_descriptor_free():
                return shell.run_cell(code, **self._accepted("run_cell", options))
        if failure is None:
            shell.transformed = (code, transformed)  # which run_cell would do again
        return shell.run_cell(code, **self._accepted("run_cell", options))

    def _accepted(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        """Those options that the shell's method takes: an older IPython's, or of one that other software put there."""
        method = getattr(self._shell, name)
        function = getattr(method, "__func__", method)
        known, taken = self._parameters.get(name, (None, None))
        if known is not function:
            parameters = inspect.signature(method).parameters.values()
            takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
            taken = None if takes_all else {parameter.name for parameter in parameters}
            self._parameters[name] = (function, taken)
        return options if taken is None else {name: value for name, value in options.items() if name in taken}

    async def _awaited(self, code: str, options: dict[str, Any]) -> Any:
        """As run_cell does it, but on the loop that runs."""
        shell, result = self._shell, None
        with shell._tee("stdout"), shell._tee("stderr"):
            try:
                with shell.running_cell():
                    result = await shell.run_cell_async(code, **self._accepted("run_cell_async", options))
            finally:
                shell.events.trigger("post_execute")
                if not options["silent"]:
                    shell.events.trigger("post_run_cell", result)
        return result


@contextmanager
def _wake_up_descriptor_free() -> Iterator[None]:
    """In here no descriptor is told of signals: Trio wants to be the first, and says so in the user's cell."""
    found = signal.set_wakeup_fd(-1)
    try:
        yield
    finally:
        signal.set_wakeup_fd(found, warn_on_full_buffer=False)


async def _forget_cancellation() -> None:
    """A cell that does not await can cancel the kernel's own task, which would be told to the next cell."""
    task = asyncio.current_task()
    if task is None or not task.cancelling():
        return
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(0)
    while task.uncancel():
        pass
