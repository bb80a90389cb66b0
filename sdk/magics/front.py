"""`Front`: stands between dispatch and a kernel. Cells with magics are the magics' to run, all else is the kernel's.

What runs magics is loaded when a cell first begins like one.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from sdk.kernel.base import Kernel
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

if TYPE_CHECKING:
    from sdk.kernel.magic_syntax import MagicSyntax
    from sdk.magics.assistance import Assistance
    from sdk.magics.runner import Magics


def front_of(kernel: Kernel) -> Front | None:
    """What stands before this kernel; None: its options want no magics, or it has no place for them."""
    syntax = kernel.magic_syntax
    if kernel.magics.strip() == "none" or not (syntax.prefix or syntax.shell or syntax.help):
        return None
    if kernel.magic_prefix:
        syntax = syntax._replace(prefix=kernel.magic_prefix)
    return Front(kernel, syntax._replace(anywhere=True) if kernel.magics_anywhere else syntax)


class Front:
    """Has the methods of `Kernel` that dispatch calls and that magics have a part in."""

    def __init__(self, kernel: Kernel, syntax: MagicSyntax) -> None:
        self._kernel = kernel
        self._syntax = syntax
        self._firsts = f"{syntax.prefix[:1]}{syntax.shell[:1]}{syntax.help[:1]}{syntax.comments}\\"
        self._magics: Magics | None = None
        self._assistance: Assistance | None = None

    def do_execute(self, request: ExecuteRequest, context: Context) -> Coroutine[Any, Any, Any]:
        """Run a cell."""
        if not self._may_hold_one(request.code):
            every = self._kernel.output_lines > 0 if self._magics is None else self._magics.is_for_every_cell
            if not every:
                return self._kernel.do_execute(request, context)
        return self.magics.execute(request, context)

    def do_complete(self, request: CompleteRequest, context: Context) -> Coroutine[Any, Any, CompleteReply]:
        """How may the code go on?"""
        if not self.is_concerned(request.code):
            return self._kernel.do_complete(request, context)
        return self.assistance.complete(request, context)

    def do_inspect(self, request: InspectRequest, context: Context) -> Coroutine[Any, Any, InspectReply]:
        """What stands there?"""
        if not self.is_concerned(request.code):
            return self._kernel.do_inspect(request, context)
        return self.assistance.inspect(request, context)

    def do_is_complete(self, request: IsCompleteRequest, context: Context) -> Coroutine[Any, Any, IsCompleteReply]:
        """May it be run as it stands?"""
        if not self.is_concerned(request.code):
            return self._kernel.do_is_complete(request, context)
        return self.assistance.is_complete(request, context)

    async def do_interrupt(self) -> None:
        """Stop the magic that waits, or the language."""
        if self._magics is None or not self._magics.interrupt():
            await self._kernel.do_interrupt()

    def close(self) -> None:
        """The kernel ends: end what magics have begun. Any thread."""
        magics, self._magics = self._magics, None
        if magics is not None:
            magics.close()

    @property
    def magics(self) -> Magics:
        """What runs magics."""
        if self._magics is None:
            from sdk.magics.runner import Magics  # who uses no magic loads none of it

            self._magics = Magics(self._kernel, self._syntax)
        return self._magics

    @property
    def assistance(self) -> Assistance:
        """What helps to write them."""
        if self._assistance is None:
            from sdk.magics.assistance import Assistance

            self._assistance = Assistance(self.magics)
        return self._assistance

    def is_concerned(self, code: str) -> bool:
        """Whether the cell may hold a magic, or one may be on for every cell: never False where this is so."""
        return (self._magics is not None and self._magics.had_sticky) or self._may_hold_one(code)

    def _may_hold_one(self, code: str) -> bool:
        syntax = self._syntax
        stripped = code.strip()
        if not stripped:
            return False
        if syntax.help and stripped.endswith(syntax.help) and "\n" not in stripped:
            return True
        for line in stripped.split("\n") if syntax.anywhere or stripped[0] in self._firsts else ():
            text = line.strip()
            if self._reads_like_one(text.removeprefix("\\")):
                return True
            if text and text[0] not in syntax.comments and not syntax.anywhere:
                return False
        return False

    def _reads_like_one(self, text: str) -> bool:
        syntax = self._syntax
        if syntax.prefix and text.startswith(syntax.prefix):
            while text.startswith(syntax.prefix):
                text = text[len(syntax.prefix) :]
            return text[:1].isalpha() or text[:1] == "_"
        return any(mark and text.startswith(mark) for mark in (syntax.shell, syntax.help))
