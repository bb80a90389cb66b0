"""What helps people to write: completion, inspection, is_complete and the list of variables, joined to the shell.

How each is asked, and how the answer is read, stands in a module of its own, which is pure. While a cell runs, what was
last known is told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

from bash_kernel import completeness, completion, inspection, known, variables
from bash_kernel.words import BREAKS, Kind
from sdk import (
    CompleteReply,
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    Variable,
)
from sdk.repl import Finished

_LIMIT = 2.0  # seconds that the shell may take to answer a question
_MANUAL_LIMIT = 5.0
_PARSER_LIMIT = 3.0
_SHORT_LIMIT = 1.0


class Shell(Protocol):
    """What is asked."""

    cwd: str | None
    shell: str
    cells: int
    """How many were begun: between them nothing changes."""

    prefix: Sequence[str] | str
    """What leads to a shell on another machine; empty when it is on this one."""

    async def answer(self, code: str, *, limit: float) -> str | None:
        """What `code`, run in the idle shell behind the user's back, writes; None when it cannot be run now."""

    async def finished(self, argv: Sequence[str], *, text: str = "", limit: float) -> Finished | None:
        """Run a small program beside the shell."""

    def saved(self, name: str) -> str:
        """What the shell has written to its file `name`; empty when there is none."""


class Assistance:
    """Belongs to one kernel. Remembers what the shell said last."""

    def __init__(self, shell: Shell, environment: Mapping[str, str]) -> None:
        self._shell = shell
        self._environment = environment
        self._breaks = BREAKS
        self._aliases = ""
        self._manuals: dict[str, inspection.Page] = {}
        self._variables: list[variables.ShellVariable] | None = None
        self._variables_after = -1
        self._initial: frozenset[str] = frozenset()

    @property
    def _surroundings(self) -> Mapping[str, str]:
        """The environment, if the shell shares it."""
        return {} if self._shell.prefix else self._environment

    async def complete(self, request: CompleteRequest) -> CompleteReply:
        """The shell's own completion; while a cell runs, what is known without it."""
        code = request.code
        position = len(code) if request.cursor_pos is None else request.cursor_pos
        asked = completion.question(code, position, breaks=self._breaks)
        for _ in range(2):
            text = await self._shell.answer(asked.code, limit=_LIMIT) if asked is not None else None
            if asked is None or text is None:
                break
            answer = completion.Answer(text)
            self._breaks = answer.breaks(self._breaks)
            if asked.breaks == self._breaks or asked.place.kind is not Kind.ARGUMENT:
                return completion.reply(completion.matches(answer, asked), asked.word.start, position)
            asked = completion.question(code, position, breaks=self._breaks)
        names = known.names(self._shell.saved("state"))
        return completion.without_shell(code, position, known=names, cwd=self._shell.cwd, environment=self._environment)

    async def inspect(self, request: InspectRequest) -> InspectReply:
        """What the shell knows of the name; of programs what they are for, with more detail their manual pages."""
        position = len(request.code) if request.cursor_pos is None else request.cursor_pos
        asked = inspection.subject(request.code, position)
        if asked is None:
            return InspectReply(found=False)
        answer = await self._shell.answer(inspection.question(asked), limit=_LIMIT)
        if answer is not None:
            sections = completion.Answer(answer).sections
        else:
            sections = inspection.from_state(self._shell.saved("state"), asked, self._surroundings.get("PATH", ""))
        told = inspection.Told(sections, asked)
        for name in told.pages():
            if (found := await self._manual(name)).text:
                return told.reply(found, request.detail_level)
        return told.reply(None, request.detail_level)

    async def _manual(self, name: str) -> inspection.Page:
        if name not in self._manuals:
            done = await self._shell.finished(inspection.manual(name), limit=_MANUAL_LIMIT)
            self._manuals[name] = inspection.page(done.output if done is not None and done.status == 0 else "")
        return self._manuals[name]

    async def is_complete(self, request: IsCompleteRequest) -> IsCompleteReply:
        """What a bash says that only parses, with the shell's aliases and options that matter."""
        said = await self._shell.answer(completeness.QUESTION, limit=_SHORT_LIMIT)
        self._aliases = self._aliases if said is None else said
        text = completeness.script(request.code, self._aliases)
        shell = "bash" if self._shell.prefix else self._shell.shell
        parsed = await self._shell.finished(completeness.arguments(shell), text=text, limit=_PARSER_LIMIT)
        return IsCompleteReply("unknown") if parsed is None else completeness.judge(request.code, parsed)

    async def variables(self, path: Sequence[str]) -> Sequence[Variable]:
        """The session's variables; while a cell runs, as they were before it.

        Front-ends ask again for each output of a cell: what is known already is not asked for.
        """
        cells = self._shell.cells
        answer = None
        if self._variables is None or cells != self._variables_after:
            answer = await self._shell.answer(variables.QUESTION, limit=_LIMIT)
        if answer is not None and (parts := variables.parts(answer)) is not None:
            self._variables, self._initial = variables.read(parts[0]), variables.at_start(parts[1]) | self._initial
            self._variables_after = cells
        elif self._variables is None:
            self._variables = variables.read(known.piece(self._shell.saved("state"), "variables")) or None
        if path:
            return variables.inside(path, self._variables or (), self._initial)
        return variables.listed(self._variables or (), self._initial)


def of(shell: Shell) -> Assistance:
    """The assistance for a shell that has this process's environment."""
    return Assistance(shell, os.environ)
