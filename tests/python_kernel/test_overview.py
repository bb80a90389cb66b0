"""A small notebook for each paragraph of IPython's overview of its interactive shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.shell import CompleteRequest, InspectRequest
from sdk.testing import Client, Exchange, KernelProcess
from tests.python_kernel.conftest import kernel_process


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelProcess]:
    """One kernel, in a folder with `here` for its notebooks."""
    with kernel_process(tmp_path_factory.mktemp("overview")) as one:
        yield one


@pytest.fixture
def notebook(process: KernelProcess) -> Iterator[Notebook]:
    """A notebook whose names, aliases and modes are gone when it ends."""
    with process.client() as client:
        yield Notebook(client)
        client.execute("%reset -f")


class Notebook:
    """Runs cells, none of which may fail unless that is what is looked at."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def run(self, code: str, stdin: list[str] | None = None) -> Exchange:
        """Run a cell that must succeed."""
        exchange = self.client.execute(code, stdin=stdin, timeout=30)
        assert exchange.status == "ok", exchange.error
        return exchange

    def text(self, code: str) -> str:
        """What a cell prints."""
        return self.run(code).text()

    def value(self, code: str) -> str:
        """What a cell's last expression is."""
        result = self.run(code).result
        assert result is not None
        return str(result["text/plain"])

    def page(self, code: str) -> str:
        """What a cell shows in the pager, without colours."""
        return uncoloured("".join(one["data"]["text/plain"] for one in self.payload(code)))

    def payload(self, code: str) -> list[dict[str, Any]]:
        """What a cell's reply carries."""
        reply = self.run(code).reply
        assert reply is not None
        return [dict(one) for one in reply.content.payload]

    def failure(self, code: str) -> str:
        """The traceback of a cell, without colours."""
        return uncoloured("\n".join(self.client.execute(code).error.traceback))

    def matches(self, code: str) -> list[str]:
        """The completions at the end of `code`."""
        reply = self.client.request(CompleteRequest(code, len(code))).reply
        assert reply is not None
        return [code[: reply.content.cursor_start] + match for match in reply.content.matches]


def uncoloured(text: str) -> str:
    """`text` without escape sequences for colours."""
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# -- introspection -----------------------------------------------------------------------------------------------------


def test_objects_are_introspected(notebook: Notebook) -> None:
    notebook.run('class Bird:\n    """Has wings."""\n    def sing(self, loud: bool = True):\n        return 1')
    assert all(word in notebook.page("Bird?") for word in ("Init signature: Bird()", "Has wings.", "Type:"))
    assert "Signature: Bird.sing(self, loud: bool = True)" in notebook.page("?Bird.sing")
    assert "return 1" in notebook.page("Bird.sing??")
    assert "Has wings." in notebook.page("%pdoc Bird")
    assert "Bird.sing(self, loud: bool = True)" in uncoloured(notebook.text("%pdef Bird.sing"))
    assert "def sing" in notebook.page("%psource Bird.sing")
    assert notebook.text("missing?") == "Object `missing` not found.\n"
    assert "%timeit [-n<N>" in notebook.page("%timeit?")
    reply = notebook.client.request(InspectRequest("Bird.sing(", 10)).reply
    assert reply is not None and "loud: bool = True" in uncoloured(reply.content.data["text/plain"])


def test_namespaces_are_searched_with_wildcards(notebook: Notebook) -> None:
    notebook.run("import os\nbird_one, bird_two, Bird_three = 1, 'x', 3")
    assert notebook.page("bird_*?").split() == ["bird_one", "bird_two"]
    assert notebook.page("%psearch -i bird_*").split() == ["Bird_three", "bird_one", "bird_two"]
    assert notebook.page("os.*getp*pid*?").split() == ["os.getppid"]
    assert "bird_one" in notebook.text("%who int") and "bird_two" not in notebook.text("%who int")
    assert notebook.value("%who_ls str") == "['bird_two']"
    assert "bird_two" in notebook.text("%whos")


