"""`PythonKernel`: the requests of a client, each answered by the part of `Interpreter` that knows how.

Nothing of IPython is imported here: kernel_info is answered from this class's constants while `start` loads it.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from python_kernel import command_line
from python_kernel.identity import HELP_LINKS, LANGUAGE_INFO, banner, has_debugpy, ipython_version
from python_kernel.serving import is_in_use
from sdk import (
    CompleteReply,
    CompleteRequest,
    Context,
    DebugReply,
    DebugRequest,
    ExecuteRequest,
    HistoryReply,
    HistoryRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    Kernel,
    LanguageStartError,
    MagicSyntax,
    MimeBundle,
    Variable,
    WhileBusy,
)
from sdk.garbage import none_is_made

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from python_kernel.debugger.debugger import Debugger
    from python_kernel.interpreter import Interpreter


_HOW_DEBUGGER_IS = "debugInfo"  # JupyterLab's button for it does nothing before it knows


class PythonKernel(Kernel):
    """Python, as IPython speaks it."""

    implementation = "ipython"
    implementation_version = ipython_version()
    language_info = LANGUAGE_INFO
    banner = banner(implementation_version)
    help_links = HELP_LINKS
    while_busy: ClassVar[WhileBusy] = WhileBusy.THREAD
    subshells: ClassVar[bool] = True
    publishes_when_silent: ClassVar[bool] = True
    debug_early: ClassVar[Sequence[str]] = (_HOW_DEBUGGER_IS,)
    magic_syntax = MagicSyntax(prefix="", shell="", help="")  # IPython has its own

    is_guest: ClassVar[bool] = False
    """Whether the process is another program's, which goes on when the kernel has ended."""
    collects_garbage: ClassVar[bool | None] = None
    """Whether Python collects it once the kernel is up; None: if it does when that begins."""
    facade_class: Any = None
    shell_class: Any = None
    """The classes of `get_ipython().kernel` and of the shell; None: ours."""
    user_module: Any = None
    user_ns: Any = None
    """The module in which cells run, and their names; None: new ones."""

    nested_asyncio = True
    capture_fd_output = True
    outliving_output = "current"
    output_limit = 0
    crash_file = True
    ipykernel_api = "shadow"
    use_experimental_completions = True
    debug_just_my_code = True
    filter_internal_frames = True
    stop_on_error_timeout = 0.0
    options: ClassVar[Mapping[str, str]] = {
        "nested_asyncio": "Whether asyncio.run() works in a cell, beside the loop that the cell runs in.",
        "capture_fd_output": "Whether cells show what C code and children write to descriptors 1 and 2.",
        "outliving_output": (
            'Where the output of threads and children goes that outlive their cell: to the "current" cell, which is '
            'the last one that began, or to their "creator", the cell that started them.'
        ),
        "output_limit": (
            "How many characters of text a cell shows: the first and the last half of them, and all is in a file. "
            "0 is no limit."
        ),
        "crash_file": "Whether a file beside the connection file says what the kernel does, should its process die.",
        "ipykernel_api": (
            'Whether `import ipykernel` finds the API of this kernel: "shadow", also where ipykernel is installed; '
            '"absent", where it is not; "off". It concerns this process alone.'
        ),
        "use_experimental_completions": "Whether completions come with their types and signatures.",
        "debug_just_my_code": "Whether the debugger stays in the user's code.",
        "filter_internal_frames": "Whether the debugger hides the kernel's frames.",
        "stop_on_error_timeout": "Without effect: of the cells behind a failed one, those go that had arrived by then.",
        "help_links": "What the help menu of a front-end offers.",
    }

    @classmethod
    def read_arguments(cls, argv: Sequence[str]) -> tuple[Sequence[str], Any] | None:
        """IPython's aliases, flags and options."""
        arguments = command_line.read(argv)
        if arguments.printed:
            from python_kernel.shown import show  # start-up time: a kernel prints nothing

            show(arguments)
            return None
        return arguments.for_sdk, arguments

    @classmethod
    def help_on_arguments(cls, *, everything: bool) -> str:
        """IPython's, too."""
        text = command_line.help_text()
        if everything:
            from python_kernel.application import help_text  # start-up time: a kernel prints no help

            text += "\n" + help_text()
        return text

    def __init__(self) -> None:
        super().__init__()
        self._undo = ExitStack()
        self._undo_at_last = ExitStack()
        self._interpreter: Interpreter | None = None
        self.loop: AbstractEventLoop | None = None
        """The main shell's, once that is served."""
        self.facade: Any = None
        """`get_ipython().kernel`, when it has been asked for."""
        self.debugger: Debugger | None = None
        """What debugs the cells, as soon as a client has asked for anything of it but how it is."""
        self._told_of_debugger = 0

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load IPython and build its shell. Raises LanguageStartError when IPython is not installed."""
        import asyncio  # a loop runs

        self.loop = asyncio.get_running_loop()
        if self._interpreter is None:
            self._build()
        if is_in_use():  # by somebody who was there before the kernel
            self.interpreter.shell.kernel.announce()
        await self.interpreter.startup.run()

    def _build(self) -> None:
        __not_interrupted__ = True  # noqa: F841  # see sdk.transport.stack: what is half there cannot be built again
        with none_is_made(collects=self.collects_garbage):
            try:
                from python_kernel.lean_ipython import import_ipython  # start-up time: kernel_info does not wait for it

                import_ipython()
                from python_kernel.interpreter import running
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] not in ("IPython", "traitlets", "matplotlib_inline"):
                    raise
                raise LanguageStartError(
                    "the Python kernel needs IPython and found none; install it with: "
                    'pip install "jupyter-kernel-sdk[python]"'
                ) from None
            with ExitStack() as last:
                self._interpreter = self._undo.enter_context(running(self, last))
                self._undo_at_last = last.pop_all()

    def made_ahead(self) -> Interpreter:
        """What `start` makes, now, for a program that looks at it before it serves the kernel."""
        self._build()
        return self.interpreter

    async def stop(self, *, restart: bool) -> None:
        """Give back what was replaced: input(), ..."""
        if self.debugger is not None:
            self.debugger.close()
        self._undo.close()

    def end_at_once(self) -> None:
        """Run the exit handlers, whose words are shown yet, and give back sys.stdout; nothing of it when all is stuck.

        Not in `stop`: exit handlers may take away the loop that `stop` runs in (Qt's do).
        """
        if self.is_guest:
            self._undo_at_last.close()
        elif threading.current_thread() is threading.main_thread():
            if self._interpreter is not None:
                self._interpreter.shell.stop_writing_history()
            atexit._run_exitfuncs()
            self._undo_at_last.close()
        elif self._interpreter is not None:
            self._interpreter.output.end_at_once()
            if self.debugger is not None:
                self.debugger.files.close()

    @property
    def interpreter(self) -> Interpreter:
        """What `start` made. Raises LanguageStartError before that."""
        if self._interpreter is None:
            raise LanguageStartError("the Python kernel has not been started")
        return self._interpreter

    # -- the numbers of cells ------------------------------------------------------------------------------------------

    @property
    def execution_count(self) -> int:
        """The number of the last cell that was kept in history. IPython counts the next one, and counts by itself."""
        return 0 if self._interpreter is None else self._interpreter.shell.numbers.next - 1

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        if self._interpreter is not None:
            self._interpreter.shell.numbers.give(count)

    # -- requests ------------------------------------------------------------------------------------------------------

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        """Run a cell. IPython's display hook publishes its result, so there is none to return."""
        await self.interpreter.cells.run(request, context)

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """IPython's completions, with their types as JupyterLab shows them."""
        reply = self.interpreter.completion.complete(request)
        return reply if self.use_experimental_completions else reply.replace(metadata={})

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """What `?` shows of the name at the cursor; `??` for detail_level 1."""
        return self.interpreter.inspection.inspect(request)

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """Whether the code can be run, or the indent of its next line."""
        status, indent = self.interpreter.shell.check_complete(request.code)
        return IsCompleteReply(status, indent)

    async def do_history(self, request: HistoryRequest, context: Context) -> HistoryReply:
        """Entries of IPython's history, which is shared by all kernels of the profile."""
        return self.interpreter.past.answer(request)

    async def do_user_expression(self, expression: str, context: Context) -> MimeBundle:
        """The value of an expression in the user's namespace, formatted as a result would be."""
        return self.interpreter.cells.evaluate(expression)

    def supported_features(self) -> list[str]:
        """The features of kernel_info_reply. There is a debugger where debugpy is installed."""
        features = super().supported_features()
        return features if has_debugpy() else [feature for feature in features if feature != "debugger"]

    async def do_debug(self, request: DebugRequest, context: Context) -> DebugReply:
        """Answer a front-end's debugger."""
        if self.debugger is None:
            if not has_debugpy():
                raise LanguageStartError(
                    'the debugger needs debugpy and found none; install it with: pip install "debugpy>=1.8"'
                )
            if request.fields.get("command") == _HOW_DEBUGGER_IS:
                from python_kernel.debugger.info import info  # start-up time: not all front-ends ask

                self._told_of_debugger += 1
                return DebugReply.answering(request, info(), seq=self._told_of_debugger)
            from python_kernel.debugger.debugger import Debugger  # start-up time: most sessions debug nothing

            self.debugger = Debugger(self, answered=self._told_of_debugger)
        return await self.debugger.answer(request, context)

    async def do_variables(self, path: Sequence[str], context: Context) -> Sequence[Variable]:
        """The user's variables, or what is in the one that the path of names leads to."""
        from python_kernel.variables import Variables  # start-up time: many front-ends list none

        return Variables(self.interpreter.shell).inside(path)
