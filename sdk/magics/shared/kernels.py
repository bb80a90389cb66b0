"""Other kernels in the notebook: `%%kernel`, `%kx`, `%kernel`, `%kernels`, `%restart_kernel`, `%shutdown_kernel`.

The engine, `sdk.magics.kernels`, is imported when one of them is used: it takes jupyter_client with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from sdk.kernel.context import Context
from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call, MagicError
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.parser import Use
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdk.magics.kernels import OtherKernel
    from sdk.magics.runner import Magics

_Name = Annotated[str, Option(complete="kernel", help="a kernelspec, a language, or what --as has called one")]
_As = Annotated[str, Option("-k", help="what to call it here, so that there may be two of a kind")]
_OPTION = re.compile(r"\s*--?\w+(?:=|\s+)(\S+)\s+")
_SOON = 1.0  # seconds, as long as consoles wait for it
_LIMIT = 8.0  # seconds for help with writing; the first completion of a Python takes a while


# -- help with writing a body ------------------------------------------------------------------------------------------


def _named(magics: Magics, use: Use) -> OtherKernel | None:
    from sdk.magics.arguments import ArgumentsError, HelpWanted
    from sdk.magics.kernels import other_kernels

    magic = magics.set.find(use)
    name = ""
    if magic is not None and magic.is_cell:
        try:
            positional, named = magic.arguments("%").parse(use.text)
        except (ArgumentsError, HelpWanted):
            return None
        name = named.get("as_") or (positional[0] if positional else "")
    return other_kernels(magics).find(name)


async def _complete(magics: Magics, use: Use, request: CompleteRequest, context: Context) -> CompleteReply | None:
    """What the other kernel says, if it runs."""
    other = _named(magics, use)
    return await complete_there(other, request, context) if other is not None else None


async def _inspect(magics: Magics, use: Use, request: InspectRequest, context: Context) -> InspectReply:
    """What the other kernel says, if it runs."""
    other = _named(magics, use)
    return await inspect_there(other, request, context) if other is not None else InspectReply(found=False)


async def _is_complete(
    magics: Magics, use: Use, request: IsCompleteRequest, context: Context
) -> IsCompleteReply | None:
    """What the other kernel says, if it runs."""
    other = _named(magics, use)
    return await is_complete_there(other, request, context) if other is not None else None


async def complete_line(
    find: Callable[[str], OtherKernel | None], request: CompleteRequest, context: Context
) -> CompleteReply | None:
    """Complete code that stands behind a line magic's name and its option, by the kernel that `find` finds for this."""
    from sdk.magics.assistance import shifted

    option = _OPTION.match(request.code)
    if option is None and request.code.lstrip().startswith("-"):
        return None  # the option itself
    start = option.end() if option is not None else 0
    other = find(option[1] if option is not None else "")
    position = len(request.code) if request.cursor_pos is None else request.cursor_pos
    inside = request.replace(code=request.code[start:], cursor_pos=position - start)
    found = await complete_there(other, inside, context) if other is not None else None
    return shifted(found, start) if found is not None else None


async def complete_there(other: OtherKernel, request: CompleteRequest, context: Context) -> CompleteReply | None:
    """The other kernel's completion; None when it has none, or takes too long."""
    from sdk.magics.kernels.talking import answer

    content = {"code": request.code, "cursor_pos": request.cursor_pos}
    found = await answer(context, other, "complete_request", content, limit=_LIMIT)
    if found is None or found.get("status") != "ok":
        return None
    return CompleteReply(found["matches"], found["cursor_start"], found["cursor_end"], found.get("metadata") or {})


async def inspect_there(other: OtherKernel, request: InspectRequest, context: Context) -> InspectReply:
    """The other kernel's description."""
    from sdk.magics.kernels.talking import answer

    content = {"code": request.code, "cursor_pos": request.cursor_pos, "detail_level": request.detail_level}
    found = await answer(context, other, "inspect_request", content, limit=_LIMIT)
    if found is None or not found.get("found"):
        return InspectReply(found=False)
    return InspectReply(found=True, data=found.get("data") or {}, metadata=found.get("metadata") or {})