def test_names_magics_files_and_keys_are_completed(notebook: Notebook) -> None:
    notebook.run(
        "%cd -q ~/here\nopen('feather.txt', 'w').close()\nwings = {'left': 1, 'leg': 2}\nclass A: beak = 1\na = A()"
    )
    assert "a.beak" in notebook.matches("a.b") and "wings['left" in "".join(notebook.matches("wings['le"))
    assert "%timeit" in notebook.matches("%timei") and "%%timeit" in notebook.matches("%%timei")
    assert "open('feather.txt" in notebook.matches("open('feath")
    assert notebook.matches("import collections.a") == ["import collections.abc"]
    assert "!ls feather.txt" in notebook.matches("!ls feath")


# -- history -----------------------------------------------------------------------------------------------------------


def test_inputs_and_outputs_are_kept(notebook: Notebook) -> None:
    notebook.run("first = len(In)")
    notebook.run("'made ' + 'here'")
    assert notebook.value("_, __, Out[first], In[first], _oh[first] == Out[first]").count("'made here'") == 2
    notebook.run("5")
    notebook.run("6")
    notebook.run("7")
    assert notebook.value("_, __, ___") == "(7, 6, 5)"
    assert notebook.value("_i, _ii") == "('_, __, ___', '7')"
    assert notebook.run("8;").result is None
    assert notebook.value("eval(f'_i{first}')") == repr("'made ' + 'here'")


def test_history_is_listed_searched_and_used_again(notebook: Notebook, process: KernelProcess) -> None:
    notebook.run("start = len(In)")
    notebook.run("needle = 41")
    notebook.run("!echo shell")
    assert notebook.text("%history $start-{start+1}") == "needle = 41\n!echo shell\n"
    assert "get_ipython().system('echo shell')" in notebook.text("%history -t $start-{start+1}")
    assert "needle = 41" in notebook.text("%history -g needle = 4*")
    assert notebook.text("%rerun $start") == "=== Executing: ===\nneedle = 41\n=== Output: ===\n"
    (payload,) = notebook.payload("%recall $start")
    assert payload["text"] == "needle = 41"
    notebook.run("%save -f ~/here/saved $start")
    assert (
        "needle = 41" in Path(notebook.value("import os\nos.path.expanduser('~/here/saved.py')").strip("'")).read_text()
    )
    notebook.run("%notebook ~/here/kept.ipynb")
    assert '"nbformat": 4' in notebook.text("!cat ~/here/kept.ipynb")


def test_history_outlives_the_kernel(tmp_path: Path) -> None:
    with kernel_process(tmp_path) as process, process.client() as client:
        client.execute("of_yesterday = 1")
    with kernel_process(tmp_path) as process, process.client() as client:
        assert client.execute("%history ~1/1").text() == "of_yesterday = 1\n"
        assert "of_yesterday = 1" in client.execute("%history -g of_yest*").text()


# -- magics and aliases ------------------------------------------------------------------------------------------------


def test_users_write_magics(notebook: Notebook) -> None:
    notebook.run("""
from IPython.core.magic import register_line_magic, register_cell_magic, register_line_cell_magic
@register_line_magic
def twice(line): return line * 2
@register_cell_magic
def shout(line, cell): print(line, cell.upper(), end='')
@register_line_cell_magic
def both(line, cell=None): return cell is None
""")
    assert notebook.value("%twice ab") == "'abab'"
    assert notebook.value("found = %twice xy\nfound") == "'xyxy'"
    assert notebook.text("%%shout loud\nword\n") == "loud WORD\n"
    assert (notebook.value("%both"), notebook.value("%%both\nx")) == ("True", "False")
    assert notebook.text("%alias_magic dup twice").startswith("Created `%dup` as an alias for `%twice`.")
    assert notebook.value("%dup q") == "'qq'"
    assert notebook.value("dup q") == "'qq'"  # automagic
    assert "not found" in notebook.failure("%thrice ab")
    assert "%twice" in notebook.value("%lsmagic")


