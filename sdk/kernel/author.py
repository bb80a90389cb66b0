"""`Author`: what dispatch calls of the author's: the kernel itself, or what stands before it (`sdk.magics.front`)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from sdk.kernel.context import Context
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    ExecuteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)


class Author(Protocol):
    """See `sdk.kernel.base.Kernel`."""

    def is_concerned(self, code: str) -> bool:
        """Whether this may answer otherwise than the kernel. Cheap, any thread; once True for code, for ever."""

    def do_execute(self, request: ExecuteRequest, context: Context) -> Coroutine[Any, Any, Any]:
        """Run a cell."""

    def do_complete(self, request: CompleteRequest, context: Context) -> Coroutine[Any, Any, CompleteReply]:
        """How may the code go on?"""

    def do_inspect(self, request: InspectRequest, context: Context) -> Coroutine[Any, Any, InspectReply]:
        """What stands there?"""

    def do_is_complete(self, request: IsCompleteRequest, context: Context) -> Coroutine[Any, Any, IsCompleteReply]:
        """May it be run as it stands?"""
