"""`Startup`: what configuration wants to be done before the first cell: matplotlib, extensions, files, lines of code.

An error in one of them is told, with its place, and the others are done all the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from python_kernel.application import IPKernelApp
    from python_kernel.cells import Cells
    from python_kernel.profile import Profile
    from python_kernel.shell import ZMQInteractiveShell

_SECTIONS = ("InteractiveShellApp", "IPKernelApp", "BaseIPythonApplication", "Application")


def wanted(config: Mapping[str, Any]) -> bool:
    """Whether there is anything in `config` that `IPKernelApp` has to read."""
    return any(config.get(name) for name in _SECTIONS)


def silence(app: IPKernelApp) -> None:
    """Send the process's own output to nowhere, where that is wanted. Cells show theirs all the same."""
    for number, unwanted in ((1, app.no_stdout), (2, app.no_stderr)):
        if unwanted:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, number)
            os.close(nothing)


class Startup:
    """Done once, when the shell is there."""

    def __init__(
        self,
        shell: ZMQInteractiveShell,
        cells: Cells,
        profile: Profile,
        app: IPKernelApp | None,
        tell: Callable[[str], None],
    ) -> None:
        """`app` is None when nothing is configured."""
        self._shell = shell
        self._initial = frozenset(shell.user_ns)
        self._extensions: Any = shell.extension_manager
        self._cells = cells
        self._profile = profile
        self._app = app
        self._tell = tell

    async def run(self) -> None:
        """Do it all, in IPython's order."""
        shell, app = self._shell, self._app
        pushed = shell.user_ns.keys() - self._initial  # by a program, before it served the kernel: the user's names
        if "StoreMagics" in shell.config:
            self._load("storemagic")
        python_startup = os.environ.get("PYTHONSTARTUP")
        if app is None and not python_startup and not self._profile.startup:
            shell.user_ns_hidden.update({name: shell.user_ns[name] for name in self._initial if name in shell.user_ns})
            return
        if app is not None:
            self._config_file(app)
            self._graphics(app)
            for name in [*app.extensions, *app.extra_extensions]:
                self._load(name)
            if app.trio_loop:
                with self._telling("--trio-loop"):
                    shell.run_line_magic("autoawait", "trio")
        program = app is not None and bool(app.file_to_run or app.code_to_run or app.module_to_run)
        if python_startup and not program and (app is None or app.exec_PYTHONSTARTUP):
            self._file(python_startup, "PYTHONSTARTUP")
        for path in self._profile.startup:
            self._file(path, "startup file")
        if app is not None:
            for line in app.exec_lines:
                await self._line(line, "exec_lines")
            for path in app.exec_files:
                self._file(path, "exec_files")
        if app is None or app.hide_initial_ns:
            shell.user_ns_hidden.update({name: shell.user_ns[name] for name in shell.user_ns.keys() - pushed})
        if app is not None:
            await self._program(app)
        shell._sys_modules_keys = set(sys.modules)

    async def _program(self, app: IPKernelApp) -> None:
        if app.code_to_run:
            await self._line(app.code_to_run, "-c")
        elif app.file_to_run:
            self._file(app.file_to_run, "file_to_run", shell_futures=True)
        if app.module_to_run:
            with self._telling(f"-m {app.module_to_run}"):
                import runpy  # only for -m

                names = runpy.run_module(app.module_to_run, run_name="__main__", alter_sys=True)
                self._shell.user_ns.update(names)

    def _config_file(self, app: IPKernelApp) -> None:
        """What `--init` asks for: a file in the profile with all options, as comments."""
        path = os.path.join(self._profile.location, "ipython_kernel_config.py")
        if app.copy_config_files and (app.overwrite or not os.path.exists(path)):
            with self._telling(f"--init: {path}"), open(path, "w", encoding="utf-8") as file:
                file.write(app.generate_config_file())

    def _graphics(self, app: IPKernelApp) -> None:
        shell = self._shell
        if app.pylab:
            with self._telling(f"pylab {app.pylab}"):
                shell.enable_pylab(app.pylab, import_all=app.pylab_import_all)
        elif app.matplotlib:
            with self._telling(f"matplotlib {app.matplotlib}"):
                shell.enable_matplotlib(app.matplotlib)
        elif app.gui:
            with self._telling(f"gui {app.gui}"):
                shell.enable_gui(app.gui)

    def _load(self, name: str) -> None:
        with self._telling(f"extension {name}"):
            if self._extensions.load_extension(name) == "no load function":
                self._tell(f"extension {name}: the module has no function load_ipython_extension")

    async def _line(self, code: str, place: str) -> None:
        async def run() -> None:
            error = await self._cells.run_at_start(code)
            if error is not None:
                raise error

        await self._telling_of(f"{place}: {code.strip().partition(chr(10))[0]}", run())

    def _file(self, name: str, what: str, *, shell_futures: bool = False) -> None:
        shell = self._shell
        places = [os.path.expanduser(name), os.path.join(self._profile.ipython_dir, name)]
        path = next((os.path.abspath(place) for place in places if os.path.isfile(place)), None)
        if path is None:
            self._tell(f"{what}: {name}: there is no such file")
            return
        before, known = sys.argv, shell.user_ns.get("__file__", self)
        sys.argv, shell.user_ns["__file__"] = [path], path
        try:
            with self._telling(f"{what} {path}", path):
                if path.endswith((".ipy", ".ipynb")):
                    shell.safe_execfile_ipy(path, shell_futures=shell_futures, raise_exceptions=True)
                else:
                    shell.safe_execfile(path, shell.user_ns, shell_futures=shell_futures, raise_exceptions=True)
        finally:
            sys.argv = before
            if known is self:
                shell.user_ns.pop("__file__", None)
            else:
                shell.user_ns["__file__"] = known

    async def _telling_of(self, place: str, doing: Awaitable[None]) -> None:
        with self._telling(place):
            await doing

    @contextmanager
    def _telling(self, place: str, path: str = "") -> Iterator[None]:
        """In here an error is told, with the line of the file `path` where it came from."""
        try:
            yield
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # the user's code
            trace, line = error.__traceback__, None
            while trace is not None:
                if path and trace.tb_frame.f_code.co_filename == path:
                    line = trace.tb_lineno
                trace = trace.tb_next
            if isinstance(error, SyntaxError):
                line = error.lineno
            where = f"{place}, line {line}" if path and line else place
            self._tell(f"{where}: {type(error).__name__}: {error}")
