"""What helps to write magics: completion of names, options and values, their help, and whether a cell is complete.

What stands in the language is the kernel's to answer. The lines of magics are blanks to it, so that positions stay; of
a cell magic's body it gets the body alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sdk.kernel.context import Context
from sdk.magics.arguments import Parameter
from sdk.magics.parser import Kind, Use, read
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)

if TYPE_CHECKING:
    from sdk.magics.magic import Magic
    from sdk.magics.runner import Magics

_Asked = TypeVar("_Asked", CompleteRequest, InspectRequest)


class Match(NamedTuple):
    """One way to go on."""

    text: str
    type: str = "magic"


class Place(NamedTuple):
    """Where in a cell a position is."""

    line: str
    """Its line, up to the position."""

    use: Use | None
    """The magic that the line is."""

    above: Use | None
    """The cell magic in whose body it is."""

    body: int
    """Where that body begins."""


class Word(NamedTuple):
    """The last word of a line, as far as it is typed, perhaps within quotes."""

    typed: str
    text: str
    """What it means."""

    def quoted(self, text: str) -> str:
        """How another text is typed in its place."""
        mark = self.typed[:1]
        if mark in ("'", '"') and mark not in text and "\\" not in text:
            return f"{mark}{text}{'' if text.endswith('/') else mark}"
        return "".join(f"\\{one}" if one.isspace() or one in "\\'\"" else one for one in text)


def last_word(line: str) -> Word:
    """The word that ends the line; an empty one behind a blank."""
    start, text, quote, escaped = 0, "", "", False
    for at, one in enumerate(line):
        if escaped:
            text, escaped = text + one, False
        elif one == "\\" and quote != "'":
            escaped = True
        elif quote:
            text, quote = (text, "") if one == quote else (text + one, quote)
        elif one in "'\"":
            quote = one
        elif one.isspace():
            start, text = at + 1, ""
        else:
            text += one
    return Word(line[start:], text)


class Assistance:
    """Answers for one kernel's cells that may hold magics."""

    def __init__(self, magics: Magics) -> None:
        self._magics = magics

    # -- completion ----------------------------------------------------------------------------------------------------

    async def complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """How may the code go on? What is on for every cell stands above it, unseen."""
        above = self._magics.above(request.code)
        return shifted(await self._complete(_below(request, above), context), -len(above))

    async def _complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        position = _position(request)
        place = self._place(request.code, position)
        if place.above is not None:
            return await self._complete_body(place, request, context)
        line = place.line.lstrip()
        prefix = self._magics.syntax.prefix
        if prefix and line.startswith(prefix) and not any(character.isspace() for character in line):
            names = self._names(line)
            if names or not self._magics.syntax.shared:
                return _reply(names, position - len(line), position)
        if place.use is None:
            return await self._magics.kernel.do_complete(self._blanked(request), context)
        magic = self._magics.set.find(place.use)
        if magic is None:
            return _reply([], position, position)
        if magic.complete is not None:
            start = position - len(place.line) + place.line.find(place.use.name) + len(place.use.name) + 1
            asked = request.replace(code=request.code[start:position], cursor_pos=max(0, position - start))
            found = await magic.complete(self._magics, place.use, asked, context)
            if found is not None:
                return shifted(found, start)
        word = last_word(line)
        matches = self._arguments(magic, line, word)
        return _reply(matches, position - len(word.typed), position)

    async def _complete_body(self, place: Place, request: CompleteRequest, context: Context) -> CompleteReply:
        assert place.above is not None
        magic = self._magics.set.find(place.above)
        inside = _inside(request, place.body)
        if magic is None or magic.body == "code":
            return shifted(await self._complete(inside, context), place.body)
        found = None
        if magic.complete is not None:
            found = await magic.complete(self._magics, place.above, inside, context)
        return shifted(found, place.body) if found is not None else _reply([], _position(request), _position(request))

    def _names(self, typed: str) -> list[Match]:
        """All magics that a name may become. What is typed has its prefix."""
        prefix = self._magics.syntax.prefix
        shown = [magic.shown(prefix) for magic in self._magics.set if not magic.hidden]
        if typed.startswith(prefix * 3):
            shown = [f"{prefix}{name}" for name in shown if name.startswith(prefix * 2)]
        return [Match(name) for name in shown if name.startswith(typed)]

    def _arguments(self, magic: Magic, line: str, word: Word) -> list[Match]:
        arguments = magic.arguments(self._magics.syntax.prefix)
        if word.typed.startswith("-"):
            flags = (flag for flag in arguments.flags() if flag.startswith("--"))
            return [Match(flag, "option") for flag in flags if flag.startswith(word.typed)]
        before = line[: len(line) - len(word.typed)].partition(" ")[2]
        parameter = arguments.expected(before)
        if parameter is None:
            return []
        found = [match for match in self._values(parameter, word.text) if match.text.startswith(word.text)]
        return [match._replace(text=word.quoted(match.text)) for match in found]

    def _values(self, parameter: Parameter, word: str) -> Iterable[Match]:
        if parameter.choices:
            return [Match(choice, "value") for choice in parameter.choices]
        if parameter.complete in ("file", "folder"):
            kernel = self._magics.kernel
            if getattr(kernel, "prefix", "") and not word.startswith(("/", "~")):
                return ()  # its folder is elsewhere
            return _files(word, kernel.cwd or os.getcwd(), folders=parameter.complete == "folder")
        if parameter.complete == "kernel":
            from sdk.magics.kernels import other_kernels
            from sdk.magics.kernels.launch import kernel_names  # it looks at what is installed

            names = [*other_kernels(self._magics).kernels, *kernel_names()]
            return [Match(name, "kernel") for name in dict.fromkeys(names)]
        if parameter.complete == "magic":
            return [Match(name) for name in dict.fromkeys(magic.name for magic in self._magics.set)]
        return ()

    # -- inspection ----------------------------------------------------------------------------------------------------

    async def inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """What stands there?"""
        return await self._inspect(_below(request, self._magics.above(request.code)), context)

    async def _inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        position = _position(request)
        line_end = request.code.find("\n", position)
        place = self._place(request.code, len(request.code) if line_end < 0 else line_end)
        if place.above is not None:
            magic = self._magics.set.find(place.above)
            if magic is None or magic.body == "code":
                return await self._inspect(_inside(request, place.body), context)
            if magic.inspect is not None:
                return await magic.inspect(self._magics, place.above, _inside(request, place.body), context)
            return InspectReply(found=False)
        magic = self._magics.set.find(place.use) if place.use is not None else None
        if magic is None:
            return await self._magics.kernel.do_inspect(self._blanked(request), context)
        return InspectReply(
            found=True,
            data={"text/plain": magic.help(self._magics.syntax.prefix, may_be_comment=self._magics.syntax.is_comment)},
        )

    # -- is it complete? -----------------------------------------------------------------------------------------------

    async def is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """A cell magic is complete when an empty line ends it; else what stands in the language decides.

        Where a magic that is on for every cell takes text, it decides.
        """
        above = self._magics.above(request.code)
        if above:
            use = self._place(above + request.code, len(above)).above
            found = self._magics.set.find(use) if use is not None else None
            if use is not None and found is not None and found.body != "code":
                said = await found.is_complete(self._magics, use, request, context) if found.is_complete else None
                ended = "\n" in request.code and not request.code.rpartition("\n")[2].strip()
                return said or IsCompleteReply("complete" if ended else "incomplete", "")
        lines = read(request.code, self._magics.syntax, self._magics.is_magic)
        if any(line.use is not None and line.use.kind is not Kind.LINE for line in lines):
            ended = len(lines) > 1 and not lines[-1].text.strip()
            return IsCompleteReply("complete" if ended else "incomplete", "")
        code = "\n".join("" if line.use is not None else line.text for line in lines)
        if not code.strip():
            return IsCompleteReply("complete")
        return await self._magics.kernel.do_is_complete(request.replace(code=code), context)

    def _is_begun(self, use: Use) -> bool:
        """Whether this may become a magic when it is written out."""
        return self._magics.set.find(use) is not None

    # -- places --------------------------------------------------------------------------------------------------------

    def _place(self, code: str, position: int) -> Place:
        lines = read(code, self._magics.syntax, self._is_begun)
        start = 0
        above: Use | None = None
        body = 0
        for text, line in zip(code.split("\n"), lines, strict=True):
            end = start + len(text)
            if position <= end:
                return Place(text[: position - start], line.use, above, body)
            start = end + 1
            if line.use is not None and line.use.kind is not Kind.LINE:
                above, body = line.use, start
        raise AssertionError(f"position {position} is beyond the code")

    def _blanked(self, request: _Asked) -> _Asked:
        lines = read(request.code, self._magics.syntax, self._is_begun)
        texts = request.code.split("\n")
        blanked = (" " * len(text) if line.use is not None else text for text, line in zip(texts, lines, strict=True))
        return request.replace(code="\n".join(blanked))