def test_extensions_are_loaded_and_reloaded(notebook: Notebook, process: KernelProcess) -> None:
    notebook.run("""
%cd -q ~/here
open('flight.py', 'w').write(
    "def load_ipython_extension(ip): ip.push({'flies': 1})\\n"
    "def unload_ipython_extension(ip): ip.drop_by_id({'flies': 1})")
import sys; sys.path.insert(0, '.')
%load_ext flight
""")
    assert notebook.value("flies") == "1"
    notebook.run("%reload_ext flight")
    notebook.run("%unload_ext flight")
    assert "NameError" in notebook.failure("flies")
    notebook.run("sys.path.remove('.')")


def test_modules_are_reloaded_when_they_change(notebook: Notebook) -> None:
    notebook.run("""
%cd -q ~/here
import sys, os; sys.path.insert(0, '.'); sys.dont_write_bytecode = True
open('changing.py', 'w').write('def answer(): return 1')
%load_ext autoreload
%autoreload 2
import changing
""")
    assert notebook.value("changing.answer()") == "1"
    notebook.run("open('changing.py', 'w').write('def answer(): return 22')\nos.utime('changing.py', (2e9, 2e9));")
    assert notebook.value("changing.answer()") == "22"
    notebook.run("%autoreload 0\nsys.path.remove('.')")


def test_system_commands_have_aliases(notebook: Notebook) -> None:
    notebook.run("%alias parts echo first %s second %s")
    assert notebook.text("%parts a b") == "first a second b\n"
    assert notebook.text("parts c d") == "first c second d\n"
    assert "Alias <parts> requires 2 arguments, 1 given." in notebook.failure("%parts a")
    notebook.run("%alias all_of echo <%l>".replace("<%l>", "[%l]"))
    assert notebook.text("%all_of x y z") == "[x y z]\n"
    assert "parts" in notebook.value("%alias")
    notebook.run("%unalias parts")
    assert notebook.client.execute("%parts a b").status == "error"
    assert notebook.run("%ls").status == "ok"


# -- the system --------------------------------------------------------------------------------------------------------


def test_the_systems_shell_is_there(notebook: Notebook) -> None:
    notebook.run("name, number = 'x', 3")
    assert notebook.text("!echo $name {number + 1}") == "x 4\n"
    assert (
        notebook.value("files = !printf 'b\\na\\n'\nfiles.sort(), files.s, files.grep('a')")
        == "(['a', 'b'], 'b a', ['a'])"
    )
    assert notebook.value("!!echo one; echo two") == "['one', 'two']"
    assert notebook.text("for n in range(2):\n    !echo $n") == "0\n1\n"
    assert notebook.text("%%bash -s a\necho $1; exit 0") == "a\n"
    notebook.run("%%script --out kept sh\necho in sh")
    assert notebook.value("kept") == r"'in sh\n'"
    assert "returned non-zero exit status 3" in notebook.failure("%%bash\nexit 3")
    assert (
        notebook.text("%%writefile ~/here/w.txt\nwritten") != "" and notebook.text("!cat ~/here/w.txt") == "written\n"
    )
    assert notebook.value("%env HOME") == notebook.value("import os\nos.environ['HOME']")
    notebook.run("%env OVERVIEW=yes")
    assert notebook.text("!echo $$OVERVIEW") == "yes\n"


def test_folders_are_walked_with_bookmarks(notebook: Notebook) -> None:
    notebook.run("import os\nos.makedirs(os.path.expanduser('~/here/one/two'), exist_ok=True)\n%cd -q ~/here/one")
    assert notebook.text("%cd two").endswith("/here/one/two\n")
    assert notebook.text("%cd -").endswith("/here/one\n")
    notebook.run("%bookmark nest\n%cd -q /")
    assert notebook.value("%pwd") == "'/'"
    assert notebook.text("%cd -b nest").endswith("/here/one\n")
    assert "nest" in notebook.text("%bookmark -l")
    notebook.run("%bookmark -d nest")
    assert "/here/one" in notebook.text("%dhist")
    notebook.run("%pushd two")
    assert notebook.value("os.path.basename(os.getcwd())") == "'two'"
    notebook.run("%popd")
    assert notebook.value("os.path.basename(os.getcwd())") == "'one'"


