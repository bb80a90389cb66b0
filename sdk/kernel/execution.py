"""execute_request alone: counter, execute_input, history, user_expressions, stop_on_error (spec, "Execute")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from sdk.errors import BadReturnValueError, ExecutionError
from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.kernel.failure import error_of
from sdk.protocol.iopub import DisplayData, ExecuteInput
from sdk.protocol.message import Content, ErrorReply
from sdk.protocol.shell import ExecuteReply, ExecuteRequest
from sdk.seam import Drive

if TYPE_CHECKING:  # start-up time
    from sdk.kernel.author import Author


class Execution:
    """Runs the cells of one shell or subshell, and knows which of the waiting ones an error has aborted."""

    def __init__(
        self,
        kernel: Kernel,
        arrived: Callable[[], int],
        counting: Lock | None = None,
        author: Author | None = None,
    ) -> None:
        """`counting` is held while a cell gets its number; subshells share it. `author` stands before the kernel."""
        self._kernel = kernel
        self._author = author or kernel
        self._arrived = arrived
        self._counting = counting or Lock()
        self._abort_through = -1
        self.interrupt_through = -1
        """The first of the cells up to this number is interrupted before it begins."""

    def is_aborted(self, sequence: int) -> bool:
        """Whether the request with this number had arrived when an earlier one failed."""
        return sequence <= self._abort_through

    def raise_interrupt(self, sequence: int) -> None:
        """Raises KeyboardInterrupt if the request with this number is the one that was interrupted."""
        through, self.interrupt_through = self.interrupt_through, -1
        if sequence <= through:
            raise KeyboardInterrupt

    async def execute(self, request: ExecuteRequest, context: Context, drive: Drive) -> Content:
        """Run one cell; the reply, which tells of a failure too."""
        keep = not request.silent and request.store_history is not False
        with self._counting:
            # A silent request has no number: front-ends ask by one for the last cell's, to write the next prompt.
            context.execution_count = count = self._kernel.execution_count + (not request.silent)
            if keep:
                self._kernel.execution_count = count
        context.allow_stdin = bool(request.allow_stdin) if request.allow_stdin is not None else True
        context.quiet = request.silent and not self._kernel.publishes_when_silent
        if not request.silent:
            context.announce(ExecuteInput(request.code, count))
        if keep:
            self._kernel.host.history.append(count, request.code)
        try:
            value = await drive(self._author.do_execute(request, context))
            self._publish(value, context, silent=request.silent, keep=keep)
            expressions = await self._evaluate(request.user_expressions or {}, context, drive)
        except GeneratorExit:
            raise
        except BaseException as exception:  # whatever the author's code raises is the cell's error
            return self.failed(exception, request, context)
        return ExecuteReply(count, expressions, context.payload)

    def _publish(self, value: object, context: Context, *, silent: bool, keep: bool) -> None:
        if value is None:
            return
        result = value if isinstance(value, DisplayData) else DisplayData(_as_mime_bundle(value))
        if silent:
            return
        context.execute_result(result.data, result.metadata)
        text = result.data.get("text/plain")
        if keep and isinstance(text, str):
            self._kernel.host.history.append_output(context.execution_count, text)

    async def _evaluate(self, expressions: Mapping[str, Any], context: Context, drive: Drive) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, expression in expressions.items():
            try:
                data = await drive(self._kernel.do_user_expression(str(expression), context))
                values[name] = {"status": "ok", "data": _as_mime_bundle(data), "metadata": {}}
            except Exception as exception:  # each expression fails for itself (spec, "Execute")
                values[name] = {"status": "error", **error_of(exception).to_fields()}
        return values

    def failed(self, exception: BaseException, request: ExecuteRequest, context: Context) -> ErrorReply:
        """The cell ended, or could not begin, because of `exception`: publish it; the reply."""
        error = error_of(exception)
        if not request.silent:
            if not (isinstance(exception, ExecutionError) and exception.shown):
                context.announce(error)
            if request.stop_on_error is not False:
                self._abort_through = self._arrived()
        return ErrorReply(
            "execute_reply",
            error.ename,
            error.evalue,
            error.traceback,
            execution_count=context.execution_count,
            user_expressions={},
            payload=context.payload,
        )


def _as_mime_bundle(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and all(isinstance(kind, str) and "/" in kind for kind in value):
        return value
    raise BadReturnValueError(
        f"do_execute returned {type(value).__name__} {value!r:.60}: expected None, a MIME bundle such as "
        "{'text/plain': ...}, or DisplayData"
    )
