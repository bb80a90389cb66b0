"""`%load_ext sdk.magics.ipython`: the SDK's magics that IPython lacks, in IPython: our kernel, ipykernel, a terminal.

A name that IPython has stays IPython's. The user's magics and those of other distributions come along.
In the SDK's Python kernel they speak in the name of their cell, as everywhere; elsewhere by what IPython has for that.
"""

from __future__ import annotations

import getpass
import queue
import sys
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sdk.errors import ExecutionError, KernelSDKError
from sdk.kernel.base import Kernel
from sdk.kernel.comms import Comms
from sdk.kernel.context import Context
from sdk.kernel.history import History
from sdk.kernel.host import Host
from sdk.kernel.magic_syntax import MagicSyntax
from sdk.kernel.pace import Immediate
from sdk.kernel.stdin import Stdin
from sdk.magics.assistance import Assistance
from sdk.magics.call import MagicError
from sdk.magics.magic import Magic
from sdk.magics.parser import Kind, Use
from sdk.magics.runner import Magics
from sdk.protocol.iopub import ClearOutput, DisplayData, ExecuteResult, Stream, UpdateDisplayData
from sdk.protocol.message import Channel, Message, Session
from sdk.protocol.shell import CompleteRequest, ExecuteRequest, InspectReply, InspectRequest
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.seam import Waiter

T = TypeVar("T")

FAMILIES: Final = ("kernels", "variables", "rich")
"""The modules of shared magics that IPython wants all of."""

OTHERS: Final = ("download", "reload_magics")
"""Those of other modules that it wants. What else there is IPython has, or is about a language that is not Python."""

_EXTENSIONS: Final = "_sdk_magics"
_NOTHING: Any = (None, (), None)


def load_ipython_extension(shell: Any) -> None:
    """Register what IPython lacks. Called by `%load_ext`."""
    if hasattr(shell, _EXTENSIONS):
        return
    magics = _Magics(_IPython(shell), MagicSyntax())
    registered = []
    for magic in magics.set:
        kind = "cell" if magic.is_cell else "line"
        if _is_wanted(magic) and magic.name not in shell.magics_manager.magics[kind]:
            shell.register_magic_function(_function(shell, magics, magic), kind, magic.name)
            shell.set_hook("complete_command", _completer(magics), str_key=magic.shown("%"))
            registered.append((kind, magic.name))
    for line in magics.news:
        sys.stderr.write(f"{line}\n")
    helping = _CellHelp(shell, magics, frozenset(name for kind, name in registered if kind == "cell"))
    helping.begin()
    setattr(shell, _EXTENSIONS, (magics, registered, helping))


def unload_ipython_extension(shell: Any) -> None:
    """Take them away, and end what they have begun. Called by `%unload_ext`."""
    magics, registered, helping = getattr(shell, _EXTENSIONS, _NOTHING)
    for kind, name in registered:
        shell.magics_manager.magics[kind].pop(name, None)
    if magics is not None:
        helping.end()
        magics.close()
        delattr(shell, _EXTENSIONS)


def _is_wanted(magic: Magic) -> bool:
    module = magic.function.__module__
    family = module.removeprefix("sdk.magics.shared.")
    return family == module or family in FAMILIES or magic.name in OTHERS


# -- running -----------------------------------------------------------------------------------------------------------


def _function(shell: Any, magics: _Magics, magic: Magic) -> Callable[..., object]:
    def run(line: str, cell: str = "") -> object:
        use = Use(Kind.CELL if magic.is_cell else Kind.LINE, magic.name, line.strip(), cell.removesuffix("\n"))
        code = f"{magic.shown('%')} {line}\n{cell}" if magic.is_cell else f"{magic.shown('%')} {line}"
        with _context(shell) as context:
            try:
                value = _now(magics.used(use, ExecuteRequest(code), context))
            except MagicError as error:
                raise _usage_error(error) from None
            except ExecutionError as error:
                raise _as_python(error) from None
            except KernelSDKError as error:
                raise _usage_error(error) from None
            if value is not None:
                shown = value if isinstance(value, DisplayData) else DisplayData(value)
                context.display_data(shown.data, shown.metadata)
        return None

    run.__name__ = run.__qualname__ = magic.name
    run.__doc__ = magic.help("%")
    return run


def _completer(magics: _Magics) -> Callable[[object, Any], list[str]]:
    assistance = Assistance(magics)

    def complete(ipython: object, event: Any) -> list[str]:
        line = event.text_until_cursor
        with _context(magics.kernel.shell) as context:
            reply = _now(assistance.complete(CompleteRequest(line, len(line)), context))
        begun = line[len(line) - len(event.symbol) : reply.cursor_start] if event.symbol else ""
        return [begun + match for match in reply.matches]

    return complete


