"""`ipykernel.debugger`: the debugger that front-ends ask, for software in the kernel. `get_ipython().kernel.debugger`.

The work is done by `python_kernel.debugger`. It has no sockets and no debugpy client that somebody could take.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar

from python_kernel.identity import has_debugpy

__all__ = ["Debugger"]

_is_debugpy_available = has_debugpy()

Request = Mapping[str, Any]


class Debugger:
    """Over the debugger of the running kernel, whose session all share. A request's name is a method, too."""

    started_debug_msg_types: ClassVar[list[str]] = [
        *("dumpCell", "setBreakpoints", "source", "stackTrace", "variables", "attach", "configurationDone"),
    ]
    static_debug_msg_types: ClassVar[list[str]] = [
        *("debugInfo", "inspectVariables", "richInspectVariables", "modules", "copyToGlobals"),
    ]

    def __init__(self, kernel: Any) -> None:
        """`kernel` is `get_ipython().kernel`."""
        self._facade = kernel

    async def process_request(self, message: Request) -> dict[str, Any]:
        """The response to a request of the Debug Adapter Protocol."""
        response: dict[str, Any] = await self._facade.do_debug_request(message)
        return response

    def __getattr__(self, name: str) -> Callable[[Request], Coroutine[Any, Any, dict[str, Any]]]:
        if name in self.started_debug_msg_types or name in self.static_debug_msg_types:
            return self.process_request
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def _ours(self) -> Any:
        return self._facade.host_kernel.debugger  # None before the first request

    @property
    def is_started(self) -> bool:
        """Whether there is a session."""
        return self._ours is not None and bool(self._ours.is_on)

    @property
    def breakpoint_list(self) -> dict[str, list[dict[str, Any]]]:
        """The breakpoints of each file."""
        return {} if self._ours is None else dict(self._ours.breakpoints)

    @property
    def stopped_threads(self) -> set[int]:
        """The threads that are."""
        return set() if self._ours is None else set(self._ours.stopped)

    @property
    def just_my_code(self) -> bool:
        """Whether it stays in the user's code, if `attach` does not say it."""
        return bool(self._facade.debug_just_my_code)

    @just_my_code.setter
    def just_my_code(self, value: bool) -> None:
        self._facade.debug_just_my_code = value

    @property
    def filter_internal_frames(self) -> bool:
        """Whether it hides the kernel's frames."""
        return bool(self._facade.filter_internal_frames)

    @filter_internal_frames.setter
    def filter_internal_frames(self, value: bool) -> None:
        self._facade.filter_internal_frames = value
