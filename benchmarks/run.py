"""Our kernels beside ipykernel, on this machine: `python -m benchmarks.run`; `--help` says what can be chosen.

Every figure is a ratio within one round, in which all kernels take turns, so that a machine that is busy for a while
slows all of them; shown is the median of the rounds, beside the milliseconds. See README.md in this folder.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sdk.errors import ClientError, KernelSDKError
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import Client, KernelProcess

_LIMIT = 120.0  # seconds for any one answer


class Subject(NamedTuple):
    """A kernel under measurement, and the same work in its language."""

    name: str
    kernel: str | Sequence[str]
    trivial: str
    printing: str
    flood: str  # prints 100,000 lines


class Figure(NamedTuple):
    """What is measured, in which unit, and whether more is better."""

    title: str
    unit: str
    more_is_better: bool = False


SPAWN = Figure("spawn to the first kernel_info_reply", "ms")
FIRST = Figure("spawn to the first execute_reply", "ms")
TRIVIAL = Figure("trivial cell, to reply and idle", "ms")
PRINTING = Figure("print cell, to reply and idle", "ms")
FLOOD = Figure("100,000 lines, to idle", "ms")
REQUESTS = Figure("1000 requests at once", "/s", more_is_better=True)
FIGURES = (SPAWN, FIRST, TRIVIAL, PRINTING, FLOOD, REQUESTS)

_PYTHON = {"trivial": "1+1", "printing": "print('hello')", "flood": "for i in range(100_000): print('line', i)"}
_BASH = {"trivial": ":", "printing": "echo hello", "flood": "for ((i = 0; i < 100000; i++)); do echo line $i; done"}


def subjects(only: Sequence[str], others: Sequence[str]) -> list[Subject]:
    """What is here, or of it `only` these: ipykernel first, whose figures are 1, then ours, then other kernelspecs."""
    python, file = sys.executable, "{connection_file}"
    candidates = {
        "ipykernel": ([python, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", file], _PYTHON),
        "bare": ([python, "-m", "benchmarks.bare_kernel", "-f", file], _PYTHON),
        "python_kernel": ([python, "-P", "-m", "python_kernel", "-f", file], _PYTHON),
        "bash_kernel": ([python, "-P", "-m", "bash_kernel", "-f", file], _BASH),
    }
    modules = {"bare": "benchmarks.bare_kernel", "bash_kernel": "bash_kernel.__main__"}
    found = [
        Subject(name, argv, **codes)
        for name, (argv, codes) in candidates.items()
        if (not only or name in only) and _is_there(modules.get(name, f"{name}.__main__"))
    ]
    named = []
    for other in others:
        name, _, language = other.partition(":")
        named.append(Subject(name, name, **(_BASH if language == "bash" else _PYTHON)))
    return found + named


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# -- one kernel, once --------------------------------------------------------------------------------------------------


def measure(subject: Subject, *, cells: int, requests: int) -> dict[Figure, float]:
    """All figures of one kernel process."""
    began = time.perf_counter()
    with KernelProcess(subject.kernel, timeout=_LIMIT) as process, process.client(ready=False) as client:
        # The replies alone: who subscribes while the kernel starts may miss the first busy and idle.
        client.collect(client.send(KernelInfoRequest()), timeout=_LIMIT, until_idle=False)
        figures = {SPAWN: _since(began)}
        client.collect(client.send_execute(subject.trivial), timeout=_LIMIT, until_idle=False)
        figures[FIRST] = _since(began)
        client.wait_until_ready(timeout=_LIMIT)
        figures[TRIVIAL] = _cell(client, subject.trivial, cells)
        figures[PRINTING] = _cell(client, subject.printing, cells)
        figures[FLOOD] = _flood(client, subject.flood)
        figures[REQUESTS] = _requests(client, requests)
    return figures


def _cell(client: Client, code: str, times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        client.execute(code, timeout=_LIMIT)
        taken.append(_since(began))
    return statistics.median(taken)


def _flood(client: Client, code: str) -> float:
    began = time.perf_counter()
    exchange = client.execute(code, timeout=_LIMIT)
    taken = _since(began)
    lines = exchange.text().count("\n")
    if lines != 100_000:
        raise ClientError(f"{lines} of 100,000 lines came")
    return taken


def _requests(client: Client, count: int) -> float:
    began = time.perf_counter()
    headers = [client.send(KernelInfoRequest()) for _ in range(count)]
    for header in headers:
        client.collect(header, timeout=_LIMIT, until_idle=False)
    return count / (time.perf_counter() - began)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


# -- all of them -------------------------------------------------------------------------------------------------------


def rounds(
    kernels: Sequence[Subject], count: int, one: Callable[[Subject], dict[Figure, float]]
) -> dict[str, list[dict[Figure, float]]]:
    """Each kernel once in every round, in turns."""
    results: dict[str, list[dict[Figure, float]]] = {subject.name: [] for subject in kernels}
    for number in range(count):
        for subject in kernels:
            print(f"round {number + 1} of {count}: {subject.name}", file=sys.stderr)
            results[subject.name].append(one(subject))
    return results


def table(results: Mapping[str, Sequence[Mapping[Figure, float]]]) -> str:
    """A Markdown table: the median of each figure and, in brackets, its ratio to the first kernel in the same round."""
    names = list(results)
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    base = results[names[0]]
    for figure in FIGURES:
        cells = []
        for name in names:
            value = statistics.median(result[figure] for result in results[name])
            ratio = statistics.median(
                mine[figure] / theirs[figure] for mine, theirs in zip(results[name], base, strict=True)
            )
            cells.append(
                f"{value:,.3g} {figure.unit} ({ratio:.2g})"
                if value < 1000
                else f"{value:,.0f} {figure.unit} ({ratio:.2g})"
            )
        better = " (more is better)" if figure.more_is_better else ""
        lines.append(f"| {figure.title}{better} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how many rounds (7)")
    parser.add_argument("--cells", type=int, default=200, help="how often each cell is run in a round (200)")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="of ipykernel and ours, only these")
    parser.add_argument("--short", action="store_true", help="one small round: shows that it works, not how fast")
    parser.add_argument(
        "--also", action="append", default=[], metavar="SPEC[:bash]", help="a kernelspec to measure too; again for more"
    )
    chosen = parser.parse_args(arguments)
    kernels = subjects(chosen.only, chosen.also)
    if not kernels:
        parser.error("none of the kernels is here")
    count, cells, requests = (1, 10, 100) if chosen.short else (chosen.rounds, chosen.cells, 1000)
    try:
        results = rounds(kernels, count, lambda subject: measure(subject, cells=cells, requests=requests))
    except KernelSDKError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Ratios to {kernels[0].name} in brackets.\n\n{table(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
