"""A client's debugger: what front-ends ask of a kernel's debugger, over control and IOPub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from sdk import DebugRequest
from sdk.protocol.iopub import DebugEvent
from sdk.protocol.message import Channel, Header, Message
from sdk.testing import Client

INITIALIZE = {
    "clientID": "test",
    "adapterID": "",
    "pathFormat": "path",
    "linesStartAt1": True,
    "columnsStartAt1": True,
    "supportsVariableType": True,
    "supportsVariablePaging": True,
}


class Debugger:
    """One client's side of a session."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._numbers = count(1)
        self._events: list[Message] = []

    def send(self, command: str, **arguments: Any) -> Header:
        """Ask, and do not wait."""
        asked = {"type": "request", "seq": next(self._numbers), "command": command, "arguments": arguments}
        return self.client.send(DebugRequest(asked), Channel.CONTROL)

    def response(self, command: str, **arguments: Any) -> Mapping[str, Any]:
        """The DAP response to a request."""
        exchange = self.client.collect(self.send(command, **arguments), timeout=60)
        self._events += exchange.iopub  # events have the last request as their parent
        return exchange.reply.content.to_fields()

    def ask(self, command: str, **arguments: Any) -> Mapping[str, Any]:
        """The body of the response to a request that succeeds."""
        response = self.response(command, **arguments)
        assert response["success"], response
        body: Mapping[str, Any] = response["body"]
        return body

    def event(self, name: str) -> Mapping[str, Any]:
        """The body of the next event of this name."""

        def is_it(message: Message) -> bool:
            return isinstance(message.content, DebugEvent) and message.content.fields["event"] == name

        found = next(filter(is_it, self._events), None)
        if found is None:
            found = self.client.wait_for(is_it, timeout=30)
        else:
            del self._events[: self._events.index(found) + 1]
        body: Mapping[str, Any] = found.content.to_fields().get("body", {})
        return body

    @contextmanager
    def attached(self, **options: Any) -> Iterator[Debugger]:
        """In here it debugs."""
        self.ask("initialize", **INITIALIZE)
        self.ask("attach", **options)
        try:
            yield self
        finally:
            self.ask("disconnect", restart=False, terminateDebuggee=False)

    def stop_in(self, code: str, *lines: int, **more: Any) -> str:
        """Set breakpoints in a cell; the name of its file."""
        path: str = self.ask("dumpCell", code=code)["sourcePath"]
        found = self.ask(
            "setBreakpoints", source={"path": path}, breakpoints=[{"line": line, **more} for line in lines]
        )
        assert [(one["line"], one["verified"]) for one in found["breakpoints"]] == [(line, True) for line in lines]
        self.ask("configurationDone")
        return path

    def frames(self, thread: int = 1) -> list[dict[str, Any]]:
        """The frames of a stopped thread."""
        found: list[dict[str, Any]] = self.ask("stackTrace", threadId=thread)["stackFrames"]
        return found

    def place(self, thread: int = 1) -> list[tuple[str, int]]:
        """Names and lines of the frames of a stopped thread."""
        return [(frame["name"], frame["line"]) for frame in self.frames(thread)]

    def reference(self, scope: str, frame: int) -> int:
        """The number by which the variables of a frame's scope are asked for."""
        found = next(one for one in self.ask("scopes", frameId=frame)["scopes"] if one["name"] == scope)
        number: int = found["variablesReference"]
        return number

    def variables(self, scope: str, frame: int) -> dict[str, dict[str, Any]]:
        """The variables of a frame's scope, by name."""
        found = self.ask("variables", variablesReference=self.reference(scope, frame))["variables"]
        return {one["name"]: one for one in found}

    def inspected(self) -> dict[str, dict[str, Any]]:
        """The session's variables, by name."""
        return {one["name"]: one for one in self.ask("inspectVariables")["variables"]}