class _CellHelp:
    """Completion and inspection in cells that begin with one of our cell magics: `%%kernel` asks the other kernel."""

    def __init__(self, shell: Any, magics: _Magics, names: frozenset[str]) -> None:
        self._shell = shell
        self._assistance = Assistance(magics)
        self._names = names
        self._inspect_before: Any = None

    def begin(self) -> None:
        """Let IPython ask this. A kernel of ours has a list of those who describe; ipykernel has one method for it."""
        from IPython.core.completer import context_matcher  # it is loaded: this runs in IPython

        @context_matcher(identifier="sdk.magics")  # type: ignore[untyped-decorator]
        def matcher(asked: Any) -> Any:
            return self.complete(asked)

        self.matcher = matcher
        self._shell.Completer.custom_matchers.append(self.matcher)
        kernel: Any = getattr(self._shell, "kernel", None)
        if hasattr(self._shell, "cell_inspectors"):
            self._shell.cell_inspectors.append(self.inspect)
        elif hasattr(kernel, "do_inspect"):
            self._inspect_before = kernel.do_inspect
            kernel.do_inspect = self._inspect_for_ipykernel

    def end(self) -> None:
        """Take it back."""
        self._shell.Completer.custom_matchers.remove(self.matcher)
        if hasattr(self._shell, "cell_inspectors"):
            self._shell.cell_inspectors.remove(self.inspect)
        elif self._inspect_before is not None:
            del self._shell.kernel.do_inspect  # the class's own is below it

    def complete(self, asked: Any) -> Any:
        """IPython's matcher."""
        lines = asked.full_text.split("\n")
        cursor = sum(len(line) + 1 for line in lines[: asked.cursor_line]) + asked.cursor_position
        if not self._is_ours(asked.full_text):
            return {"completions": []}
        from IPython.core.completer import SimpleCompletion

        with _blocking_context(self._shell) as context:
            reply = _now(self._assistance.complete(CompleteRequest(asked.full_text, cursor), context))
        kinds = reply.metadata.get("_jupyter_types_experimental", ())
        types = {kind.get("text"): kind.get("type", "") for kind in kinds}
        return {
            "completions": [SimpleCompletion(match, type=types.get(match) or None) for match in reply.matches],
            "matched_fragment": asked.full_text[reply.cursor_start : cursor],
            "suppress": True,
        }

    def inspect(self, code: str, cursor: int, detail: int) -> InspectReply | None:
        """What stands there; None: it is no cell of ours."""
        if not self._is_ours(code):
            return None
        with _blocking_context(self._shell) as context:
            return _now(self._assistance.inspect(InspectRequest(code, cursor, detail), context))

    def _inspect_for_ipykernel(self, code: str, cursor_pos: int, detail_level: int = 0, *rest: Any, **more: Any) -> Any:
        found = self.inspect(code, cursor_pos, detail_level)
        if found is None:
            return self._inspect_before(code, cursor_pos, detail_level, *rest, **more)
        return {"status": "ok", "found": found.found, "data": dict(found.data), "metadata": dict(found.metadata)}

    def _is_ours(self, code: str) -> bool:
        first = code.lstrip().split("\n", 1)[0]
        return first.startswith("%%") and "\n" in code and first[2:].split()[:1] in [[name] for name in self._names]


def _now(work: Coroutine[Any, Any, T]) -> T:
    """What a magic gives. IPython's are functions: what ours await blocks, and is interrupted as all that blocks."""
    try:
        work.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    work.close()
    raise RuntimeError("a magic that awaits something else than its call's cannot run in IPython")


class _Magics(Magics):
    kernel: _IPython

    async def used(self, use: Use, request: ExecuteRequest, context: Context) -> Any:
        """Run one magic."""
        return await self._use(use, request, context)

    async def interruptible(self, waiter: Waiter) -> object:
        """What `waiter` brings, by blocking."""
        return waiter.wait()


