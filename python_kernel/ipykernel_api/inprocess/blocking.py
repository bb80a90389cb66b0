"""`ipykernel.inprocess.blocking`: a client that keeps what comes in queues."""

from __future__ import annotations

from queue import Empty, Queue
from typing import Any

from traitlets import Type

from .channels import InProcessChannel
from .client import InProcessKernelClient


class BlockingInProcessChannel(InProcessChannel):
    """A queue."""

    def __init__(self, *args: Any, **kwds: Any) -> None:
        super().__init__(*args, **kwds)
        self._in_queue: Queue[dict[str, Any]] = Queue()

    def call_handlers(self, msg: dict[str, Any]) -> None:
        """Keep a message."""
        self._in_queue.put(msg)

    def get_msg(self, block: bool = True, timeout: float | None = None) -> dict[str, Any]:
        """The oldest. Raises queue.Empty when none comes: without `timeout` at once, for all that was asked is here."""
        return self._in_queue.get(block and timeout is not None, timeout)

    def get_msgs(self) -> list[dict[str, Any]]:
        """All."""
        found = []
        while True:
            try:
                found.append(self.get_msg(block=False))
            except Empty:
                return found

    def msg_ready(self) -> bool:
        """Whether there is one."""
        return not self._in_queue.empty()


class BlockingInProcessStdInChannel(BlockingInProcessChannel):
    """Asks on the program's own stdin."""

    def call_handlers(self, msg: dict[str, Any]) -> None:
        """Answer a question."""
        if msg["header"]["msg_type"] == "input_request":
            ask: Any = self.client.kernel.ask_program
            self.client.input(ask(msg["content"]["prompt"], bool(msg["content"].get("password"))))


class BlockingInProcessKernelClient(InProcessKernelClient):
    """What comes is asked for by `get_shell_msg`, `get_iopub_msg`, ..."""

    shell_channel_class: Any = Type(BlockingInProcessChannel)
    iopub_channel_class: Any = Type(BlockingInProcessChannel)
    control_channel_class: Any = Type(BlockingInProcessChannel)
    stdin_channel_class: Any = Type(BlockingInProcessStdInChannel)

    def wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask who it is, and forget what came before."""
        self.kernel_info()
        self.shell_channel.get_msg(block=True)
        self.iopub_channel.get_msgs()

    def get_shell_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next reply."""
        return self.shell_channel.get_msg(*args, **kwargs)

    def get_iopub_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next output."""
        return self.iopub_channel.get_msg(*args, **kwargs)

    def get_stdin_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next question."""
        return self.stdin_channel.get_msg(*args, **kwargs)

    def get_control_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next reply on control."""
        return self.control_channel.get_msg(*args, **kwargs)
