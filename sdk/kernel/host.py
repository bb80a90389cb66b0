"""`Host`: what surrounds a kernel, as its author sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sdk.kernel.outside import Outside

if TYPE_CHECKING:
    from sdk.kernel.comms import Comms
    from sdk.kernel.history import History
    from sdk.protocol.message import Message
    from sdk.seam import Guest


class Host:
    """Given to a kernel as `self.host` before it starts."""

    def __init__(
        self,
        *,
        comms: Comms,
        history: History,
        shut_down: Callable[[bool], None],
        log: Callable[[str], None],
        ports: Mapping[str, int],
        connection_file: str = "",
        config: Mapping[str, Any] | None = None,
        arguments: Any = None,
    ) -> None:
        self.comms = comms
        self.history = history
        self.shut_down = shut_down
        """End the kernel as a shutdown_request would; the argument says whether a restart is wanted."""
        self.log = log
        """Write a line to the kernel's own log (the process's stderr)."""
        self.log_lines: Iterable[str] = ()
        """The last lines that were written there."""
        self.ports = ports
        """`shell_port`, `iopub_port`, ... as connect_reply tells them."""
        self.connection_file = connection_file
        self.config = config or {}
        """The whole traitlets configuration that was read (see `sdk.app`)."""
        self.arguments = arguments
        """What the kernel class's `read_arguments` has made of the command line."""
        self.subshells: Callable[[], Sequence[str]] = lambda: ()
        """The ids of the subshells there are now. The one that a request came to is `context.header.subshell_id`."""
        self.interrupt: Callable[[str | None], None] = lambda subshell_id: None
        """Interrupt what runs, as an interrupt_request would. Any thread."""
        self.on_interrupt: Callable[[str | None], None] = lambda subshell_id: None
        """Told of each interrupt, with the subshell that it is for. Any thread, even in the middle of anything it does:

        it must not wait, and takes no lock.
        """
        self.process_events: Callable[[int | None], int] = lambda limit: 0
        """Answer up to so many of the comm messages that wait behind the cell that runs, here and now; how many.

        For code of the user's that blocks the loop and waits for a widget. Raises a pending interrupt.
        """
        self.join_event_loop: Callable[[Callable[[int], Guest] | None], None] = _no_loop
        """Let another event loop run whenever the kernel waits; None ends it. By the main thread.

        The argument makes it of the descriptor that is readable when the kernel has something to do.
        """
        self.outside = Outside()
        """Messages as other software sends and answers them."""
        self.last_control: Message | None = None
        """The last request that came on the control channel."""


def _no_loop(make: Callable[[int], Guest] | None) -> None:
    if make is not None:
        raise RuntimeError("no event loop can be joined here: this kernel has none")
