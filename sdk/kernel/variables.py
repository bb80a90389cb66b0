"""Variables without a debugger: what front-ends ask of the Debug Adapter Protocol (DAP) to list a session's variables.

JupyterLab's panel of variables belongs to its debugger: it is there for kernels that say they have one (in the
kernelspec's metadata; by the spec also in kernel_info_reply), and it asks by debug_request (spec, "Debug request"). A
kernel that implements `do_variables` and not `do_debug` therefore says so too, serves the requests by which variables
are looked at, tells in `initialize` that it has no capability besides, and refuses all others by name.

Pure: no clock, no loop, no sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.protocol.control import DebugReply, DebugRequest
from sdk.protocol.record import NOTHING
from sdk.protocol.variable import Variable

_LONGEST_LISTED = 1000  # characters of a value in a list; all of it is shown by itself
_LONGEST_SHOWN = 100_000
_MOST = 2000  # variables in one answer, if not asked for by pages
# JupyterLab's tree shows the value of these types alone, of others the type, and without a type the value again.
_SHOWN_BY_VALUE = ("bool", "float", "int", "str")

Body = Mapping[str, Any]
Command = Callable[[Mapping[str, Any], Context], Coroutine[Any, Any, Body]]


class _RefusedError(Exception):
    """A request that gets `success: false`, and this as its message."""


class VariablesView:
    """Answers debug_request from `do_variables`."""

    def __init__(self, kernel: Kernel, *, first_reference: int = 1) -> None:
        """References of variables are numbers from `first_reference` on."""
        self._kernel = kernel
        self._first = first_reference
        self._started = False
        self._sequence = 0
        self._paths: list[tuple[str, ...]] = []  # that of the first reference first
        self._commands: Mapping[str, Command] = {
            "debugInfo": self._debug_info,
            "initialize": self._initialize,
            "attach": self._nothing,
            "configurationDone": self._nothing,
            "inspectVariables": self._inspect_variables,
            "variables": self._variables,
            "modules": self._modules,
            "richInspectVariables": self._rich_inspect_variables,
            "disconnect": self._disconnect,
        }

    async def answer(self, request: DebugRequest, context: Context) -> DebugReply:
        """The DAP response to a DAP request."""
        asked = request.fields
        command, arguments = asked.get("command"), asked.get("arguments")
        serve = self._commands.get(command) if isinstance(command, str) else None
        message, body = "", NOTHING
        if serve is None:
            name = self._kernel.implementation or type(self._kernel).__name__
            message = f"{command}: {name} shows variables, and has no debugger"
            body = {"breakpoints": []} if command == "setBreakpoints" else NOTHING  # JupyterLab looks without asking
        else:
            try:
                body = await serve(arguments if isinstance(arguments, Mapping) else NOTHING, context)
            except _RefusedError as refused:
                message = f"{command}: {refused}"
        self._sequence += 1
        return DebugReply.answering(request, body, seq=self._sequence, message=message)

    # -- a session of looking ------------------------------------------------------------------------------------------

    async def _debug_info(self, arguments: Body, context: Context) -> Body:
        return {
            "isStarted": self._started,
            "hashMethod": "Murmur2",
            "hashSeed": 0,
            "tmpFilePrefix": "",
            "tmpFileSuffix": "",
            "breakpoints": [],
            "stoppedThreads": [],
            "richRendering": True,
            "exceptionPaths": [],
            "copyToGlobals": False,
        }

    async def _initialize(self, arguments: Body, context: Context) -> Body:
        self._started = True
        return {
            "supportsConfigurationDoneRequest": True,
            "supportsVariablePaging": True,
            "exceptionBreakpointFilters": [],
        }

    async def _nothing(self, arguments: Body, context: Context) -> Body:
        return NOTHING

    async def _modules(self, arguments: Body, context: Context) -> Body:
        return {"modules": [], "totalModules": 0}  # JupyterLab asks whatever `initialize` says

    async def _disconnect(self, arguments: Body, context: Context) -> Body:
        self._started = False
        return NOTHING

    # -- looking -------------------------------------------------------------------------------------------------------

    async def _inspect_variables(self, arguments: Body, context: Context) -> Body:
        self._paths = []  # whoever lists them anew forgets what was open
        return {"variables": self._described(await self._kernel.do_variables((), context), ())}

    async def _variables(self, arguments: Body, context: Context) -> Body:
        reference = arguments.get("variablesReference")
        if type(reference) is not int or not 0 <= reference - self._first < len(self._paths):
            raise _RefusedError(f"there is no variablesReference {reference!r}; list the variables again")
        path = self._paths[reference - self._first]
        found = await self._kernel.do_variables(path, context)
        start, count = _number(arguments.get("start")), _number(arguments.get("count"))
        return {"variables": self._described(found[start : start + count] if count else found[start:], path)}

    async def _rich_inspect_variables(self, arguments: Body, context: Context) -> Body:
        name = arguments.get("variableName")
        for each in await self._kernel.do_variables((), context):
            if each.name == name:
                return {"data": each.data or {"text/plain": _cut(each.value, _LONGEST_SHOWN)}, "metadata": {}}
        raise _RefusedError(f"there is no variable {name!r}")

    def _described(self, variables: Sequence[Variable], path: tuple[str, ...]) -> list[dict[str, Any]]:
        described = [self._one(each, path) for each in variables[:_MOST]]
        if len(variables) > _MOST:
            described.append(self._one(Variable("...", f"{len(variables) - _MOST} more"), path))
        return described

    def _one(self, variable: Variable, path: tuple[str, ...]) -> dict[str, Any]:
        reference = 0
        if variable.children:
            self._paths.append((*path, variable.name))
            reference = self._first + len(self._paths) - 1
        described: dict[str, Any] = {
            "name": variable.name,
            "value": _cut(variable.value, _LONGEST_LISTED),
            "evaluateName": variable.code or variable.name,
            "variablesReference": reference,
        }
        if variable.children:
            described["namedVariables"] = variable.children
        if variable.type and (variable.children or variable.type in _SHOWN_BY_VALUE):
            described["type"] = variable.type
        return described


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
