"""Kernels in a program's own hands: what answers for those who make an `IPythonKernel` or a `Kernel` themselves."""

from __future__ import annotations

import builtins
import getpass
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any, ClassVar, cast

from traitlets.config.loader import Config

from python_kernel.cells import Cells
from python_kernel.completion import Completion
from python_kernel.contexts import Contexts
from python_kernel.descriptors import Descriptors
from python_kernel.history import Past
from python_kernel.inspection import Inspection
from python_kernel.interpreter import Interpreter
from python_kernel.kernel import PythonKernel
from python_kernel.output import Output
from python_kernel.questions import Questions
from python_kernel.streams import OutStream
from sdk import (
    CompleteReply,
    CompleteRequest,
    Context,
    ExecuteRequest,
    ExecutionError,
    HistoryReply,
    HistoryRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
    Kernel,
)
from sdk.inside import Inside


def core_of_python(kernel: Any) -> Core:
    """What answers for a Python kernel. The comms of the process are its own from now on."""
    core = Core(kernel, InsideKernel(kernel))
    core.host.comms.find_kernel = lambda: kernel
    core.host.comms.install()
    return core


def core_of_wrapper(kernel: Any) -> Core:
    """What answers for a kernel whose `do_*` somebody has written."""
    return Core(kernel, Wrapped(kernel))


class Core:
    """Answers requests in the middle of a program; what is said goes out by the kernel's `say`."""

    def __init__(self, facade: Any, kernel: Kernel) -> None:
        self._facade = facade
        self.kernel: Any = kernel
        self.inside = Inside(
            kernel,
            facade.say,
            facade.log.info,
            interrupt=self._interrupt,
            shut_down=facade.ended,
        )

    def _interrupt(self) -> None:
        self._facade._send_interrupt_children()  # whoever holds the kernel may have replaced it

    @property
    def host(self) -> Any:
        """What surrounds the kernel."""
        return self.kernel.host

    @property
    def interpreter(self) -> Any:
        """Its parts, for a Python kernel."""
        return self.kernel.parts()

    def features(self) -> list[str]:
        """What it can."""
        return [name for name in self.kernel.supported_features() if name != "kernel subshells"]

    @contextmanager
    def working(self) -> Iterator[Context]:
        """In here a request is at work: the one that is, or one made for the purpose."""
        context = Context.of_this_task()
        if context is not None:
            yield context
            return
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request"}
        context = self.inside.context({"header": header, "content": {"code": ""}})
        context.execution_count = self.kernel.execution_count + 1
        token = context.enter()
        try:
            with self.kernel.standing_for():
                yield context
        finally:
            context.leave(token)
            context.close()

    async def debug(self, msg: Mapping[str, Any]) -> Any:
        """There is no debugger."""
        return {}