def _position(request: CompleteRequest | InspectRequest) -> int:
    length = len(request.code)
    return length if request.cursor_pos is None else max(0, min(request.cursor_pos, length))


def _below(request: _Asked, above: str) -> _Asked:
    return request.replace(code=above + request.code, cursor_pos=len(above) + _position(request)) if above else request


def _inside(request: _Asked, start: int) -> _Asked:
    return request.replace(code=request.code[start:], cursor_pos=_position(request) - start)


def _reply(matches: Sequence[Match], start: int, end: int) -> CompleteReply:
    kept = list(dict.fromkeys(matches))
    kinds = [{"start": start, "end": end, "text": match.text, "type": match.type} for match in kept]
    return CompleteReply([match.text for match in kept], start, end, {"_jupyter_types_experimental": kinds})


def shifted(reply: CompleteReply, by: int) -> CompleteReply:
    """A reply for code that begins so far on."""
    kinds: Any = reply.metadata.get("_jupyter_types_experimental", ())
    moved = [{**kind, "start": kind["start"] + by, "end": kind["end"] + by} for kind in kinds if "start" in kind]
    metadata = {**reply.metadata, "_jupyter_types_experimental": moved} if moved else reply.metadata
    return reply.replace(cursor_start=reply.cursor_start + by, cursor_end=reply.cursor_end + by, metadata=metadata)


def _files(word: str, cwd: str, *, folders: bool) -> list[Match]:
    folder, _, begun = word.rpartition("/")
    shown = f"{folder}/" if "/" in word else ""
    try:
        with os.scandir(os.path.join(cwd, os.path.expanduser(shown) or ".")) as entries:
            found = sorted((entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(begun))
    except OSError:
        return []
    return [
        Match(f"{shown}{name}{'/' * is_folder}", "folder" if is_folder else "file")
        for name, is_folder in found
        if (is_folder or not folders) and (begun or not name.startswith("."))
    ]
