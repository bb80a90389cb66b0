"""A kernel that is served as a subclass of `ipykernel.ipkernel.IPythonKernel`, as its author has written it.

`get_ipython().kernel` is an instance of that class. What it has of its own answers in the place of the Python kernel's.
"""

from __future__ import annotations

from inspect import Parameter, isawaitable, signature
from typing import Any

from traitlets import TraitType

from python_kernel.ipykernel_api._standalone import Wrapped
from python_kernel.serving import module
from python_kernel.shell import ZMQInteractiveShell
from sdk import Context, ExecuteRequest, ExecutionError

_SAID = ("implementation", "implementation_version", "banner", "language_info", "help_links")
_ANSWERS = ("do_complete", "do_inspect", "do_is_complete", "do_history")


def check(kernel_class: Any) -> None:
    """Raise TypeError for a class that cannot be served."""
    if not (isinstance(kernel_class, type) and issubclass(kernel_class, module("ipkernel").IPythonKernel)):
        name = getattr(kernel_class, "__qualname__", repr(kernel_class))
        raise TypeError(
            f"kernel_class {name}: the IPKernelApp of {module('').__compat__} serves subclasses of "
            "ipykernel.ipkernel.IPythonKernel; for another language, run it where `import ipykernel` finds ipykernel "
            "itself, or write it as a subclass of sdk.Kernel, for sdk.app.run"
        )


def members(kernel_class: Any) -> dict[str, Any]:
    """What a `PythonKernel` has to have to be served as this class."""
    base = module("ipkernel").IPythonKernel
    found: dict[str, Any] = {"facade_class": kernel_class}
    for name in _SAID:
        value = _said(kernel_class, name)
        if getattr(kernel_class, name) is not getattr(base, name) and not isinstance(value, property):
            found[name] = value
    shell_class = _said(kernel_class, "shell_class")
    if isinstance(shell_class, type) and issubclass(shell_class, ZMQInteractiveShell):
        found["shell_class"] = shell_class
    if kernel_class.do_execute is not base.do_execute:
        found["do_execute"] = _do_execute
    written = [name for name in _ANSWERS if getattr(kernel_class, name) is not getattr(base, name)]
    found.update({name: getattr(Wrapped, name) for name in written})
    if written:
        found["_facade"] = property(lambda self: self.interpreter.shell.kernel)
    return found


def _said(kernel_class: Any, name: str) -> Any:
    value = getattr(kernel_class, name)
    return value.default() if isinstance(value, TraitType) else value


async def _do_execute(self: Any, request: ExecuteRequest, context: Context) -> None:
    """Run a cell. The SDK evaluates the user's expressions afterwards."""
    facade = self.interpreter.shell.kernel
    silent = bool(request.silent)
    store = not silent if request.store_history is None else bool(request.store_history)
    more = _accepted(facade.do_execute, {"cell_meta": dict(context.metadata), "cell_id": context.cell_id})
    reply = facade.do_execute(request.code, silent, store, {}, bool(request.allow_stdin), **more)
    if isawaitable(reply):
        reply = await reply
    context.payload.extend(one for one in reply.get("payload") or () if one not in context.payload)
    if reply.get("status") == "error":  # whoever makes such a reply has shown it
        raise ExecutionError(
            reply.get("ename", ""), reply.get("evalue", ""), list(reply.get("traceback") or ()), shown=True
        )


def _accepted(function: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that it takes: older kernels do not know them."""
    parameters = signature(function).parameters
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values()):
        return arguments
    return {name: value for name, value in arguments.items() if name in parameters}