# -- keeping -----------------------------------------------------------------------------------------------------------


def test_variables_and_aliases_are_stored(tmp_path: Path) -> None:
    with kernel_process(tmp_path) as process, process.client() as client:
        book = Notebook(client)
        book.run("bird = {'wings': 2}")
        assert book.text("%store bird") == "Stored 'bird' (dict)\n"
        book.run("%alias stored_alias echo stored\n%store stored_alias")
        assert "{'wings': 2}" in book.text("%store")
    with kernel_process(tmp_path) as process, process.client() as client:
        book = Notebook(client)
        assert "NameError" in book.failure("bird")
        book.run("%store -r")
        assert book.value("bird") == "{'wings': 2}"
        assert book.text("%stored_alias") == "stored\n"
        book.run("%store -z")
        assert book.text("%store").strip() == "Stored variables and their in-db values:"


def test_lines_become_macros(notebook: Notebook) -> None:
    notebook.run("start = len(In)")
    notebook.run("count = globals().get('count', 0) + 1")
    notebook.run("print('count is', count)")
    assert "Macro `again` created" in notebook.text("%macro again $start {start + 1}")
    assert notebook.text("again") == "count is 2\n"
    assert notebook.text("again") == "count is 3\n"
    assert "print('count is', count)" in notebook.text("print(again)")
    assert notebook.text("%macro -q quiet $start") == ""


def test_a_session_is_logged_and_replayed(notebook: Notebook) -> None:
    text = notebook.text("%logstart -o -r ~/here/log.ipy over")
    assert "Activating auto-logging" in text and "Raw input log  : True" in text
    notebook.run("logged = 20")
    assert notebook.value("logged + 1") == "21"
    assert "log.ipy" in notebook.text("%logstate")
    notebook.run("%logoff")
    notebook.run("unlogged = 1")
    notebook.run("%logon")
    notebook.run("%logstop")
    log = notebook.text("!cat ~/here/log.ipy")
    assert "logged = 20\nlogged + 1\n#[Out]# 21\n" in log and "unlogged" not in log
    notebook.run("%reset -f\n")
    notebook.run(
        "import os\npath = os.path.expanduser('~/here/log.ipy')\nlines = [l for l in open(path) if l[:6] == 'logged']"
    )
    notebook.run("open(path, 'w').writelines(lines);\n%run -i ~/here/log.ipy")
    assert notebook.value("logged") == "20"


# -- tracebacks --------------------------------------------------------------------------------------------------------


def test_tracebacks_tell_as_much_as_is_wanted(notebook: Notebook) -> None:
    code = "def fail(number):\n    half = number / 2\n    return half / 0\nfail(8)"
    plain = notebook.failure(code)
    assert "ZeroDivisionError" in plain and "----> 3" in plain and "Cell In[" in plain and "half = 4.0" not in plain
    notebook.run("%xmode Verbose")
    assert "half = 4.0" in notebook.failure(code) and "number=8" in notebook.failure(code)
    notebook.run("%xmode Minimal")
    assert notebook.failure(code).strip() == "ZeroDivisionError: float division by zero"
    notebook.run("%xmode Plain")
    assert "---->" not in notebook.failure(code) and "line 3" in notebook.failure(code)
    notebook.run("%xmode Context")
    notebook.client.execute("fail(8)")
    assert "ZeroDivisionError" in "".join(str(output) for output in notebook.client.execute("%tb").outputs())
    assert "SyntaxError" in notebook.failure("this was wrong")


def test_the_users_handlers_replace_tracebacks(notebook: Notebook) -> None:
    notebook.run("""
def handler(shell, etype, value, tb, tb_offset=None): print('handled', value)
get_ipython().set_custom_exc((LookupError,), handler)
""")
    exchange = notebook.client.execute("{}['key']")
    assert exchange.text() == "handled 'key'\n" and exchange.status == "error" and exchange.error is None
    notebook.run("get_ipython().set_custom_exc((), None)")
    assert "KeyError" in notebook.failure("{}['key']")


