"""`run(KernelClass)`: joins a kernel, a transport and a configuration into a process that serves."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, NamedTuple, NoReturn

from sdk.errors import ConnectionFileError, KernelSDKError
from sdk.garbage import none_is_made
from sdk.kernel.base import Kernel
from sdk.kernel.comms import Comms
from sdk.kernel.dispatch import Dispatcher
from sdk.kernel.execution import Execution
from sdk.kernel.history import History
from sdk.kernel.host import Host
from sdk.kernel.own_answers import OwnAnswers
from sdk.kernel.stdin import Stdin
from sdk.kernel.subshells import Subshells
from sdk.magics.front import Front, front_of
from sdk.options import Options, read_options
from sdk.protocol.connection import ConnectionInfo, RegistrationInfo
from sdk.protocol.iopub import Status
from sdk.protocol.message import Channel, Message, Session
from sdk.protocol.signing import Signer

_LOG_LINES = 500


def run(kernel_class: type[Kernel], argv: Sequence[str] | None = None) -> None:
    """Serve `kernel_class` as the command line says (`-f FILE`, see `--help`), and exit.

    A mistake of the user's (a file that cannot be read, a port that is taken) is one line on stderr and status 1.
    """
    try:
        options = read_options(kernel_class, sys.argv[1:] if argv is None else argv)
        if options is None:
            return
        if options.find_language:
            _say_where_language_is(_made(kernel_class, options))
            return
        status = serve(kernel_class, options)
    except KernelSDKError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    _exit(status)


def run_inside(kernel_class: type[Kernel], argv: Sequence[str] = ()) -> None:
    """Serve `kernel_class` in the middle of a program, which goes on after shutdown. In any thread.

    Without a connection file one is written where Jupyter looks (`jupyter console --existing`). It is removed when the
    process ends: clients come back to the next kernel that the program serves.
    """
    opened = open_inside(kernel_class, argv)
    if opened is not None:
        opened.serve()


class Opened(NamedTuple):
    """A kernel whose sockets are bound: what comes waits until it is served."""

    kernel: Kernel
    serve: Callable[[], object]
    """Returns after shutdown. In the thread in which it was opened."""


def open_inside(kernel_class: type[Kernel], argv: Sequence[str] = ()) -> Opened | None:
    """The beginning of `run_inside`: the connection file is there. None when the command line asked for words alone."""
    options = read_options(kernel_class, argv)
    if options is None:
        return None
    path = options.connection_file or _new_connection_file()
    if not os.path.exists(path):
        import atexit  # `_exit` has it too

        atexit.register(_remove, path, os.getpid())
    return _opened(kernel_class, options.replace(connection_file=path, may_create_file=True), is_guest=True)


def _remove(path: str, pid: int) -> None:
    if os.getpid() == pid:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _new_connection_file() -> str:
    from jupyter_core.paths import jupyter_runtime_dir  # 10 ms, and a kernel that is started by Jupyter has a file

    folder = jupyter_runtime_dir()
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, f"kernel-{os.getpid()}.json")


def serve(kernel_class: type[Kernel], options: Options) -> int:
    """Serve until shutdown; the exit status."""
    with none_is_made():
        opened = _opened(kernel_class, options, is_guest=False)
    opened.serve()
    return 0


def _opened(kernel_class: type[Kernel], options: Options, *, is_guest: bool) -> Opened:
    """With sockets, and all that needs no loop. A guest leaves the process as it was."""
    from sdk.transport.lean_imports import import_zmq

    import_zmq()
    from sdk.transport.connection_file import write_connection_file
    from sdk.transport.sockets import bind, new_context, remove_ipc_files

    log = Log()
    info, registration = _connection(options)
    context = new_context()
    links, bound = bind(context, info, port_range=options.port_range, insecure=options.insecure_tcp)
    from sdk.transport.transport import Transport, TransportOptions  # 5 ms, in which clients connect already

    transport_options = (options.transport or TransportOptions()).replace(is_guest=is_guest)
    session = Session(os.urandom(16).hex(), os.environ.get("USER") or os.environ.get("LOGNAME") or "kernel")
    transport = Transport(
        context, links, Signer(bound.key.encode(), bound.signature_scheme), session, log=log, options=transport_options
    )
    if registration is None and bound != info and options.connection_file:
        write_connection_file(options.connection_file, bound)
    kernel = _made(kernel_class, options)
    front = front_of(kernel)
    dispatcher = join(kernel, transport, session, bound, options, log=log, front=front)
    transport.send(Channel.IOPUB, Message(session.header("status"), Status("starting")))
    if registration is not None:
        from sdk.transport.handshake import register  # start-up time: most kernels are given their ports

        register(context, registration, bound)
    if kernel.implements("do_interrupt"):
        transport.ask_language_to_interrupt((front or kernel).do_interrupt)
    uses_asyncio = kernel.uses_asyncio or kernel.implements("do_interrupt")
    before_exit = [
        *([front.close] if front is not None else []),
        kernel.host.history.close,
        kernel.end_at_once,
        lambda: remove_ipc_files(bound),
    ]
    return Opened(kernel, lambda: transport.run(dispatcher, uses_asyncio=uses_asyncio, before_exit=before_exit))


def join(
    kernel: Kernel,
    transport: Any,
    session: Session,
    info: ConnectionInfo,
    options: Options,
    *,
    log: Log,
    front: Front | None = None,
) -> Dispatcher:
    """A dispatcher for `kernel` that speaks through `transport`."""
    send, pace = transport.send, transport.pace
    kernel.host = Host(
        comms=Comms(send, session, log, pace=pace),
        history=History(options.history_file(kernel), transport.defer, log),
        shut_down=lambda restart: transport.shut_down(restart=restart),
        log=log,
        ports={f"{channel.value}_port": info.port(channel) for channel in Channel},
        connection_file=options.connection_file,
        config=options.config,
        arguments=options.arguments,
    )
    counting = Lock()
    subshells = Subshells(
        lambda subshell_id: Execution(kernel, transport.arrived, counting, front),
        begin=transport.begin_subshell,
        end=transport.end_subshell,
    )
    kernel.host.subshells = subshells.ids
    kernel.host.log_lines = log.lines
    kernel.host.process_events = transport.process_events
    kernel.host.join_event_loop = transport.join_event_loop
    own = OwnAnswers(kernel, send=send, session=session, subshells=subshells, interrupt=transport.interrupt)
    stdin = Stdin(send, session, pace)
    kernel.host.interrupt = transport.interrupt
    host = kernel.host
    transport.tell_interrupts(lambda subshell_id: host.on_interrupt(subshell_id))  # noqa: PLW0108  # set later
    return Dispatcher(
        kernel, send=send, session=session, pace=pace, own=own, stdin=stdin, subshells=subshells, author=front
    )


def _made(kernel_class: type[Kernel], options: Options) -> Kernel:
    kernel = kernel_class()
    for name, value in options.kernel_values.items():
        setattr(kernel, name, value)
    return kernel


def _say_where_language_is(kernel: Kernel) -> None:
    import json  # start-up time: messages bring their own

    found = kernel.find_language()
    sys.stdout.write(json.dumps(None if found is None else {name: getattr(found, name) for name in found._fields}))
    sys.stdout.write("\n")


class Log:
    """Writes lines to the stderr that the process was started with, where the server that started it shows them.

    Kernels may put something of their own in the place of descriptor 2: the log does not go there.
    """

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=_LOG_LINES)
        """The last ones."""
        try:
            self._descriptor = os.dup(2)
        except OSError:  # closed: there is nobody to tell
            self._descriptor = -1

    def __call__(self, line: str) -> None:
        """Write one line."""
        import time

        text = f"{time.strftime('%Y-%m-%d %H:%M:%S')} kernel {os.getpid()}: {line}\n"
        self.lines.append(text)
        try:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
        except OSError:  # nobody reads it any more
            return


def _exit(status: int) -> NoReturn:
    """End the process: exit handlers run, then at once.

    Taking the interpreter apart would cost 8 ms, and threads of the user's that never end would keep the kernel alive.
    """
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or nobody reads it any more
            stream.flush()
    os._exit(status)


def _connection(options: Options) -> tuple[ConnectionInfo, RegistrationInfo | None]:
    from sdk.transport.connection_file import read_connection_file

    path = options.connection_file
    if path and os.path.exists(path):
        info = read_connection_file(path)
        if isinstance(info, RegistrationInfo):
            return info.connection_info(options.ip or _own_address(info, path)), info
        return (info.replace(ip=options.ip) if options.ip else info), None
    if path and not options.may_create_file:
        raise ConnectionFileError(f"{path}: no such file: give the connection file that the Jupyter application wrote")
    info = ConnectionInfo(
        transport="tcp",
        ip=options.ip or "127.0.0.1",
        shell_port=0,
        iopub_port=0,
        stdin_port=0,
        control_port=0,
        hb_port=0,
        key=os.urandom(32).hex(),
    )
    return info.replace(**options.ports), None


def _own_address(registration: RegistrationInfo, path: str) -> str:
    if registration.transport == "ipc":
        return os.path.join(os.path.dirname(os.path.abspath(path)), f"kernel-{registration.kernel_id}-ipc")
    return "127.0.0.1"
