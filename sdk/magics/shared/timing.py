"""How long code takes, and how long it may: `%time`, `%timeit`, `%timeout`, each for a line and for a cell."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.prose import is_signed

if TYPE_CHECKING:
    from sdk.magics.cpu_time import CpuTime

_NONE = Rest("")
_LOOPS_TAKE = 0.2  # seconds that the loops of one run take, if nobody says how many there are
_STEPS = (1, 2, 5)
_TICK = 0.01  # seconds
_EMPTY = 5  # how often an empty cell is measured

Number = Annotated[int, Option("-n", "how often the code is run in each run; 0: as often as 0.2 s allow")]
Runs = Annotated[int, Option("-r", "how many runs there are")]
Code = Annotated[Rest, Option(help="of the language")]
Setup = Annotated[Rest, Option(help="code that is run first, and not measured")]
Seconds = Annotated[float, Option(help="that it may take")]


# -- once --------------------------------------------------------------------------------------------------------------


@line_magic(name="time", is_meant=is_signed)
async def time_line(call: Call, code: Code) -> Any:
    """Run a line of code, and tell how long it takes: on the wall, and of processors where that can be seen."""
    return await _timed(call, code)


@cell_magic(name="time")
async def time_cell(call: Call) -> Any:
    """Run the cell, and tell how long it takes: on the wall, and of processors where that can be seen."""
    return await _timed(call, call.body)


async def _timed(call: Call, code: str) -> Any:
    from sdk.magics.cpu_time import cpu_time

    before = cpu_time()
    began = clock.perf_counter()
    try:
        return await call.run(code)
    finally:
        wall = clock.perf_counter() - began
        after = cpu_time()
        used = after.since(before) if after is not None and before is not None and not call.is_elsewhere else None
        call.say(f"Wall time: {shown(wall)}{_cpu(used)}\n")


def _cpu(used: CpuTime | None) -> str:
    if used is None:
        return ""
    total = used.user + used.system
    if total < _TICK:  # what other processes use is counted in such pieces
        return f"; CPU time: below {shown(_TICK)}"
    return f"; CPU time: {shown(total)} (user {shown(used.user)}, system {shown(used.system)})"


# -- many times --------------------------------------------------------------------------------------------------------


@line_magic(name="timeit", is_meant=is_signed)
async def timeit_line(call: Call, code: Code, *, number: Number = 0, repeat: Runs = 5) -> None:
    """Run a line of code many times, and tell how long it takes. What it shows is not shown.

    Each time is a cell of its own for the language: what an empty one takes is measured, too.
    """
    await _timeit(call, code, "", number, repeat)


@cell_magic(name="timeit")
async def timeit_cell(call: Call, setup: Setup = _NONE, *, number: Number = 0, repeat: Runs = 5) -> None:
    """Run the cell many times, and tell how long it takes. What it shows is not shown.

    Each time is a cell of its own for the language: what an empty one takes is measured, too.
    """
    await _timeit(call, call.body, setup, number, repeat)


async def _timeit(call: Call, code: str, setup: str, number: int, repeat: int) -> None:
    if number < 0 or repeat < 1:
        raise call.error(f"--number {number} --repeat {repeat}: there must be one run at least, and no negative number")
    with call.context.redirected(lambda content, metadata, buffers: None):
        if setup:
            await _once(call, setup)
        empty = min([await _loops(call, "", 1) for _ in range(_EMPTY)])
        number = number or await _enough(call, code)
        runs = [await _loops(call, code, number) / number for _ in range(repeat)]
    mean = sum(runs) / repeat
    spread = math.sqrt(sum((run - mean) ** 2 for run in runs) / repeat)
    call.say(
        f"{shown(mean)} ± {shown(spread)} per loop (mean ± std. dev. of {_count(repeat, 'run')}, "
        f"{_count(number, 'loop')} each); an empty cell takes {shown(empty)}\n"
    )


async def _enough(call: Call, code: str) -> int:
    for exponent in range(10):
        for step in _STEPS:
            number: int = step * 10**exponent
            if await _loops(call, code, number) >= _LOOPS_TAKE:
                return number
    return number


async def _loops(call: Call, code: str, number: int) -> float:
    began = clock.perf_counter()
    for _ in range(number):
        await _once(call, code)
    return clock.perf_counter() - began


async def _once(call: Call, code: str) -> None:
    await call.magics.language(code, call.request.replace(store_history=False), call.context)


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' * (number != 1)}"


# -- not longer --------------------------------------------------------------------------------------------------------


@line_magic(name="timeout")
async def timeout_line(call: Call, seconds: Seconds) -> None:
    """Interrupt the rest of this cell when it takes longer. `%%%timeout SECONDS` is for every cell."""
    call.enter(_limited(call, seconds))


@cell_magic(name="timeout")
async def timeout_cell(call: Call, seconds: Seconds) -> Any:
    """Interrupt the cell when it takes longer, and again each second until it ends."""
    with _limited(call, seconds):
        return await call.run(call.body)


@contextmanager
def _limited(call: Call, seconds: float) -> Iterator[None]:
    from sdk.magics.time_limit import TimeLimit

    if not 0 < seconds < float("inf"):
        raise call.error(f"{seconds:g}: a number of seconds above 0 is expected")
    interrupt, subshell = call.kernel.host.interrupt, call.context.header.subshell_id
    with TimeLimit(seconds, lambda: interrupt(subshell)):
        yield


def shown(seconds: float) -> str:
    """A time in the unit that fits: 3 digits, or minutes and hours."""
    if seconds >= 60:
        minutes, left = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min {left} s" if hours else f"{minutes} min {left} s"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns" if seconds else "0 ns"