class _IPython(Kernel):
    """IPython as a language."""

    implementation = "IPython"
    is_python = True
    language_info: Mapping[str, Any] = {
        "name": "python",
        "mimetype": "text/x-python",
        "file_extension": ".py",
        "pygments_lexer": "python",
    }

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        kernel = getattr(shell, "kernel", None)
        self.host = kernel.host if isinstance(kernel, Kernel) else _host()

    async def do_execute(self, request: ExecuteRequest, context: Context) -> None:
        """Run Python; raises what it raises."""
        done = self.shell.run_cell(request.code, store_history=False)
        if done.error_in_exec is not None or done.error_before_exec is not None:
            raise ExecutionError("PythonError", str(done.error_in_exec or done.error_before_exec))

    async def get_variable(self, name: str) -> object:
        """The value itself."""
        if name not in self.shell.user_ns:
            raise KernelSDKError(f"variable {name!r}: there is none in Python")
        return self.shell.user_ns[name]

    async def set_variable(self, name: str, value: object) -> None:
        """Into the user's namespace."""
        if not name.isidentifier():
            raise KernelSDKError(f"variable {name!r}: this is no name in Python")
        self.shell.push({name: value})


# -- errors ------------------------------------------------------------------------------------------------------------


def _usage_error(error: Exception) -> Exception:
    from IPython.core.error import UsageError  # it is loaded: this runs in IPython

    return UsageError(getattr(error, "evalue", "") or str(error))


def _as_python(error: ExecutionError) -> Exception:
    """An exception with the name, the text and the traceback that the other language gave."""
    if error.ename == "KeyboardInterrupt":
        return KeyboardInterrupt(error.evalue)  # type: ignore[return-value]
    lines = list(error.traceback) or [f"{error.ename}: {error.evalue}"]
    kind = type(error.ename, (Exception,), {"_render_traceback_": lambda self: lines, "__module__": "builtins"})
    made: Exception = kind(error.evalue)
    return made


# -- where there is no kernel of ours ----------------------------------------------------------------------------------


@contextmanager
def _context(shell: Any) -> Any:
    """What magics speak with: the cell's own in a kernel of ours, else one that has IPython show what is said."""
    own = Context.of_this_task()
    if own is not None:
        yield own
        return
    with _blocking_context(shell) as made:
        yield made


@contextmanager
def _blocking_context(shell: Any) -> Any:
    """One whose waiters block."""
    session = Session(uuid.uuid4().hex, "magics")
    answers: list[Callable[[Message], None]] = []
    stdin = Stdin(_asking(answers, session), session, _Blocking())
    answers.append(stdin.receive)
    header = session.header("execute_request")
    context = Context(
        Message(header, ExecuteRequest("")),
        send=lambda channel, message: _show(shell, message.content),
        session=session,
        pace=_Blocking(),
        stdin=stdin,
        channel=Channel.SHELL,
    )
    context.allow_stdin = True
    context.execution_count = shell.execution_count
    try:
        yield context
    finally:
        context.close()
        for payload in context.payload:
            shell.payload_manager.write_payload(dict(payload))


def _asking(answers: Sequence[Callable[[Message], None]], session: Session) -> Callable[[Channel, Message], None]:
    def ask(channel: Channel, message: Message) -> None:
        assert isinstance(message.content, InputRequest)
        read = getpass.getpass if message.content.password else input
        try:
            value = read(message.content.prompt)
        except EOFError:
            value = "\x04"
        answers[0](Message(session.header("input_reply"), InputReply(value), message.header))

    return ask


def _show(shell: Any, content: object) -> None:
    if isinstance(content, Stream):
        (sys.stderr if content.name == "stderr" else sys.stdout).write(content.text)
    elif isinstance(content, DisplayData | UpdateDisplayData):
        shell.display_pub.publish(
            dict(content.data),
            dict(content.metadata),
            transient=dict(content.transient),
            update=isinstance(content, UpdateDisplayData),
        )
    elif isinstance(content, ExecuteResult):
        shell.display_pub.publish(dict(content.data), dict(content.metadata))
    elif isinstance(content, ClearOutput):
        shell.display_pub.clear_output(content.wait)


class _Blocking(Immediate):
    """A pace whose waiters block."""

    def waiter(self) -> Waiter:
        """A waiter for a value that a thread brings."""
        return _Waiter()


class _Waiter:
    def __init__(self) -> None:
        self._values: queue.SimpleQueue[object] = queue.SimpleQueue()

    def bring(self, value: object) -> None:
        self._values.put(value)

    def wait(self) -> object:
        value = self._values.get()
        if isinstance(value, BaseException):
            raise value
        return value

    async def arrived(self) -> object:
        return self.wait()


def _host() -> Host:
    session = Session(uuid.uuid4().hex, "magics")

    def send(channel: Channel, message: Message) -> None:
        """Comms of other kernels reach nobody here."""

    def log(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    ports: Mapping[str, int] = {}
    return Host(
        comms=Comms(send, session, log, pace=_Blocking()),
        history=History(None, lambda callback: None, log),
        shut_down=lambda restart: None,
        log=log,
        ports=ports,
    )
