"""`ipykernel.kernelbase.Kernel`: what a kernel is for its users and for the authors of wrapper kernels.

The work is done by the SDK: a `core` receives requests and answers them. Here it gets the names that other software
knows: handlers called with `(stream, ident, parent)`, a session, sockets, `do_*` that take and give dicts.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar

from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, Float, Integer, List, Unicode
from traitlets.config.configurable import SingletonConfigurable

from python_kernel.ipykernel_api._handlers import Handlers
from python_kernel.ipykernel_api._requests import Requests
from python_kernel.ipykernel_api._sockets import ChannelSocket, Threadlike

SHELL_TYPES = (
    "execute_request",
    "complete_request",
    "inspect_request",
    "history_request",
    "comm_info_request",
    "kernel_info_request",
    "connect_request",
    "shutdown_request",
    "is_complete_request",
    "interrupt_request",
)
CONTROL_TYPES = (
    *SHELL_TYPES,
    "debug_request",
    "usage_request",
    "create_subshell_request",
    "delete_subshell_request",
    "list_subshell_request",
)


class Kernel(Requests, SingletonConfigurable):
    """A kernel. Without a process of its own it is given frames by `dispatch_shell` and answers on its streams."""

    eventloop = AnyTrait(None)
    session: Any = AnyTrait()
    profile_dir = AnyTrait()
    shell_stream: Any = AnyTrait()
    control_stream: Any = AnyTrait()
    debugpy_stream = AnyTrait()
    iopub_socket: Any = AnyTrait()
    iopub_thread: Any = AnyTrait()
    stdin_socket: Any = AnyTrait()
    control_thread: Any = AnyTrait()
    shell_channel_thread = AnyTrait()
    debug_shell_socket = AnyTrait()
    io_loop: Any = AnyTrait()
    int_id = Integer(-1)
    ident = Unicode()
    shell: Any = AnyTrait()
    user_ns: Any = AnyTrait()
    user_module: Any = AnyTrait()
    debug_just_my_code = Bool(True).tag(config=True)
    filter_internal_frames = Bool(True).tag(config=True)
    stop_on_error_timeout = Float(0.0).tag(config=True)
    _execute_sleep = Float(0.0005).tag(config=True)
    _poll_interval = Float(0.01).tag(config=True)
    _darwin_app_nap = Bool(True).tag(config=True)
    _allow_stdin = Bool(False)
    _aborting = Bool(False)
    _recorded_ports = Dict()

    implementation: Any = ""
    implementation_version: Any = "0"
    banner: Any = ""
    language_info: Any = {}
    help_links: Any = List()
    execution_count = 0

    msg_types: ClassVar[Sequence[str]] = SHELL_TYPES
    control_msg_types: ClassVar[Sequence[str]] = CONTROL_TYPES

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._main_asyncio_lock = contextlib.nullcontext()
        self._parents: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._core = self._new_core()
        outside = self._core.host.outside
        self.shell_handlers: dict[str, Any] = Handlers(self, "shell", self.msg_types, outside)
        self.control_handlers: dict[str, Any] = Handlers(self, "control", self.control_msg_types, outside)

    def _new_core(self) -> Any:
        from python_kernel.ipykernel_api._standalone import core_of_wrapper  # few write kernels in a notebook

        return core_of_wrapper(self)

    @property
    def host(self) -> Any:
        """What the SDK gives to the kernel: its log, its comms, ..."""
        return self._core.host

    @property
    def streams(self) -> Mapping[str, Any]:
        """The streams that write into cells, by name."""
        return {}

    # -- defaults ------------------------------------------------------------------------------------------------------

    def _session_default(self) -> Any:
        from python_kernel.ipykernel_api._session import KernelSession  # start-up time: jupyter_client

        host = self._core.host
        return KernelSession(parent=self, outside=host.outside, **_key(host.connection_file))

    def _ident_default(self) -> str:
        return str(self._core.host.outside.session.session_id)

    def _shell_stream_default(self) -> Any:
        return ChannelSocket(self, "shell")

    def _control_stream_default(self) -> Any:
        return ChannelSocket(self, "control")

    def _iopub_socket_default(self) -> Any:
        return ChannelSocket(self, "iopub")

    def _stdin_socket_default(self) -> Any:
        return ChannelSocket(self, "stdin")

    def _iopub_thread_default(self) -> Any:
        return Threadlike(self.iopub_socket)

    def _control_thread_default(self) -> Any:
        import threading

        return next((one for one in threading.enumerate() if one.name == "control"), None)

    def _io_loop_default(self) -> Any:
        from tornado.ioloop import IOLoop  # few ask for it

        return IOLoop.current()

    @property
    def shell_streams(self) -> list[Any]:
        """The one there is."""
        return [self.shell_stream]

    @shell_streams.setter
    def shell_streams(self, streams: Sequence[Any]) -> None:
        self.shell_stream = streams[0] if streams else None

    # -- whom it works for ---------------------------------------------------------------------------------------------

    def set_parent(self, ident: Any, parent: Mapping[str, Any] | None, channel: str = "shell") -> None:
        """From here on `parent` is the request at work."""
        self._parents[channel] = (ident, dict(parent or {}))

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        """The request at work, as a dict; {} if there is none."""
        return self._parents.get(channel or "shell", (b"", {}))[1]

    @property
    def _parent_header(self) -> dict[str, Any]:
        return self.get_parent()

    @property
    def _parent_ident(self) -> dict[str, Any]:
        return {channel: self._parents.get(channel, (b"", {}))[0] for channel in ("shell", "control")}

    # -- what it says --------------------------------------------------------------------------------------------------

    def send_response(  # noqa: PLR0917  # ipykernel's
        self,
        stream: Any,
        msg_or_type: Any,
        content: Mapping[str, Any] | None = None,
        ident: Any = None,
        buffers: Sequence[Any] | None = None,
        track: bool = False,
        header: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        channel: str | None = None,
    ) -> Any:
        """Send a message that answers the request at work."""
        return self.session.send(
            stream,
            msg_or_type,
            content,
            parent=self.get_parent(channel),
            ident=ident,
            buffers=buffers,
            track=track,
            header=header,
            metadata=metadata,
        )

    def _topic(self, topic: str) -> bytes:
        return f"kernel.{self.ident}.{topic}".encode()

    def _publish_status(self, status: str, channel: str = "shell", parent: Mapping[str, Any] | None = None) -> None:
        self._publish("status", {"execution_state": status}, parent or self.get_parent(channel))

    def _publish_status_and_flush(
        self, status: str, channel: str, stream: Any, parent: Mapping[str, Any] | None = None
    ) -> None:
        self._publish_status(status, channel, parent)

    def _publish_execute_input(self, code: str, parent: Mapping[str, Any], execution_count: int) -> None:
        self._publish("execute_input", {"code": code, "execution_count": execution_count}, parent)

    def _publish_debug_event(self, event: Mapping[str, Any]) -> None:
        self._publish("debug_event", event, self.get_parent("control"))

    def _publish(self, msg_type: str, content: Mapping[str, Any], parent: Mapping[str, Any]) -> None:
        self.session.send(self.iopub_socket, msg_type, content, parent=parent, ident=self._topic(msg_type))

    def _send_abort_reply(self, stream: Any, msg: Mapping[str, Any], idents: Any) -> None:
        reply = msg["header"]["msg_type"].rpartition("_")[0] + "_reply"
        self.session.send(stream, reply, {"status": "aborted"}, parent=msg, ident=idents)

    def raw_input(self, prompt: str = "") -> str:
        """Ask the user for a line."""
        return self._input_request(str(prompt), self._parent_ident["shell"], self.get_parent("shell"), password=False)

    def getpass(self, prompt: str = "", stream: Any = None, echo_char: str | None = None) -> str:
        """Ask the user for a line that is not shown."""
        return self._input_request(str(prompt), self._parent_ident["shell"], self.get_parent("shell"), password=True)

    def _input_request(self, prompt: str, ident: Any, parent: Any, password: bool = False) -> str:
        import getpass

        return getpass.getpass(prompt) if password else input(prompt)

    # -- its life ------------------------------------------------------------------------------------------------------

    given_module: Any = None
    given_ns: Any = None

    def say(self, channel: str, message: dict[str, Any], identities: Sequence[bytes]) -> None:
        """Send what a kernel says that has no sockets but those that were put into its attributes."""
        sockets = {"iopub": self.iopub_socket, "stdin": self.stdin_socket, "control": self.control_stream}
        socket = sockets.get(channel, self.shell_stream)
        if socket is not None and not isinstance(socket, ChannelSocket):
            ident: Any = self._topic(message["msg_type"]) if channel == "iopub" else list(identities)
            self.session.send(socket, message, ident=ident, buffers=message.get("buffers"))

    async def dispatch_shell(self, msg: Any, /, subshell_id: str | None = None) -> None:
        """Answer a request that has come on shell, as frames."""
        await self._dispatch("shell", msg)

    async def dispatch_control(self, msg: Any) -> None:
        """Answer a request that has come on control, as frames."""
        await self._dispatch("control", msg)

    process_control = dispatch_control

    async def _dispatch(self, channel: str, msg: Any) -> None:
        try:
            idents, rest = self.session.feed_identities(msg, copy=False)
            fields = self.session.deserialize(rest, content=True, copy=False)
        except Exception as error:  # whatever is wrong with a message
            self.log.error("Invalid Message: %s", error)
            return
        idents = [bytes(one) for one in idents]
        stream = self.control_stream if channel == "control" else self.shell_stream
        if fields["header"]["msg_type"] == "execute_request" and self._aborting:
            self._send_abort_reply(stream, fields, idents)
            return
        self.set_parent(idents, fields, channel)
        await self._core.inside.receive(channel, fields, idents)

    def _send_interrupt_children(self) -> None:
        """Nothing: there are none of this kernel's own."""

    def ended(self, restart: bool) -> None:
        """A client has shut it down."""

    async def do_complete(self, code: str, cursor_pos: int) -> Any:
        """How code may go on."""
        return {"matches": [], "cursor_start": cursor_pos, "cursor_end": cursor_pos, "metadata": {}, "status": "ok"}

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Sequence[str] = ()
    ) -> Any:
        """What a name is."""
        return {"status": "ok", "data": {}, "metadata": {}, "found": False}

    async def do_is_complete(self, code: str) -> Any:
        """Whether code can be run."""
        return {"status": "unknown"}

    async def do_history(self, *args: Any, **kwargs: Any) -> Any:
        """Earlier cells."""
        return {"status": "ok", "history": []}

    async def do_execute(self, *args: Any, **kwargs: Any) -> Any:
        """Run code."""
        raise NotImplementedError(f"{type(self).__name__} does not implement do_execute")

    def start(self) -> None:
        """Say so."""
        self._publish_status("starting", "shell")

    def record_ports(self, ports: Mapping[str, int]) -> None:
        """Note the ports for connect_request."""
        self._recorded_ports = dict(ports)

    def pre_handler_hook(self) -> None:
        """Nothing is to be done before a request."""

    def post_handler_hook(self) -> None:
        """Nor after it."""

    def process_events(self, limit: int | None = None) -> Processed:
        """Answer the comm messages (a widget's) that wait behind this cell, up to `limit`; how many there were.

        Cells stay where they are. May be awaited, which lets the loop go on, too.
        """
        return Processed(self._core.host.process_events(limit))

    def do_one_iteration(self) -> Processed:
        """As `process_events(1)`."""
        return self.process_events(1)

    @property
    def kernel_info(self) -> dict[str, Any]:
        """What kernel_info_reply says."""
        return {
            "protocol_version": "5.3",
            "implementation": self.implementation,
            "implementation_version": self.implementation_version,
            "language_info": self.language_info,
            "banner": self.banner,
            "help_links": list(self.help_links),
            "supported_features": self._core.features(),
        }

    def do_shutdown(self, restart: bool) -> Any:
        """End."""
        return {"status": "ok", "restart": restart}


def _key(connection_file: str) -> dict[str, Any]:
    """What a session signs with, as the connection file says."""
    try:
        with open(connection_file, encoding="utf-8") as file:
            info = json.load(file)
    except (OSError, ValueError):
        return {}
    scheme = info.get("signature_scheme") or "hmac-sha256"
    return {"key": info.get("key", "").encode(), "signature_scheme": scheme}


class Processed(int):
    """A number that may be awaited: it lets the loop go round once."""

    def __await__(self) -> Any:
        yield
        return int(self)


def _announce() -> None:
    """The kernel that runs is an instance of this class from the moment that there is the class."""
    if f"{__package__}.ipkernel" not in sys.modules:
        import_module(f"{__package__}.ipkernel").announce()


logger = logging.getLogger("ipykernel")
_announce()
