"""Which earlier cells a text names, and their code: `3`, `2-5`, `12/3` of session 12, `~1/2-4` of the one before."""

from __future__ import annotations

import re
from typing import NamedTuple

from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.protocol.shell import HistoryRequest

_RANGE = re.compile(r"(?:(?P<back>~?)(?P<session>\d+)/)?(?P<first>\d+)(?:-(?P<last>\d+))?")


class Cells(NamedTuple):
    """Some cells of one session; `session` 0 is this one, and -1 the one before."""

    text: str
    session: int
    first: int
    last: int


class PastCell(NamedTuple):
    """One of them."""

    session: int
    number: int
    code: str


def read(text: str) -> Cells | None:
    """What the text names; None when it names no cells."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    session = int(found["session"] or 0) * (-1 if found["back"] else 1)
    first = int(found["first"])
    return Cells(text, session, first, int(found["last"] or first))


async def find(kernel: Kernel, cells: Cells, context: Context) -> list[PastCell]:
    """The cells that were kept."""
    return await ask(kernel, context, "range", session=cells.session, start=cells.first, stop=cells.last + 1)


async def ask(kernel: Kernel, context: Context, access: str, **fields: int | str | bool | None) -> list[PastCell]:
    """What the kernel's history answers; see `HistoryRequest`."""
    reply = await kernel.do_history(HistoryRequest(access, **fields), context)  # type: ignore[arg-type]
    return [PastCell(int(session), int(line), str(source)) for session, line, source in reply.history]
