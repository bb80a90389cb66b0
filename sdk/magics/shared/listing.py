"""Which magics there are, and what they do: `%lsmagic`, `%magic`, `%reload_magics`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from sdk.magics.arguments import Option
from sdk.magics.call import Call
from sdk.magics.magic import line_magic

_WIDEST = 76


@line_magic
async def lsmagic(call: Call, *, verbose: Annotated[bool, Option("-v", "say what each does")] = False) -> None:
    """List the magics there are."""
    prefix = call.magics.syntax.prefix
    for is_cell, title in ((False, "Line magics"), (True, "Cell magics")):
        found = [magic for magic in call.magics.set if magic.is_cell is is_cell and not magic.hidden]
        shown = [magic.shown(prefix) for magic in found]
        call.say(f"{title}:\n")
        if verbose:
            width = max(map(len, shown), default=0)
            call.say("".join(f"  {name:{width}}  {magic.summary}\n" for name, magic in zip(shown, found, strict=True)))
        else:
            call.say("".join(f"  {line}\n" for line in _lines(shown)))


def _lines(names: list[str]) -> Iterator[str]:
    """Lines that are not too wide for a narrow notebook."""
    line = ""
    for name in names:
        if line and len(line) + len(name) > _WIDEST:
            yield line
            line = ""
        line += f"{'  ' if line else ''}{name}"
    yield line


@line_magic
async def magic(
    call: Call, *names: Annotated[str, Option(help="of magics; none: how magics are used, and all", complete="magic")]
) -> None:
    """Tell how magics are used, and the help of those that are named, or of all."""
    prefix = call.magics.syntax.prefix
    if not names:
        call.say(_how(call))
    told = []
    for name in names:
        found = call.magics.set.named(name.lstrip(prefix))
        if not found:
            raise call.error(f"{name}: no such magic; {prefix}lsmagic lists those there are")
        told += found
    for one in told or [one for one in call.magics.set if not one.hidden]:
        call.say(f"{one.shown(prefix)}\n{_indented(one.help(prefix))}\n")


@line_magic
async def reload_magics(call: Call) -> None:
    """Load the user's magics and those of other distributions again, after a change."""
    call.magics.load()
    news, call.magics.news = call.magics.news, []
    for line in news:
        call.context.stream("stderr", f"{line}\n")


def _how(call: Call) -> str:
    syntax = call.magics.syntax
    prefix = syntax.prefix
    where = "anywhere in" if syntax.anywhere else "at the top of"
    lines = [
        f"Magics are lines {where} a cell that begin with {prefix}.",
        f"  {prefix}name ...    a line magic: its line alone",
        f"  {prefix * 2}name ...   a cell magic: all lines below it, too",
        f"  {prefix * 3}name ...  a cell magic for every cell from here; again: off",
        f"  {prefix}name --help shows what may stand behind a name.",
        "  A backslash before a magic gives its line to the language.",
    ]
    if syntax.shell:
        lines.append(f"  {syntax.shell}command is {prefix}shell command, {syntax.shell * 2} is {prefix * 2}shell.")
    if syntax.help:
        lines.append(f"  {syntax.help}name or name{syntax.help} is {prefix}help name.")
    return "".join(f"{line}\n" for line in [*lines, ""])


def _indented(text: str) -> str:
    return "".join(f"  {line}".rstrip() + "\n" for line in text.split("\n"))