# -- typing less -------------------------------------------------------------------------------------------------------


def test_parentheses_and_quotes_may_be_left_out(notebook: Notebook) -> None:
    notebook.run("def show(*words): print(*words, sep='|')")
    assert notebook.text("/show 1") == "1\n"
    assert notebook.text(",show a b") == "a|b\n"
    assert notebook.text(";show a b") == "a b\n"
    assert "Smart" in notebook.text("%autocall 1")
    assert notebook.text("show 'x', 'y'") == "------> show('x', 'y')\nx|y\n"
    assert "Full" in notebook.text("%autocall 2")
    assert notebook.text("show").endswith("\n\n")
    assert "Off" in notebook.text("%autocall 0")
    assert notebook.client.execute("show 'x'").status == "error"


def test_pasted_prompts_are_taken_away(notebook: Notebook) -> None:
    assert notebook.text(">>> for n in range(2):\n...     print(n)\n...\n") == "0\n1\n"
    assert notebook.text("In [3]: x = 4\n   ...: print(x)\n") == "4\n"
    assert notebook.value("    >>> 1 + 2") == "3"


def test_the_syntax_is_extended_by_filters(notebook: Notebook) -> None:
    notebook.run("""
import ast
ip = get_ipython()
def roman(lines): return [line.replace('XIV', '14') for line in lines]
class Doubling(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node) if type(node.value) is int else node
ip.input_transformers_cleanup.append(roman)
""")
    assert notebook.value("XIV") == "14"
    notebook.run("ip.input_transformers_cleanup.remove(roman)\nip.ast_transformers.append(Doubling())")
    assert notebook.value("21") == "42"
    notebook.run("ip.ast_transformers.clear()")
    assert notebook.value("21") == "21"


def test_many_results_of_a_cell_may_be_shown(notebook: Notebook) -> None:
    notebook.run("%config InteractiveShell.ast_node_interactivity = 'all'")
    assert [output.data["text/plain"] for output in notebook.run("1\n2").outputs()] == ["1", "2"]
    notebook.run("%config InteractiveShell.ast_node_interactivity = 'last_expr'")
    assert notebook.value("1\n2") == "2"


def test_configuration_is_seen_and_changed(notebook: Notebook) -> None:
    text = notebook.text("%config")
    assert "ZMQInteractiveShell" in text and "HistoryManager" in text
    assert "cache_size" in notebook.text("%config ZMQInteractiveShell")
    assert notebook.value("%config ZMQInteractiveShell.cache_size") == "1000"
    notebook.run("%precision 3")
    assert notebook.value("3.14159") == "3.142"
    notebook.run("%precision %r\n%pprint")
    notebook.run("%pprint")
    notebook.run("%colors nocolor")
    assert "\x1b" not in "".join(notebook.client.execute("1/0").error.traceback)
    notebook.run("%colors neutral")


def test_awaiting_is_a_choice(notebook: Notebook) -> None:
    assert notebook.text("%autoawait") == "IPython autoawait is `on`, and set to use `asyncio`\n"
    notebook.run("import asyncio\nawait asyncio.sleep(0)")
    notebook.run("%autoawait off")
    assert "outside function" in notebook.failure("await asyncio.sleep(0)")
    notebook.run("%autoawait on")
    pytest.importorskip("trio")
    notebook.run("%autoawait trio\nimport trio")
    notebook.run("await trio.sleep(0)")
    notebook.run("%autoawait asyncio")
    assert notebook.value("await asyncio.sleep(0, 5)") == "5"


# -- embedding, debugging, measuring -----------------------------------------------------------------------------------


def test_a_shell_is_embedded_in_the_users_function(notebook: Notebook) -> None:
    notebook.run("import IPython\ndef inside():\n    local = 6\n    IPython.embed(colors='nocolor')\n    return local")
    exchange = notebook.run("inside()", stdin=["local * 7", "exit"])
    assert "42" in exchange.text() and exchange.result == {"text/plain": "6"}
    assert [message.content.prompt for message in exchange.stdin] == ["In [1]: ", "In [2]: "]


