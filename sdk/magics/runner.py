"""`Magics`: runs a cell of one kernel step by step, magics and code; keeps what magics keep from cell to cell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from sdk.kernel.context import Context
from sdk.magics import prose
from sdk.magics.arguments import ArgumentsError, HelpWanted
from sdk.magics.call import Call, MagicError
from sdk.magics.magic import Magic, MagicSet
from sdk.magics.parser import Code, Kind, Use, steps
from sdk.magics.sources import Sources
from sdk.protocol.iopub import DisplayData
from sdk.protocol.shell import ExecuteRequest
from sdk.seam import Waiter

if TYPE_CHECKING:
    from sdk.kernel.base import Kernel
    from sdk.kernel.magic_syntax import MagicSyntax

S = TypeVar("S")
Around = Callable[[Context], AbstractContextManager[object]]


class Magics:
    """The magics of one kernel. Made when the first one is used."""

    def __init__(self, kernel: Kernel, syntax: MagicSyntax) -> None:
        self.kernel = kernel
        self.syntax = syntax
        self.set = MagicSet(chosen=kernel.magics)
        self.sticky: list[Use] = []
        """The cell magics that are on for every cell."""

        self.had_sticky = False
        """Whether there was ever one: from then on, requests to help with writing come here."""

        self.around: dict[str, Around] = {}
        """What stands around every cell: each makes a context manager for one."""

        self.sources = Sources(kernel.own_magics)
        self.news: list[str] = []
        """What is to be told with the next cell: sources of magics that cannot be loaded."""

        self._states: dict[object, Any] = {}
        self._stacks: dict[Context, ExitStack] = {}
        self._waiters: list[Waiter] = []
        self._interrupted = False
        self._in_language = 0
        self._language_alone = False
        self.load()

    def load(self) -> None:
        """Find the magics there are, again."""
        self.set = MagicSet(chosen=self.kernel.magics)
        self.news = self.sources.load(self.set)
        if self.kernel.output_lines > 0 and "limit" not in self.around:
            from sdk.magics.output_limit import OutputLimit  # few want one

            self.around["limit"] = OutputLimit.of_lines(self.kernel.output_lines).around

    @property
    def is_for_every_cell(self) -> bool:
        """Whether cells without a magic, too, are to be run here."""
        return bool(self.sticky or self.around)

    # -- running -------------------------------------------------------------------------------------------------------

    async def execute(self, request: ExecuteRequest, context: Context) -> Any:
        """Run a cell. Gives its value; raises as `do_execute` does."""
        self._interrupted = self._language_alone = False
        for line in self.news:
            context.stream("stderr", f"{line}\n")
        self.news = []
        code = self.above(request.code) + request.code
        with ExitStack() as stack:
            self._stacks[context] = stack
            try:
                for around in self.around.values():
                    stack.enter_context(around(context))
                return await self.run(code, request, context)
            finally:
                del self._stacks[context]

    def enter(self, manager: AbstractContextManager[object], context: Context) -> None:
        """Let this stand around the rest of the cell."""
        self._stacks[context].enter_context(manager)

    def above(self, code: str) -> str:
        """The lines of the magics that are on for every cell, for one with this code."""
        if code.lstrip().startswith(self.syntax.prefix * 3):
            return ""  # one is switched
        return "".join(f"{self.syntax.prefix * 2}{use.name} {use.text}\n" for use in self.sticky)

    async def run(self, code: str, request: ExecuteRequest, context: Context) -> Any:
        """Run `code`: the magics at its top, and what follows."""
        value = None
        for step in steps(code, self.syntax, self.is_magic):
            _show(value, context)
            if isinstance(step, Code):
                value = await self.language(step.text, request, context)
            else:
                value = await self._use(step, request, context)
        return value

    async def language(self, code: str, request: ExecuteRequest, context: Context) -> Any:
        """Run code of the language. An interrupt that came before it, in this cell, is raised instead."""
        self._raise_interrupt()
        self._in_language += 1
        try:
            return await self.kernel.do_execute(request.replace(code=code), context)
        except BaseException:
            self._interrupted = False  # the error tells it
            raise
        finally:
            self._in_language -= 1

    def _raise_interrupt(self) -> None:
        """Raise one that met the time between two turns of the language, or one that ended all the same."""
        interrupted, self._interrupted = self._interrupted, False
        if interrupted:
            raise KeyboardInterrupt

    async def _use(self, use: Use, request: ExecuteRequest, context: Context) -> Any:
        if use.kind is Kind.STICKY:
            return await self._switch(use, request, context)
        magic = self.find(use)
        given = self._given(magic, use, context)
        if given is None:
            return None
        return await magic.function(Call(self, use, request, context), *given[0], **given[1])

    def _given(self, magic: Magic, use: Use, context: Context) -> tuple[list[Any], dict[str, Any]] | None:
        """What its function is called with; None: help was asked for, and is shown."""
        try:
            return magic.arguments(self.syntax.prefix).parse(use.text)
        except ArgumentsError as error:
            raise MagicError(str(error)) from None
        except HelpWanted:
            context.stream("stdout", magic.help(self.syntax.prefix, may_be_comment=self.syntax.is_comment))
            return None

    async def _switch(self, use: Use, request: ExecuteRequest, context: Context) -> Any:
        """`%%%name`: on for every cell from here, or off."""
        magic = self.find(use)
        on = [one for one in self.sticky if one.name != use.name]
        if len(on) < len(self.sticky):
            self.sticky = on
            context.stream("stderr", f"{self.shown(use)}: off\n")
            return await self.run(use.body, request, context) if use.body.strip() else None
        if self._given(magic, use, context) is None:
            return None
        runs_elsewhere = magic.is_complete is not None  # it says whether code is complete there: so let it begin now
        if runs_elsewhere and not use.body.strip():
            await self._use(use._replace(kind=Kind.CELL), request, context)
        self.sticky = [*on, use._replace(body="")]
        self.had_sticky = True
        context.stream("stderr", f"{self.shown(use)}: on for every cell; {self.shown(use)} again switches it off\n")
        return await self._use(use._replace(kind=Kind.CELL), request, context) if use.body.strip() else None

    # -- names ---------------------------------------------------------------------------------------------------------

    def find(self, use: Use) -> Magic:
        """The magic that is used. Raises MagicError, which names those that are meant perhaps."""
        magic = self.set.find(use)
        if magic is None:
            raise MagicError(self.sources.unknown(use, self.set, self.syntax))
        return magic

    def is_magic(self, use: Use) -> bool:
        """Whether this is a magic, where the language may mean something else."""
        magic = self.set.find(use)
        if magic is None or not self.syntax.is_comment or not use.text:
            return magic is not None and (not self.syntax.is_comment or magic.is_cell or self._is_understood(magic, ""))
        if prose.is_code(use.text):
            return False
        if magic.arguments(self.syntax.prefix).has_option(use.text):
            return True  # a comment hardly has one: mistakes are told
        if magic.is_cell:
            return not prose.is_prose(use.text) or (
                not prose.is_sentence(use.text) and self._is_understood(magic, use.text)
            )
        return self._is_understood(magic, use.text) and (magic.is_meant or prose.is_no_prose)(use.text)

    def _is_understood(self, magic: Magic, text: str) -> bool:
        try:
            magic.arguments(self.syntax.prefix).parse(text)
        except ArgumentsError:
            return False
        except HelpWanted:
            return True
        return True

    def shown(self, use: Use) -> str:
        """How a magic is written."""
        times = {Kind.LINE: 1, Kind.CELL: 2, Kind.STICKY: 3}[use.kind]
        return f"{self.syntax.prefix * times}{use.name}"

    # -- what magics keep, and wait for --------------------------------------------------------------------------------

    def state(self, kind: Callable[[], S]) -> S:
        """The one object of this class."""
        if kind not in self._states:
            self._states[kind] = kind()
        kept: S = self._states[kind]
        return kept

    async def interruptible(self, waiter: Waiter) -> object:
        """What `waiter` brings; an interrupt raises KeyboardInterrupt, also one that came before, in this cell."""
        self._raise_interrupt()
        self._waiters.append(waiter)
        try:
            return await waiter.arrived()
        except KeyboardInterrupt:
            self._interrupted = False
            raise
        finally:
            self._waiters.remove(waiter)

    def interrupt(self) -> bool:
        """Interrupt the magic that waits; False: the language runs, which is asked itself."""
        if self._language_alone:
            self._language_alone = False
            return not self._in_language
        self._interrupted = True  # who waits may have got what it waits for just now: then what comes next is meant
        if not self._waiters:
            return False
        self._waiters[-1].bring(KeyboardInterrupt())
        return True

    def interrupt_language(self, context: Context) -> None:
        """Interrupt what the language runs for this cell; nothing else, should it have ended meanwhile. Any thread."""
        self._language_alone = self.kernel.implements("do_interrupt")
        self.kernel.host.interrupt(context.header.subshell_id)

    def close(self) -> None:
        """The kernel ends."""
        for kept in reversed(self._states.values()):
            if hasattr(kept, "close"):
                kept.close()
        self._states.clear()


def _show(value: Any, context: Context) -> None:
    """A value that more follows."""
    if value is not None:
        shown = value if isinstance(value, DisplayData) else DisplayData(value)
        context.execute_result(shown.data, shown.metadata)