async def is_complete_there(other: OtherKernel, request: IsCompleteRequest, context: Context) -> IsCompleteReply | None:
    """Whether the code may be run there; None when that kernel does not say."""
    from sdk.magics.kernels.talking import answer

    found = await answer(context, other, "is_complete_request", {"code": request.code}, limit=_SOON)
    if found is None or found.get("status") not in ("complete", "incomplete", "invalid"):
        return None
    return IsCompleteReply(found["status"], found.get("indent") or "")


# -- cells -------------------------------------------------------------------------------------------------------------


@cell_magic(name="kernel", aliases=["kx"], body="text", complete=_complete, inspect=_inspect, is_complete=_is_complete)
async def run_cell(call: Call, name: _Name = "", *, as_: _As = "") -> Any:
    """Run the cell in another kernel.

    It is started when it is first used, and ended with this kernel. Without a name it is the last used one.
    """
    from sdk.magics.kernels import execute, other_kernels

    kernels = other_kernels(call)
    other = await kernels.running(call, name, key=as_)
    kernels.last = other.key
    return (await execute(call, other, call.body)).value


async def _complete_line(magics: Magics, use: Use, request: CompleteRequest, context: Context) -> CompleteReply | None:
    """What the other kernel says, if it runs."""
    from sdk.magics.kernels import other_kernels

    return await complete_line(other_kernels(magics).find, request, context)


@line_magic(name="kx", complete=_complete_line, is_meant=bool)
async def run_line(
    call: Call,
    code: Annotated[Rest, Option(help="what to run there")],
    *,
    kernel: Annotated[
        str, Option("-k", complete="kernel", help="which kernel, if not the one that was used last")
    ] = "",
) -> Any:
    """Run a line in the other kernel that was used last."""
    from sdk.magics.kernels import execute, other_kernels

    kernels = other_kernels(call)
    other = await kernels.running(call, kernel)
    kernels.last = other.key
    return (await execute(call, other, code)).value


# -- their life --------------------------------------------------------------------------------------------------------


@line_magic(name="kernel")
async def choose(call: Call, name: _Name = "", *, as_: _As = "") -> None:
    """Choose the kernel that %kx and %%kernel use when they are given no name; alone: show it."""
    from sdk.magics.kernels import other_kernels

    kernels = other_kernels(call)
    if name or as_:
        try:
            other = await kernels.running(call, name, key=as_)
        except MagicError as error:
            if call.is_rather_comment(f"{name}: there is no such kernel"):
                return
            raise error from None
        kernels.last = other.key
    if not kernels.last:
        call.say("no other kernel was used yet\n")
        return
    chosen = kernels.find()
    call.say(f"{kernels.last}: {chosen.launch.title}\n" if chosen is not None else f"{kernels.last}: it does not run\n")


@line_magic(name="kernels")
async def list_kernels(call: Call) -> None:
    """List the other kernels that run, and those that can be started."""
    from sdk.magics.kernels import other_kernels
    from sdk.magics.kernels.launch import kernel_table

    kernels = other_kernels(call)
    rows = []
    for key, other in kernels.kernels.items():
        state = "ended" if other.ended else "busy" if other.is_busy else "running"
        rows.append((key, other.launch.title, state + (", the last used" if key == kernels.last else "")))
    running = {other.launch.name for other in kernels.kernels.values() if not other.ended}
    table = await call.wait(kernel_table)
    rows += [(launch.name, launch.title, launch.language) for launch in table if launch.name not in running]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    call.say("".join(f"{name:{widths[0]}}  {title:{widths[1]}}  {note}\n" for name, title, note in rows))


@line_magic
async def restart_kernel(call: Call, name: _Name = "") -> None:
    """End another kernel, and start it anew: its variables are gone."""
    from sdk.magics.kernels import other_kernels

    kernels = other_kernels(call)
    other = _one(call, name)
    await kernels.end(call, other)
    await kernels.start(call, other.launch, other.key)


@line_magic
async def shutdown_kernel(call: Call, name: _Name = "") -> None:
    """End another kernel."""
    from sdk.magics.kernels import other_kernels

    await other_kernels(call).end(call, _one(call, name))


def _one(call: Call, name: str) -> OtherKernel:
    from sdk.magics.kernels import other_kernels

    kernels = other_kernels(call)
    other = kernels.find(name)
    if other is None:
        running = ", ".join(key for key, one in kernels.kernels.items() if not one.ended) or "none"
        shown = f"kernel {name!r} does not run here" if name else "no other kernel was used yet"
        raise call.error(f"{shown}; running: {running}")
    return other
