"""A kernel in a program that is not one: in the middle of a function, or in a thread. The program goes on after it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any, ClassVar

try:
    from IPython.core.interactiveshell import InteractiveShell
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        'the Python kernel needs IPython and found none; install it with: pip install "jupyter-kernel-sdk[python]"'
    ) from None

from python_kernel.kernel import PythonKernel
from python_kernel.shell import ZMQInteractiveShell
from sdk.app import Opened, open_inside

RUNS = "a kernel runs in this process, and there can be no other: start one in a process of its own"


class GuestKernel(PythonKernel):
    """The process belongs to somebody else, and so do its descriptors."""

    is_guest: ClassVar[bool] = True
    crash_file = False
    capture_fd_output = False


def embed_kernel(module: ModuleType | None = None, local_ns: Mapping[str, Any] | None = None, **options: Any) -> None:
    """Serve a kernel with these names, by default those of the caller, until it is shut down or its `exit_now` is set.

    Clients find it by `jupyter console --existing`. `options` are traits of `IPKernelApp`; `connection_file` is one.
    """
    caller: FrameType = sys._getframe(1)
    if module is None:
        module = sys.modules.get(caller.f_globals["__name__"])
    if local_ns is None:
        local_ns = dict(caller.f_locals)  # from Python 3.13 on it is a view of the frame's variables (PEP 667)
    argv = [f"--IPKernelApp.{name}={value}" for name, value in options.items() if isinstance(value, str | int | float)]
    launch(argv, user_module=module, user_ns=local_ns)


def launch(
    argv: Sequence[str] = (),
    *,
    user_module: ModuleType | None = None,
    user_ns: Mapping[str, Any] | None = None,
    members: Mapping[str, object] | None = None,
) -> None:
    """Serve a kernel as the command line `argv` says, in this thread, until it is shut down.

    `members` are what its class has otherwise than `PythonKernel`.

    Raises RuntimeError where a kernel or an event loop runs already.
    """
    guest = opened(argv, user_module=user_module, user_ns=user_ns, members=members)
    if guest is not None:
        guest.serve()


class Guest:
    """A kernel that is there, with its shell and sockets: what comes waits until it is served."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._thread = threading.get_ident()
        self._is_served = False

    @property
    def kernel(self) -> GuestKernel:
        """The kernel."""
        assert isinstance(self._opened.kernel, GuestKernel)
        return self._opened.kernel

    def serve(self) -> None:
        """Serve until it is shut down. Raises RuntimeError in another thread, and when it is served already."""
        if self._is_served:
            raise RuntimeError(RUNS)
        if threading.get_ident() != self._thread:
            raise RuntimeError(
                "the kernel was made in another thread: interrupts would go there; make and serve it in the same one"
            )
        self._is_served = True
        self._opened.serve()


def opened(
    argv: Sequence[str] = (),
    *,
    user_module: ModuleType | None = None,
    user_ns: Mapping[str, Any] | None = None,
    members: Mapping[str, object] | None = None,
) -> Guest | None:
    """What `launch` serves. Its shell is there when it is asked for. None when the command line asked for words alone.

    Raises RuntimeError where a kernel or an event loop runs already.
    """
    if is_running():
        raise RuntimeError(RUNS)
    if asyncio._get_running_loop() is not None:
        raise RuntimeError(
            "an event loop runs in this thread: serve the kernel in another, as threading.Thread has them"
        )
    made = type("GuestKernel", (GuestKernel,), {**(members or {}), "user_module": user_module, "user_ns": user_ns})
    found = open_inside(made, argv)
    return None if found is None else Guest(found)


def is_running() -> bool:
    """Whether a kernel runs in this process."""
    shell = InteractiveShell._instance
    return isinstance(shell, ZMQInteractiveShell) and shell.host is not None
