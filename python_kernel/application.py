"""`IPKernelApp`: the class whose options IPython's users write down for a kernel. Loaded when one of them is.

It reads nothing: it holds what files and command line say, for the start and for `--help-all`. In a program that has
made it, it serves a kernel.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from IPython.core.application import BaseIPythonApplication
from IPython.core.completer import IPCompleter
from IPython.core.formatters import PlainTextFormatter
from IPython.core.history import HistoryManager
from IPython.core.profiledir import ProfileDir
from IPython.core.shellapp import InteractiveShellApp
from traitlets import Any as AnyTrait
from traitlets import Bool, DottedObjectName, Integer, Unicode
from traitlets.config.configurable import Configurable
from traitlets.utils.importstring import import_item

from python_kernel.shell import ZMQInteractiveShell

_AUTHORED = "python_kernel.ipykernel_api._authored"  # few serve a class of their own
_WITHOUT_EFFECT = "Without effect here: "
_RUNS = "a kernel runs in this process, and there can be no other: IPKernelApp.instance() stands for it"


class IPKernelApp(BaseIPythonApplication, InteractiveShellApp):
    """What is done at the start of a kernel: extensions, files and lines that are run, matplotlib."""

    __module__ = "ipykernel.kernelapp"

    name = "ipython-kernel"
    description = "The Python kernel."
    kernel = AnyTrait(help="The kernel.")
    connection_file = Unicode(help="The connection file; -f gives it.").tag(config=True)
    ip = Unicode(help="The address to listen on; --ip gives it.").tag(config=True)
    transport = Unicode(help=f"{_WITHOUT_EFFECT}the connection file says it.").tag(config=True)
    hb_port = Integer(0, help="The port, where there is no connection file; --hb gives it.").tag(config=True)
    shell_port = Integer(0, help="The port, where there is no connection file; --shell gives it.").tag(config=True)
    iopub_port = Integer(0, help="The port, where there is no connection file; --iopub gives it.").tag(config=True)
    stdin_port = Integer(0, help="The port, where there is no connection file; --stdin gives it.").tag(config=True)
    control_port = Integer(0, help="The port, where there is no connection file; --control gives it.").tag(config=True)
    no_stdout = Bool(False, help="Send the process's own stdout to the null device.").tag(config=True)
    no_stderr = Bool(False, help="Send the process's own stderr to the null device.").tag(config=True)
    trio_loop = Bool(False, help="Cells that await do so in Trio.").tag(config=True)
    quiet = Bool(True, help=f"{_WITHOUT_EFFECT}text goes to the cells alone.").tag(config=True)
    capture_fd_output = Bool(True, help="Show what children and C code write to the process's stdout and stderr.").tag(
        config=True
    )
    kernel_class = AnyTrait(help="For launch_instance: a subclass of IPythonKernel, which is served.").tag(config=True)
    outstream_class = DottedObjectName(allow_none=True, default_value=None, help=_WITHOUT_EFFECT).tag(config=True)
    displayhook_class = DottedObjectName(allow_none=True, default_value=None, help=_WITHOUT_EFFECT).tag(config=True)
    parent_handle = Integer(0, help=f"{_WITHOUT_EFFECT}JPY_PARENT_PID says it.").tag(config=True)
    interrupt = Integer(0, help=f"{_WITHOUT_EFFECT}for Windows.").tag(config=True)

    connection_dir = Unicode(help="Where connection files are.")
    user_ns = AnyTrait(help="The names that the user's code begins with.")
    user_module = AnyTrait(help="The module in which the user's code runs.")

    def _connection_dir_default(self) -> str:
        from jupyter_core.paths import jupyter_runtime_dir  # 10 ms, for who asks

        folder = str(jupyter_runtime_dir())
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return folder

    @property
    def abs_connection_file(self) -> str:
        """The connection file's path."""
        if os.path.basename(self.connection_file) == self.connection_file:
            return os.path.join(self.connection_dir, self.connection_file)
        return self.connection_file

    @property
    def session(self) -> Any:
        """How messages are sent."""
        return self.kernel.session

    @property
    def iopub_socket(self) -> Any:
        """Where output is published."""
        return self.kernel.iopub_socket

    @property
    def iopub_thread(self) -> Any:
        """What stands for who does so."""
        return self.kernel.iopub_thread

    @property
    def io_loop(self) -> Any:
        """The loop that cells run in, as tornado has it; `stop` ends the kernel."""
        return self.kernel.io_loop

    def init_connection_file(self) -> None:
        """Nothing: `initialize` reads or writes it."""

    def initialize(self, argv: Any = None) -> None:
        """Make the kernel that the command line asks for, by default that of the process: shell, sockets and file.

        Nothing is done if this stands for a kernel already. Raises RuntimeError where another one runs, and TypeError
        for a `kernel_class` that cannot be served.
        """
        if self.kernel is not None:
            return
        embedding = import_module("python_kernel.embedding")  # it loads the kernel, which may load this
        if embedding.is_running():
            raise RuntimeError(_RUNS)
        if isinstance(self.kernel_class, str):
            self.kernel_class = import_item(self.kernel_class)
        if self.kernel_class is not None:
            import_module(_AUTHORED).check(self.kernel_class)
        members = {} if self.kernel_class is None else import_module(_AUTHORED).members(self.kernel_class)
        self._is_initialized = True
        self._guest = embedding.opened(
            list(sys.argv[1:] if argv is None else argv),
            user_module=self.user_module,
            user_ns=self.user_ns,
            members=members,
        )
        if self._guest is not None:
            self.stands_for(self._guest.kernel.made_ahead().shell)

    def start(self) -> None:
        """Serve until the kernel is shut down, in the thread of `initialize`. Raises RuntimeError where one runs."""
        if not self._is_initialized:
            self.initialize([])
        if self._guest is not None:
            self._guest.serve()
            self.kernel = self.shell = self._guest = None
            self._is_initialized = False
        elif self.kernel is not None:
            raise RuntimeError(_RUNS)

    _guest: Any = None
    _is_initialized = False

    def stands_for(self, shell: Any) -> None:
        """From now on it is the application of the kernel that has this shell."""
        self.kernel, self.shell, self.profile_dir = shell.kernel, shell, shell.profile_dir
        self.connection_file = shell.host.connection_file
        for name, port in shell.host.ports.items():
            setattr(self, name, port)
        self.update_config(shell.config)
        shell.kernel.parent = self

    @classmethod
    def of_running(cls, shell: Any) -> IPKernelApp:
        """The application that stands for the kernel of this process, from now on `IPKernelApp.instance()`."""
        app = cls(config=shell.config)
        app.stands_for(shell)
        for one in cls._walk_mro():
            if one._instance is None:
                one._instance = app  # type: ignore[assignment]
        return app

    def _configure_logging(self) -> None:
        """Nothing: the kernel has one log, and it is not the cell's stderr."""

    classes: Any = [ZMQInteractiveShell, HistoryManager, IPCompleter, PlainTextFormatter, ProfileDir]


def help_text() -> str:
    """The options of IPython's classes, as `--help-all` prints them."""
    classes: dict[type[Configurable], None] = {}
    for top in (IPKernelApp, *IPKernelApp.classes):
        classes.update(
            (one, None) for one in top.__mro__ if issubclass(one, Configurable) and one.class_own_traits(config=True)
        )
    return "\n".join(["Options of IPython's classes:", "", *(one.class_get_help() for one in classes), ""])
