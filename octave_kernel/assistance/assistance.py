"""What helps people to write: completion, inspection, is_complete, the list of variables, and their values.

How each is asked, and how the answer is read, stands in a module of its own, which is pure. While a cell runs, what was
last known is told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Protocol

from octave_kernel.assistance import completion, inspection, questions, variables
from octave_kernel.assistance.completion import Entry, Here, Match, Place
from octave_kernel.assistance.inspection import Documentation
from octave_kernel.language import completeness
from sdk import (
    CompleteReply,
    CompleteRequest,
    ExecutionError,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    MimeBundle,
    Variable,
)
from sdk.exchange.folder import Kept, places, private_folder

_LIMIT = 3.0  # seconds that Octave may take to answer a question
_VALUE_LIMIT = 60.0
_NO_ROOM = b"-no room"
_PAGES_KEPT = 500
_LONGEST_SOURCE = 200_000  # characters


class Octave(Protocol):
    """What is asked."""

    cwd: str | None
    cells: int
    """How many were begun: between them nothing changes."""

    prefix: Sequence[str] | str
    """What leads to an Octave on another machine; empty when it is on this one."""

    async def answer(self, question: str, *, limit: float, data: bytes | None = None) -> bytes | None:
        """What the idle Octave says to `question`; None when it cannot be asked now.

        `data` is given to it in a file, whose name is the last thing that the question holds.
        """


class Assistance:
    """Belongs to one kernel. Remembers what Octave said last."""

    def __init__(self, octave: Octave) -> None:
        self._octave = octave
        self._names: Mapping[str, Sequence[str]] = {}
        self._names_after = -1
        self._variables: Sequence[Variable] = ()
        self._variables_after = -1
        self._told: dict[str, Mapping[str, str]] = {}
        self._pages: dict[str, Documentation | None] = {}

    async def _ask(self, name: str, *arguments: str) -> str | None:
        said = await self._octave.answer(questions.asked(name, *arguments), limit=_LIMIT)
        # What begins otherwise is the message of an error: the question could not be answered, and nobody asked it.
        return said[1:].decode("utf-8", "replace") if said is not None and said[:1] == b"+" else None

    async def complete(self, request: CompleteRequest) -> CompleteReply:
        """Names that Octave knows, fields, properties, files; while a cell runs, what was known before it."""
        code = request.code
        position = len(code) if request.cursor_pos is None else request.cursor_pos
        where = completion.here(code, position)
        found = await self._matches(where, code, position)
        return completion.reply(found, where.start, position)

    async def _matches(self, where: Here, code: str, position: int) -> list[Match]:
        if where.place is Place.NAME:
            known = await self._known()
            return completion.names({**known, "text": completion.in_code(code, position)}, where.word)
        if where.place is Place.FIELD:
            said = await self._ask("complete_fields", where.of, *dict.fromkeys(where.variables))
            return completion.members(questions.sections(said or ""), where.word)
        if where.place is Place.WORD:
            return completion.words(where, await self._known(), await self._there(*completion.path(code, where)))
        if where.place is Place.PROPERTY:
            said = await self._ask("complete_properties", where.of, *dict.fromkeys(where.variables))
            found = completion.members(questions.sections(said or ""), where.word)
            if found:
                return found
        if where.place in (Place.PROPERTY, Place.TEXT):
            return completion.quoted_files(code, where, await self._there(*completion.path(code, where)))
        return []

    async def _there(self, folder: str, beginning: str) -> list[Entry]:
        """What the folder holds whose name begins so; nothing if it is not known, or cannot be read."""
        if self._octave.prefix:
            said = questions.sections(await self._ask("complete_files", folder, beginning) or "")
            return [Entry(name, kind == "directory") for kind, names in said.items() for name in names]
        if self._octave.cwd is None:
            return []
        try:
            with os.scandir(os.path.join(self._octave.cwd, os.path.expanduser(folder))) as entries:
                return [Entry(one.name, one.is_dir()) for one in entries if one.name.startswith(beginning)]
        except OSError:
            return []

    async def _known(self) -> Mapping[str, Sequence[str]]:
        if self._octave.cells != self._names_after:
            cells, said = self._octave.cells, await self._ask("complete_names")
            if said is not None:
                self._names, self._names_after = questions.sections(said), cells
        return self._names

    # -- inspection ----------------------------------------------------------------------------------------------------

    async def inspect(self, request: InspectRequest) -> InspectReply:
        """The value of a variable, or what a function does; with more detail its source."""
        position = len(request.code) if request.cursor_pos is None else request.cursor_pos
        asked = inspection.subject(request.code, position)
        if asked is None:
            return inspection.nothing()
        said = await self._ask("inspect", asked.name, asked.path, *dict.fromkeys(asked.variables))
        told = questions.pairs(said) if said is not None else self._told.get(asked.name, {})
        if "variable" in told:
            return inspection.of_value(told)
        documented = self._documentation(asked.name, told)
        if documented is None:
            return inspection.nothing()
        source = self._source(told) if request.detail_level else ""
        return inspection.of_function(asked.name, told, documented, source, request.detail_level)

    def _documentation(self, name: str, told: Mapping[str, str]) -> Documentation | None:
        """Made plain once, until the help says something else."""
        if self._told.get(name) != told or name not in self._pages:
            self._told[name], self._pages[name] = told, inspection.documentation(told)
            while len(self._pages) > _PAGES_KEPT:
                oldest = next(iter(self._pages))
                del self._pages[oldest], self._told[oldest]
        return self._pages[name]

    def _source(self, told: Mapping[str, str]) -> str:
        if told.get("source") or self._octave.prefix:
            return inspection.shown_source(told)
        try:
            with open(told.get("file", ""), encoding="utf-8", errors="replace") as file:
                return file.read(_LONGEST_SOURCE) if file.name.endswith(".m") else ""
        except OSError:
            return ""

    # -- variables -----------------------------------------------------------------------------------------------------

    async def variables(self, path: Sequence[str]) -> Sequence[Variable]:
        """The workspace's variables, or what is within one; while a cell runs, the variables as they were before it.

        Front-ends ask again for each output of a cell: what is known already is not asked for.
        """
        if path:
            return await self._inside(path)
        if self._octave.cells != self._variables_after:
            cells, said = self._octave.cells, await self._ask("variables")
            if said is not None:
                self._variables, self._variables_after = variables.read(said), cells
        return self._variables

    async def _inside(self, path: Sequence[str]) -> Sequence[Variable]:
        asked = variables.asked(path)
        if asked is None:
            return []
        last = asked.last or await self._count(asked.path)
        if last - asked.first + 1 > variables.SLICE:
            return variables.slices(asked.path, asked.first, last)
        said = await self._ask("variables_inside", asked.path, str(asked.first), str(last))
        return variables.read(said or "", asked.path)

    async def _count(self, path: str) -> int:
        said = await self._ask("variables_length", path)
        return int(said or 0)

    # -- values --------------------------------------------------------------------------------------------------------

    async def get(self, name: str, *, shared: bool = False) -> object:
        """The value of a variable; `shared` as for `unpack`. Raises VariableError."""
        from octave_kernel.values import unpacking, values  # few ask for them

        values.checked(name)
        for place in self._places():
            kept = Kept(place) if place else None
            asked = questions.asked("value_get", name, kept.folder if kept is not None else "")
            said = await self._octave.answer(asked, limit=_VALUE_LIMIT)
            if said is None or not said.startswith(_NO_ROOM):
                return unpacking.unpack(_well(said, name), shared=shared, keeper=kept)
        _well(said, name)
        raise AssertionError

    async def set(self, name: str, value: object) -> None:
        """Give a variable a value. Raises VariableError."""
        from octave_kernel.values import packing, values  # few ask for them

        asked = questions.asked("value_set", values.checked(name))
        for place in self._places():
            with private_folder(place) if place else nullcontext("") as folder:
                try:
                    data = packing.pack(value, name, values.Aside(folder).put if folder else None)
                except OSError as error:
                    problem = error
                    continue
                self._variables_after = self._names_after = -1
                _well(await self._octave.answer(asked, limit=_VALUE_LIMIT, data=data), name)
                return
        raise values.VariableError(f"variable {name!r}: {problem}")

    def _places(self) -> Sequence[str]:
        """Where files for large arrays may be; an Octave elsewhere does not see them: there they go as all else."""
        return [""] if self._octave.prefix else places()

    async def expression(self, code: str) -> MimeBundle:
        """What an expression gives. Raises ExecutionError."""
        said = await self._ask("expression", code)
        if said is None:
            raise ExecutionError("RuntimeError", f"Octave could not be asked for {code!r}, or took too long")
        told = questions.pairs(said)
        if "value" in told:
            return {"text/plain": told["value"].removesuffix("\n")}
        raise ExecutionError(told["ename"] or "Octave:error", told["evalue"])

    # -- code ----------------------------------------------------------------------------------------------------------

    async def is_complete(self, request: IsCompleteRequest) -> IsCompleteReply:
        """By the text alone."""
        return completeness.judge(request.code)


def _well(said: bytes | None, name: str) -> bytes:
    """What Octave has told, if it went well. Raises VariableError."""
    from octave_kernel.values.values import VariableError  # few ask for them

    if said is None:
        raise VariableError(
            f"variable {name!r}: Octave runs a cell or does not run, or it took longer than {_VALUE_LIMIT:g} seconds; "
            "try again when it is idle"
        )
    if not said.startswith(b"+"):
        raise VariableError(f"variable {name!r}: {said[1:].decode('utf-8', 'replace')}")
    return said[1:]


def of(octave: Octave) -> Assistance:
    """The assistance for an Octave."""
    return Assistance(octave)
