"""What the SDK's magics speak with in IPython: the cell's own context in a kernel of ours, else what IPython has."""

from __future__ import annotations

import getpass
import queue
import sys
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sdk.kernel.comms import Comms
from sdk.kernel.context import Context
from sdk.kernel.history import History
from sdk.kernel.host import Host
from sdk.kernel.pace import Immediate
from sdk.kernel.stdin import Stdin
from sdk.protocol.iopub import ClearOutput, DisplayData, ExecuteResult, Stream, UpdateDisplayData
from sdk.protocol.message import Channel, Message, Session
from sdk.protocol.shell import ExecuteRequest
from sdk.protocol.stdin import InputReply, InputRequest
from sdk.seam import Waiter

T = TypeVar("T")


def now(work: Coroutine[Any, Any, T]) -> T:
    """What a magic gives. IPython's are functions: what ours await blocks, and is interrupted as all that blocks."""
    try:
        work.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    work.close()
    raise RuntimeError("a magic that awaits something else than its call's cannot run in IPython")


@contextmanager
def context_of(shell: Any) -> Any:
    """What magics speak with: the cell's own in a kernel of ours, else one that has IPython show what is said."""
    own = Context.of_this_task()
    if own is not None:
        yield own
        return
    with blocking_context(shell) as made:
        yield made


@contextmanager
def blocking_context(shell: Any) -> Any:
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


def host() -> Host:
    """A host of magics where there is no kernel of ours."""
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
