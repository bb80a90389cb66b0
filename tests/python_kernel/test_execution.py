"""Cells: results, errors, counting, top-level await, payloads, exit."""

from __future__ import annotations

import IPython
import pytest

from sdk.protocol.iopub import Error, ExecuteInput, ExecuteResult, Stream
from sdk.protocol.shell import ExecuteReply
from sdk.testing import BUSY, IDLE, Client, KernelProcess


def plain(text: str) -> dict[str, str]:
    return {"text/plain": text}


def count_of(client: Client) -> int:
    return int(client.execute("").reply.content.execution_count)


def test_a_cell_is_busy_input_result_idle(client: Client) -> None:
    count = count_of(client)
    exchange = client.execute("6 * 7")
    assert exchange.contents() == [BUSY, ExecuteInput("6 * 7", count), ExecuteResult(count, plain("42")), IDLE]
    assert exchange.reply.content == ExecuteReply(count, payload=[])


def test_numbers_agree_with_ipythons(client: Client) -> None:
    count = count_of(client)
    assert client.execute("'a'").reply.content.execution_count == count
    exchange = client.execute("len(In), Out[max(Out)]")
    assert exchange.reply.content.execution_count == count + 1
    assert exchange.result == plain(f"({count + 2}, 'a')")


def test_a_cell_that_is_not_kept_takes_no_number(client: Client) -> None:
    count = client.execute("'kept'").reply.content.execution_count
    hidden = client.execute("'hidden'", store_history=False)
    assert hidden.contents()[1:3] == [ExecuteInput("'hidden'", count + 1), ExecuteResult(count + 1, plain("'hidden'"))]
    exchange = client.execute(f"Out[{count}], In[-2:]")
    assert exchange.result == plain(f"""('kept', ["'kept'", 'Out[{count}], In[-2:]'])""")
    assert exchange.reply.content.execution_count == count + 1


def test_a_semicolon_hides_the_result(client: Client) -> None:
    assert client.execute("1;").outputs() == []
    assert client.execute("';'").outputs() == [ExecuteResult(count_of(client) - 1, plain("';'"))]


def test_a_silent_cell_shows_text_and_no_result(client: Client) -> None:
    count = count_of(client)
    exchange = client.execute("print('seen'); 'unseen'", silent=True)
    assert exchange.contents() == [BUSY, Stream("stdout", "seen\n"), IDLE]
    assert count_of(client) == count


def test_underscores_hold_results(client: Client) -> None:
    client.execute("11")
    client.execute("22")
    assert client.execute("_, __").result == plain("(22, 11)")


# -- errors ------------------------------------------------------------------------------------------------------------


def test_an_error_is_ipythons_traceback_once(client: Client) -> None:
    exchange = client.execute("def f():\n    return 1 / 0\nf()")
    (error,) = exchange.outputs()
    assert isinstance(error, Error)
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
    text = "\n".join(error.traceback)
    assert "\x1b[" in text and "Cell" in text and "interactiveshell.py" not in text and "python_kernel" not in text
    reply = exchange.reply.content.to_fields()
    assert {name: reply[name] for name in ("status", "ename", "evalue", "traceback")} == {
        "status": "error",
        **error.to_fields(),
    }


@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("def f(:", "SyntaxError"),
        (" 1\n  2", "IndentationError"),
        ("return 3", "SyntaxError"),
        ("%nope", "UsageError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise ExceptionGroup('several', [ValueError(1)])", "ExceptionGroup"),
        ("import asyncio\nawait asyncio.sleep(0)\n1/0", "ZeroDivisionError"),
        ("class E(Exception):\n    def __str__(self): 1/0\nraise E", "E"),
    ],
)
def test_every_way_to_fail_is_one_error(client: Client, code: str, ename: str) -> None:
    exchange = client.execute(code)
    errors = [content for content in exchange.outputs() if isinstance(content, Error)]
    assert [error.ename for error in errors] == [ename]
    assert (exchange.status, exchange.reply.content.ename) == ("error", ename)
    assert errors[0].traceback
    assert "Traceback" not in exchange.text("stdout") + exchange.text("stderr")


