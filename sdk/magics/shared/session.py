"""The session: `%connect_info`, `%restart`, `%config`, `%env`, `%pip`, `%download`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sdk.kernel.context import Context
from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call
from sdk.magics.completing import by_names
from sdk.magics.magic import line_magic
from sdk.magics.parser import Use
from sdk.magics.prose import begins, is_one_word
from sdk.protocol.shell import CompleteReply, CompleteRequest

if TYPE_CHECKING:
    from sdk.magics.runner import Magics
    from sdk.magics.settings import Setting

_NONE = Rest("")
_READ_AT_START = ("magic_prefix", "magics_anywhere")
_PIP = ("install", "uninstall", "list", "show", "freeze", "download", "check", "config", "cache", "index", "help")
_SECRETS = ("key", "token", "secret", "password", "passwd")


@line_magic
async def connect_info(call: Call) -> None:
    """Show what another program needs to connect to this kernel. The key lets whoever has it run code here."""
    path = call.kernel.host.connection_file
    if not path:
        raise call.error("this kernel was started without a connection file; start it with -f FILE")
    text = call.read(os.path.abspath(path)).strip()
    call.say(
        f"{text}\n\nPut this into a file on another machine, and connect with\n"
        f"    jupyter console --existing FILE\n"
        f"or, on this machine, with\n"
        f"    jupyter console --existing {path}\n"
        f"or, if no kernel was started after this one, with\n"
        f"    jupyter console --existing\n"
    )


@line_magic
async def restart(call: Call) -> None:
    """Start the language anew, and not the kernel: the cells' numbers and what magics keep stay."""
    if not call.kernel.implements("start"):
        name = call.kernel.implementation or type(call.kernel).__name__
        raise call.error(f"{name} has no program of its own to restart; restart the kernel from the front-end's menu")
    said = await call.kernel.restart_language(call.context)
    call.context.stream("stderr", f"[{said}]\n")


# -- options -----------------------------------------------------------------------------------------------------------


async def _complete_option(
    magics: Magics, use: Use, request: CompleteRequest, context: Context
) -> CompleteReply | None:
    from sdk.magics.settings import settings

    known = list(settings(magics.kernel))
    return by_names(request, [*(one.name for one in known), *(one.shown for one in known)])


@line_magic(complete=_complete_option, is_meant=is_one_word)
async def config(
    call: Call, setting: Annotated[Rest, Option(help="NAME shows an option, NAME=VALUE sets it")] = _NONE
) -> None:
    """Show the kernel's options, or set one for this session.

    Some are read when the language starts: %restart lets them take effect. For later sessions they are written as
    `c.Class.name = value` into jupyter_kernel_sdk_config.py in Jupyter's configuration directory.
    """
    from sdk.magics.settings import read, settings

    known = list(settings(call.kernel))
    if not setting:
        call.say("".join(_described(one) for one in known))
        return
    name, equals, text = (part.strip() for part in setting.partition("="))
    of_class = [one for one in known if one.owner == name]
    if of_class and not equals:
        call.say("".join(_described(one) for one in of_class))
        return
    if not any(name in (one.name, one.shown) for one in known) and call.is_rather_comment(f"{name}: no such option"):
        return
    found = _setting(call, name, known)
    if not equals:
        call.say(_described(found))
        return
    if found.name in _READ_AT_START:
        raise call.error(
            f"{found.shown} is read when the kernel starts; write c.{found.shown} = {text} into "
            f"jupyter_kernel_sdk_config.py and restart the kernel"
        )
    try:
        value = read(text, found.value)
    except ValueError as error:
        raise call.error(f"{found.shown}={text}: {error}") from None
    setattr(call.kernel, found.name, value)
    if found.name == "output_lines":
        call.magics.around.pop("limit", None)
    call.magics.load()
    call.say(f"{found.shown} = {value!r}\n")


