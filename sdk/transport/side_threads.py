"""`SideThreads`: the threads beside the main one and the subshells' on which the author answers, when first needed."""

from __future__ import annotations

from sdk.seam import Receiver
from sdk.transport.hidden import hidden
from sdk.transport.intake import Arrival
from sdk.transport.limits import Limits
from sdk.transport.loop_thread import LoopThread


class SideThreads:
    """The worker, and the one for what must be answered whatever the worker does. They live as long as the process."""

    def __init__(self, limits: Limits) -> None:
        self.receiver: Receiver
        self._limits = limits
        self._worker: LoopThread | None = None
        self._aside: LoopThread | None = None

    def work(self, arrival: Arrival) -> None:
        """Answer this on the worker."""
        if self._worker is None:
            self._worker = hidden(LoopThread("worker", self.receiver, self._limits, self._replace_worker))
            self._worker.begin()
        self._worker.put(arrival)

    def aside(self, arrival: Arrival) -> None:
        """Answer this on a thread that does nothing else."""
        if self._aside is None:
            self._aside = hidden(LoopThread("aside", self.receiver, self._limits))
            self._aside.begin()
        self._aside.put(arrival)

    def _replace_worker(self, stuck: LoopThread) -> None:
        """C code keeps the worker: what waits behind it goes to another one, and it ends when it can."""
        if self._worker is stuck:
            self._worker = None
            for arrival in stuck.take_waiting():
                self.work(arrival)
            stuck.end()