def test_showing_a_traceback_oneself_leaves_the_cell_in_order(client: Client) -> None:
    exchange = client.execute("try:\n    1/0\nexcept Exception:\n    get_ipython().showtraceback()\nprint('after')")
    error, text = exchange.outputs()
    assert isinstance(error, Error) and error.ename == "ZeroDivisionError"
    assert text == Stream("stdout", "after\n")
    assert exchange.status == "ok"


def test_the_error_of_a_nested_run_cell_leaves_the_cell_in_order(client: Client) -> None:
    exchange = client.execute("get_ipython().run_cell('1/0'); print('after')")
    assert [type(content) for content in exchange.outputs()] == [Error, Stream]
    assert exchange.status == "ok"


def test_an_error_while_a_nested_result_is_shown_leaves_the_cell_in_order(client: Client) -> None:
    exchange = client.execute("class Bad:\n    def __repr__(self): 1/0\nget_ipython().run_cell('Bad()');")
    assert [type(content) for content in exchange.outputs()] == [Error]
    assert exchange.status == "ok"
    client.execute("Out.clear()")


def test_an_error_while_a_result_is_shown_fails_the_cell(client: Client) -> None:
    exchange = client.execute("class Bad:\n    def __repr__(self): 1/0\nBad()")
    assert [type(content) for content in exchange.outputs()] == [Error]
    assert (exchange.status, exchange.reply.content.ename) == ("error", "ZeroDivisionError")
    client.execute("Out.clear()")


def test_an_error_in_an_event_callback_is_shown_and_leaves_the_cell_in_order(client: Client) -> None:
    register = "def broken():\n    1/0\nget_ipython().events.register('post_execute', broken)"
    client.execute(register)
    try:
        exchange = client.execute("pass")
        assert exchange.error is not None and exchange.error.ename == "ZeroDivisionError"
        assert exchange.status == "ok"
    finally:
        client.execute("get_ipython().events.unregister('post_execute', broken)")


# -- top-level await ---------------------------------------------------------------------------------------------------


def test_cells_await_on_one_loop(client: Client) -> None:
    client.execute("import asyncio\nloop = asyncio.get_running_loop()")
    assert client.execute("await asyncio.sleep(0, 'slept')").result == plain("'slept'")
    assert client.execute("await asyncio.sleep(0); asyncio.get_running_loop() is loop").result == plain("True")


def test_a_context_variable_keeps_its_value_between_cells(client: Client) -> None:
    client.execute("from contextvars import ContextVar\nv = ContextVar('v')\nv.set(5);")
    client.execute("import asyncio\nawait asyncio.sleep(0)\nv.set(v.get() + 1);")
    assert client.execute("v.get()").result == plain("6")


# -- namespace, payloads, exit -----------------------------------------------------------------------------------------


def test_user_expressions_are_formatted_values_or_errors(client: Client) -> None:
    exchange = client.execute("a = 1", user_expressions={"two": "a + 1", "no": "nothing"})
    values = exchange.reply.content.user_expressions
    assert values["two"] == {"status": "ok", "data": plain("2"), "metadata": {}}
    assert (values["no"]["status"], values["no"]["ename"]) == ("error", "NameError")


def test_payloads_reach_the_reply_once(client: Client, kernel: KernelProcess) -> None:
    (page,) = client.execute("len?").reply.content.payload
    assert page["source"] == "page" and "Docstring" in page["data"]["text/plain"] and page["start"] == 0
    (text,) = client.execute("get_ipython().set_next_input('x = 1')").reply.content.payload
    assert text == {"source": "set_next_input", "text": "x = 1", "replace": False}
    client.execute("%%writefile loaded.py\nloaded = 1")
    (loaded,) = client.execute("%load loaded.py").reply.content.payload
    assert loaded["source"] == "set_next_input" and loaded["replace"] and "loaded = 1" in loaded["text"]
    assert client.execute("pass").reply.content.payload == []


