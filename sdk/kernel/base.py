"""`Kernel`: what an author writes. `do_execute` and `do_complete` make a kernel; each other `do_*` adds a feature.

Failure is an exception: `ExecutionError` for the user's code, anything else for the kernel's own troubles; both end as
an error reply. The SDK owns replies, busy and idle, counting, history, silent, store_history, user_expressions and
stop_on_error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

from sdk.kernel.context import Context
from sdk.kernel.host import Host
from sdk.kernel.language_finding import LanguageFinding
from sdk.kernel.magic_syntax import MagicSyntax
from sdk.kernel.plot_settings import PlotSettings
from sdk.protocol.control import DebugReply, DebugRequest
from sdk.protocol.iopub import DisplayData
from sdk.protocol.message import MimeBundle
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    ExecuteRequest,
    HistoryReply,
    HistoryRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)
from sdk.protocol.variable import Variable


class WhileBusy(Enum):
    """When completion, inspection and the like may be answered while a cell runs."""

    WAIT = "after the cell"
    LOOP = "on the loop, while the cell awaits"
    THREAD = "on the loop while the cell awaits, else on a worker thread"


class Kernel:
    """A language. Subclass it, implement `do_execute` and `do_complete`, and hand the class to `sdk.app.run`."""

    implementation: str = ""
    implementation_version: str = "0"
    language_info: Mapping[str, Any] = {"name": "text", "mimetype": "text/plain", "file_extension": ".txt"}
    banner: str = ""
    help_links: Sequence[Mapping[str, str]] = ()

    while_busy: ClassVar[WhileBusy] = WhileBusy.WAIT
    """May `do_complete`, `do_inspect`, ... be called while `do_execute` has not returned, and from where?"""

    subshells: ClassVar[bool] = False
    """Whether `do_execute` may run in several threads at once (JEP 91)."""

    publishes_when_silent: ClassVar[bool] = False
    """Whether output of silent requests is sent all the same (the spec says no; IPython does)."""

    debug_early: ClassVar[Sequence[str]] = ()
    """Commands of debug_request that `do_debug` answers before `start` has ended, beside it."""

    uses_asyncio: ClassVar[bool] = True
    """False: no method awaits anything but its context's. Such a kernel starts 20 ms sooner and is 5 MB smaller."""

    reply_timeout: float = 10.0
    """Seconds that `do_complete`, `do_inspect` and `do_is_complete` may take."""

    execution_count: int = 0
    """The number of the last cell that was kept in history."""

    magic_syntax: ClassVar[MagicSyntax] = MagicSyntax()
    """What begins a magic in this language's cells (see `sdk.magics`)."""

    own_magics: ClassVar[Sequence[str]] = ()
    """Modules with magics of this kernel's own."""

    magics: str = "all"
    magic_prefix: str = ""
    magics_anywhere: bool = False

    help_output: str = "inline"
    output_lines: int = 0

    cwd: str | None = None
    """The directory in which the language works; None: the one of this process."""

    host: Host
    """What surrounds the kernel: connection, configuration, comms, history. There from before `start`."""

    # -- life ----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the language: called before the first cell, and again after a failure. kernel_info does not wait."""

    async def stop(self, *, restart: bool) -> None:
        """End the language. Called once at shutdown."""

    def end_at_once(self) -> None:
        """End what is left of the language, now: the process ends, after `stop` or without it. Any thread."""

    def find_language(self) -> LanguageFinding | None:
        """Where the language is looked for, without starting it as for cells; None: nothing is to be said of that.

        `sdk doctor` tells it, if the kernelspec has `"finder": ["--find-language"]` in its metadata.
        """
        return None

    @classmethod
    def read_arguments(cls, argv: Sequence[str]) -> tuple[Sequence[str], Any] | None:
        """For languages with options of their own: the arguments that are left for the SDK, and what the others say.

        What they say becomes `host.arguments`. None when they asked for something to be printed, which has been done.
        """
        return argv, None

    @classmethod
    def help_on_arguments(cls, *, everything: bool) -> str:
        """What `--help` says of the arguments that `read_arguments` reads; with `everything`, `--help-all`."""
        return ""

    # -- the language --------------------------------------------------------------------------------------------------

    async def do_execute(self, request: ExecuteRequest, context: Context) -> MimeBundle | DisplayData | None:
        """Run `request.code`. Returns the value to show (a MIME bundle, or DisplayData with metadata) or None.

        Raises ExecutionError when the code fails.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement do_execute")

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """How may the code go on at `request.cursor_pos`? Positions count code points."""
        end = len(request.code) if request.cursor_pos is None else request.cursor_pos
        return CompleteReply(matches=[], cursor_start=end, cursor_end=end)

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """Describe what stands at `request.cursor_pos`; more of it for `detail_level` 1."""
        return InspectReply(found=False)

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """May the code be run as it stands, or does it want another line?"""
        return IsCompleteReply("unknown")

    async def do_history(self, request: HistoryRequest, context: Context) -> HistoryReply:
        """Earlier cells. The SDK keeps a history of its own; languages that have one override this."""
        return await self.host.history.answer(request)

    async def do_user_expression(self, expression: str, context: Context) -> MimeBundle:
        """The value of one of `user_expressions`. Raises what is wrong with it."""
        raise NotImplementedError(f"{self.implementation or type(self).__name__} does not evaluate user_expressions")

    async def do_interrupt(self) -> None:
        """Stop the running cell, whose `do_execute` then ends. Without this, `do_execute` gets a KeyboardInterrupt.

        Runs on the loop beside `do_execute`.
        """
        raise NotImplementedError

    async def do_debug(self, request: DebugRequest, context: Context) -> DebugReply:
        """Answer a request of the Debug Adapter Protocol."""
        raise NotImplementedError

    async def do_variables(self, path: Sequence[str], context: Context) -> Sequence[Variable]:
        """The variables of the session; with a `path` of names, what is inside of the one that it leads to.

        Front-ends may ask while a cell runs, and after every output: answer from what was last known, never wait.
        """
        raise NotImplementedError

    # -- what magics use -----------------------------------------------------------------------------------------------

    async def change_folder(self, path: str, context: Context) -> None:
        """Work in the directory `path` from now on."""
        os.chdir(path)

    async def restart_language(self, context: Context) -> str:
        """End the language and start it anew; what is to be said of that."""
        if not self.implements("start"):
            raise NotImplementedError(f"{self.implementation or type(self).__name__} has no program of its own")
        await self.stop(restart=True)
        await self.start()
        return "the language was started anew"

    async def get_environment(self) -> Mapping[str, str]:
        """The environment variables of the language and of what it starts."""
        return dict(os.environ)

    async def set_environment(self, name: str, value: str | None, context: Context) -> None:
        """Give an environment variable a value; None takes it away."""
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

    def job_code(self, code: str, terminal: str, status: str) -> str | None:
        """Code of the language that runs `code` in the background of the session; None: the language cannot.

        The job says what it says on the device `terminal`; its process id, and at its end the exit status, are lines in
        the file `status`.
        """
        return None

    def run_code(self, path: str, arguments: Sequence[str]) -> str:
        """Code of the language that runs the file `path` with arguments, as `%run FILE ARGUMENTS` wants it."""
        raise NotImplementedError(f"files of {self.implementation or type(self).__name__} take no arguments")

    async def get_variable(self, name: str) -> object:
        """The value of one of the language's variables, as Python has such values."""
        raise NotImplementedError(f"{self.implementation or type(self).__name__} does not give variables away")

    async def give_variable(self, name: str) -> object:
        """The value for another language: as `get_variable`, without what this language alone has (`sdk.exchange`)."""
        return await self.get_variable(name)

    async def set_variable(self, name: str, value: object) -> None:
        """Give a variable of the language a value."""
        raise NotImplementedError(f"{self.implementation or type(self).__name__} does not take variables")

    def plot_settings(self) -> PlotSettings:
        """How figures are shown now."""
        raise NotImplementedError(f"{self.implementation or type(self).__name__} shows no figures")

    async def change_plots(self, settings: PlotSettings, context: Context) -> None:
        """Show figures so from the next cell on, for a kernel that has `%plot` (see `sdk.magics.plot`).

        Raises PlotError for what it cannot do.
        """
        raise NotImplementedError(f"{self.implementation or type(self).__name__} shows no figures")

    @property
    def exchanges_variables(self) -> bool:
        """Whether other languages may have its variables."""
        return self.implements("get_variable") and self.implements("set_variable")

    # -- what the class says of itself ---------------------------------------------------------------------------------

    @classmethod
    def implements(cls, name: str) -> bool:
        """Whether the author wrote the method `name`."""
        return getattr(cls, name) is not getattr(Kernel, name, None)

    def supported_features(self) -> list[str]:
        """The features of kernel_info_reply, derived from what is implemented."""
        features = []
        if self.subshells:
            features.append("kernel subshells")
        if self.implements("do_debug") or self.implements("do_variables"):  # see sdk.kernel.variables
            features.append("debugger")
        if self.exchanges_variables:
            features.append("variable exchange")  # not one of the spec's: see sdk.kernel.variable_exchange
        return features

    options: ClassVar[Mapping[str, str]] = {
        "reply_timeout": "Seconds that completion, inspection and is_complete may take.",
        "magics": "'all', 'none', the names of those to have, or names with a minus to have all but those.",
        "magic_prefix": "What begins a magic, in place of the kernel's own prefix.",
        "magics_anywhere": "Whether line magics are seen on every line, not only at a cell's top.",
        "help_output": "Where `?` shows help: 'inline' below the cell, or in the front-end's 'pager'.",
        "output_lines": "How many lines a cell may show, head and tail; the rest goes to a file. 0: all.",
    }
    """The attributes that users may configure, with their help (`c.ClassName.name = value`, `--ClassName.name=value`).

    A subclass lists its own; its bases' are kept.
    """