def test_the_debugger_opens_after_an_error_and_before_one(notebook: Notebook) -> None:
    notebook.run("def fail(number):\n    half = number / 2\n    return half / 0")
    assert "ZeroDivisionError" in notebook.failure("fail(8)")
    exchange = notebook.run("%debug", stdin=["p half", "up", "w", "q"])
    assert "4.0" in exchange.text() and all("ipdb> " in message.content.prompt for message in exchange.stdin)
    assert "%pdb" not in notebook.text("%pdb on")
    exchange = notebook.client.execute("fail(10)", stdin=["p half", "q"])
    assert (exchange.status, exchange.error.ename) == ("error", "ZeroDivisionError") and "5.0" in exchange.text()
    notebook.run("%pdb off")
    exchange = notebook.run(
        "def steps():\n    breakpoint()\n    seen = 9\n    return seen\nsteps()", stdin=["n", "n", "p seen", "c"]
    )
    assert "9" in exchange.text()
    exchange = notebook.run("%debug steps()", stdin=["c", "c"])
    assert exchange.stdin


def test_scripts_are_run(notebook: Notebook) -> None:
    notebook.run("%%writefile ~/here/script.py\nimport sys\nresult = sys.argv[1:]\nprint(__name__, __file__)")
    assert notebook.text("%run ~/here/script.py a b").startswith("__main__ ")
    assert notebook.value("result") == "['a', 'b']"
    assert "IPython CPU timings" in notebook.text("%run -t ~/here/script.py")
    assert notebook.page("%run -p ~/here/script.py").count("function calls") == 1
    exchange = notebook.run("%run -d ~/here/script.py", stdin=["c", "q"])
    assert exchange.stdin


def test_code_is_profiled(notebook: Notebook) -> None:
    notebook.run("def work():\n    return sum(range(1000))")
    page = notebook.page("%prun work()")
    assert "function calls in" in page and "work" in page
    assert "function calls in" in notebook.page("%%prun\nwork()\nwork()")
    assert notebook.value("stats = %prun -r -q work()\ntype(stats).__name__").strip("'") == "Stats"


def test_code_is_timed(notebook: Notebook) -> None:
    assert "per loop (mean" in notebook.text("%timeit -n2 -r2 sum(range(10))")
    assert notebook.value("timing = %timeit -q -o -n2 -r2 pass\ntiming.loops, timing.repeat") == "(2, 2)"
    assert "per loop" in notebook.text("%%timeit -n2 -r2 x = 5\nx + 1\n")
    exchange = notebook.run("%time 1 + 1")
    assert "Wall time" in exchange.text() and exchange.result == {"text/plain": "2"}
    assert "Wall time" in notebook.text("%%time\ny = 1\n") and notebook.value("y") == "1"


def test_doctests_are_pasted_in_and_out(notebook: Notebook) -> None:
    assert "Doctest mode is: ON" in notebook.text("%doctest_mode")
    try:
        assert notebook.value("['x' * 50, 'y' * 50]") == repr(["x" * 50, "y" * 50])
        assert notebook.failure("1/0").startswith("Traceback (most recent call last)")
    finally:
        assert "Doctest mode is: OFF" in notebook.text("%doctest_mode")
    notebook.run("def half(n):\n    '''\n    >>> half(4)\n    3\n    '''\n    return n // 2\nimport doctest")
    text = notebook.text("doctest.testmod()")
    assert "Expected:\n    3\nGot:\n    2\n" in text


def test_output_is_captured(notebook: Notebook) -> None:
    notebook.run("%%capture kept\nprint('out')\nimport sys; print('err', file=sys.stderr)\ndisplay(5)\n6")
    assert notebook.value("kept.stdout, kept.stderr, len(kept.outputs)") == r"('out\n', 'err\n', 2)"
    assert notebook.text("kept()").startswith("out\n")