def _setting(call: Call, name: str, known: list[Setting]) -> Setting:
    for one in known:
        if name in (one.name, one.shown):
            return one
    import difflib

    near = difflib.get_close_matches(name, [*(one.name for one in known), *(one.shown for one in known)], 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"{call.shown} alone lists those there are"
    raise call.error(f"{name}: there is no such option; {hint}")


def _described(setting: Setting) -> str:
    return f"{setting.shown} = {setting.value!r}\n    {setting.help}\n"


# -- environment -------------------------------------------------------------------------------------------------------


async def _complete_variable(
    magics: Magics, use: Use, request: CompleteRequest, context: Context
) -> CompleteReply | None:
    return by_names(request, await magics.kernel.get_environment())


@line_magic(aliases=("set_env",), complete=_complete_variable, is_meant=is_one_word)
async def env(
    call: Call,
    variable: Annotated[Rest, Option(help="NAME shows it, NAME=VALUE sets it")] = _NONE,
    *,
    unset: Annotated[bool, Option("-u", "take NAME away")] = False,
) -> None:
    """Show the environment variables of the language, or one of them, or set one: %env NAME=VALUE.

    The list hides what seems to be secret; %env NAME shows it.
    """
    name, equals, value = variable.partition("=")
    if not equals:
        name, _, value = variable.partition(" ")
    name, value = name.strip(), value.strip()
    if unset and (not name or value or equals):
        raise call.error("--unset takes the name of a variable: %env --unset NAME")
    if name and (not name.replace("_", "a").isalnum() or name[0].isdigit()):
        raise call.error(f"{name}: a variable's name has letters, digits and _")
    if unset:
        await call.kernel.set_environment(name, None, call.context)
        return
    if equals or value:
        await call.kernel.set_environment(name, value, call.context)
        call.say(f"{name}={value}\n")
        return
    known = await call.kernel.get_environment()
    if not name:
        call.say("".join(f"{each}={_hidden(each, known[each])}\n" for each in sorted(known)))
    elif name in known:
        call.say(f"{known[name]}\n")
    elif not call.is_rather_comment(f"{name}: there is no such environment variable"):
        raise call.error(f"{name}: there is no such environment variable; {call.shown} alone lists those there are")


def _hidden(name: str, value: str) -> str:
    return "<hidden>" if value and any(word in name.lower() for word in _SECRETS) else value


# -- programs and files ------------------------------------------------------------------------------------------------


@line_magic(is_meant=begins(*_PIP))
async def pip(call: Call, arguments: Annotated[Rest, Option(help="pip's own")]) -> None:
    """Run pip for the Python environment of this kernel: %pip install NAME. uv does it where there is no pip."""
    import shlex

    from sdk.magics.streaming import Program, how

    try:
        words = shlex.split(arguments)
    except ValueError as error:
        raise call.error(f"{arguments}: {str(error).lower()}") from None
    program = Program(_pip_command(call, words), call.context.stream, cwd=None if call.is_elsewhere else call.cwd)
    try:
        await call.wait(program.start)
        status = await call.wait(program.wait)
    except OSError as error:
        raise call.error(f"pip cannot be run: {error.strerror or error}") from None
    except BaseException:
        program.end()
        raise
    if status:
        raise call.error(f"pip ended with {how(status)}; what it said is above")


def _pip_command(call: Call, words: list[str]) -> list[str]:
    import shutil
    import sys
    from importlib.util import find_spec

    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", *words]
    uv = shutil.which("uv")
    if uv is None:
        raise call.error(f"there is no pip in {sys.prefix}; put it there with: {sys.executable} -m ensurepip")
    return [uv, "pip", words[0], "--python", sys.executable, *words[1:]]


@line_magic
async def download(
    call: Call,
    url: str,
    path: Annotated[Path | None, Option(help="where to; else the address's last part, here")] = None,
    *,
    force: Annotated[bool, Option("-f", "replace a file that is there")] = False,
) -> None:
    """Fetch a file, and show how far it is. An interrupt leaves nothing behind."""
    from sdk.magics.fetching import Fetching, name_of

    if "://" not in url:
        raise call.error(f"{url}: an address begins with https:// or the like")
    name = name_of(url)
    target = call.path(path or name)
    if target.is_dir():
        target /= name
    if not name and target.is_dir():
        raise call.error(f"{url}: it names no file; say where to: {call.shown} URL PATH")
    if target.exists() and not force:
        raise call.error(f"{target}: there is such a file; {call.shown} -f replaces it")
    fetching = Fetching(url, target, call.context.progress)
    try:
        size = await call.wait(fetching.run)
    except KeyboardInterrupt:
        fetching.end()
        raise
    except (OSError, ValueError) as error:
        raise call.error(f"{url}: {_reason(error)}") from None
    call.say(f"{target}: {size:,} bytes\n")


def _reason(error: Any) -> str:
    code = getattr(error, "code", None)
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return f"{code} {reason}" if code is not None else str(reason)
