"""The kernel's own magics, payloads, and what of the shell is otherwise than in a terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.control import CreateSubshellRequest, InterruptRequest
from sdk.protocol.iopub import ClearOutput, DisplayData, Stream
from sdk.protocol.message import Channel
from sdk.testing import Client, KernelProcess


def payload(client: Client, code: str) -> list[dict[str, Any]]:
    """What the reply carries besides."""
    exchange = client.execute(code)
    assert (exchange.status, exchange.outputs()) == ("ok", [])
    assert exchange.reply is not None
    return [dict(one) for one in exchange.reply.content.payload]


def shown(client: Client, code: str) -> str:
    """The value of a cell."""
    result = client.execute(code).result
    assert result is not None
    return str(result["text/plain"])


# -- magics ------------------------------------------------------------------------------------------------------------


def test_connect_info_prints_the_connection_file(client: Client, kernel: KernelProcess) -> None:
    text = client.execute("%connect_info").text()
    info, end = json.JSONDecoder().raw_decode(text)
    path = shown(client, "get_ipython().config.IPKernelApp.connection_file").strip("'")
    assert info == json.loads(Path(path).read_text()) and f"--existing {path}" in text[end:]


def test_less_and_more_page_a_file(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("plain\n")
    (tmp_path / "a.py").write_text("x = 1\n")
    page = {"source": "page", "data": {"text/plain": "plain\n"}, "start": 0}
    assert payload(client, f"%less {tmp_path}/a.txt") == payload(client, f"%more {tmp_path}/a.txt") == [page]
    assert "\x1b[" in payload(client, f"%less {tmp_path}/a.py")[0]["data"]["text/plain"]
    assert client.execute("%less").error.ename == client.execute("%less /missing").error.ename == "UsageError"


def test_man_pages_a_manual_without_struck_letters(client: Client, tmp_path: Path) -> None:
    command = tmp_path / "man"
    command.write_text("#!/bin/sh\n[ $3 = there ] && printf 'N\\bNA\\bA _\\bx\\n' || { echo no entry >&2; exit 16; }\n")
    command.chmod(0o755)
    client.execute(f"import os\nbefore = os.environ['PATH']\nos.environ['PATH'] = {str(tmp_path) + ':'!r} + before")
    assert payload(client, "%man there")[0]["data"] == {"text/plain": "NA x\n"}
    assert client.execute("%man missing").error.evalue == "%man missing: no entry"
    client.execute("os.environ['PATH'] = before")


def test_edit_sends_an_absolute_path(client: Client, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def far():\n    pass\n\n\ndef near():\n    pass\n")
    client.execute(f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport mine\ntext = 'x = 1'")
    path = str(tmp_path / "mine.py")
    assert payload(client, f"%edit {path}") == [{"source": "edit_magic", "filename": path, "line_number": None}]
    assert payload(client, "%edit -p")[0]["filename"] == path
    assert payload(client, "%ed -n 3 mine.near")[0]["filename"] == path
    exchange = client.execute("%edit text")
    assert exchange.reply is not None
    made = exchange.reply.content.payload[0]["filename"]
    assert Path(made).read_text() == "x = 1"
    assert exchange.text() == f"IPython will make a temporary file named: {made}\n"


def test_autosave_tells_the_notebook(client: Client) -> None:
    exchange = client.execute("%autosave 5")
    assert exchange.outputs() == [
        DisplayData({"application/javascript": "IPython.notebook.set_autosave_interval(5000)"}),
        Stream("stdout", "Autosaving every 5 seconds\n"),
    ]
    assert client.execute("%autosave 0").text() == "Autosave disabled\n"
    assert client.execute("%autosave soon").error.ename == "UsageError"


@pytest.mark.parametrize("name", ["clear", "cls"])
def test_clear_clears_the_cells_output_and_a_terminal(client: Client, name: str) -> None:
    outputs = client.execute(f"print('gone')\n%{name}").outputs()
    assert outputs == [Stream("stdout", "gone\n"), ClearOutput(False), Stream("stdout", "\x1b[H\x1b[2J")]


def test_subshell_tells_where_it_is(client: Client) -> None:
    made = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
    assert made is not None
    here = made.content.subshell_id
    assert client.execute("%subshell").text().startswith("subshell id: None\n")
    text = client.execute("%subshell", subshell_id=here).text()
    assert text.startswith(f"subshell id: {here}\n") and f"subshell list: ['{here}']\n" in text


def test_qtconsole_without_it_says_what_to_install(client: Client, tmp_path: Path) -> None:
    client.execute("import sys\nkept = sys.modules.get('qtconsole')\nsys.modules['qtconsole'] = None")
    assert "pip install" in client.execute("%qtconsole").error.evalue
    client.execute("sys.modules.pop('qtconsole')")
    (tmp_path / "qtconsole").mkdir()
    (tmp_path / "qtconsole" / "__init__.py").touch()
    (tmp_path / "qtconsole" / "__main__.py").write_text(
        f"import sys, os\nopen({str(tmp_path / 'new')!r}, 'w').write(' '.join(sys.argv[1:]))\n"
        f"os.rename({str(tmp_path / 'new')!r}, {str(tmp_path / 'seen')!r})"
    )
    code = f"""
