"""The seam between what a kernel does and how messages travel: all that these two know of each other.

The kernel gets a `Send`, a `Pace` and a `Drive`; the transport gets a `Receiver`. `sdk.app` joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, Protocol, TypeVar

from sdk.protocol.message import Channel, Message

T = TypeVar("T")


class Lane(Enum):
    """Where and when a request is answered."""

    AT_ONCE = "on any thread, also while a cell runs: only code of the SDK, and never for long"
    LOOP = "in order; while a cell runs, beside it on the loop"
    WORKER = "in order; while a cell runs, on the worker thread"
    ASIDE = "in order among themselves, on a thread that runs nothing else, whatever the others do"
    IN_ORDER = "after everything that came before"


class Drive(Protocol):
    """Runs a coroutine of the author's to its end.

    The transport's drives raise KeyboardInterrupt in it when the user interrupts, and RequestTimeoutError after `limit`
    seconds.
    """

    async def __call__(self, work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
        """The coroutine's value, or what it raised."""


class Receiver(Protocol):
    """Takes messages and answers them by the `Send` it was made with."""

    def lane(self, message: Message) -> Lane:
        """Where and when this message is answered. Cheap; called on whatever thread received it."""

    def shell_of(self, message: Message) -> str | None:
        """The subshell that answers this message; None for the main shell. Asked once for each message."""

    def supersedes(self, newer: Message, older: Message) -> bool:
        """Whether nobody waits for the answer to `older`, which has not begun, now that `newer` has come."""

    def knows_subshell(self, subshell_id: str) -> bool:
        """Whether there is such a subshell."""

    async def receive(self, channel: Channel, message: Message, sequence: int, drive: Drive) -> None:
        """Answer one message of shell or control. Never raises."""

    def give_up(self, message: Message, error: BaseException) -> None:
        """Answer with `error` a message that is being answered and whose answer does not come. Any thread."""

    def receive_stdin(self, message: Message) -> None:
        """Take an answer on stdin."""

    async def begin(self, drive: Drive) -> None:
        """Start the language, before the first message is received on the main thread."""

    def interrupt_waiting(self, through: int) -> None:
        """An interrupt came while the language started: it is for the cells that had arrived by this number."""

    async def end(self, drive: Drive, *, restart: bool) -> None:
        """End the language, after the last."""


class Waiter(Protocol):
    """A place where one thread or task waits for one value that another thread brings."""

    def bring(self, value: object) -> None:
        """Hand over the value, or the exception to raise; from any thread, only the first counts."""

    def wait(self) -> object:
        """Block this thread until the value is there. Raises KeyboardInterrupt when interrupted."""

    async def arrived(self) -> object:
        """Wait for the value without blocking the loop."""


class Guest(Protocol):
    """Another event loop, a GUI's: it runs on the main thread whenever the kernel's own has nothing to do."""

    def run(self, seconds: float | None) -> None:
        """Run until the descriptor that it was made with is readable, `wake` is called or `seconds` have passed.

        With 0 only what is due now, and not for long.
        """

    def wake(self) -> None:
        """Let `run` return soon. Called within it, by callbacks of the guest."""

    def close(self) -> None:
        """It will not run again."""


class Pace(Protocol):
    """What the core asks of the world besides `Send`: a clock, a callback soon, to be held back when too fast."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""

    def soon(self, callback: Callable[[], None]) -> None:
        """Call `callback` from another thread in about 25 ms."""

    def settle(self) -> None:
        """The last act of a call from the author's code: raise a pending interrupt, block while output is held up."""

    async def settled(self) -> None:
        """As `settle`, without blocking the loop."""

    def waiter(self) -> Waiter:
        """A new waiter."""
