"""`Session`: one session of debugging, which all clients share: it begins, stops at places, goes on, and ends."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from python_kernel.debugger import frames
from python_kernel.debugger.tracing import Tracing
from sdk import Context
from sdk.debugger import Adapter, DebugEvent, DebuggerError

if TYPE_CHECKING:
    from python_kernel.kernel import PythonKernel

Body = Mapping[str, Any]

_LIMIT = 10.0  # seconds that debugpy may take
_USERS_CODE = 60.0  # where it runs code of the user's, which an interrupt ends
_RUN_CODE = ("evaluate", "setExpression", "setVariable", "variables", "completions", "exceptionInfo")


class RefusedError(Exception):
    """A request that debugpy has refused, with what it said."""

    def __init__(self, message: str, body: Body) -> None:
        super().__init__(message or "the debugger refused it")
        self.body = body


class Session:
    """Begins and ends as often as clients want."""

    def __init__(self, kernel: PythonKernel) -> None:
        self._kernel = kernel
        self.tracing = Tracing()
        self.stopped: dict[int, None] = {}
        """The threads that are, in order."""
        self.voice: Context | None = None
        """In whose name events are told: the last request's."""
        self._adapter: Adapter | None = None
        self._capabilities: Body = {}
        self._interrupts: SimpleQueue[None] = SimpleQueue()
        self._cleanups: list[tuple[int, Any]] = []

    @property
    def is_on(self) -> bool:
        """Whether it has begun."""
        return self._adapter is not None

    async def begin(self, arguments: Body) -> Body:
        """Begin, unless somebody has begun it; what debugpy can do."""
        if self._adapter is None:
            connection = self.tracing.begin()
            self._adapter = Adapter(connection, on_event=self._on_event, on_end=self._lost)
            self._adapter.start()
            thread = threading.Thread(target=self._go_on, name="debug-interrupts", daemon=True)
            thread.pydev_do_not_trace = thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
            thread.start()
            self._keep_lines()
            try:
                answered = await self.ask("initialize", {"adapterID": "", **arguments})
            except BaseException:
                self.close()
                raise
            # The kernel is not ended by its debugger.
            self._capabilities = {**answered, "supportsTerminateRequest": False, "supportTerminateDebuggee": False}
        return self._capabilities

    async def attach(self, arguments: Body) -> Body:
        """Debug, with these options of debugpy's; again: with others."""
        wanted = arguments.get("rules")
        own = frames.rules() if self._kernel.filter_internal_frames else []
        options = {"justMyCode": self._kernel.debug_just_my_code, **arguments}
        options["rules"] = [*(wanted if isinstance(wanted, list) else []), *own]
        body = await self.ask("attach", options)
        await self.ask("configurationDone")
        self.tracing.take_breakpoints()
        if arguments.get("subProcess"):
            text = "subProcess: this kernel's debugger does not follow the processes that cells start\n"
            self._tell("output", {"category": "console", "output": text})
        return body

    async def end(self) -> None:
        """End it: what is stopped goes on."""
        if self._adapter is not None:
            with suppress(DebuggerError, RefusedError):  # it is ended all the same
                await self.ask("disconnect", {"terminateDebuggee": False})
            self.close()
            self._tell("terminated", {})

    def close(self) -> None:
        """As `end`, without a word to anybody. Any thread."""
        adapter, self._adapter = self._adapter, None
        self.stopped.clear()
        if adapter is not None:
            self._interrupts.put(None)
            adapter.close()
            self._lose_lines()
        self.tracing.end()

    async def ask(self, command: str, arguments: Body | None = None) -> Body:
        """The body of debugpy's response. Raises DebuggerError, and RefusedError when it has refused."""
        adapter = self.needed(command)
        limit = _USERS_CODE if command in _RUN_CODE else _LIMIT
        response = await adapter.request(command, arguments, limit=limit)
        body: Body = response.get("body") or {}
        if not response.get("success"):
            raise RefusedError(str(response.get("message") or ""), body)
        return body

    def needed(self, command: str) -> Adapter:
        """The connection to debugpy. Raises DebuggerError when it cannot take this request."""
        if self._adapter is None:
            raise DebuggerError(f"{command}: the debugger has not been started; `initialize` starts it")
        if not self.tracing.knows(command):
            raise DebuggerError(f"{command}: debugpy does not know this request")
        return self._adapter

    # -- cells ---------------------------------------------------------------------------------------------------------

    def interrupted(self, subshell_id: str | None) -> None:
        """An interrupt has come: what it is for goes on, and with it all that is stopped. Waits for nothing."""
        if self._adapter is not None:
            if subshell_id is None:  # perhaps in a handler of signals, which takes no lock
                self.tracing.interrupted(threading.main_thread().ident)
            else:
                name = f"subshell-{subshell_id}"
                self.tracing.interrupted(next((one.ident for one in threading.enumerate() if one.name == name), None))
            self._interrupts.put(None)

    def _go_on(self) -> None:
        """A thread that lets all threads go on when there is an interrupt, for a handler of signals may not do it."""
        while self._adapter is not None:
            self._interrupts.get()
            if self._adapter is not None and self.stopped:
                self._adapter.post("continue", {"threadId": "*"})

    def _keep_lines(self) -> None:
        """A client counts the empty lines above a cell, which IPython takes away."""
        from IPython.core.inputtransformer2 import leading_empty_lines  # IPython is there when a session begins

        cleanups = self._kernel.interpreter.shell.input_transformer_manager.cleanup_transforms
        if leading_empty_lines in cleanups:
            self._cleanups = [(cleanups.index(leading_empty_lines), leading_empty_lines)]
            cleanups.remove(leading_empty_lines)

    def _lose_lines(self) -> None:
        cleanups = self._kernel.interpreter.shell.input_transformer_manager.cleanup_transforms
        for place, transform in self._cleanups:
            cleanups.insert(place, transform)
        self._cleanups = []

    # -- what is told --------------------------------------------------------------------------------------------------

    def _on_event(self, event: Mapping[str, Any]) -> None:
        body = event.get("body") or {}
        match event.get("event"):
            case "stopped":
                self.stopped.setdefault(body.get("threadId", 1))
            case "continued":
                if body.get("allThreadsContinued", True):
                    self.stopped.clear()
                else:
                    self.stopped.pop(body.get("threadId", 1), None)
            case "thread" if body.get("reason") == "exited":
                self.stopped.pop(body.get("threadId", 0), None)
        self._announce(event)

    def _lost(self) -> None:
        """debugpy has closed the connection."""
        if self._adapter is not None and self._adapter.ident == threading.get_ident():
            self.close()
            self._tell("terminated", {})

    def _tell(self, event: str, body: Body) -> None:
        self._announce({"seq": 0, "type": "event", "event": event, "body": body})

    def _announce(self, event: Mapping[str, Any]) -> None:
        if self.voice is not None:
            self.voice.announce(DebugEvent(event))