import os, time
os.environ['PYTHONPATH'] = {str(tmp_path)!r}
sys.path.insert(0, {str(tmp_path)!r})
%qtconsole --style=monokai
until = time.monotonic() + 20
while not os.path.exists({str(tmp_path / "seen")!r}) and time.monotonic() < until: time.sleep(.02)
print(open({str(tmp_path / "seen")!r}).read())
sys.path.remove({str(tmp_path)!r}); del os.environ['PYTHONPATH']
"""
    path = shown(client, "get_ipython().config.IPKernelApp.connection_file").strip("'")
    assert client.execute(code, timeout=30).text() == f"--existing {path} --style=monokai\n"


def test_all_magics_are_listed_and_have_help(client: Client) -> None:
    text = client.execute("%lsmagic").result["text/plain"]  # type: ignore[index]
    for name in (
        "connect_info",
        "kernel_log",
        "edit",
        "ed",
        "less",
        "more",
        "man",
        "clear",
        "qtconsole",
        "autosave",
        "subshell",
        "store",
    ):
        assert f"%{name} " in text
        assert payload(client, f"%{name}?")[0]["source"] == "page"


def test_an_interrupt_while_a_magic_is_loaded_leaves_it_usable(fresh: KernelProcess) -> None:
    code = """
import sys, time, threading
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == 'IPython.core.magics.execution' or name == 'python_kernel.kernel_magics':
            print('loading'); time.sleep(30)
sys.meta_path.insert(0, Slow())
for name in ('IPython.core.magics.execution', 'python_kernel.kernel_magics'): sys.modules.pop(name, None)
"""
    with fresh.client() as client:
        client.execute(code)
        for magic in ("%timeit -n1 -r1 1", "%subshell"):
            running = client.send_execute(magic)
            client.wait_for(lambda message: message.content == Stream("stdout", "loading\n"))
            client.request(InterruptRequest(), Channel.CONTROL)
            assert client.collect(running).error.ename == "KeyboardInterrupt"
        client.execute("sys.meta_path.pop(0)")
        for magic in ("%timeit -n1 -r1 1", "%subshell"):
            assert client.execute(magic).status == "ok"


# -- payloads ----------------------------------------------------------------------------------------------------------


def test_the_next_input_is_set_or_this_one_replaced(client: Client, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("loaded = 1\n")
    assert payload(client, "get_ipython().set_next_input('x', replace=True)") == [
        {"source": "set_next_input", "text": "x", "replace": True}
    ]
    text = f"# %load {tmp_path}/code.py\nloaded = 1\n"
    assert payload(client, f"%load {tmp_path}/code.py") == [{"source": "set_next_input", "text": text, "replace": True}]
    client.execute("remembered = 1")
    client.execute("number = len(In) - 2")
    assert payload(client, "%recall $number")[0]["text"] == "remembered = 1"


@pytest.mark.parametrize("code", ["print?", "?print", "%pinfo print", "print??", "%psource json.dumps", "pri*t?"])
def test_help_is_paged(client: Client, code: str) -> None:
    client.execute("import json")
    (page,) = payload(client, code)
    assert page["source"] == "page" and page["data"]["text/plain"]


@pytest.mark.parametrize("code", ["exit(keep_kernel=True)", "quit(True)"])
def test_exit_may_keep_the_kernel(client: Client, code: str) -> None:
    assert payload(client, code) == [{"source": "ask_exit", "keepkernel": True}]
    assert client.execute("1").result == {"text/plain": "1"}
    client.execute("get_ipython().keepkernel_on_exit = False")


@pytest.mark.parametrize("code", ["exit", "quit()"])
def test_exit_ends_the_kernel(fresh: KernelProcess, code: str) -> None:
    with fresh.client() as client:
        assert payload(client, code) == [{"source": "ask_exit", "keepkernel": False}]
        assert fresh.wait() == 0


# -- names -------------------------------------------------------------------------------------------------------------


def test_cells_have_the_file_names_that_debuggers_expect(client: Client) -> None:
    code = "def here(): pass\nhere.__code__.co_filename"
    name = shown(client, "import os, tempfile\nos.path.join(tempfile.gettempdir(), f'ipykernel_{os.getpid()}')").strip(
        "'"
    )
    assert shown(client, code) == repr(f"{name}/{_murmur2(code)}.py")
    assert shown(client, "import inspect\ninspect.getsource(here)") == r"'def here(): pass\n'"
    client.execute("os.environ['IPYKERNEL_CELL_NAME'] = 'named.py'")
    assert shown(client, "(lambda: 0).__code__.co_filename") == "'named.py'"
    client.execute("del os.environ['IPYKERNEL_CELL_NAME']")


def _murmur2(code: str) -> int:
    """Written again, byte by byte, so that the two check each other."""
    data, m, mask = code.encode(), 0x5BD1E995, 0xFFFFFFFF
    h = 0xC70F6907 ^ len(data)
    while len(data) >= 4:
        k = (data[0] | data[1] << 8 | data[2] << 16 | data[3] << 24) * m & mask
        h = (h * m & mask) ^ ((k ^ (k >> 24)) * m & mask)
        data = data[4:]
    for place, byte in enumerate(data):
        h ^= byte << 8 * place
    if data:
        h = h * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


@pytest.mark.parametrize(
    ("code", "value"),
    [(b"", 3990065800), (b"a", 2167009006), (b"ab", 2805137849), (b"abc", 3350977461), (b"print(1)", 3773950048)],
)
def test_the_hash_is_the_one_that_jupyterlab_computes(code: bytes, value: int) -> None:
    from python_kernel.cell_files import murmur2

    assert murmur2(code) == value == _murmur2(code.decode())


def test_main_is_the_users_namespace(client: Client) -> None:
    code = """