def test_a_payload_of_a_failing_cell_is_in_its_reply(client: Client) -> None:
    exchange = client.execute("get_ipython().set_next_input('retry')\n1/0")
    assert [payload["text"] for payload in exchange.reply.content.payload] == ["retry"]
    assert client.execute("pass").reply.content.payload == []


@pytest.mark.parametrize("code", ["exit", "quit()", "get_ipython().ask_exit()"])
def test_exit_answers_and_ends_the_kernel(fresh: KernelProcess, code: str) -> None:
    with fresh.client() as client:
        exchange = client.execute(code)
        assert exchange.status == "ok"
        assert exchange.reply.content.payload == [{"source": "ask_exit", "keepkernel": False}]
        assert fresh.wait() == 0


# -- what other software does to the shell -----------------------------------------------------------------------------


def test_run_cell_may_be_replaced_by_one_that_takes_less(client: Client) -> None:
    code = """
from types import MethodType
seen = []
def run_cell(self, raw_cell, store_history=False, silent=False):
    seen.append(raw_cell)
    return type(self).run_cell(self, raw_cell, store_history=store_history, silent=silent)
get_ipython().run_cell = MethodType(run_cell, get_ipython())
"""
    client.execute(code)
    try:
        assert client.execute("1 + 1").result == plain("2")
        assert client.execute("seen[0]").result == plain("'1 + 1'")
    finally:
        client.execute("del get_ipython().run_cell")


@pytest.mark.skipif(IPython.version_info < (9, 18), reason="this IPython hands no metadata to events")
def test_what_is_called_after_a_cell_speaks_after_its_error(client: Client) -> None:
    code = """
def after(*result): print("after")
for event in ("post_execute", "post_run_cell"):
    get_ipython().events.register(event, after)
"""
    client.execute(code)
    exchanges = [client.execute(one) for one in ("1 / 0", "import asyncio; await asyncio.sleep(0); 1 / 0", "1 +")]
    silent = client.execute("1 / 0", silent=True)
    client.execute("for event in ('post_execute', 'post_run_cell'): get_ipython().events.unregister(event, after)")
    for exchange in exchanges:
        error, *texts = exchange.outputs()
        assert isinstance(error, Error) and error.ename == exchange.reply.content.ename
        assert "".join(one.text for one in texts if isinstance(one, Stream)) == "after\nafter\n"
    assert (silent.status, silent.outputs()) == ("error", [Stream("stdout", "after\n")])


def test_the_shell_keeps_the_last_traceback(client: Client) -> None:
    client.execute("1 / 0")
    assert client.execute("print(get_ipython()._last_traceback[-1].count('division by zero'))").text() == "1\n"


def test_the_number_of_the_next_cell_can_be_observed(client: Client) -> None:
    client.execute(
        "ip, seen = get_ipython(), []\ndef see(change): seen.append(change)\nip.observe(see, 'execution_count')"
    )
    client.execute("1")
    exchange = client.execute("[(one['old'] + 1, one['new']) for one in seen][-1] == (ip.execution_count,) * 2")
    client.execute("ip.unobserve(see, 'execution_count')")
    assert exchange.result == plain("True")


def test_events_get_the_cell_with_its_id_and_metadata(client: Client) -> None:
    code = """
infos = []
get_ipython().events.register("pre_run_cell", infos.append)
"""
    client.execute(code)
    client.execute("import asyncio; await asyncio.sleep(0)", metadata={"cellId": "abc", "own": {"a": 1}})
    client.execute("get_ipython().events.unregister('pre_run_cell', infos.append)", metadata={"cellId": "def"})
    exchange = client.execute("[(info.cell_id, info.cell_meta) for info in infos]")
    assert exchange.result == plain("[('abc', {'cellId': 'abc', 'own': {'a': 1}}), ('def', {'cellId': 'def'})]")
