"""`Asked`: one request to another kernel, and what has come for it: its reply, questions, the end of the kernel."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sdk.magics.kernels.voice import Voice
    from sdk.seam import Waiter


class Question(NamedTuple):
    """The other kernel's user code asks for a line."""

    prompt: str
    password: bool
    header: Mapping[str, Any]


class Died(NamedTuple):
    """The other kernel has ended; `why` tells how."""

    why: str


class Asked:
    """One request."""

    def __init__(self, msg_id: str, *, voice: Voice | None, waits_for_idle: bool, limit: float | None) -> None:
        """`limit`: seconds after which it ends with a TimeoutError."""
        self.msg_id = msg_id
        self.voice = voice
        self.deadline = None if limit is None else time.monotonic() + limit
        self.reply: dict[str, Any] | None = None
        self.idle = not waits_for_idle
        self.begun = Event()
        self.finished = Event()
        self._events: deque[object] = deque()
        self._bell: Waiter | None = None
        self._lock = Lock()

    # -- the pump's thread ---------------------------------------------------------------------------------------------

    def post(self, event: object) -> None:
        """Something has come for who waits: a Question, Died, a reply (a dict), a TimeoutError."""
        with self._lock:
            self._events.append(event)
            bell, self._bell = self._bell, None
        if bell is not None:
            bell.bring(None)

    def end(self, event: object) -> None:
        """The last that comes."""
        if not self.finished.is_set():
            self.begun.set()
            self.finished.set()
            self.post(event)

    # -- who waits -----------------------------------------------------------------------------------------------------

    def ring(self, bell: Waiter) -> None:
        """Ring this bell, once, when something is there."""
        with self._lock:
            if not self._events:
                self._bell = bell
                return
        bell.bring(None)

    def hush(self) -> None:
        """Ring no bell."""
        with self._lock:
            self._bell = None

    def next(self) -> object:
        """What has come; None: nothing yet."""
        with self._lock:
            return self._events.popleft() if self._events else None
