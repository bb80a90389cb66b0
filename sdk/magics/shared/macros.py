"""Code with a name, for this session and later ones: `%macro`, `%%macro`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from sdk.kernel.context import Context
from sdk.magics.arguments import Option
from sdk.magics.call import Call
from sdk.magics.completing import by_names
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.parser import Use
from sdk.magics.prose import is_name_of_cells
from sdk.magics.shared.recall import code_of
from sdk.protocol.shell import CompleteReply, CompleteRequest

if TYPE_CHECKING:
    from sdk.magics.macro_files import MacroFiles
    from sdk.magics.runner import Magics

_NAME = re.compile(r"[^\W\d][\w-]*")


async def _complete(magics: Magics, use: Use, request: CompleteRequest, context: Context) -> CompleteReply | None:
    from sdk.magics.macro_files import MacroFiles

    return by_names(request, MacroFiles(magics.kernel).names())


@line_magic(complete=_complete, is_meant=is_name_of_cells)
async def macro(
    call: Call,
    name: Annotated[str, Option(help="of the macro")] = "",
    *cells: Annotated[str, Option(help="earlier cells that it is made of: 3, 2-5, 12/3; without them it is run")],
    list_: Annotated[bool, Option("-l", "list the macros")] = False,
    show: Annotated[bool, Option("-s", "show the macro")] = False,
    delete: Annotated[bool, Option("-d", "forget the macro")] = False,
) -> Any:
    """Run a macro, or make one of earlier cells: code with a name, kept for later sessions of this language."""
    files = _files(call)
    if list_ or not name:
        _list(call, files, files.names())
        return None
    if show:
        _list(call, files, [name])
        return None
    if delete:
        _checked(call, files, name)
        files.delete(name)
        call.say(f"macro {name} is gone\n")
        return None
    if cells:
        _keep(call, files, name, await code_of(call, cells))
        return None
    if name not in files.names() and call.is_rather_comment(f"{name}: there is no such macro"):
        return None
    return await call.run(_checked(call, files, name).removesuffix("\n"))


@cell_magic(name="macro")
async def macro_cell(call: Call, name: Annotated[str, Option(help="of the macro")]) -> None:
    """Keep the cell's code as a macro, which %macro NAME runs. It is not run now."""
    if not call.body.strip():
        raise call.error("the cell is empty; write the macro's code below this line")
    _keep(call, _files(call), name, call.body)


def _files(call: Call) -> MacroFiles:
    from sdk.magics.macro_files import MacroFiles

    return MacroFiles(call.kernel)


def _keep(call: Call, files: MacroFiles, name: str, code: str) -> None:
    if not _NAME.fullmatch(name):
        raise call.error(f"{name}: a macro's name begins with a letter and has letters, digits, _ and -")
    try:
        files.write(name, code)
    except OSError as error:
        raise call.error(f"{files.path(name)}: {error.strerror or error}") from None
    call.say(f"macro {name} is kept in {files.path(name)}; {call.magics.syntax.prefix}macro {name} runs it\n")


def _checked(call: Call, files: MacroFiles, name: str) -> str:
    """The code of a macro that is there. Raises MagicError."""
    try:
        if _NAME.fullmatch(name):
            return files.read(name)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise call.error(f"{files.path(name)}: {error.strerror or error}") from None
    import difflib

    near = difflib.get_close_matches(name, files.names(), 1)
    prefix = call.magics.syntax.prefix
    hint = f"did you mean {near[0]}?" if near else f"{prefix}macro --list lists those there are"
    raise call.error(f"{name}: there is no such macro; {hint}")


def _list(call: Call, files: MacroFiles, names: list[str]) -> None:
    if not names:
        call.say("there are no macros\n")
    for name in names:
        code = _checked(call, files, name).rstrip("\n")
        call.say(f"{name}\n    {code.replace(chr(10), chr(10) + '    ')}\n")
