"""`ZMQInteractiveShell`: IPython's shell in a kernel. Other software knows it by this name."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Token
from types import TracebackType
from typing import Any

from IPython.core import page, payloadpage
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.events import available_events
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Any as AnyTrait
from traitlets import Bool, Instance, List, Type

from python_kernel.cell_numbers import CellNumbers
from python_kernel.contexts import Contexts, as_dict
from python_kernel.debuggers import let_debugger_go
from python_kernel.display import ZMQDisplayPublisher, ZMQShellDisplayHook
from python_kernel.events import CellEvents
from python_kernel.highlighting import Highlighting
from python_kernel.history import KernelHistory
from python_kernel.lean_shell import LeanShell
from python_kernel.magics_loading import prepare as prepare_magics
from python_kernel.own_frames import hide_own_frames
from python_kernel.payloads import CellPayloads
from python_kernel.streams import OutStream
from python_kernel.tee import Tee
from python_kernel.tracebacks import Tracebacks, text_of
from python_kernel.traps import SharedCompiler, SharedDisplayTrap
from sdk import Context

# Children write to a pipe or a pty of ours, and front ends show colours.
ENVIRONMENT = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "CLICOLOR_FORCE": "1",
    "FORCE_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else `import debugpy` writes a warning into the cell
    "PYDEVD_IPYTHON_COMPATIBLE_DEBUGGING": "1",  # debugpy steps from one statement of a cell to the next
}
_SHOWING = ("showtraceback", "_showtraceback", "showsyntaxerror")
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


class ZMQInteractiveShell(LeanShell):
    """The shell: what it shows goes to the cell that shows it, what it fails with to the cell's reply."""

    __module__ = "ipykernel.zmqshell"  # programs ask for it, to know that they are in a notebook

    payload_manager: Any
    history_manager: Any
    displayhook: Any
    display_formatter: Any
    kernel: Any = AnyTrait(help="The kernel that this shell belongs to, as ipykernel's users know it.")
    make_kernel: Any = AnyTrait(help="Makes it: many sessions never ask for it.")
    host: Any = AnyTrait(help="What surrounds the kernel.")
    contexts = Instance(Contexts, ())
    tracebacks = Instance(Tracebacks)
    highlighting = Instance(Highlighting, ())
    displayhook_class = Type(ZMQShellDisplayHook)
    display_pub_class = Type(ZMQDisplayPublisher)
    compiler_class = Type(SharedCompiler)
    numbers = Instance(CellNumbers, ())
    event_loops: Any = AnyTrait(help="The EventLoops that %gui chooses from.")
    cell_inspectors: Any = List(help="Functions of code, position and detail that describe what is there, or None.")
    exit_now = Bool(False)
    keepkernel_on_exit: bool = False
    _last_traceback: list[str] | None = None
    clients_debugger: Any = AnyTrait(help="The Debugger, as soon as a client has asked for one.")
    transformed: tuple[str, str] | None = None
    """A cell and what became of it, for the next `transform_cell`."""

    def _kernel_default(self) -> Any:
        return None if self.make_kernel is None else self.make_kernel()

    def _tracebacks_default(self) -> Tracebacks:
        return Tracebacks(self.contexts)

    def _exiter_default(self) -> ZMQExitAutocall:
        return ZMQExitAutocall(self)

    # -- making it -----------------------------------------------------------------------------------------------------

    def init_environment(self) -> None:
        """Set what children and matplotlib look at."""
        os.environ.update(ENVIRONMENT)
        if not os.environ.get("MPLBACKEND"):
            os.environ["MPLBACKEND"] = INLINE_BACKEND

    def init_virtualenv(self) -> None:
        """The kernel's interpreter is the environment."""

    def init_history(self) -> None:
        """A history that is opened later."""
        self.history_manager = KernelHistory(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def init_user_ns(self) -> None:
        """Add the notebook's path, where the server tells it."""
        super().init_user_ns()
        session = os.environ.get("JPY_SESSION_NAME")
        if session is not None:
            self.user_ns["__session__"] = self.user_ns_hidden["__session__"] = session

    def init_events(self) -> None:
        """What is called before and after each cell."""
        super().init_events()
        found, self.events = self.events, CellEvents(self, available_events)
        self.events.callbacks.update(found.callbacks)

    def init_hooks(self) -> None:
        """What is paged goes into the reply."""
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(payloadpage.page), 99)

    def init_displayhook(self) -> None:
        """The hook that publishes results, for the cells of all threads."""
        super().init_displayhook()
        self.display_trap = SharedDisplayTrap(hook=self.displayhook)

    @property
    def logger(self) -> Any:
        """What %logstart starts. IPython's runs cells together that it logs as they were typed: without newline."""
        lazy = getattr(InteractiveShell, "logger", None)  # IPython before 9.17 makes it at once
        found: Any = self._logger if lazy is None else lazy.fget(self)
        if not hasattr(found, "write_whole_lines"):
            write = found.write_whole_lines = found.log_write
            found.log_write = lambda data, kind="input": write(
                f"{data}\n" if kind == "input" and data and not data.endswith("\n") else data, kind
            )
        return found

    @logger.setter
    def logger(self, logger: Any) -> None:
        self._logger = logger

    def init_magics(self) -> None:
        """IPython's magics, and those of a kernel."""
        super().init_magics()
        prepare_magics(self.magics_manager)

    def init_payload(self) -> None:
        """Payloads go with the cell that writes them."""
        self.payload_manager = CellPayloads(self.contexts, parent=self)
        self.configurables.append(self.payload_manager)

    @property
    def execution_count(self) -> int:
        """The number of the cell that this thread is about to run, else the next one's."""
        return self.numbers.execution_count

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        before = self.numbers.execution_count
        self.numbers.execution_count = count
        self._notify_trait("execution_count", before, count)  # for who observes it: IPython's is a trait

    # -- payloads ------------------------------------------------------------------------------------------------------

    def set_next_input(self, s: str, replace: bool = False) -> None:
        """Put text into the next cell, or in place of this one's."""
        self.payload_manager.write_payload({"source": "set_next_input", "text": s, "replace": replace})

    def ask_exit(self) -> None:
        """End the kernel, unless it is to be kept, after this cell; the reply tells it to the client."""
        self.exit_now = not self.keepkernel_on_exit
        self.payload_manager.write_payload({"source": "ask_exit", "keepkernel": bool(self.keepkernel_on_exit)})

    def stop_writing_history(self) -> None:
        """The thread that writes it ends: an exit handler closes the database that it might be opening."""
        if isinstance(self.history_manager, KernelHistory):
            self.history_manager.stop_writing()

    def be_the_one(self) -> None:
        """IPython.embed() puts a shell of its own in this one's place, and leaves it there when an error ends it."""
        if InteractiveShell._instance is not self:
            for one in type(self)._walk_mro():
                one._instance = self  # type: ignore[assignment]
            self.builtin_trap.add_builtin("get_ipython", self.get_ipython)

    # -- shell commands ------------------------------------------------------------------------------------------------

    def system_piped(self, cmd: str) -> None:
        """Run `!cmd`. Raises OSError for one that ends in `&`, CalledProcessError if `system_raise_on_error` is set."""
        status = run_command(self.var_expand(_foreground(cmd), depth=1), sys.stdout.write)
        self.user_ns["_exit_code"] = status
        if self.system_raise_on_error and status:
            from subprocess import CalledProcessError

            raise CalledProcessError(status, cmd)

    system = system_piped

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """What `cmd` writes, as lines or as one text. Raises OSError for one that ends in `&`."""
        text = output_of(self.var_expand(_foreground(cmd), depth=depth + 1))
        return SList(text.splitlines()) if split else LSString(text)

    # -- the request that is at work -----------------------------------------------------------------------------------

    def get_parent(self) -> dict[str, Any]:
        """The request that this code works for, as a dict; {} before the first."""
        context = self.contexts.current()
        return {} if context is None else as_dict(context.request)

    @property
    def parent_header(self) -> dict[str, Any]:
        """The same, by its older name."""
        return self.get_parent()

    @parent_header.setter
    def parent_header(self, parent: Mapping[str, Any]) -> None:
        self.contexts.set_parent(parent)

    def set_parent(self, parent: Mapping[str, Any]) -> None:
        """What this thread shows, and what belongs to no cell, goes to the request `parent`."""
        self.contexts.set_parent(parent)

    def set_thread_parent(self, parent: Mapping[str, Any]) -> Token[Context | None] | None:
        """What this thread shows goes to the request `parent`; what `reset_thread_parent` wants."""
        return self.contexts.set_thread_parent(parent)

    def reset_thread_parent(self, tokens: Token[Context | None] | None) -> None:
        """Undo `set_thread_parent`."""
        self.contexts.reset_thread_parent(tokens)

    # -- running -------------------------------------------------------------------------------------------------------

    def transform_cell(self, raw_cell: str) -> str:
        """IPython's syntax made Python's."""
        known, self.transformed = self.transformed, None
        if known is not None and known[0] is raw_cell:
            return known[1]
        return str(super().transform_cell(raw_cell))

    @contextmanager
    def running_cell(self) -> Iterator[None]:
        """In here tracebacks may be the cell's own."""
        before, self.tracebacks.in_cell = self.tracebacks.in_cell, True
        try:
            yield
        finally:
            self.tracebacks.in_cell = before

    def _run_cell(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        with self.running_cell():
            return super()._run_cell(*args, **kwargs)

    def should_run_async(self, raw_cell: str, *, transformed_cell: str | None = None, **others: Any) -> bool:
        """Whether a cell awaits at its top."""
        if transformed_cell is not None and "await" not in transformed_cell and "async" not in transformed_cell:
            return False  # without compiling it, which would be done twice
        return bool(super().should_run_async(raw_cell, transformed_cell=transformed_cell, **others))

    async def run_ast_nodes(
        self,
        nodelist: Any,
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: ExecutionResult | None = None,
    ) -> bool:
        """Run the statements of a cell."""
        results = self.tracebacks.results
        results.append(result)
        try:
            return bool(await super().run_ast_nodes(nodelist, cell_name, interactivity, compiler, result))
        finally:
            if results:
                results.pop()
            let_debugger_go()
            if self.clients_debugger is not None:
                self.clients_debugger.cell_ended()

    def _tee(self, channel: str) -> AbstractContextManager[None]:  # type: ignore[override]  # no generator's
        """Keep a cell's text for %notebook. IPython would put a function in place of the stream's `write`."""
        stream = getattr(sys, channel)
        if not isinstance(stream, OutStream) or threading.current_thread() is not threading.main_thread():
            return nullcontext()  # a subshell's cell: what it writes is not kept
        return Tee(self.history_manager, stream, self.execution_count)

    # -- failing -------------------------------------------------------------------------------------------------------

    def showtraceback(
        self,
        exc_tuple: tuple[type[BaseException], BaseException, TracebackType | None] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Show an exception. IPython prints those of groups to stderr; here they are errors like the others."""
        self.highlighting.install()
        error = sys.exc_info()[1] if exc_tuple is None else exc_tuple[1]
        hide_own_frames(error)
        if self.clients_debugger is not None and isinstance(error, KeyboardInterrupt):
            self.clients_debugger.cut(error)
        if not _holds_group(error):
            super().showtraceback(exc_tuple, *args, **kwargs)
            return
        import traceback

        etype, value, frames = self._get_exc_info(exc_tuple)
        if frames is not None and frames.tb_next is not None:
            frames = frames.tb_next  # the first is IPython's own
        self._showtraceback(
            etype, value, [line.rstrip("\n") for line in traceback.format_exception(etype, value, frames)]
        )

    def debugger(self, force: bool = False) -> None:
        """What %pdb calls for an error, and %debug afterwards. The error is shown first."""
        self.tracebacks.publish_own()
        super().debugger(force)

    def show_usage_error(self, exc: BaseException) -> None:
        """A magic was used wrongly: an error without frames."""
        self._showtraceback(type(exc), exc, [f"UsageError: {exc}"])

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self._last_traceback = stb
        self.tracebacks.show(evalue, list(stb or ()), displaying=self.displayhook.displaying)

    def _format_exception_for_storage(self, exception: BaseException, *args: Any, **kwargs: Any) -> dict[str, Any]:
        lines = self.tracebacks.lines_of(exception)  # formatting takes longer than all else that a failing cell does
        if lines is None:
            stored: dict[str, Any] = super()._format_exception_for_storage(exception, *args, **kwargs)
            return stored
        return {"ename": type(exception).__name__, "evalue": text_of(exception), "traceback": lines}

    def shows_otherwise(self, error: BaseException) -> bool:
        """Whether other software shows `error` in its way: it has replaced a method, or handles it."""
        return isinstance(error, self.custom_exceptions) or not vars(self).keys().isdisjoint(_SHOWING)

    # -- graphics ------------------------------------------------------------------------------------------------------

    def _event_loops_default(self) -> Any:
        if self.host is None:
            raise RuntimeError("no kernel runs here, whose loop a GUI's could join")
        from python_kernel.event_loops.choice import EventLoops  # few sessions have windows

        return EventLoops(self.host.join_event_loop, self.excepthook)

    def enable_gui(self, gui: str | None = None) -> None:
        """Let a GUI's event loop run whenever the kernel waits; None ends it. Raises UsageError, which says why not."""
        self.event_loops.enable(gui)
        self.active_eventloop = gui or None


def run_command(command: str, show: Callable[[str], object]) -> int:
    """Run a shell command; its exit status."""
    from python_kernel.commands import run  # start-up time: pseudo-terminals, for the first `!`

    return run(command, show)


def output_of(command: str) -> str:
    """What a shell command writes."""
    texts: list[str] = []
    run_command(command, texts.append)
    return "".join(texts)


def _foreground(command: str) -> str:
    if command.rstrip().endswith("&"):
        raise OSError(
            "Background processes not supported: a cell ends with its command. subprocess.Popen starts one that stays"
        )
    return command


def _holds_group(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < 100:
        if isinstance(error, BaseExceptionGroup):
            return True
        error, seen = error.__context__, seen + 1
    return False
