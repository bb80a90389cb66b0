"""`PromptKernel`: a whole kernel for a language that is known by its prompt. A subclass says what it is, in a form.

    class LuaKernel(PromptKernel):
        language_info = {"name": "lua", "version": "5.3", "mimetype": "text/x-lua", "file_extension": ".lua"}
        form = PromptForm(argv=("lua5.3", "-i"), prompt="> ", run='dofile("{file}")')

The driver is imported when the program is started.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from sdk.errors import ExecutionError, LanguageStartError
from sdk.kernel.context import Context
from sdk.kernel.plot_settings import PlotError, PlotSettings
from sdk.protocol.message import MimeBundle
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    ExecuteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)
from sdk.repl.balance import balance
from sdk.repl.environment import environment
from sdk.repl.kernel import ReplKernel
from sdk.repl.launch import Launch
from sdk.repl.prompt_form import PromptForm

if TYPE_CHECKING:
    from sdk.repl.process import Process
    from sdk.repl.prompt_repl import PromptRepl
    from sdk.repl.prompts import Prompts
    from sdk.repl.repl import Repl
    from sdk.repl.session import Session
    from sdk.repl.sink import Sink

_ENVIRONMENT = {"TERM": "dumb", "PAGER": "cat", "NO_COLOR": "1"}
_QUESTION_LIMIT = 2.0  # seconds that the program may take to answer a question of ours
_STATUSES = ("complete", "incomplete", "invalid")


class PromptKernel(ReplKernel):
    """Subclass it, and say in `form` how the program is started and talked to."""

    form: ClassVar[PromptForm]

    columns: int = 1000  # line editors of dumb terminals scroll a longer line sideways

    _names: tuple[str, ...] = ()
    _prompts: Prompts | None = None
    _plots: PlotSettings | None = None
    """What `%plot` was told."""

    # -- starting ------------------------------------------------------------------------------------------------------

    def launch(self, session: Session, *, attempt: int) -> Launch:
        """The program, on a wide and dumb terminal; the prompts, where its command takes them."""
        from sdk.repl.prompts import Prompts, RandomPrompts  # not needed before the first start

        form = self.form
        given = {**_ENVIRONMENT, **form.env}
        if any("{prompt}" in text for text in (*form.argv, *given.values())):
            everything = "".join((*form.argv, *given.values()))
            prompts = RandomPrompts(None if "{continuation}" in everything else form.continuation)
            argv = [prompts.fill(word) for word in form.argv]
            given = {name: prompts.fill(value) for name, value in given.items()}
            self._prompts = prompts
        else:
            argv = list(form.argv)
            self._prompts = Prompts(form.prompt, form.continuation)
        return Launch(argv, environment(given), cwd=self.cwd)

    def driver(self, process: Process, session: Session, sink: Sink) -> Repl:
        """The driver for prompts."""
        from sdk.repl.prompt_repl import RESET, PromptRepl

        form = self.form
        opening = []
        if form.set_prompt:
            opening.append(f"{RESET}{form.set_prompt}")
        if form.prelude and form.run:
            path = session.write(f"prelude{form.extension}", f"{self._filled(form.prelude, session)}\n")
            opening.append(self._run_line(session, path, 0, form.load or form.run))
        elif form.prelude:
            opening += self._filled(form.prelude, session).rstrip("\n").split("\n")
        if self._prompts is None:
            raise LanguageStartError("the program was started by somebody else")
        return PromptRepl(
            process, session, self, sink, form=form, prompts=self._prompts, opening=opening, on_greeting=self._greeted
        )

    @property
    def program(self) -> str:  # type: ignore[override]  # a class says it, or its form
        """What people call the program."""
        name = os.path.basename(self.form.argv[0])
        return name.rstrip("0123456789.") or name

    def ended(self, session: Session) -> str:
        """What the program knew is gone."""
        return "; its variables are lost"

    def _greeted(self, text: str) -> None:
        found = re.search(self.form.version, text) if self.form.version else None
        if found is not None:
            self.language_info: Mapping[str, object] = {**self.language_info, "version": found[1]}

    # -- cells ---------------------------------------------------------------------------------------------------------

    async def do_execute(self, request: ExecuteRequest, context: Context) -> MimeBundle | None:
        """Run the cell; nothing is typed for an empty one."""
        return await super().do_execute(request, context) if request.code.strip() else None

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        """The line that runs the cell from a file named like its prompt, else the cell's own lines."""
        if self.form.run:
            path = session.write(f"In[{context.execution_count}]{self.form.extension}", f"{request.code}\n")
            return self._run_line(session, path, number, self.form.run)
        return request.code

    def _run_line(self, session: Session, path: str, number: int, run: str) -> str:
        from sdk.repl.prompt_turn import Words

        line = self._filled(run, session).replace("{file}", path)
        if self.form.plots:
            plots = self.plot_settings()
            for name in ("format", "width", "height", "resolution"):
                line = line.replace(f"{{{name}}}", str(getattr(plots, name)))
        return line.replace("{ok}", Words(session.token, number).ok)

    @staticmethod
    def _filled(text: str, session: Session) -> str:
        return text.replace("{value}", session.file("value"))

    def cell_ended(self, session: Session) -> None:
        """The files of the cell are not needed any more."""
        for name in os.listdir(session.path) if session.path else ():
            if name.startswith("In["):
                os.unlink(session.file(name))

    def result(self, record: str, *, interrupted: bool, context: Context) -> MimeBundle | None:
        """The value that the cell has left, if it came to its end. Raises ExecutionError."""
        verdict, _, tail = record.partition("\n")
        value = self._value()
        if verdict == "UNFINISHED":
            raise ExecutionError("UnfinishedInput", "the cell ends in the middle of a statement")
        if verdict != "OK" and (error := self._error(tail, certain=verdict == "FAILED")) is not None:
            raise error
        return value

    def _value(self) -> MimeBundle | None:
        session = self.session
        if session is None:
            return None
        path = session.file("value")
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            os.unlink(path)
        except OSError:
            return None
        return {"text/plain": text.removesuffix("\n")} if text else None

    def _error(self, tail: str, *, certain: bool) -> ExecutionError | None:
        """What `tail`, the end of the output, tells of a failure."""
        all_found = list(re.finditer(self.form.error, tail, re.MULTILINE)) if self.form.error else []
        found = all_found[-1] if all_found else None
        if found is None:
            said = tail.strip().rpartition("\n")[2]
            return (
                ExecutionError("Error", said or f"{self.program} did not run the cell to its end") if certain else None
            )
        groups = found.groupdict()
        line = groups.get("line")
        message = (groups.get("message") or found[0]).strip()
        ename = groups.get("ename") or "Error"
        place = [f"line {line}"] if line else []
        return ExecutionError(ename, message, [*place, f"\x1b[31m{ename}\x1b[39m: {message}"])

    async def do_user_expression(self, expression: str, context: Context) -> MimeBundle:
        """The value that the expression leaves, where the language's form has a way to tell values."""
        if "{value}" not in self.form.run + self.form.prelude:
            return await super().do_user_expression(expression, context)
        repl = self._at_rest()
        said = repl and await repl.answer(self._expression_line(repl.session, expression))
        value = self._value()
        if value is None:
            raise self._error(said or "", certain=True) or ExecutionError("Error", f"{expression!r} has no value")
        return value

    def _expression_line(self, session: Session, expression: str) -> str:
        return self._run_line(
            session, session.write(f"expression{self.form.extension}", f"{expression}\n"), -1, self.form.run
        )

    # -- figures -------------------------------------------------------------------------------------------------------

    @property
    def own_magics(self) -> Sequence[str]:  # type: ignore[override]  # a class says them, or its form
        """`%plot`, for a language that draws."""
        return ("sdk.magics.plot",) if self.form.plots else ()

    def plot_settings(self) -> PlotSettings:
        """How figures are shown."""
        return self._plots or PlotSettings(format=next(iter(self.form.plots), "png"))

    async def change_plots(self, settings: PlotSettings, context: Context) -> None:
        """Show them otherwise, from the next cell on."""
        if settings.format not in self.form.plots:
            raise PlotError(f"--format {settings.format}: one of these is expected: {', '.join(self.form.plots)}")
        if settings.native or settings.toolkit:
            raise PlotError(f"{settings.toolkit or 'native'}: {self.program} draws in the notebook alone")
        if settings.keep:
            raise PlotError(f"keep: {self.program}'s figures end with their cell")
        self._plots = settings

    # -- questions -----------------------------------------------------------------------------------------------------

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """Words that are always there, and those that the program, if it is idle, knows."""
        end = len(request.code) if request.cursor_pos is None else request.cursor_pos
        before = request.code[:end]
        found = re.search(rf"(?:{self.form.word})\Z", before)
        word = found[0] if found is not None else ""
        if not word:
            return CompleteReply(matches=[], cursor_start=end, cursor_end=end)
        if self.form.complete:
            said = await self._asked(self.form.complete.replace("{word}", word))
            if said is not None:
                self._names = tuple(name for name in said.split() if re.fullmatch(self.form.word, name))
        matches = {name for name in (*self.form.words, *self._names) if name.startswith(word)}
        return CompleteReply(matches=sorted(matches), cursor_start=end - len(word), cursor_end=end)

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """What the program prints about the word at the cursor."""
        end = len(request.code) if request.cursor_pos is None else request.cursor_pos
        for found in re.finditer(self.form.word, request.code) if self.form.inspect else ():
            if found.start() <= end <= found.end():
                said = await self._asked(self.form.inspect.replace("{word}", found[0]))
                text = (said or "").strip("\n")
                return InspectReply(found=bool(text), data={"text/plain": text} if text else {})
        return InspectReply(found=False)

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """As the form says: not at all, by brackets, or by the program."""
        way = self.form.is_complete
        if way == "none":
            return IsCompleteReply("unknown")
        if way == "balanced":
            return IsCompleteReply(balance(request.code, comment=self.form.comment))
        session = self.session
        if session is None:
            return IsCompleteReply("unknown")
        path = session.write(f"code{self.form.extension}", f"{request.code}\n")
        status = (await self._asked(self._filled(way, session).replace("{file}", path)) or "").strip()
        return IsCompleteReply(status if status in _STATUSES else "unknown")

    async def _asked(self, line: str) -> str | None:
        """What the program prints when it is told `line` behind the user's back; None when it cannot be asked now."""
        import asyncio  # start-up time; a loop runs

        repl = self._at_rest()
        if repl is None:
            return None
        try:
            async with asyncio.timeout(_QUESTION_LIMIT):
                return await repl.answer(line)
        except TimeoutError:
            return None

    def _at_rest(self) -> PromptRepl | None:
        from sdk.repl.prompt_repl import PromptRepl

        repl = self.idle_repl
        return repl if isinstance(repl, PromptRepl) else None
