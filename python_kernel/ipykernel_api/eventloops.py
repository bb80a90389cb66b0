"""`ipykernel.eventloops`: GUIs. This kernel joins their loops to its own (`%gui`), and needs no functions for that.

One that `register_integration` is given is called whenever the kernel waits, once it is enabled by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

_Loop = Callable[[Any], Any]

loop_map: dict[Any, Any] = {}
_own: dict[Any, Any] = {}


def register_integration(*toolkitnames: str) -> Callable[[_Loop], _Loop]:
    """`@register_integration("mine")`: the function runs the loop of `%gui mine`; its `exit` ends it."""

    def decorator(func: _Loop) -> _Loop:
        for name in toolkitnames:
            loop_map[name] = func
            _known_to(InteractiveShell._instance, name)
        func.exit_hook = lambda kernel: None  # type: ignore[attr-defined]

        def exit_decorator(ending: _Loop) -> _Loop:
            func.exit_hook = ending  # type: ignore[attr-defined]
            return ending

        func.exit = exit_decorator  # type: ignore[attr-defined]
        return func

    return decorator


def _known_to(shell: Any, gui: str | None) -> None:
    """Let `%gui` know a loop of somebody's own."""
    function = loop_map[gui]
    if gui is None or function is None or function is _own.get(gui) or getattr(shell, "host", None) is None:
        return
    shell.event_loops.add(gui, function, shell.kernel)


def _by_name(*names: str) -> None:
    def named(name: str) -> _Loop:
        def loop(kernel: Any) -> None:
            enable_gui(name, kernel)

        loop.__name__ = f"loop_{name}"
        return loop

    for name in names:
        _own[name] = named(name)
        register_integration(name)(_own[name])


_by_name("qt", "qt5", "qt6", "wx", "tk", "gtk", "gtk3", "gtk4", "osx", "asyncio")
loop_map[None] = loop_map["inline"] = loop_map["nbagg"] = loop_map["webagg"] = loop_map["notebook"] = None
loop_map["ipympl"] = loop_map["widget"] = None
loop_qt, loop_wx, loop_tk = loop_map["qt"], loop_map["wx"], loop_map["tk"]
loop_gtk, loop_gtk3, loop_asyncio = loop_map["gtk"], loop_map["gtk3"], loop_map["asyncio"]
loop_cocoa = loop_map["osx"]


def enable_gui(gui: str | None, kernel: Any = None) -> None:
    """Let the loop of this GUI run whenever the kernel waits; None ends that. Raises ValueError for an unknown name."""
    if gui not in loop_map:
        known = ", ".join(sorted(name for name in loop_map if name))
        raise ValueError(f"Invalid GUI request {gui!r}, valid ones are: {known}")
    shell = kernel.shell if kernel is not None else InteractiveShell._instance
    if shell is None:
        raise RuntimeError(
            "You didn't specify a kernel, and no IPython Application with a kernel appears to be running."
        )
    _known_to(shell, gui)
    shell.enable_gui(gui if loop_map[gui] is not None and gui != "asyncio" else None)
    shell.kernel.eventloop = loop_map[gui]
