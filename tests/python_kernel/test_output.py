"""Output: streams, displays, and whose they are when threads and tasks write."""

from __future__ import annotations

import pytest

from sdk.protocol.iopub import ClearOutput, DisplayData, ExecuteResult, Stream, UpdateDisplayData
from sdk.testing import Client, KernelProcess
from sdk.testing.exchange import Exchange


def plain(text: str) -> dict[str, str]:
    return {"text/plain": text}


def test_text_goes_out_in_order(client: Client) -> None:
    exchange = client.execute("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n'd'")
    count = exchange.reply.content.execution_count
    assert exchange.outputs() == [
        Stream("stdout", "a\n"),
        Stream("stderr", "b\n"),
        Stream("stdout", "c\n"),
        ExecuteResult(count, plain("'d'")),
    ]


def test_streams_have_what_libraries_ask_for(client: Client) -> None:
    code = """
import io, os, sys
out = sys.stdout
print(isinstance(out, io.TextIOBase), out.encoding, out.isatty(), out.writable(), out.readable(), out.closed)
print(out.write("four"))
print(out.fileno() not in (0, 1, 2), os.fstat(out.fileno()).st_mode == os.fstat(1).st_mode)
out.writelines(["x", "y\\n"])
out.buffer.write("\\u00fc\\n".encode())
out.flush()
out.close()
try:
    out.write(b"bytes")
except TypeError as error:
    print(error)
"""
    assert client.execute(code).text() == (
        "True UTF-8 False True False False\nfour4\nTrue True\nxy\n\u00fc\nwrite() argument must be str, not bytes\n"
    )


def test_write_may_be_assigned_and_given_back(client: Client) -> None:
    code = """
import sys
seen, write = [], sys.stdout.write
sys.stdout.write = lambda text: seen.append(text) or write(text)
print("once")
sys.stdout.write = write
print("twice")
"""
    assert client.execute(code).text() == "once\ntwice\n"
    assert client.execute("seen").result == plain("['once', '\\n']")


def test_captured_output_stays_captured(client: Client) -> None:
    exchange = client.execute("%%capture captured\nprint('in'); display('shown'); 'result'")
    assert exchange.outputs() == []
    exchange = client.execute("captured.stdout, len(captured.outputs)")
    assert exchange.result == plain("('in\\n', 2)")


def test_displays_are_shown_changed_and_cleared(client: Client) -> None:
    code = """
from IPython.display import HTML, clear_output
handle = display(HTML("<b>1</b>"), display_id="it", metadata={"k": 1})
handle.update(HTML("<b>2</b>"))
display({"application/x-own": {"a": [1]}}, raw=True)
clear_output(wait=True)
"""
    assert client.execute(code).outputs() == [
        DisplayData(
            {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>1</b>"},
            {"k": 1},
            {"display_id": "it"},
        ),
        UpdateDisplayData(
            {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>2</b>"}, {}, {"display_id": "it"}
        ),
        DisplayData({"application/x-own": {"a": [1]}}),
        ClearOutput(wait=True),
    ]


def test_a_hook_may_change_and_swallow_displays(client: Client) -> None:
    code = """
def hook(message):
    if "secret" in message["content"]["data"]["text/plain"]:
        return None
    message["content"]["data"]["text/plain"] += "!"
    return message
pub = get_ipython().display_pub
pub.register_hook(hook)
display({"text/plain": "secret"}, raw=True)
display({"text/plain": "open"}, raw=True)
print(pub.unregister_hook(hook), pub.unregister_hook(hook))
display({"text/plain": "secret"}, raw=True)
"""
    assert client.execute(code).outputs() == [
        DisplayData(plain("open!")),
        Stream("stdout", "True False\n"),
        DisplayData(plain("secret")),
    ]


def test_a_figure_is_shown_at_the_end_of_its_cell(client: Client) -> None:
    pytest.importorskip("matplotlib")
    exchange = client.execute("import matplotlib.pyplot as plt\nplt.plot([1, 2]);\nprint('drawn')", timeout=60)
    text, figure = exchange.outputs()
    assert text == Stream("stdout", "drawn\n")
    assert isinstance(figure, DisplayData) and figure.data["image/png"].startswith("iVBOR")
    exchange = client.execute("import asyncio\nawait asyncio.sleep(0)\nplt.plot([2, 1]);", timeout=60)
    assert [type(content) for content in exchange.outputs()] == [DisplayData]
    assert client.execute("%matplotlib inline\nplt.get_backend()").result == plain("'inline'")


# -- whose output is it? -----------------------------------------------------------------------------------------------


def text_of(client: Client, exchange: Exchange, end: str) -> str:
    """Text that came for `exchange`'s cell after it ended, until `end`."""
    text = ""
    while not text.endswith(end):
        message = client.wait_for(
            lambda m: isinstance(m.content, Stream) and m.parent_header.msg_id == exchange.request.msg_id
        )
        text += message.content.text
    return text


GO = "import threading, asyncio\ngo = threading.Event()\n"


@pytest.mark.parametrize(
    "start",
    [
        "threading.Thread(target=late).start()",
        "threading.Timer(0, late).start()",
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(late);",
        "task = asyncio.create_task(asyncio.to_thread(late))\nawait asyncio.sleep(0)",
        "threading.Thread(target=lambda: threading.Thread(target=late).start()).start()",
    ],
)
def test_a_threads_text_belongs_to_the_cell_that_started_it(client: Client, start: str) -> None:
    first = client.execute(f"{GO}def late():\n    go.wait(10); print('from the thread')\n{start}")
    assert first.outputs() == []
    second = client.execute("print('second'); go.set()")
    assert text_of(client, first, "thread\n") == "from the thread\n"
    assert second.text() == "second\n"


def test_a_pools_text_belongs_to_the_cell_that_submits(client: Client) -> None:
    client.execute("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)")
    client.execute("pool.submit(print, 'first').result()")
    assert client.execute("pool.submit(print, 'second').result()").text() == "second\n"


def test_a_tasks_text_belongs_to_the_cell_that_started_it(client: Client) -> None:
    code = "import asyncio\ngo = asyncio.Event()\nasync def late():\n    await go.wait(); print('from the task')\n"
    first = client.execute(code + "task = asyncio.create_task(late());")
    client.execute("go.set()")
    assert text_of(client, first, "task\n") == "from the task\n"


def test_a_display_of_a_thread_belongs_to_its_cell(client: Client) -> None:
    first = client.execute(
        f"{GO}def late():\n    go.wait(10); display({{'text/plain': 'x'}}, raw=True)\n"
        "threading.Thread(target=late).start()"
    )
    client.execute("go.set()")
    message = client.wait_for(lambda m: isinstance(m.content, DisplayData))
    assert message.parent_header.msg_id == first.request.msg_id


def test_a_forked_child_does_not_speak_for_the_kernel(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        code = "import os\npid = os.fork()\nif pid == 0:\n    print('in the child'); os._exit(0)\nos.waitpid(pid, 0)[1]"
        exchange = client.execute(code)
        assert exchange.result == plain("0")
        assert client.execute("print('in the parent')").text() == "in the parent\n"
        assert not client.problems


def test_the_request_at_work_is_known_by_its_header(client: Client) -> None:
    code = """
p = get_ipython().kernel.get_parent()
p == get_ipython().get_parent(), p['header']['msg_id'], p['content']['silent']
"""
    exchange = client.execute(code)
    assert exchange.result == plain(f"(True, '{exchange.request.msg_id}', False)")


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
