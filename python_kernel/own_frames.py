"""Takes our own frames off the end of a traceback, where an interrupt was raised: they say nothing to the user."""

from __future__ import annotations

from types import TracebackType

_OURS = {"sdk", "python_kernel"}
_RAISES = "sdk.transport."


def hide_own_frames(error: BaseException | None) -> None:
    """Cut the tracebacks of `error`, and of the errors before it, after their last frame of other code.

    Only those that the transport raised: an interrupt, a time limit, an answer that does not come. What fails in our
    own code keeps its frames.
    """
    done: set[int] = set()
    left = [error]
    while left:
        one = left.pop()
        if one is not None and id(one) not in done:
            done.add(id(one))
            left += [one.__cause__, one.__context__]
            _cut(one.__traceback__)


def _cut(trace: TracebackType | None) -> None:
    others: TracebackType | None = None
    module = ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] not in _OURS:
            others = trace
        trace = trace.tb_next
    if others is not None and module.startswith(_RAISES):
        others.tb_next = None
