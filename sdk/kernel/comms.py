"""`Comms`: the kernel's end of all comms (spec, "Custom messages"), by the `comm` package that Python libraries use.

What `comm` calls are our `KernelComm` and `KernelCommManager` in `comm_manager.py`. Both are loaded when somebody makes
a comm or registers a target: until then there is nobody to talk to, and saying so needs no package.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from sdk.kernel.context import Context
from sdk.later import Later, standing_in
from sdk.protocol.comm import CommClose, CommMsg, CommOpen
from sdk.protocol.message import Buffer, Channel, Content, CustomContent, Header, Message, Send, Session
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import CommInfoReply
from sdk.seam import Pace

if TYPE_CHECKING:
    from sdk.kernel.comm_manager import KernelComm, KernelCommManager

_CONTENTS: Mapping[str, type[Content]] = {content.msg_type: content for content in (CommOpen, CommMsg, CommClose)}

_QUESTIONS = 1000  # widgets' questions whose answers are waited for


class Comms:
    """The comms of one kernel. All methods may be called from any thread."""

    def __init__(self, send: Send, session: Session, log: Callable[[str], None], *, pace: Pace | None = None) -> None:
        self.find_kernel: Callable[[], object] = lambda: None
        """Gives what `comm.kernel` is; libraries that were written for ipykernel ask for it."""
        self.call: Callable[[Callable[[Any], object], Any], object] = _call
        """Calls a comm's `on_msg` callback with the message: the place to do something before and after it."""
        self.log = log
        self.before_publishing: Callable[[], None] = lambda: None
        """Called before a comm's message is sent: the place to show what was said before it."""
        self.whose: Callable[[], Context | None] = Context.of_this_task
        """Gives the context of the request for which the calling code works: a language may know it of threads, too."""
        self._send = send
        self._session = session
        self._pace = pace
        self._lock = Lock()
        self._manager: KernelCommManager | None = None
        self._class: type[KernelComm] | None = None
        self._found: tuple[Any, Any] | None = None
        self._asked: dict[tuple[str, str], str | None] = {}
        self._abandoned: deque[tuple[str, Mapping[str, Any], Header | None]] = deque()

    # -- for libraries and authors -------------------------------------------------------------------------------------

    @property
    def manager(self) -> KernelCommManager:
        """The `comm.base_comm.CommManager`."""
        if self._manager is None:
            self._load()
        assert self._manager is not None
        return self._manager

    @property
    def comm_class(self) -> type[KernelComm]:
        """The class of this kernel's comms, a `comm.base_comm.BaseComm`."""
        if self._class is None:
            self._load()
        assert self._class is not None
        return self._class

    def create(self, *positional: Any, **named: Any) -> KernelComm:
        """Make and open a comm; the arguments are those of `comm.create_comm`."""
        return self.comm_class(*positional, **named)

    def register_target(self, name: str, callback: Callable[[Any, Any], None] | str) -> None:
        """Have `callback(comm, message)` called when a client opens a comm with the target `name`."""
        self.manager.register_target(name, callback)

    def install(self) -> None:
        """Make `comm.create_comm` and `comm.get_comm_manager` ours, until `uninstall`."""
        with standing_in(Later("uuid")):  # for the ids of comms
            import comm  # start-up time

        if self._found is None:
            self._found = comm.create_comm, comm.get_comm_manager
            comm.create_comm = self.create
            comm.get_comm_manager = lambda: self.manager

    def uninstall(self) -> None:
        """Put back what `install` found."""
        import comm

        if self._found is not None:
            comm.create_comm, comm.get_comm_manager = self._found
            self._found = None

    def new_comm(self, **named: Any) -> Any:
        """A comm for a client's comm_open: after `install` by `comm.create_comm`, which libraries replace."""
        if self._found is not None:
            import comm

            return comm.create_comm(**named)
        return self.create(**named)

    # -- messages ------------------------------------------------------------------------------------------------------

    def receive(self, message: Message) -> None:
        """Take a comm_open, comm_msg or comm_close. What goes wrong in a callback is shown, never raised."""
        self._close_abandoned()
        content = message.content
        if self._manager is not None:
            self._manager.receive(message)
        elif isinstance(content, CommOpen):
            target = content.target_name
            self.log(f"opening a comm with the target {target!r}: nobody has registered it; the comm is closed")
            self.publish("comm_close", content.comm_id)

    def info(self, target_name: str | None = None) -> CommInfoReply:
        """The open comms, or those of `target_name`."""
        self._close_abandoned()
        comms: Mapping[str, Any] = self._manager.comms.copy() if self._manager is not None else {}
        return CommInfoReply(
            {
                comm_id: {"target_name": comm.target_name}
                for comm_id, comm in comms.items()
                if target_name is None or comm.target_name == target_name
            }
        )

    def publish(
        self,
        msg_type: str,
        comm_id: str,
        *,
        data: Any = None,
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[Any] | None = None,
        parent: Header | None = None,
        **fields: Any,
    ) -> Header | None:
        """Send a comm message, after the text that was written before it; the header of the request in whose name.

        That is the request for which this code works (see `whose`), else `parent`. Raises TypeError for a buffer that
        is none.
        """
        self._close_abandoned()
        frames = [_as_buffer(buffer, index) for index, buffer in enumerate(buffers or ())]
        context = self.whose()
        self.before_publishing()
        if context is not None:
            # Output widgets catch text by its place among comm messages.
            context.flush()
            parent = context.header
            self._note_question(comm_id, data, parent.subshell_id)
        self._send_message(
            _content(msg_type, {"comm_id": comm_id, "data": {} if data is None else data, **fields}),
            metadata,
            frames,
            parent,
        )
        return parent

    def asker(self, message: Message) -> str | None:
        """The subshell whose code waits for this message: where the question was sent with the id that it answers.

        Without such a question the one that the client names. None is the main shell.
        """
        named = message.header.subshell_id
        content = message.content
        if not self._asked or not isinstance(content, CommMsg):
            return named
        question = _question(content.comm_id, content.data)
        return named if question is None else self._asked.pop(question, named)

    def _note_question(self, comm_id: str, data: Any, subshell_id: str | None) -> None:
        question = _question(comm_id, data)
        if question is not None:
            self._asked[question] = subshell_id
            while len(self._asked) > _QUESTIONS:
                self._asked.pop(next(iter(self._asked)), None)

    def settle(self) -> None:
        """The end of a call from the user's code: be held back while clients are slow, notice an interrupt."""
        if self._pace is not None:
            self._pace.settle()

    def abandon(self, comm_id: str, data: Mapping[str, Any], parent: Header | None) -> None:
        """Close a comm that is being collected, at the next occasion.

        Not now: the collector may run in the middle of a send and then holds up the lock that a send wants.
        """
        self._abandoned.append((comm_id, data, parent))

    def _close_abandoned(self) -> None:
        if not self._abandoned:
            return
        while True:
            try:
                comm_id, data, parent = self._abandoned.popleft()
            except IndexError:  # that was the last
                return
            self._send_message(CommClose(comm_id, data), None, (), parent)

    def _send_message(
        self, content: Content, metadata: Mapping[str, Any] | None, buffers: Sequence[Buffer], parent: Header | None
    ) -> None:
        header = self._session.header(content.msg_type, subshell_id=parent.subshell_id if parent else None)
        self._send(Channel.IOPUB, Message(header, content, parent, metadata or NOTHING, buffers))

    def _load(self) -> None:
        from sdk.kernel.comm_manager import KernelComm, KernelCommManager  # start-up time: see the head

        with self._lock:
            if self._manager is None:
                self._class = type("Comm", (KernelComm,), {"comms": self})
                self._manager = KernelCommManager(self)


def _call(callback: Callable[[Any], object], message: Any) -> object:
    return callback(message)


def _question(comm_id: str, data: Any) -> tuple[str, str] | None:
    """What identifies a question and its answer in the messages of widgets."""
    content = data.get("content") if isinstance(data, Mapping) else None
    identity = content.get("id") if isinstance(content, Mapping) else None
    return (comm_id, identity) if isinstance(identity, str) else None


def _content(msg_type: str, fields: Mapping[str, Any]) -> Content:
    kind = _CONTENTS.get(msg_type)
    if kind is None or not fields.keys() <= set(kind._fields):
        return CustomContent(msg_type, fields)
    return kind(**fields)


def _as_buffer(buffer: Any, index: int) -> Buffer:
    if isinstance(buffer, bytes | bytearray):
        return buffer
    try:
        view = memoryview(buffer)
        return view.cast("B") if view.nbytes else b""
    except TypeError as error:
        raise TypeError(f"comm buffers[{index}]: {type(buffer).__name__} cannot be sent as bytes: {error}") from None
