"""`Context`: one request's voice. Everything that an author's method says to the client, it says with its context.

A context stays usable after its request has ended: text of background work still belongs to the cell that started it.
All of it may be called from any thread, except what is a coroutine, which belongs to the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

from sdk.errors import StdinNotImplementedError
from sdk.kernel.dicts import header_of
from sdk.kernel.pace import straight
from sdk.kernel.stdin import Stdin
from sdk.kernel.stream_buffer import StreamBuffer
from sdk.protocol.iopub import ClearOutput, DisplayData, ExecuteResult, Stream, UpdateDisplayData
from sdk.protocol.message import (
    Buffer,
    Channel,
    Content,
    CustomContent,
    Header,
    Message,
    MimeBundle,
    Send,
    Session,
)
from sdk.protocol.record import NOTHING
from sdk.seam import Drive, Pace, Waiter

_OF_THIS_TASK: ContextVar[Context | None] = ContextVar("sdk.kernel.context", default=None)


Outlet = Callable[[Content, Mapping[str, Any], Sequence[Buffer]], Content | None]
"""Gets what a request says (content, metadata, buffers), and gives what shall be said instead; None: nothing.

It must not say anything itself.
"""


class Context:
    """What belongs to one request, and what can be said in its name."""

    def __init__(
        self, request: Message, *, send: Send, session: Session, pace: Pace, stdin: Stdin, channel: Channel
    ) -> None:
        self.request = request
        self.channel = channel
        self.execution_count = 0
        self.allow_stdin = False
        self.quiet = False
        self.payload: list[Mapping[str, Any]] = []
        self.reply_metadata: dict[str, Any] = {}
        self.reply_buffers: Sequence[Buffer] = ()
        self._send = send
        self._session = session
        self._pace = pace
        self._stdin = stdin
        self._streams = StreamBuffer(self._publish_text, pace)
        self.sequence = 0
        self.drive: Drive = straight
        """How this request's author's code is run."""
        self.answered = False
        """Whether somebody else has sent the reply."""
        self._owed: list[None] = [None]  # the answer
        self._asked = False
        self._outlets: list[Outlet] = []
        self._progress_shown: set[str] = set()
        self._parts: list[None] = []  # those that have to end before the last one does
        self._tell_end: Callable[[], None] = _nothing

    @staticmethod
    def of_this_task() -> Context | None:
        """The context of the request that this task works for, if it is known (a context variable, PEP 567)."""
        return _OF_THIS_TASK.get()

    def enter(self) -> Token[Context | None]:
        """From here on this task, and what it starts, works for this request."""
        return _OF_THIS_TASK.set(self)

    def leave(self, token: Token[Context | None]) -> None:
        """Undo `enter`."""
        _OF_THIS_TASK.reset(token)

    def voice_of(self, request: Mapping[str, Any]) -> Context:
        """A context in whose name output can be said: of the request that is given as other software knows it, a dict.

        `request` has a `header` with `msg_id`, or is such a header. Raises KeyError when it is neither.
        """
        header = header_of(request)
        content = CustomContent(header.msg_type, request.get("content", NOTHING))
        message = Message(header, content, None, request.get("metadata", NOTHING))
        return Context(
            message,
            send=self._send,
            session=self._session,
            pace=self._pace,
            stdin=self._stdin,
            channel=self.channel,
        )

    def outlast(self) -> Callable[[], None]:
        """Leave the request busy until what is returned is called, once: somebody else goes on with it.

        Clients connect output to a comm's message (output widgets) only while that is busy.
        """
        self._parts.append(None)

        def done() -> None:
            self.flush()
            self._part_ended()

        return done

    def take_answer(self) -> bool:
        """Whether the caller is the one who answers: the first that asks is. Any thread."""
        try:
            self._owed.pop()
        except IndexError:
            return False
        return True

    def end(self, tell: Callable[[], None]) -> None:
        """The dispatcher has done its part: `tell` is called when all have."""
        self._tell_end = tell
        self._part_ended()

    def _part_ended(self) -> None:
        try:
            self._parts.pop()
        except IndexError:  # this was the last
            self._tell_end()

    # -- what the client said ------------------------------------------------------------------------------------------

    @property
    def header(self) -> Header:
        """The request's header: the parent_header of all that is said here."""
        return self.request.header

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The request's metadata."""
        return self.request.metadata

    @property
    def cell_id(self) -> str | None:
        """The notebook's id of the cell that is run, if the client tells it (JEP 62)."""
        cell_id = self.request.metadata.get("cellId")
        return cell_id if isinstance(cell_id, str) else None

    # -- output --------------------------------------------------------------------------------------------------------

    def stream(self, name: str, text: str) -> None:
        """Show `text` on `name`, "stdout" or "stderr". Joined with its neighbours; blocks while clients are slow."""
        if text and not self.quiet:
            self._streams.write(name, text)
            self._pace.settle()

    def pour(self, name: str, text: str) -> None:
        """As `stream`, for callbacks on the loop that pump text: never blocks. Await `drain` between the pieces."""
        if text and not self.quiet:
            self._streams.write(name, text)

    def display_data(
        self,
        data: MimeBundle,
        metadata: Mapping[str, Any] = NOTHING,
        *,
        display_id: str | None = None,
        buffers: Sequence[Buffer] = (),
    ) -> None:
        """Show `data`, a MIME bundle. With `display_id` it can be changed later. Bytes are sent as base64."""
        transient = {"display_id": display_id} if display_id is not None else NOTHING
        self.publish(DisplayData(data, metadata, transient), buffers=buffers)

    def update_display_data(
        self,
        data: MimeBundle,
        metadata: Mapping[str, Any] = NOTHING,
        *,
        display_id: str,
        buffers: Sequence[Buffer] = (),
    ) -> None:
        """Change what was shown with `display_id`, in whatever cell it stands."""
        self.publish(UpdateDisplayData(data, metadata, {"display_id": display_id}), buffers=buffers)

    def execute_result(self, data: MimeBundle, metadata: Mapping[str, Any] = NOTHING) -> None:
        """Publish the value of the cell. For languages that do it themselves: `do_execute` may just return it."""
        self.publish(ExecuteResult(self.execution_count, data, metadata))

    def clear_output(self, *, wait: bool = False) -> None:
        """Clear what this cell has shown; with `wait`, when the next output comes."""
        self.publish(ClearOutput(wait=wait))

    def progress(self, done: float | None, text: str = "", *, display_id: str | None = None) -> None:
        """Show how far the work is: `done` from 0 to 1, None when unknown. Repeated calls change one display."""
        shown = "" if done is None else f"{min(max(done, 0.0), 1.0):4.0%} "
        value = "" if done is None else f' value="{min(max(done, 0.0), 1.0):.4f}"'
        data = {
            "text/plain": f"{shown}{text}",
            "text/html": f"<progress{value}></progress> {_escaped(shown)}{_escaped(text)}",
        }
        identity = display_id or f"progress-{self.header.msg_id}"
        if identity in self._progress_shown:
            self.update_display_data(data, display_id=identity)
        else:
            self._progress_shown.add(identity)
            self.display_data(data, display_id=identity)

    def publish(
        self, content: Content, *, metadata: Mapping[str, Any] = NOTHING, buffers: Sequence[Buffer] = ()
    ) -> None:
        """Send any content on IOPub in this request's name, after the text that was written before it.

        Blocks while clients are slow.
        """
        self.announce(content, metadata=metadata, buffers=buffers)
        if not self.quiet:
            self._pace.settle()

    def announce(
        self, content: Content, *, metadata: Mapping[str, Any] = NOTHING, buffers: Sequence[Buffer] = ()
    ) -> None:
        """As `publish`, and never blocks: for what the SDK itself says, a cell's start and how it failed."""
        if self.quiet:
            return
        self._streams.flush()
        self._say(content, metadata, buffers)

    @contextmanager
    def redirected(self, outlet: Outlet) -> Iterator[Context]:
        """In here what is said goes to `outlet` first; that of an inner one comes before that of an outer one.

        Gives a context of the same request that is heard past `outlet`.
        """
        self._streams.flush()
        outside = Context(
            self.request,
            send=self._send,
            session=self._session,
            pace=self._pace,
            stdin=self._stdin,
            channel=self.channel,
        )
        outside.execution_count, outside.quiet = self.execution_count, self.quiet
        outside._outlets = [*self._outlets]
        self._outlets.append(outlet)
        try:
            yield outside
        finally:
            self._streams.flush()
            outside.flush()
            self._outlets.remove(outlet)

    def flush(self) -> None:
        """Send the text that was written and not sent yet."""
        self._streams.flush()

    def settle(self) -> None:
        """Block while clients are slow: for threads that pump text with `pour`."""
        self._pace.settle()

    async def drain(self) -> None:
        """Wait until the clients have taken enough of what was said: for those that pump a lot of text."""
        await self._pace.settled()

    # -- input ---------------------------------------------------------------------------------------------------------

    async def input(self, prompt: str = "", *, password: bool = False) -> str:
        """Ask the client's user for a line.

        Raises StdinNotImplementedError when the client cannot ask, EOFError at the end of input.
        """
        waiter = self.ask(prompt, password=password)
        try:
            return str(await waiter.arrived())
        finally:
            self.withdraw(waiter)

    async def getpass(self, prompt: str = "Password: ") -> str:
        """As `input`, and the client does not show what is typed."""
        return await self.input(prompt, password=True)

    def input_blocking(self, prompt: str = "", *, password: bool = False) -> str:
        """As `input`, for code that blocks its thread; an interrupt raises KeyboardInterrupt."""
        waiter = self.ask(prompt, password=password)
        try:
            return str(waiter.wait())
        finally:
            self.withdraw(waiter)

    def ask(self, prompt: str, *, password: bool = False) -> Waiter:
        """As `input`, for who waits for the answer himself, and then says `withdraw`."""
        if not self.allow_stdin:
            raise StdinNotImplementedError(
                "the client that runs this code cannot answer questions (allow_stdin is false); "
                "run it in a notebook or console"
            )
        self._streams.flush()
        self._asked = True
        return self._stdin.ask(self.request, prompt=prompt, password=password)

    def withdraw(self, waiter: Waiter) -> None:
        """The answer that `ask` asked for is not waited for any more."""
        self._stdin.withdraw(self.request, waiter)

    def waiter(self) -> Waiter:
        """Where this request's code waits for a value that another thread brings."""
        return self._pace.waiter()

    # -- the end -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """The request has ended: its text goes out, and an answer that still comes is for nobody."""
        self._streams.flush()
        if self._asked:
            self._stdin.forget(self.request)

    def _publish_text(self, name: str, text: str) -> None:
        self._say(Stream(name, text), NOTHING, ())

    def _say(self, content: Content, metadata: Mapping[str, Any], buffers: Sequence[Buffer]) -> None:
        for outlet in reversed(self._outlets):
            instead = outlet(content, metadata, buffers)
            if instead is None:
                return
            content = instead
        header = self._session.header(content.msg_type)
        self._send(Channel.IOPUB, Message(header, content, self.request.header, metadata, buffers))


def _nothing() -> None:
    """Before the dispatcher has said what is told at the end."""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
