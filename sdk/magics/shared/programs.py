"""Programs beside the language: `%shell`, `%%bash` and `!`, `%%script` and its like, `%python`.

The shell is the SDK's bash kernel, one for the notebook: it is interactive, asks, and remembers. It and the language
work in the same folder.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

from sdk.errors import ExecutionError
from sdk.kernel.context import Context
from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call, as_text
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.parser import Use
from sdk.magics.prose import is_command, is_python
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sdk.magics.kernels import OtherKernel
    from sdk.magics.runner import Magics
    from sdk.protocol.message import Buffer, Content

_SHELL = "shell"
_NOTHING = Rest("")
_NoRaise = Annotated[bool, Option(help="let the cell succeed whatever the program's status is")]
_Env = Annotated[str, Option(help="a virtual or conda environment, or its python", complete="file")]


# -- the shell ---------------------------------------------------------------------------------------------------------


async def _complete_shell(magics: Magics, use: Use, request: CompleteRequest, context: Context) -> CompleteReply | None:
    """What the shell says; it is started for that."""
    from sdk.magics.shared.kernels import complete_there

    shell = await _shell_for_help(magics, context)
    return await complete_there(shell, request, context) if shell is not None else None


async def _inspect_shell(magics: Magics, use: Use, request: InspectRequest, context: Context) -> InspectReply:
    """What the shell says; it is started for that."""
    from sdk.magics.shared.kernels import inspect_there

    shell = await _shell_for_help(magics, context)
    return await inspect_there(shell, request, context) if shell is not None else InspectReply(found=False)


async def _is_complete_shell(
    magics: Magics, use: Use, request: IsCompleteRequest, context: Context
) -> IsCompleteReply | None:
    """What the shell says; it is started for that."""
    from sdk.magics.shared.kernels import is_complete_there

    shell = await _shell_for_help(magics, context)
    return await is_complete_there(shell, request, context) if shell is not None else None


async def _shell_for_help(magics: Magics, context: Context) -> OtherKernel | None:
    from sdk.magics.kernels import other_kernels
    from sdk.magics.kernels.launch import own_launch

    launch = own_launch("bash")
    return await other_kernels(magics).started_for_help(magics, context, launch, _SHELL) if launch is not None else None


@line_magic(name="shell", complete=_complete_shell, is_meant=is_command)
async def shell_line(call: Call, command: Annotated[Rest, Option(help="as bash reads it")]) -> None:
    """Run a command in the notebook's shell, a bash that keeps its variables. Its status other than 0 is an error.

    The shell and the language work in the same folder: `%shell cd ..` moves both.
    """
    await _in_shell(call, command)


@cell_magic(
    name="shell",
    aliases=["bash"],
    body="text",
    complete=_complete_shell,
    inspect=_inspect_shell,
    is_complete=_is_complete_shell,
)
async def shell_cell(
    call: Call, command: Annotated[Rest, Option(help="what to run before the cell")] = _NOTHING
) -> None:
    """Run the cell in the notebook's shell, a bash that keeps its variables. Its status other than 0 is an error.

    The shell and the language work in the same folder: `cd ..` moves both.
    """
    await _in_shell(call, f"{command}\n{call.body}" if command else call.body)


async def _in_shell(call: Call, code: str) -> None:
    from sdk.magics.kernels import execute, other_kernels
    from sdk.magics.kernels.launch import own_launch

    kernels = other_kernels(call)
    shell = kernels.find(_SHELL)
    launch = await call.wait(own_launch, "bash") if shell is None else shell.launch
    if launch is None:
        raise call.error("the SDK's bash kernel is not there: install the package jupyter-kernel-sdk again")
    shell = await kernels.started(call, launch, _SHELL)
    in_step = not call.is_elsewhere
    if in_step and shell.cwd != call.cwd:
        await execute(call, shell, f"builtin cd -- {shlex.quote(call.cwd)}", silent=True)
        shell.cwd = call.cwd
    try:
        await execute(call, shell, code)
    finally:
        if in_step and not shell.ended and not shell.is_busy:
            await _follow(call, shell)


async def _follow(call: Call, shell: OtherKernel) -> None:
    """Let the language work where the shell now does."""
    from sdk.magics.kernels import execute

    reply = await execute(call, shell, "", silent=True, user_expressions={"cwd": 'builtin printf %s "$PWD"'})
    found = reply.content["user_expressions"]["cwd"]
    folder = as_text(found["data"]) if found["status"] == "ok" else ""
    if folder and folder != shell.cwd:
        shell.cwd = folder
        await call.kernel.change_folder(folder, call.context)


# -- any program -------------------------------------------------------------------------------------------------------


@cell_magic(body="text")
async def script(
    call: Call, command: Annotated[Rest, Option(help="a program and its arguments")], *, no_raise: _NoRaise = False
) -> None:
    """Run the cell by any program that reads it on its stdin: `%%script node`, `%%script ssh host sh`."""
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise call.error(f"{command}: {str(error).lower()}") from None
    await _run_script(call, argv, no_raise=no_raise)


@cell_magic(body="text")
async def sh(call: Call, *arguments: str, no_raise: _NoRaise = False) -> None:
    """Run the cell by a new `sh`."""
    await _run_script(call, ["sh", *(["-s", "--", *arguments] if arguments else [])], no_raise=no_raise)


@cell_magic(body="text")
async def perl(call: Call, *arguments: str, no_raise: _NoRaise = False) -> None:
    """Run the cell by `perl`."""
    await _run_script(call, ["perl", *(["-", *arguments] if arguments else [])], no_raise=no_raise)


@cell_magic(body="text")
async def ruby(call: Call, *arguments: str, no_raise: _NoRaise = False) -> None:
    """Run the cell by `ruby`."""
    await _run_script(call, ["ruby", *(["-", *arguments] if arguments else [])], no_raise=no_raise)


async def _run_script(call: Call, argv: Sequence[str], *, no_raise: bool) -> None:
    from sdk.magics.scripts import Script, Scripts  # subprocess takes its time

    script = Script(argv, cwd=None if call.is_elsewhere else call.cwd)

    def say(name: str, text: str) -> None:
        call.context.pour(name, text)
        call.context.settle()

    running = call.state(Scripts).running
    running.append(script)
    try:
        status = await _status(call, script, say)
    except FileNotFoundError:
        raise call.error(f"{argv[0]}: there is no such program; is it installed, and in PATH?") from None
    except OSError as error:
        raise call.error(f"{argv[0]}: {error.strerror or error}") from None
    except BaseException:
        script.kill()
        raise
    finally:
        running.remove(script)
    if status and not no_raise:
        from signal import Signals

        shown = Signals(-status).name if status < 0 else str(status)
        raise ExecutionError("ExitStatus", shown, [f"{call.shown}: {argv[0]}: status {shown}"])


async def _status(call: Call, script: Any, say: Any) -> int:
    """How it ends. An interrupt is the program's; the cell ends with it.

    The kernel's own SIGINT meets a program that has no group of its own yet: it may have ended before we know of it.
    """
    from signal import SIGINT
    from threading import Thread

    waiter = call.context.waiter()

    def run() -> None:
        try:
            waiter.bring((script.run(call.body, say),))
        except BaseException as error:  # raised where it is waited for
            waiter.bring(error)

    Thread(target=run, name="script", daemon=True).start()
    interrupted = False
    while True:
        try:
            found: Any = await call.magics.interruptible(waiter)
        except KeyboardInterrupt:
            interrupted = True
            script.interrupt()
            continue
        status = int(found[0])
        if status == -SIGINT or (interrupted and status):
            raise KeyboardInterrupt
        return status


# -- Python ------------------------------------------------------------------------------------------------------------


async def _complete_python(
    magics: Magics, use: Use, request: CompleteRequest, context: Context
) -> CompleteReply | None:
    """What the Python says that was used last, if it runs."""
    from sdk.magics.kernels import other_kernels
    from sdk.magics.shared.kernels import complete_there

    other = other_kernels(magics).find("python")
    return await complete_there(other, request, context) if other is not None else None


async def _inspect_python(magics: Magics, use: Use, request: InspectRequest, context: Context) -> InspectReply:
    """What the Python says that was used last, if it runs."""
    from sdk.magics.kernels import other_kernels
    from sdk.magics.shared.kernels import inspect_there

    other = other_kernels(magics).find("python")
    return await inspect_there(other, request, context) if other is not None else InspectReply(found=False)


async def _is_complete_python(
    magics: Magics, use: Use, request: IsCompleteRequest, context: Context
) -> IsCompleteReply | None:
    """What the Python says that was used last, if it runs."""
    from sdk.magics.kernels import other_kernels
    from sdk.magics.shared.kernels import is_complete_there

    other = other_kernels(magics).find("python")
    return await is_complete_there(other, request, context) if other is not None else None


async def _complete_python_line(
    magics: Magics, use: Use, request: CompleteRequest, context: Context
) -> CompleteReply | None:
    """What the Python says, if it runs."""
    from sdk.magics.kernels import other_kernels
    from sdk.magics.shared.kernels import complete_line

    kernels = other_kernels(magics)
    return await complete_line(lambda env: kernels.find(f"python@{env}" if env else "python"), request, context)


@line_magic(name="python", complete=_complete_python_line, is_meant=is_python)
async def python_line(call: Call, code: Annotated[Rest, Option(help="what to run")], *, env: _Env = "") -> Any:
    """Run a line of Python beside the language, in a Python kernel that keeps its variables."""
    return await _in_python(call, code, env)


@cell_magic(
    name="python",
    body="text",
    complete=_complete_python,
    inspect=_inspect_python,
    is_complete=_is_complete_python,
)
async def python_cell(
    call: Call,
    *,
    eval_: Annotated[bool, Option("-e", "run the value, or else what is printed, as code of the language")] = False,
    env: _Env = "",
) -> Any:
    """Run the cell in Python beside the language, in a Python kernel that keeps its variables."""
    if not eval_:
        return await _in_python(call, call.body, env)
    printed: list[str] = []
    values: list[str] = []

    def outlet(content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> Content | None:
        from sdk.protocol.iopub import ExecuteResult, Stream

        if isinstance(content, Stream) and content.name == "stdout":
            printed.append(content.text)
        elif isinstance(content, ExecuteResult):
            values.append(as_text(content))
        else:
            return content
        return None

    with call.context.redirected(outlet):
        value = await _in_python(call, call.body, env)
    text = as_text(value) if value is not None else values[-1] if values else ""
    return await call.language(_unquoted(text) if text else "".join(printed))


def _unquoted(text: str) -> str:
    """A Python string's value; other values as they are shown."""
    from ast import literal_eval

    try:
        value = literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, str) else text


async def _in_python(call: Call, code: str, env: str) -> Any:
    from sdk.magics.kernels import execute, other_kernels
    from sdk.magics.kernels.launch import environment_launch

    kernels = other_kernels(call)
    if env:
        path = str(call.path(env))
        found = kernels.find(f"python@{path}")
        launch = found.launch if found else await kernels.find_launch(call, lambda: environment_launch(path))
        other = await kernels.started(call, launch, launch.name)
    else:
        other = await kernels.running(call, "python")
    kernels.last = other.key
    return (await execute(call, other, code)).value
