"""`ipykernel.ipkernel.IPythonKernel`: the Python kernel, as other software knows it. `get_ipython().kernel` is one."""

from __future__ import annotations

import builtins
import getpass
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from threading import Lock
from typing import Any

import comm
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Bool, List, Type
from traitlets.config import Application

from python_kernel.application import IPKernelApp
from python_kernel.contexts import as_dict
from python_kernel.identity import HELP_LINKS, LANGUAGE_INFO, banner, ipython_version
from python_kernel.settings import options_of
from python_kernel.shell import ZMQInteractiveShell
from sdk import CompleteRequest, Error, ExecuteRequest, ExecutionError, HistoryRequest, InspectRequest

from . import kernelbase
from .kernelbase import Kernel as KernelBase

_LOCK = Lock()
_SHARED = (
    "use_experimental_completions",
    "debug_just_my_code",
    "filter_internal_frames",
    "stop_on_error_timeout",
    "help_links",
)


class IPythonKernel(KernelBase):
    """Completion and inspection are no coroutine functions, and may be called in any thread while a cell runs."""

    shell_class = Type(ZMQInteractiveShell)
    use_experimental_completions = Bool(True).tag(config=True)
    help_links = List([dict(link) for link in HELP_LINKS]).tag(config=True)

    implementation = "ipython"
    implementation_version = ipython_version()
    language_info = dict(LANGUAGE_INFO)

    def _new_core(self) -> Any:
        from python_kernel.ipykernel_api._standalone import core_of_python  # most kernels run on sockets

        return core_of_python(self)

    @classmethod
    def of_running(cls, kernel: Any) -> IPythonKernel:
        """The one over the running `PythonKernel`; the same each time."""
        with _LOCK:
            found = kernel.facade
            if found is None:
                found = kernel.facade = _running(cls)(kernel)
                for one in type(found)._walk_mro():
                    if one._instance is None:
                        one._instance = found  # type: ignore[assignment]
        made: IPythonKernel = found
        return made

    # -- the parts -----------------------------------------------------------------------------------------------------

    @property
    def _interpreter(self) -> Any:
        return self._core.interpreter

    @property
    def shell(self) -> Any:
        """IPython's shell."""
        return self._interpreter.shell

    @property
    def user_ns(self) -> Any:
        """The user's names."""
        return self.shell.user_ns

    @user_ns.setter
    def user_ns(self, names: dict[str, Any]) -> None:
        self.shell.user_ns = names
        self.shell.init_user_ns()

    @property
    def user_module(self) -> Any:
        """The module in which cells run."""
        return self.shell.user_module

    @user_module.setter
    def user_module(self, module: Any) -> None:
        self.shell.user_module = module

    @property
    def execution_count(self) -> int:
        """The number of the cell that runs, or else of the next one."""
        return int(self.shell.execution_count)

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        self.shell.execution_count = count

    @property
    def banner(self) -> str:
        """What a console shows first."""
        return banner(self.implementation_version)

    @property
    def comm_manager(self) -> Any:
        """The comms."""
        return self.__dict__.get("_comm_manager") or self.host.comms.manager

    @comm_manager.setter
    def comm_manager(self, manager: Any) -> None:
        self.__dict__["_comm_manager"] = manager

    @property
    def own_comms(self) -> Any:
        """What sends the messages of comms."""
        return self.host.comms

    def comm_handlers(self) -> dict[str, Any]:
        """What is called with comm messages."""
        names = ("comm_open", "comm_msg", "comm_close")
        return {name: lambda *given, name=name: getattr(self.comm_manager, name)(*given) for name in names}

    @property
    def streams(self) -> Mapping[str, Any]:
        """The streams that write into cells, by name."""
        streams: Mapping[str, Any] = self._interpreter.output.streams
        return streams

    def output_to(self, parent: Mapping[str, Any] | None = None) -> AbstractContextManager[None]:
        """`with` this, output belongs to the request `parent` (of `get_parent()`), by default to the cell at work.

        So does, for ever, that of threads, of a pool's work and of children that are started in it.
        """
        manager: AbstractContextManager[None] = self._interpreter.contexts.output_to(parent)
        return manager

    # -- whom it works for ---------------------------------------------------------------------------------------------

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        """The request that the calling code works for, as a dict; with "control" the last one of that channel."""
        if channel == "control":
            request = self.host.last_control
            return {} if request is None else as_dict(request)
        parent: dict[str, Any] = self.shell.get_parent()
        return parent

    def set_parent(self, ident: Any, parent: Mapping[str, Any] | None, channel: str = "shell") -> None:
        """What this thread or task shows from now on belongs to `parent`."""
        if parent and channel == "shell":
            self._interpreter.contexts.set_parent(parent)

    @property
    def _parent_ident(self) -> dict[str, Any]:
        context, control = self._interpreter.contexts.current(), self.host.last_control
        return {
            "shell": [] if context is None else list(context.request.identities),
            "control": [] if control is None else list(control.identities),
        }

    def init_metadata(self, parent: Any) -> dict[str, Any]:
        """What a reply's metadata begin with."""
        return {"dependencies_met": True, "engine": self.ident}

    def finish_metadata(
        self, parent: Any, metadata: dict[str, Any], reply_content: Mapping[str, Any]
    ) -> dict[str, Any]:
        """And what they end with."""
        metadata["status"] = reply_content["status"]
        if reply_content["status"] == "error" and reply_content["ename"] == "UnmetDependency":
            metadata["dependencies_met"] = False
        return metadata

    # -- requests, called by their name --------------------------------------------------------------------------------

    async def do_execute(
        self,
        code: str,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: Mapping[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Run code in the name of the request at work; the content of a reply."""
        request = ExecuteRequest(code=code, silent=silent, store_history=store_history, allow_stdin=allow_stdin)
        cells = self._interpreter.cells
        with self._core.working() as context:
            try:
                await cells.run(request, context)
                values = {name: self._value(text) for name, text in (user_expressions or {}).items()}
            except ExecutionError as error:
                if not silent and not error.shown:
                    context.publish(Error(error.ename, error.evalue, error.traceback))
                fields = {"ename": error.ename, "evalue": error.evalue, "traceback": list(error.traceback)}
                return {"status": "error", "execution_count": self._last, "user_expressions": {}, **fields}
            payload = list(context.payload)
        return {"status": "ok", "execution_count": self._last, "user_expressions": values, "payload": payload}

    @property
    def _last(self) -> int:
        return int(self.shell.execution_count) - 1

    def _value(self, expression: str) -> dict[str, Any]:
        try:
            return {"status": "ok", "data": dict(self._interpreter.cells.evaluate(expression)), "metadata": {}}
        except ExecutionError as error:
            fields = {"ename": error.ename, "evalue": error.evalue, "traceback": list(error.traceback)}
            return {"status": "error", **fields}

    def do_complete(  # type: ignore[override]  # it is no coroutine function: editors call it in threads
        self, code: str, cursor_pos: int | None = None
    ) -> dict[str, Any]:
        """How the code may go on."""
        reply = self._interpreter.completion.complete(CompleteRequest(code, cursor_pos))
        metadata = dict(reply.metadata) if self.use_experimental_completions else {}
        return {
            "status": "ok",
            "matches": list(reply.matches),
            "cursor_start": reply.cursor_start,
            "cursor_end": reply.cursor_end,
            "metadata": metadata,
        }

    def do_inspect(  # type: ignore[override]
        self, code: str, cursor_pos: int | None = None, detail_level: int = 0, omit_sections: Sequence[str] = ()
    ) -> dict[str, Any]:
        """What `?` shows."""
        reply = self._interpreter.inspection.inspect(InspectRequest(code, cursor_pos, detail_level))
        return {"status": "ok", "found": reply.found, "data": dict(reply.data), "metadata": {}}

    def do_is_complete(self, code: str) -> dict[str, Any]:  # type: ignore[override]
        """Whether the code can be run."""
        status, indent = self.shell.check_complete(code)
        return {"status": status, "indent": indent or ""} if status == "incomplete" else {"status": status}

    def do_history(  # type: ignore[override]  # noqa: PLR0917  # ipykernel's
        self,
        hist_access_type: str,
        output: Any,
        raw: Any,
        session: int | None = 0,
        start: int | None = 1,
        stop: int | None = None,
        n: int | None = None,
        pattern: str | None = None,
        unique: bool | None = False,
    ) -> dict[str, Any]:
        """Earlier cells."""
        request = HistoryRequest(
            hist_access_type=hist_access_type,
            output=bool(output),
            raw=bool(raw),
            session=session,
            start=start,
            stop=stop,
            n=n,
            pattern=pattern,
            unique=unique,
        )
        return {"status": "ok", "history": [list(one) for one in self._interpreter.past.answer(request).history]}

    def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """End the kernel."""
        self.shell.exit_now = True
        self.host.shut_down(restart)
        return {"status": "ok", "restart": restart}

    def do_clear(self) -> dict[str, Any]:
        """Forget the user's names."""
        self.shell.reset(False)
        return {"status": "ok"}

    def do_apply(self, content: Any, bufs: Any, msg_id: str, reply_metadata: Any) -> Any:
        """Call a function that ipyparallel has packed; the content of a reply and its buffers."""
        from python_kernel.ipykernel_api._apply import apply  # ipyparallel's engines have a kernel of their own

        return apply(self, bufs, msg_id, reply_metadata)

    def _input_request(self, prompt: str, ident: Any, parent: Any, password: bool = False) -> str:
        return getpass.getpass(prompt) if password else builtins.input(prompt)

    @contextmanager
    def _cancel_on_sigint(self, future: Any) -> Iterator[None]:
        """Interrupts reach what a cell awaits without it."""
        yield

    def dispatch_debugpy(self, msg: Any) -> None:
        """Nothing: debugpy's messages go another way."""

    async def do_debug_request(self, msg: Mapping[str, Any]) -> Any:
        """The response to a request of the Debug Adapter Protocol, which is the content of a debug_request."""
        return await self._core.debug(msg)

    @property
    def debugger(self) -> Any:
        """What debugs the cells; None where there is no debugpy."""
        return None


class _Running(IPythonKernel):
    """Over the kernel of this process."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._debugger: Any = None
        super().__init__(**{name: _plain(getattr(kernel, name)) for name in _SHARED})
        self.observe(self._pass_on, _SHARED)

    _app: Any = None

    @property
    def parent(self) -> Any:
        """The application, made when somebody asks for it."""
        if self._app is None and self._kernel.facade is self:
            self.announce()
        return self._app

    @parent.setter
    def parent(self, app: Any) -> None:
        self._app = app

    def _pass_on(self, change: Any) -> None:
        setattr(self._kernel, change["name"], change["new"])

    def __getattr__(self, name: str) -> Any:
        kernel = self.__dict__.get("_kernel")
        if kernel is not None and name in options_of(kernel):
            return getattr(kernel, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _new_core(self) -> Any:
        return _RunningCore(self._kernel)

    @property
    def host_kernel(self) -> Any:
        """The `PythonKernel`."""
        return self._kernel

    @property
    def debugger(self) -> Any:
        """What debugs the cells; None where there is no debugpy."""
        if self._debugger is None and "debugger" in self._core.features():
            self._debugger = import_module(f"{__package__}.debugger").Debugger(self)  # few ask for it
        return self._debugger

    def announce(self) -> None:
        """Let the application that has been made before, or a new one, stand for this kernel."""
        app: Any = Application._instance
        if isinstance(app, IPKernelApp):
            app.stands_for(self.shell)
        elif app is None:
            IPKernelApp.of_running(self.shell)

    def forget(self) -> None:
        """The kernel has ended, and the process goes on."""
        app = self._app
        for one in (*type(self)._walk_mro(), *IPKernelApp._walk_mro()):
            if one._instance is self or (app is not None and one._instance is app):
                one._instance = None


def _running(cls: type[IPythonKernel]) -> type[_Running]:
    """The class that is `cls`, over the kernel of this process."""
    if issubclass(_Running, cls):
        return _Running
    return type(cls.__name__, (_Running, cls), {"__module__": cls.__module__, "__doc__": cls.__doc__})


_Running.__name__ = _Running.__qualname__ = "IPythonKernel"


class _RunningCore:
    """What answers: the kernel that is served by its sockets."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    @property
    def host(self) -> Any:
        return self.kernel.host

    @property
    def interpreter(self) -> Any:
        return self.kernel.interpreter

    def features(self) -> list[str]:
        features: list[str] = self.kernel.supported_features()
        return features

    @contextmanager
    def working(self) -> Iterator[Any]:
        yield self.interpreter.contexts.current()

    async def debug(self, msg: Mapping[str, Any]) -> Any:
        from sdk import DebugRequest  # its fields are those of the message's content

        context = self.interpreter.contexts.current()
        reply = await self.kernel.do_debug(DebugRequest(dict(msg)), context)
        return dict(reply.to_fields())


class Kernel(IPythonKernel):
    """An old name."""


def _plain(value: Any) -> Any:
    return [dict(one) for one in value] if isinstance(value, tuple | list) else value


def _create_comm(*args: Any, **kwargs: Any) -> Any:
    return import_module(f"{__package__}.comm.comm").BaseComm(*args, **kwargs)


def _get_comm_manager(*args: Any, **kwargs: Any) -> Any:
    return comm.get_comm_manager()


def announce() -> None:
    """The kernel that runs is an instance of these classes from the moment that there are the classes."""
    shell = InteractiveShell._instance
    if isinstance(shell, ZMQInteractiveShell):
        shell.kernel  # noqa: B018  # makes it


announce()
__all__ = ["IPythonKernel", "Kernel", "kernelbase"]
