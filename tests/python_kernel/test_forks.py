"""Children that are copies of the kernel: what they print is shown, and they never speak as the kernel."""

from __future__ import annotations

from collections import Counter

import pytest

from sdk.testing import Client, KernelProcess


def plain(text: str) -> dict[str, str]:
    return {"text/plain": text}


def test_a_forked_childs_output_is_shown_in_the_cell(client: Client) -> None:
    code = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: of forks in processes that have threads
pid = os.fork()
if pid == 0:
    print('out'); print('err', file=sys.stderr); display({'text/plain': 'shown'}, raw=True); os._exit(0)
os.waitpid(pid, 0)[1]
"""
    exchange = client.execute(code)
    assert (exchange.text(), exchange.text("stderr")) == ("out\nshown\n", "err\n")
    assert exchange.result == plain("0")
    assert not client.problems


def test_lines_of_several_children_do_not_mix(client: Client) -> None:
    code = """
import multiprocessing
def work(number):
    for line in range(200):
        print(number, "x" * (line * 40), "end", sep="-")
processes = [multiprocessing.get_context("fork").Process(target=work, args=(n,)) for n in range(4)]
for process in processes: process.start()
for process in processes: process.join()
"""
    lines = client.execute(code, timeout=60).text().splitlines()
    assert Counter(lines) == Counter(f"{n}-{'x' * (line * 40)}-end" for n in range(4) for line in range(200))


def test_a_childs_unfinished_line_is_shown_when_it_is_flushed(client: Client) -> None:
    code = """
import multiprocessing
def work():
    print("no end", end="")
process = multiprocessing.get_context("fork").Process(target=work)
process.start(); process.join()
"""
    assert client.execute(code).text() == "no end"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_the_text_of_a_pools_workers_is_shown(fresh: KernelProcess, method: str) -> None:
    code = f"""
import functools, multiprocessing, os
with multiprocessing.get_context("{method}").Pool(2) as pool:
    pool.map(functools.partial(print, flush=True), ["a", "b", "c"], chunksize=1)
    pool.map(os.system, ["echo d"])
"""
    with fresh.client() as client:
        shown = client.execute(code, timeout=60)
        assert sorted(shown.text().replace("\n", "")) == ["a", "b", "c", "d"]


def test_workers_of_joblib_are_heard(fresh: KernelProcess) -> None:
    pytest.importorskip("joblib")
    code = "from joblib import Parallel, delayed\nParallel(2)(delayed(print)(n, flush=True) for n in 'abcd');"
    with fresh.client() as client:
        for _ in range(2):  # the second time by the same workers
            assert sorted(client.execute(code, timeout=60).text().replace("\n", "")) == ["a", "b", "c", "d"]


def test_a_childs_error_and_fault_are_shown(client: Client) -> None:
    code = """
import ctypes, multiprocessing
context = multiprocessing.get_context("fork")
for work in (lambda: 1 / 0, lambda: ctypes.string_at(0)):
    process = context.Process(target=work)
    process.start(); process.join()
"""
    text = client.execute(code).text("stderr")
    assert "ZeroDivisionError" in text
    assert "Segmentation fault" in text


def test_the_kernel_knows_that_it_is_no_child(client: Client) -> None:
    code = """
import os, sys
pid = os.fork()
if pid == 0:
    print(sys.stdout._is_master_process()); os._exit(0)
os.waitpid(pid, 0)
print(sys.stdout._is_master_process())
"""
    assert client.execute(code).text() == "False\nTrue\n"


def test_the_end_of_a_forked_pool_is_not_the_kernels(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute("import multiprocessing\ndef more(x): return x + 1")
        code = "with multiprocessing.get_context('fork').Pool(2) as pool: found = pool.map(more, [1, 2])\nfound"
        for _ in range(5):
            assert client.execute(code, timeout=30).result == plain("[2, 3]")


def test_a_signal_to_a_forked_child_is_the_childs_alone(fresh: KernelProcess) -> None:
    code = """
import os, signal, time
pid = os.fork()
if pid == 0:
    time.sleep(60)
    os._exit(0)
os.kill(pid, signal.SIGTERM)
os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGTERM
"""
    with fresh.client() as client:
        assert client.execute(code).result == plain("True")
        assert client.execute("'alive'").result == plain("'alive'")
