"""Work in other processes and on other threads, and what it prints."""

from __future__ import annotations

from collections.abc import Sequence

from tests.packages.case import Case, View, kinds, restart, until
from tests.packages.messages import Seen

_MEMORY = (
    "import joblib\nmemory = joblib.Memory('cache', verbose=0)\n"
    "@memory.cache\ndef square(n):\n    print('computed')\n    return n * n"
)


def in_any_order(messages: list[Seen]) -> list[Seen]:
    """Lines of several processes come in no order, in ipykernel after the cell's idle, too."""
    texts = [one for one in messages if one.msg_type == "stream"]
    lines = sorted((one.step, line) for one in texts for line in one.content["text"].splitlines())
    return [
        *(Seen(step, "stream", {"name": "stdout", "text": line}) for step, line in lines),
        *(one for one in messages if one not in texts),
    ]


def _lines(view: View, *lines: str) -> None:
    assert sorted(view.text().splitlines()) == sorted(lines), view.text()
    assert not view.errors


def _computed_once(view: View) -> None:
    assert [one.step for one in view.of("stream")] == [1]
    assert view.shown("text/plain") == ["9", "9"]


def _without_log(messages: Sequence[Seen]) -> list[Seen]:
    """What distributed logs, now and then, when its processes end, is left out."""
    return [one for one in messages if (one.msg_type, one.content.get("name")) != ("stream", "stderr")]


def _distributed(view: View) -> None:
    assert view.shown("text/plain", 0) == ["42"]
    assert view.text(step=1) == "True\n"
    assert view.text(step=2) == "MultiProgressWidget\n" or view.text(step=2) == "MultiProgressBar\n"


def _engine(view: View) -> None:
    assert view.shown("text/plain", 1) == ["[42]"]
    assert "on the engine" in str(view.messages)
    assert view.shown("text/plain", 3) == ["True"]


def _bar(view: View) -> None:
    assert view.shown("application/vnd.jupyter.widget-view+json")
    assert not view.errors


CASES = [
    Case(
        "joblib-loky",
        [
            """
            from joblib import Parallel, delayed
            def work(n):
                print(f'worker {n}', flush=True)
                return n * n
            print(Parallel(n_jobs=2)(delayed(work)(n) for n in range(4)))
            """,
            until(lambda view: view.text().count("worker") == 4, "the workers' output"),
        ],
        lambda view: _lines(view, *(f"worker {n}" for n in range(4)), "[0, 1, 4, 9]"),
        alike=in_any_order,
    ),
    Case(
        "joblib-memory",
        [_MEMORY, "square(3)", restart, "pass", _MEMORY, "square(3)"],
        _computed_once,
    ),
    Case(
        "fork",
        [
            """
            import multiprocessing as mp
            fork = mp.get_context('fork')
            def work(n):
                print(f'child {n}\\n', end='')
                return n * n
            with fork.Pool(2) as pool:
                print(pool.map(work, range(4)))
            """,
            until(lambda view: view.text().count("child") == 4, "the children's output"),
        ],
        lambda view: _lines(view, *(f"child {n}" for n in range(4)), "[0, 1, 4, 9]"),
        alike=in_any_order,
    ),
    Case(
        "fork-process",
        [
            """
            process = fork.Process(target=print, args=('in a child',))
            process.start(); process.join(); process.exitcode
            """,
            until(lambda view: "child" in view.text(), "the child's output"),
        ],
        lambda view: _lines(view, "in a child"),
        alike=in_any_order,
    ),
    Case(
        "spawn",
        [
            """
            %%writefile workers.py
            def work(n):
                print(f'child {n}', flush=True)
                return n * n
            """,
            """
            import workers
            with mp.get_context('spawn').Pool(2) as pool:
                print(pool.map(workers.work, range(4)))
            """,
            until(lambda view: view.text().count("child") == 4, "the children's output"),
        ],
        lambda view: _lines(view, "Writing workers.py", *(f"child {n}" for n in range(4)), "[0, 1, 4, 9]"),
        alike=in_any_order,
    ),
    Case(
        "executor",
        [
            """
            from concurrent.futures import ProcessPoolExecutor
            with ProcessPoolExecutor(2, mp_context=fork) as pool:
                print(list(pool.map(work, range(2))))
            """,
            until(lambda view: view.text().count("child") == 2, "the children's output"),
        ],
        lambda view: _lines(view, "child 0", "child 1", "[0, 1]"),
        alike=in_any_order,
    ),
    Case(
        "distributed",
        [
            """
            from distributed import Client
            import logging
            client = Client(n_workers=1, threads_per_worker=1, dashboard_address=':0')
            client.submit(lambda n: n + 1, 41).result()
            """,
            """
            from distributed.utils import is_kernel
            print(is_kernel())
            """,
            """
            from distributed import progress
            futures = client.map(abs, range(3))
            bar = progress(futures)
            print(type(bar).__name__)
            client.gather(futures)
            """,
            "client.close()",
        ],
        _distributed,
        alike=_without_log,
    ),
    Case(
        "distributed-progress",
        [
            """
            from distributed import Client, progress
            import asyncio
            client = Client(n_workers=1, threads_per_worker=1, dashboard_address=':0')
            futures = client.map(abs, range(3))
            progress(futures, multi=False)
            """,
            until(lambda view: any(state.get("value") == 1.0 for state in view.updates()), "the bar's end"),
            "client.close()",
        ],
        _bar,
        alike=lambda messages: kinds(_without_log(messages)),
    ),
    Case(
        "ipyparallel",
        [
            """
            import ipyparallel as ipp
            cluster = ipp.Cluster(n=1)
            client = cluster.start_and_connect_sync()
            """,
            "client[:].apply_sync(lambda: 6 * 7)",
            "%px print('on the engine')",
            """
            import os
            client[:].apply_sync(os.getpid) != [os.getpid()]
            """,
            """
            client.close()
            cluster.stop_cluster_sync()
            """,
        ],
        _engine,
        where=("beside",),
        # The engine, which is ipykernel's in both, loses its output's parent now and then.
        blurred=[(r"\d\d:\d\d", "MM:SS"), (r"\s*[\d.]+s/engine", " SPEED"), (r"^-stdout$", "MSG_ID-stdout")],
        alike=lambda messages: [one for one in messages if one.step != 4],  # names of processes, times
    ),
]
