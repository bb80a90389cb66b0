"""`Debugger`: which debug_request is answered by whom, and the state of the session, which all clients share.

Some are answered here, of variables while nothing is stopped too; all others are debugpy's, and pass through.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from python_kernel.debugger import frames, looking, sources
from python_kernel.debugger.info import info
from python_kernel.debugger.session import RefusedError, Session
from sdk import Context, DebugReply, DebugRequest, ExecutionError
from sdk.debugger import DebuggerError, VariablesView

if TYPE_CHECKING:
    from python_kernel.kernel import PythonKernel

Body = Mapping[str, Any]
Request = dict[str, Any]
Answer = Callable[[Request, Context], Coroutine[Any, Any, Body]]

_OWN_REFERENCES = 1 << 30  # from here on references are those of variables that no stopped frame has
_GROUPS = ("special variables", "function variables", "class variables", "protected variables")
_SHELLS_OWN = frozenset(
    ("In", "Out", "_ih", "_oh", "_dh", "_", "__", "___", "_i", "_ii", "_iii", "get_ipython", "exit", "quit", "open")
)


class Debugger:
    """One for a kernel. Requests are answered one after the other."""

    def __init__(self, kernel: PythonKernel, *, answered: int = 0) -> None:
        """`answered`: how many requests of it were answered before it was made."""
        self._kernel = kernel
        self._view = VariablesView(kernel, first_reference=_OWN_REFERENCES)
        self._session = Session(kernel)
        self.files = sources.CellFiles()
        """Those of the cells that a client has wanted to set a breakpoint in."""
        kernel.host.on_interrupt = self._session.interrupted
        kernel.interpreter.shell.clients_debugger = self
        self._breakpoints: dict[str, list[dict[str, Any]]] = {}
        self._sequence = answered
        self._own: Mapping[str, Answer] = {
            "initialize": self._initialize,
            "attach": self._attach,
            "configurationDone": self._configuration_done,
            "disconnect": self._disconnect,
            "terminate": self._disconnect,
            "debugInfo": self._debug_info,
            "dumpCell": self._dump_cell,
            "source": self._source,
            "modules": self._modules,
            "setBreakpoints": self._set_breakpoints,
            "inspectVariables": self._inspect_variables,
            "variables": self._variables,
            "richInspectVariables": self._rich_inspect_variables,
            "copyToGlobals": self._copy_to_globals,
            "stackTrace": self._stack_trace,
            "evaluate": self._evaluate,
            "pause": self._of_all_threads,
            "continue": self._of_all_threads,
        }

    async def answer(self, request: DebugRequest, context: Context) -> DebugReply:
        """The DAP response to a DAP request."""
        asked = dict(request.fields)
        self._session.voice = context
        command, arguments = asked.get("command"), asked.get("arguments")
        message: str = ""
        body: Body = {}
        try:
            if not isinstance(command, str):
                raise DebuggerError(f"a request of the Debug Adapter Protocol has a command: {command!r}")
            arguments = dict(arguments) if isinstance(arguments, Mapping) else {}
            body = await self._own.get(command, self._forward)({**asked, "arguments": arguments}, context)
        except RefusedError as refused:
            message, body = str(refused), refused.body
        except DebuggerError as error:
            message = f"{command}: {error}" if not str(error).startswith(f"{command}:") else str(error)
            body = {"breakpoints": []} if command == "setBreakpoints" else {}  # JupyterLab looks without asking
        except (KeyError, TypeError, AttributeError) as error:
            message = f"{command}: its arguments are not those of the protocol ({type(error).__name__}: {error})"
        self._sequence += 1
        return DebugReply.answering(request, body, seq=self._sequence, message=message)

    # -- the session ---------------------------------------------------------------------------------------------------

    async def _initialize(self, asked: Request, context: Context) -> Body:
        return await self._session.begin(asked["arguments"])

    async def _attach(self, asked: Request, context: Context) -> Body:
        return await self._session.attach(asked["arguments"])

    async def _configuration_done(self, asked: Request, context: Context) -> Body:
        self._session.needed("configurationDone")  # `attach` has said it
        return {}

    async def _disconnect(self, asked: Request, context: Context) -> Body:
        await self._session.end()
        self._breakpoints.clear()
        return {}

    def close(self) -> None:
        """End the session, if there is one: what is stopped goes on; remove the files of cells. Any thread."""
        self._session.close()
        self.files.close()

    def cell_begins(self) -> None:
        """A cell is about to run in this thread."""
        self._session.tracing.cell_begins()

    def cell_ended(self) -> None:
        """A cell has ended in this thread."""
        self._session.tracing.cell_ended()

    def cut(self, error: BaseException) -> None:
        """What has interrupted a stopped thread has not come from the debugger's frames."""
        frames.cut(error.__traceback__)

    async def _debug_info(self, asked: Request, context: Context) -> Body:
        return info(is_started=self._session.is_on, breakpoints=self._breakpoints, stopped=list(self._session.stopped))

    @property
    def is_on(self) -> bool:
        """Whether there is a session."""
        return self._session.is_on

    @property
    def breakpoints(self) -> Mapping[str, list[dict[str, Any]]]:
        """Those of each file."""
        return self._breakpoints

    @property
    def stopped(self) -> Sequence[int]:
        """The threads that are, in order."""
        return list(self._session.stopped)

    # -- sources and breakpoints ---------------------------------------------------------------------------------------

    async def _dump_cell(self, asked: Request, context: Context) -> Body:
        return {"sourcePath": self.files.dump(str(asked["arguments"]["code"]))}

    async def _source(self, asked: Request, context: Context) -> Body:
        return {"content": sources.text_of(str(asked["arguments"]["source"]["path"]))}

    async def _modules(self, asked: Request, context: Context) -> Body:
        found = []
        for number, module in enumerate(list(sys.modules.values())):
            origin = getattr(getattr(module, "__spec__", None), "origin", None)
            if isinstance(origin, str) and origin.endswith(".py"):
                found.append({"id": number, "name": module.__name__, "path": origin})
        arguments = asked["arguments"]
        first, most = arguments.get("startModule") or 0, arguments.get("moduleCount") or len(found)
        return {"modules": found[first : first + most], "totalModules": len(found)}

    async def _set_breakpoints(self, asked: Request, context: Context) -> Body:
        self._session.needed("setBreakpoints")
        arguments = asked["arguments"]
        path, wanted = arguments["source"]["path"], arguments.get("breakpoints") or []
        body = await self._forward(asked, context)
        set_ones: Sequence[Mapping[str, Any]] = body.get("breakpoints") or []
        kept = [
            {**asked_one, "line": one.get("line") or asked_one["line"]}
            for asked_one, one in zip(wanted, set_ones, strict=False)
        ]
        if kept:
            self._breakpoints[path] = kept
        else:
            self._breakpoints.pop(path, None)
        return body

    # -- frames and variables ------------------------------------------------------------------------------------------

    async def _stack_trace(self, asked: Request, context: Context) -> Body:
        body = await self._forward(asked, context)
        if not self._kernel.filter_internal_frames:
            return body
        found = frames.shown(body.get("stackFrames") or [])
        return {**body, "stackFrames": found, "totalFrames": len(found)}

    async def _inspect_variables(self, asked: Request, context: Context) -> Body:
        return await self._looked(asked, context)

    async def _variables(self, asked: Request, context: Context) -> Body:
        reference = asked["arguments"]["variablesReference"]
        if not self._session.is_on or reference >= _OWN_REFERENCES:
            return await self._looked(asked, context)
        body = await self._forward(asked, context)
        found = body.get("variables") or []
        names = {one.get("name") for one in found}
        if {"In", "Out"} <= names:  # the user's namespace, where IPython keeps things of its own
            found = [one for one in found if not _is_shells_own(str(one.get("name")))]
        return {**body, "variables": found}

    async def _looked(self, asked: Request, context: Context) -> Body:
        reply = (await self._view.answer(DebugRequest(asked), context)).fields
        if not reply.get("success"):
            raise RefusedError(str(reply.get("message") or ""), reply.get("body") or {})
        body: Body = reply["body"]
        return body

    async def _rich_inspect_variables(self, asked: Request, context: Context) -> Body:
        arguments = asked["arguments"]
        expression, frame = str(arguments["variableName"]), arguments.get("frameId")
        if expression in _GROUPS:
            return {"data": {}, "metadata": {}}
        if not looking.is_path(expression):
            raise RefusedError(f"{expression!r} is no variable", {"data": {}, "metadata": {}})
        if frame is None or not self._session.stopped:
            try:
                return looking.as_body(self._kernel.interpreter.cells.formatted(expression))
            except ExecutionError as error:
                raise RefusedError(str(error), {"data": {}, "metadata": {}}) from None
        number, code = looking.call_of(expression, self._kernel.interpreter.shell.display_formatter.format)
        try:
            await self._session.ask("evaluate", {"expression": code, "frameId": frame, "context": "watch"})
        finally:
            found = looking.take(number)
        if found is None:
            raise DebuggerError(f"{expression} could not be shown")
        return looking.as_body(found)

    async def _evaluate(self, asked: Request, context: Context) -> Body:
        arguments = asked["arguments"]
        if arguments.get("frameId") is None:  # debugpy would look for names in a namespace of its own
            arguments["expression"] = looking.in_users_namespace(str(arguments["expression"]))
        return await self._forward(asked, context)

    async def _copy_to_globals(self, asked: Request, context: Context) -> Body:
        arguments = asked["arguments"]
        source, target = arguments["srcVariableName"], arguments["dstVariableName"]
        if not (str.isidentifier(source) and str.isidentifier(target)):
            raise DebuggerError("srcVariableName and dstVariableName must be valid identifiers")
        copied = {
            "expression": f"{looking.USERS}[{target!r}]",
            "value": source,
            "frameId": arguments["srcFrameId"],
        }
        return await self._session.ask("setExpression", copied)

    # -- debugpy -------------------------------------------------------------------------------------------------------

    async def _of_all_threads(self, asked: Request, context: Context) -> Body:
        """One thread alone cannot be paused or continued."""
        return await self._forward({**asked, "arguments": {**asked["arguments"], "threadId": "*"}}, context)

    async def _forward(self, asked: Request, context: Context) -> Body:
        return await self._session.ask(asked["command"], asked["arguments"])


def _is_shells_own(name: str) -> bool:
    return name in _SHELLS_OWN or (name[:1] == "_" and name.lstrip("_i").isdigit())
