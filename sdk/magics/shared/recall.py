"""Earlier cells: `%history` lists them, `%recall` puts them into the next cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sdk.magics.arguments import Option
from sdk.magics.call import Call
from sdk.magics.magic import line_magic
from sdk.magics.prose import are_cells

if TYPE_CHECKING:
    from sdk.magics.past_cells import PastCell

_Cells = Annotated[str, Option(help="3, 2-5, or of another session 12/3, of the one before ~1/2-5")]


@line_magic(aliases=("hist",), is_meant=are_cells)
async def history(
    call: Call,
    *cells: _Cells,
    number: Annotated[int | None, Option("-n", "the last so many")] = None,
    grep: Annotated[str, Option("-g", "those that match: a part of it, or with * and ? the whole")] = "",
    session: Annotated[bool, Option("-s", "of this session alone")] = False,
    unique: Annotated[bool, Option("-u", "of equal ones the last")] = False,
) -> None:
    """List earlier cells: alone those of this session, with -n or -g those of all sessions.

    A cell of another session has the session's number before its own: 12/3.
    """
    from sdk.magics import past_cells

    if number is not None and number < 0:
        raise call.error(f"--number {number}: a number of cells is not negative")
    ours, this = await _this_session(call), call.context.execution_count
    more = None if number is None else number + 1  # this cell is among them, and not wanted
    if cells:
        found = [cell for each in cells for cell in await chosen(call, each)]
    elif grep or unique:
        pattern = grep if any(sign in grep for sign in "*?[") else f"*{grep}*"
        # With the limit, those of other sessions would take the places of this one's.
        limit = None if session else more
        found = await past_cells.ask(call.kernel, call.context, "search", pattern=pattern, n=limit, unique=unique)
    elif number is not None and not session:
        found = await past_cells.ask(call.kernel, call.context, "tail", n=more)
    else:
        found = await past_cells.ask(call.kernel, call.context, "range", session=0)
    found = [cell for cell in found if cell[:2] != (ours, this) and (cell.session == ours or not session)]
    if number is not None:
        found = found[max(len(found) - number, 0) :]
    if not found:
        call.context.stream("stderr", f"no cell matches {grep!r}\n" if grep else "there are no earlier cells\n")
    call.say("".join(f"{_numbered(cell, ours)}\n" for cell in found))


@line_magic(aliases=("rep",), is_meant=are_cells)
async def recall(
    call: Call,
    *cells: _Cells,
    replace: Annotated[bool, Option("-r", "put it in the place of this cell")] = False,
) -> None:
    """Put earlier cells into a new cell below this one; alone, the last one.

    They are shown, too, for front-ends that make no cells.
    """
    from sdk.magics import highlighting

    text = await code_of(call, cells or ("last",))
    call.context.payload.append({"source": "set_next_input", "text": text, "replace": replace})
    shown = highlighting.html(text, highlighting.of_kernel(call.kernel))
    call.display({"text/plain": text, "text/html": shown})


async def code_of(call: Call, cells: tuple[str, ...]) -> str:
    """The code of all these cells; "last" is the one before this. Raises MagicError."""
    texts = []
    before = call.context.execution_count - 1
    if "last" in cells and before < 1:
        raise call.error("there is no cell before this one")
    for each in cells:
        texts += [cell.code for cell in await chosen(call, str(before) if each == "last" else each)]
    return "\n".join(texts)


async def chosen(call: Call, text: str) -> list[PastCell]:
    """The cells that the user names. Raises MagicError."""
    from sdk.magics import past_cells

    cells = past_cells.read(text)
    if cells is None:
        raise call.error(f"{text}: it names no cells; write 3, 2-5, 12/3 or ~1/2-5")
    found = await past_cells.find(call.kernel, cells, call.context)
    if not found:
        raise call.error(f"{text}: no such cell was kept; {call.magics.syntax.prefix}history lists those there are")
    return found


async def _this_session(call: Call) -> int:
    """The number of this session in the history."""
    from sdk.magics import past_cells

    cells = await past_cells.ask(call.kernel, call.context, "range", session=0)
    return cells[-1].session if cells else 0


def _numbered(cell: PastCell, ours: int) -> str:
    number = f"{cell.number}: " if cell.session == ours else f"{cell.session}/{cell.number}: "
    return number + cell.code.replace("\n", "\n" + " " * len(number))