import __main__, sys, pickle, doctest, unittest
class Kept:
    value = 5
def double(x):
    '''
    >>> double(2)
    4
    '''
    return 2 * x
(__main__.__dict__ is globals(), sys.modules['__main__'].Kept is Kept, pickle.loads(pickle.dumps(Kept())).value,
 doctest.testmod(), __name__)
"""
    assert shown(client, code) == "(True, True, 5, TestResults(failed=0, attempted=1), '__main__')"


def test_work_can_be_given_to_other_processes(client: Client) -> None:
    code = """
import multiprocessing
def square(x): return x * x
with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(square, range(4)))
"""
    assert client.execute(code, timeout=30).text() == "[0, 1, 4, 9]\n"


def test_the_cells_id_reaches_hooks(client: Client) -> None:
    code = "seen = []\ndef hook(info): seen.append(info.cell_id)\nget_ipython().events.register('pre_run_cell', hook)"
    client.execute(code)
    client.execute("1", metadata={"cellId": "the-cell"})
    assert shown(client, "get_ipython().events.unregister('pre_run_cell', hook)\nseen[0]") == "'the-cell'"


def test_the_notebooks_path_is_there_when_the_server_tells_it(tmp_path: Path) -> None:
    from tests.python_kernel.conftest import kernel_process

    with kernel_process(tmp_path, env={"JPY_SESSION_NAME": "/a/b.ipynb"}) as process, process.client() as client:
        assert shown(client, "__session__") == "'/a/b.ipynb'"
        assert "__session__" not in client.execute("%who").text()


def test_the_folder_of_the_notebook_comes_after_the_standard_library(client: Client) -> None:
    code = "import sys\n[sys.path.index(''), sys.path.index(next(p for p in sys.path if p.endswith('site-packages')))]"
    ours, packages = json.loads(shown(client, code))
    assert ours == packages - 1 and sys.prefix


def test_embed_asks_and_leaves_the_shell_as_it_was(client: Client) -> None:
    exchange = client.execute("import IPython\ninner = 5\nIPython.embed()", stdin=["inner + 1", "exit"])
    assert exchange.status == "ok" and "6" in exchange.text()
    assert client.execute("IPython.embed()").error.ename == "StdinNotImplementedError"
    assert payload(client, "print?")[0]["source"] == "page"
    assert shown(client, "type(get_ipython()).__name__") == "'ZMQInteractiveShell'"
    assert shown(client, "type(IPython.get_ipython()).__name__, get_ipython() is IPython.get_ipython()") == (
        "('ZMQInteractiveShell', True)"
    )
