"""`Host`: what surrounds a kernel, as its author sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk.kernel.comms import Comms
    from sdk.kernel.history import History
    from sdk.protocol.message import Message


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
    ) -> None:
        self.comms = comms
        self.history = history
        self.shut_down = shut_down
        """End the kernel as a shutdown_request would; the argument says whether a restart is wanted."""
        self.log = log
        """Write a line to the kernel's own log (the process's stderr)."""
        self.ports = ports
        """`shell_port`, `iopub_port`, ... as connect_reply tells them."""
        self.connection_file = connection_file
        self.config = config or {}
        """The whole traitlets configuration that was read (see `sdk.app`)."""
        self.subshells: Callable[[], Sequence[str]] = lambda: ()
        """The ids of the subshells there are now. The one that a request came to is `context.header.subshell_id`."""
        self.process_events: Callable[[int | None], int] = lambda limit: 0
        """Answer up to so many of the comm messages that wait behind the cell that runs, here and now; how many.

        For code of the user's that blocks the loop and waits for a widget. Raises a pending interrupt.
        """
        self.last_control: Message | None = None
        """The last request that came on the control channel."""
