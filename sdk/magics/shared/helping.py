"""What things are: `%help`, which `?name`, `name?` and `name??` become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from sdk.kernel.context import Context
from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call
from sdk.magics.completing import by_names
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.parser import Kind, Use
from sdk.magics.prose import is_prose
from sdk.protocol.message import MimeBundle
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import CompleteReply, CompleteRequest, InspectRequest

if TYPE_CHECKING:
    from sdk.magics.magic import Magic
    from sdk.magics.runner import Magics

_MOST_NAMES = 5000  # of which the near ones are looked for
_NONE = Rest("")


async def _complete(magics: Magics, use: Use, request: CompleteRequest, context: Context) -> CompleteReply | None:
    """Magics, after their sign; else what the language knows."""
    word = request.code.rpartition(" ")[2]
    prefix = magics.syntax.prefix
    if word.startswith("-") or (prefix and word.startswith(prefix)):
        return by_names(request, [magic.shown(prefix) for magic in magics.set if not magic.hidden])
    reply = await magics.kernel.do_complete(CompleteRequest(word, len(word)), context)
    before = len(request.code) - len(word)
    return CompleteReply(reply.matches, before + reply.cursor_start, before + reply.cursor_end)


def _is_name(text: str) -> bool:
    """`%help plot`, `%help %python len`; no sentence."""
    return re.fullmatch(r"[\w%.@:/ -]+|[^\w\s]+", text) is not None and not is_prose(text)


@line_magic(name="help", complete=_complete, is_meant=_is_name)
async def help_line(
    call: Call,
    name: Annotated[Rest, Option(help="of the language, or a magic: %%time")] = _NONE,
    *,
    source: Annotated[bool, Option("-s", "as ??: all that is known, the source too")] = False,
) -> None:
    """Show help on a name: what `?name` and `name?` do, and with --source `name??`. Alone: on this kernel."""
    if not name:
        show(call, _about_kernel(call))
        return
    await _help_on(call, name, detail=int(source))


@cell_magic(name="help", body="code")
async def help_cell(call: Call, name: Rest = _NONE) -> None:
    """Show all that is known of each name that stands on a line of the cell, the source too."""
    names = [line.strip() for line in [name, *call.body.split("\n")] if line.strip()]
    if not names:
        raise call.error("there is no name in the cell; write one on a line")
    for each in names:
        await _help_on(call, each, detail=1)


def show(call: Call, data: MimeBundle, metadata: Mapping[str, Any] = NOTHING) -> None:
    """Show help below the cell, or in the front-end's pager: as the option `help_output` says."""
    if call.kernel.help_output == "pager":
        call.context.payload.append({"source": "page", "data": data, "start": 0})
    else:
        call.display(data, metadata)


async def _help_on(call: Call, name: str, *, detail: int) -> None:
    prefix = call.magics.syntax.prefix
    word, _, rest = name.partition(" ")
    if rest and prefix and word.startswith(prefix) and await _help_within(call, word.lstrip(prefix), rest, detail):
        return
    magics = _magics(call, name.removeprefix(prefix * 2).removeprefix(prefix))
    if magics and prefix and name.startswith(prefix):
        wants_cell = name.startswith(prefix * 2)
        magics.sort(key=lambda magic: magic.is_cell is not wants_cell)
        _help_on_magics(call, magics, detail)
        return
    reply = await call.kernel.do_inspect(InspectRequest(name, len(name), detail), call.context)
    if reply.found:
        show(call, reply.data, reply.metadata)
    elif magics:
        _help_on_magics(call, magics, detail)
    elif not call.is_rather_comment(f"{name}: no help was found"):
        near = [one for one in await _near(call, name) if one != name]
        hint = f"did you mean {' or '.join(near)}?" if near else "it is neither in the language nor a magic"
        raise call.error(f"{name}: no help was found; {hint}")


async def _help_within(call: Call, name: str, text: str, detail: int) -> bool:
    """`%help %python len`: whether the magic of this name has something to say of what stands in it."""
    for magic in _magics(call, name):
        if magic.inspect is not None:
            use = Use(Kind.CELL, name, "", text)
            reply = await magic.inspect(call.magics, use, InspectRequest(text, len(text), detail), call.context)
            if reply.found:
                show(call, reply.data, reply.metadata)
                return True
    return False


def _magics(call: Call, name: str) -> list[Magic]:
    return call.magics.set.named(name.strip())


def _help_on_magics(call: Call, magics: list[Magic], detail: int) -> None:
    prefix = call.magics.syntax.prefix
    text = "\n".join(f"{magic.shown(prefix)}\n{magic.help(prefix)}" for magic in magics)
    if not detail:
        show(call, {"text/plain": text})
        return
    import inspect

    from sdk.magics import highlighting

    source = "\n\n".join(_source(inspect, magic) for magic in magics)
    plain = f"{text}\n{highlighting.ansi(source, 'python')}"
    show(call, {"text/plain": plain, "text/html": f"<pre>{_escaped(text)}</pre>{highlighting.html(source, 'python')}"})


def _source(inspect: Any, magic: Magic) -> str:
    try:
        return str(inspect.getsource(magic.function))
    except (OSError, TypeError) as error:
        return f"# {magic.name}: the source is not there: {error}\n"


async def _near(call: Call, name: str) -> list[str]:
    import difflib

    prefix = call.magics.syntax.prefix
    if prefix and name.startswith(prefix):
        names = [magic.shown(prefix) for magic in call.magics.set]
        return difflib.get_close_matches(name, names, 2)
    names = [magic.shown(prefix) for magic in call.magics.set.named(name)]
    beginning = name[: max(1, len(name) // 2)]
    reply = await call.kernel.do_complete(CompleteRequest(beginning, len(beginning)), call.context)
    names += [f"{beginning[: reply.cursor_start]}{match}" for match in reply.matches[:_MOST_NAMES]]
    return difflib.get_close_matches(name, names, 3, 0.7)


def _about_kernel(call: Call) -> MimeBundle:
    kernel, syntax = call.kernel, call.magics.syntax
    one, ask = syntax.prefix, syntax.help
    language = " ".join(str(kernel.language_info.get(key, "")) for key in ("name", "version")).strip()
    head = kernel.banner.strip() or kernel.implementation or type(kernel).__name__
    version = f"{kernel.implementation} {kernel.implementation_version}"
    asking = f"{ask}name or name{ask} shows help on a name, name{ask * 2} all that is known of it.\n" if ask else ""
    magics = f"{one}lsmagic lists the magics, {one}magic tells what they are, {one}name --help what one takes."
    links = [(str(link.get("text", "")), str(link.get("url", ""))) for link in kernel.help_links]
    plain = "".join(f"\n  {text}: {url}" for text, url in links)
    marked = "".join(f"\n- [{text}]({url})" for text, url in links)
    return {
        "text/plain": f"{head}\n\n{version}, language: {language}\n\n{asking}{magics}\n{plain}".rstrip() + "\n",
        "text/markdown": f"{head}\n\n{version}, language: {language}\n\n{asking}{magics}\n{marked}\n",
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
