"""The handlers that a kernel has from the start: each gives its request to the SDK, which answers and replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from python_kernel.contexts import as_dict


class Requests:
    """`x_request(stream, ident, parent)`: answer the request `parent`, whose reply goes to `ident` on `stream`."""

    _core: Any
    control_stream: Any
    log: Any

    async def _answered(self, stream: Any, ident: Any, parent: Mapping[str, Any] | None) -> None:
        if not parent:
            self.log.error("Bad message: %r", parent)
            return
        channel = "control" if stream is not None and stream is self.control_stream else "shell"
        await self._core.host.outside.answer_dict(channel, parent, ident if isinstance(ident, list | tuple) else [])

    async def execute_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Run a cell."""
        await self._answered(stream, ident, parent)

    async def complete_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Complete code."""
        await self._answered(stream, ident, parent)

    async def inspect_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Describe a name."""
        await self._answered(stream, ident, parent)

    async def history_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Earlier cells."""
        await self._answered(stream, ident, parent)

    async def is_complete_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Whether code can be run."""
        await self._answered(stream, ident, parent)

    async def comm_info_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """The open comms."""
        await self._answered(stream, ident, parent)

    async def kernel_info_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """What the kernel is."""
        await self._answered(stream, ident, parent)

    async def connect_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """The ports."""
        await self._answered(stream, ident, parent)

    async def shutdown_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """End."""
        await self._answered(stream, ident, parent)

    async def interrupt_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Interrupt what runs."""
        await self._answered(stream, ident, parent)

    async def debug_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """A request of the Debug Adapter Protocol."""
        await self._answered(stream, ident, parent)

    async def usage_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """What the kernel uses of the machine."""
        await self._answered(stream, ident, parent)

    async def create_subshell_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """One subshell more."""
        await self._answered(stream, ident, parent)

    async def delete_subshell_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """One subshell less."""
        await self._answered(stream, ident, parent)

    async def list_subshell_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """The subshells."""
        await self._answered(stream, ident, parent)

    def request_dict(self, message: Any) -> dict[str, Any]:
        """A request, as handlers get it."""
        return as_dict(message)

    def should_handle(self, stream: Any, msg: Any, idents: Any) -> bool:
        """Yes: nothing is aborted by its id."""
        return True
