"""Which magics there are, and what they do: `%lsmagic`, `%magic`, `%reload_magics`."""

from __future__ import annotations

from typing import Annotated

from sdk.magics.arguments import Option
from sdk.magics.call import Call
from sdk.magics.magic import line_magic


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
            call.say(f"  {'  '.join(shown)}\n")


@line_magic
async def reload_magics(call: Call) -> None:
    """Load the user's magics and those of other distributions again, after a change."""
    call.magics.load()