class InsideKernel(PythonKernel):
    """Python, without anything of the process being changed but while a cell runs."""

    is_guest: ClassVar[bool] = True
    subshells: ClassVar[bool] = False

    def __init__(self, facade: Any) -> None:
        super().__init__()
        self.facade = facade

    async def start(self) -> None:
        """It is there already, or is made now."""
        self.parts()

    async def stop(self, *, restart: bool) -> None:
        """Nothing was replaced."""

    def parts(self) -> Interpreter:
        """Made when something is wanted of them."""
        if self._interpreter is None:
            self._interpreter = self._made()
        return self._interpreter

    def _made(self) -> Interpreter:
        contexts = Contexts()
        config = Config(self.facade.config)
        config.Completer.setdefault("use_jedi", False)
        shell = self.facade.shell_class(
            config=config,
            contexts=contexts,
            host=self.host,
            make_kernel=lambda: self.facade,
            user_module=self.facade.given_module,
            user_ns=self.facade.given_ns,
        )
        shell.restore_sys_module_state()
        if not type(shell).initialized():
            shell.be_the_one()
        contexts.find_kernel = lambda: self.facade
        descriptors = Descriptors(contexts, Context.pour, capture=False)
        output = Output(contexts, descriptors, None, None)
        for name in ("stdout", "stderr"):
            output.streams[name] = OutStream.of_cells(name, contexts, descriptors, Context.stream)
        cells = Cells(shell, shut_down=lambda restart: None, begin=lambda request, context: contexts.begin(context))
        parts = (contexts, shell, cells, Completion(shell, reads_code=True), Inspection(shell), Past(shell))
        return Interpreter(*parts, startup=cast(Any, None), output=output)

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        """Run a cell, with sys.stdout and input() in its hands."""
        with self.standing_for():
            await super().do_execute(request, context)

    @contextmanager
    def standing_for(self) -> Iterator[None]:
        """In here what is printed and asked is the cell's."""
        parts = self.parts()
        shell, questions = parts.shell, Questions(parts.contexts)
        found = sys.stdout, sys.stderr, builtins.input, getpass.getpass
        instances = [(one, one._instance) for one in type(shell)._walk_mro()]
        sys.stdout, sys.stderr = parts.output.streams["stdout"], parts.output.streams["stderr"]
        builtins.input, getpass.getpass = questions.input, questions.getpass
        shell.be_the_one()
        try:
            yield
        finally:
            sys.stdout, sys.stderr, builtins.input, getpass.getpass = found
            for one, instance in instances:
                one._instance = instance if instance is not None else shell  # type: ignore[assignment]


async def _settled(value: Any) -> Any:
    return await value if isawaitable(value) else value


def _failed(reply: Mapping[str, Any]) -> ExecutionError:
    return ExecutionError(reply.get("ename", ""), reply.get("evalue", ""), reply.get("traceback", []))


class Wrapped(Kernel):
    """The SDK's kernel of a class that was written for ipykernel."""

    def __init__(self, facade: Any) -> None:
        self._facade = facade
        self.implementation = facade.implementation
        self.implementation_version = facade.implementation_version
        self.language_info = dict(facade.language_info)
        self.banner = facade.banner
        self.help_links = list(facade.help_links)

    def parts(self) -> Any:
        """It has none."""
        return None

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        """Run a cell."""
        facade = self._facade
        facade.execution_count = context.execution_count
        store = bool(request.store_history) if request.store_history is not None else not request.silent
        expressions = dict(request.user_expressions or {})
        work = facade.do_execute(request.code, request.silent, store, expressions, bool(request.allow_stdin))
        reply = await _settled(work)
        context.payload.extend(reply.get("payload") or ())
        if reply.get("status") == "error":
            raise _failed(reply)

    async def do_user_expression(self, expression: str, context: Context) -> Any:
        """`do_execute` has evaluated them."""
        return {}

    async def do_complete(self, request: CompleteRequest, context: Context) -> CompleteReply:
        """How code may go on."""
        end = len(request.code) if request.cursor_pos is None else request.cursor_pos
        reply = await _settled(self._facade.do_complete(request.code, end))
        return CompleteReply(reply["matches"], reply["cursor_start"], reply["cursor_end"], reply.get("metadata") or {})

    async def do_inspect(self, request: InspectRequest, context: Context) -> InspectReply:
        """What a name is."""
        end = len(request.code) if request.cursor_pos is None else request.cursor_pos
        reply = await _settled(self._facade.do_inspect(request.code, end, request.detail_level))
        return InspectReply(reply.get("found", False), reply.get("data") or {}, reply.get("metadata") or {})

    async def do_is_complete(self, request: IsCompleteRequest, context: Context) -> IsCompleteReply:
        """Whether code can be run."""
        reply = await _settled(self._facade.do_is_complete(request.code))
        return IsCompleteReply(reply["status"], reply.get("indent", ""))

    async def do_history(self, request: HistoryRequest, context: Context) -> HistoryReply:
        """Earlier cells."""
        fields: dict[str, Any] = dict(request.to_fields())
        reply = await _settled(self._facade.do_history(**fields))
        return HistoryReply(reply.get("history") or [])
