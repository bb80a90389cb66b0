"""`%load_ext sdk.magics.ipython`: the SDK's magics that IPython lacks, in IPython: our kernel, ipykernel, a terminal.

A name that IPython has stays IPython's. The user's magics and those of other distributions come along.
In the SDK's Python kernel they speak in the name of their cell, as everywhere; elsewhere by what IPython has for that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from sdk.errors import ExecutionError, KernelSDKError
from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.kernel.magic_syntax import MagicSyntax
from sdk.magics.call import MagicError
from sdk.magics.ipython_help import CellHelp, line_completer
from sdk.magics.ipython_voice import context_of, host, now
from sdk.magics.magic import Magic
from sdk.magics.parser import Kind, Use
from sdk.magics.runner import Magics
from sdk.protocol.iopub import DisplayData
from sdk.protocol.shell import ExecuteRequest
from sdk.seam import Waiter

T = TypeVar("T")

FAMILIES: Final = ("kernels", "variables", "rich")
"""The modules of shared magics that IPython wants all of."""

WITHOUT: Final = ("set",)
"""Those of them that it does without: Python sets its variables itself."""

OTHERS: Final = ("download", "reload_magics")
"""Those of other modules that it wants. What else there is IPython has, or is about a language that is not Python."""

_EXTENSIONS: Final = "_sdk_magics"
_NOTHING: Any = (None, (), None)


def load_ipython_extension(shell: Any) -> None:
    """Register what IPython lacks. Called by `%load_ext`."""
    if hasattr(shell, _EXTENSIONS):
        return
    magics = _Magics(_IPython(shell), MagicSyntax())
    registered = []
    for magic in magics.set:
        kind = "cell" if magic.is_cell else "line"
        if _is_wanted(magic) and magic.name not in shell.magics_manager.magics[kind]:
            shell.register_magic_function(_function(shell, magics, magic), kind, magic.name)
            shell.set_hook("complete_command", line_completer(shell, magics), str_key=magic.shown("%"))
            registered.append((kind, magic.name))
    for line in magics.news:
        sys.stderr.write(f"{line}\n")
    helping = CellHelp(shell, magics, frozenset(name for kind, name in registered if kind == "cell"))
    helping.begin()
    setattr(shell, _EXTENSIONS, (magics, registered, helping))


def unload_ipython_extension(shell: Any) -> None:
    """Take them away, and end what they have begun. Called by `%unload_ext`."""
    magics, registered, helping = getattr(shell, _EXTENSIONS, _NOTHING)
    for kind, name in registered:
        shell.magics_manager.magics[kind].pop(name, None)
    if magics is not None:
        helping.end()
        magics.close()
        delattr(shell, _EXTENSIONS)


def _is_wanted(magic: Magic) -> bool:
    module = magic.function.__module__
    family = module.removeprefix("sdk.magics.shared.")
    if magic.name in WITHOUT and family != module:
        return False
    return family == module or family in FAMILIES or magic.name in OTHERS


# -- running -----------------------------------------------------------------------------------------------------------


def _function(shell: Any, magics: _Magics, magic: Magic) -> Callable[..., object]:
    def run(line: str, cell: str = "") -> object:
        use = Use(Kind.CELL if magic.is_cell else Kind.LINE, magic.name, line.strip(), cell.removesuffix("\n"))
        code = f"{magic.shown('%')} {line}\n{cell}" if magic.is_cell else f"{magic.shown('%')} {line}"
        with context_of(shell) as context:
            try:
                value = now(magics.used(use, ExecuteRequest(code), context))
            except MagicError as error:
                raise _usage_error(error) from None
            except ExecutionError as error:
                raise _as_python(error) from None
            except KernelSDKError as error:
                raise _usage_error(error) from None
            if value is not None:
                shown = value if isinstance(value, DisplayData) else DisplayData(value)
                context.display_data(shown.data, shown.metadata)
        return None

    run.__name__ = run.__qualname__ = magic.name
    run.__doc__ = magic.help("%")
    return run


class _Magics(Magics):
    kernel: _IPython

    async def used(self, use: Use, request: ExecuteRequest, context: Context) -> Any:
        """Run one magic."""
        return await self._use(use, request, context)

    async def interruptible(self, waiter: Waiter) -> object:
        """What `waiter` brings, by blocking."""
        return waiter.wait()


class _IPython(Kernel):
    """IPython as a language."""

    implementation = "IPython"
    is_python = True
    language_info: Mapping[str, Any] = {
        "name": "python",
        "mimetype": "text/x-python",
        "file_extension": ".py",
        "pygments_lexer": "python",
    }

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        kernel = getattr(shell, "kernel", None)
        self.host = kernel.host if isinstance(kernel, Kernel) else host()

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        """Run Python; raises what it raises."""
        __user_code_below__ = True  # noqa: F841  # see sdk.transport.stack: so that it can be interrupted
        done = self.shell.run_cell(request.code, store_history=False)
        if done.error_in_exec is not None or done.error_before_exec is not None:
            raise ExecutionError("PythonError", str(done.error_in_exec or done.error_before_exec))

    async def get_variable(self, name: str) -> object:
        """The value itself."""
        if name not in self.shell.user_ns:
            raise KernelSDKError(f"variable {name!r}: there is none in Python")
        return self.shell.user_ns[name]

    async def set_variable(self, name: str, value: object) -> None:
        """Into the user's namespace."""
        if not name.isidentifier():
            raise KernelSDKError(f"variable {name!r}: this is no name in Python")
        self.shell.push({name: value})


# -- errors ------------------------------------------------------------------------------------------------------------


def _usage_error(error: Exception) -> Exception:
    from IPython.core.error import UsageError  # it is loaded: this runs in IPython

    return UsageError(getattr(error, "evalue", "") or str(error))


def _as_python(error: ExecutionError) -> Exception:
    """An exception with the name, the text and the traceback that the other language gave."""
    if error.ename == "KeyboardInterrupt":
        return KeyboardInterrupt(error.evalue)  # type: ignore[return-value]
    lines = list(error.traceback) or [f"{error.ename}: {error.evalue}"]
    kind = type(error.ename, (Exception,), {"_render_traceback_": lambda self: lines, "__module__": "builtins"})
    made: Exception = kind(error.evalue)
    return made
