"""Output: streams and displays."""

from __future__ import annotations

import pytest

from sdk.protocol.iopub import ClearOutput, DisplayData, ExecuteResult, Stream, UpdateDisplayData
from sdk.testing import Client


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


def test_bytes_may_be_written_in_pieces_and_through_wrappers(client: Client) -> None:
    code = """
import io, sys
for byte in "\u00fc\u20ac\\n".encode(): sys.stdout.buffer.write(bytes([byte]))
with io.TextIOWrapper(sys.stdout.buffer, "utf-8") as wrapper: wrapper.write("wrapped\\n")
sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
sys.stdout.buffer.write(b"still open\\n");
"""
    assert client.execute(code).text() == "\u00fc\u20ac\nwrapped\nstill open\n"


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


def test_a_hook_may_change_and_swallow_text_and_results(client: Client) -> None:
    code = """
import sys
seen = []
def hook(message):
    seen.append((message["msg_type"], message["parent_header"].get("msg_type")))
    content = message["content"]
    if "text" in content:
        return None if "secret" in content["text"] else {**message, "content": {**content, "text": content["text"] * 2}}
    content["data"]["text/plain"] += "!"
    return message
hook_on = sys.stdout, get_ipython().displayhook
for each in hook_on: each.register_hook(hook)
print("secret", "open", sep="\\n", end="")
sys.stdout.write("secret")
sys.stdout.write("open;")
1
"""
    exchange = client.execute(code)
    assert exchange.outputs() == [
        Stream("stdout", "\n\nopenopenopen;open;"),
        ExecuteResult(exchange.reply.content.execution_count, plain("1!")),
    ]
    assert client.execute("[each.unregister_hook(hook) for each in hook_on]").result == plain("[True, True]")
    assert client.execute("print('secret'); seen[0]").outputs()[0] == Stream("stdout", "secret\n")


def test_a_hook_is_one_threads(client: Client) -> None:
    code = """
import sys, threading
hook = lambda message: None
sys.stdout.register_hook(hook)
thread = threading.Thread(target=print, args=("from a thread",))
thread.start(); thread.join()
sys.stdout.unregister_hook(hook)
"""
    assert client.execute(code).text() == "from a thread\n"


def test_text_is_copied_to_the_streams_echo(client: Client) -> None:
    code = "import io, sys\nsys.stdout.echo = io.StringIO()\nprint('a')\necho, sys.stdout.echo = sys.stdout.echo, None"
    assert client.execute(code).text() == "a\n"
    assert client.execute("echo.getvalue()").result == plain("'a\\n'")


def test_redirected_text_is_not_shown(client: Client) -> None:
    code = """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
    print("a"); import sys; print("b", file=sys.stderr)
out.getvalue()
"""
    exchange = client.execute(code)
    assert [type(content) for content in exchange.outputs()] == [ExecuteResult]
    assert exchange.result == plain(repr("a\nb\n"))


def test_a_logging_handler_goes_on_in_later_cells(client: Client) -> None:
    client.execute("import logging\nlog = logging.getLogger('own')\nlog.addHandler(logging.StreamHandler())")
    assert client.execute("log.error('later')").text("stderr") == "later\n"


def test_bytes_and_odd_numbers_reach_the_client(client: Client) -> None:
    code = "display({'image/png': b'\\x89PNG', 'application/json': {'nan': float('nan')}}, raw=True)"
    (shown,) = client.execute(code).outputs()
    assert isinstance(shown, DisplayData)
    assert shown.data["image/png"] == "iVBORw=="
    assert "nan" in shown.data["application/json"]


def test_displays_are_kept_in_history_when_that_is_wanted(client: Client) -> None:
    client.execute("get_ipython().display_pub.store_display_history = True")
    count = client.execute("display('kept')").reply.content.execution_count
    client.execute("get_ipython().display_pub.store_display_history = False")
    code = f"[o.bundle['text/plain'] for o in get_ipython().history_manager.outputs[{count}]]"
    assert client.execute(code).result == plain("[\"'kept'\"]")


def test_the_request_at_work_is_known_by_its_header(client: Client) -> None:
    code = """
p = get_ipython().kernel.get_parent()
p == get_ipython().get_parent(), p['header']['msg_id'], p['content']['silent']
"""
    exchange = client.execute(code)
    assert exchange.result == plain(f"(True, '{exchange.request.msg_id}', False)")
