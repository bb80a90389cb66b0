"""IPython's configuration: its files, its command line, what is done at the start, and mistakes in any of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sdk.protocol.control import ShutdownRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from sdk.testing import Client
from tests.python_kernel.conftest import ARGV, kernel_process
from tests.waiting import until


@contextmanager
def started(folder: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[Client]:
    """A client of a kernel with these options."""
    with kernel_process(folder, argv=[*ARGV, *options], env=env) as process, process.client() as client:
        yield client


def in_profile(folder: Path, name: str, text: str, profile: str = "default") -> Path:
    """A file of the profile."""
    path = folder / "ipython" / f"profile_{profile}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def value(client: Client, expression: str) -> str:
    """What a cell with `expression` shows; nothing else may come of it."""
    exchange = client.execute(expression)
    assert (exchange.text(), exchange.text("stderr")) == ("", "")
    assert exchange.result is not None, exchange
    return str(exchange.result["text/plain"])


def told(client: Client) -> str:
    """What the first cell says of the start."""
    first, second = client.execute("pass"), client.execute("1")
    assert (first.status, second.status, second.text("stderr")) == ("ok", "ok", "")
    return first.text("stderr")


# -- files -------------------------------------------------------------------------------------------------------------


def test_the_profiles_files_are_read_the_kernels_after_the_shells_and_json_after_python(tmp_path: Path) -> None:
    in_profile(tmp_path, "ipython_config.py", "c.InteractiveShell.cache_size = 11\nc.PlainTextFormatter.pprint = False")
    in_profile(
        tmp_path,
        "ipython_kernel_config.py",
        "c.ZMQInteractiveShell.cache_size = 12\nc.HistoryManager.db_cache_size = 5",
    )
    in_profile(tmp_path, "ipython_kernel_config.json", json.dumps({"InteractiveShell": {"history_length": 77}}))
    with started(tmp_path) as client:
        ip = "get_ipython()"
        assert (
            value(client, f"{ip}.cache_size, {ip}.history_length, {ip}.history_manager.db_cache_size") == "(12, 77, 5)"
        )
        assert value(client, f"{ip}.display_formatter.formatters['text/plain'].pprint") == "False"


def test_the_command_line_goes_over_the_files(tmp_path: Path) -> None:
    in_profile(tmp_path, "ipython_config.py", "c.InteractiveShell.cache_size = 11\nc.InteractiveShell.autocall = 1")
    with started(tmp_path, "--cache-size=33") as client:
        assert value(client, "get_ipython().cache_size, get_ipython().autocall") == "(33, 1)"


def test_one_more_file_can_be_named(tmp_path: Path) -> None:
    extra = tmp_path / "extra.py"
    extra.write_text("c.InteractiveShell.cache_size = 44")
    in_profile(tmp_path, "ipython_config.py", "c.InteractiveShell.cache_size = 11")
    with started(tmp_path, f"--config={extra}") as client:
        assert value(client, "get_ipython().cache_size") == "44"


def test_a_file_may_build_on_another_profiles(tmp_path: Path) -> None:
    in_profile(tmp_path, "ipython_config.py", "c.InteractiveShell.autocall = 2", "base")
    in_profile(
        tmp_path,
        "ipython_config.py",
        "load_subconfig('ipython_config.py', profile='base')\nc.InteractiveShell.cache_size = 9",
    )
    with started(tmp_path) as client:
        assert value(client, "get_ipython().cache_size, get_ipython().autocall") == "(9, 2)"


@pytest.mark.parametrize("how", ["name", "folder", "ipython-dir"])
def test_a_profile_is_chosen(tmp_path: Path, how: str) -> None:
    path = in_profile(tmp_path, "ipython_config.py", "c.InteractiveShell.cache_size = 55", "other")
    options = {
        "name": ["--profile=other"],
        "folder": ["--profile-dir", str(path.parent)],
        "ipython-dir": [f"--ipython-dir={tmp_path / 'ipython'}", "--profile", "other"],
    }[how]
    env = {"IPYTHONDIR": str(tmp_path / "unused")} if how != "name" else None
    with started(tmp_path, *options, env=env) as client:
        assert value(client, "get_ipython().cache_size") == "55"
        assert value(client, "get_ipython().profile_dir.location") == repr(str(path.parent))
        assert value(client, "str(get_ipython().history_manager.hist_file)") == repr(
            str(path.parent / "history.sqlite")
        )


# -- the command line --------------------------------------------------------------------------------------------------


def test_options_that_other_programs_give_are_understood(tmp_path: Path) -> None:
    options = ["--HistoryManager.hist_file=:memory:", "--Kernel.stop_on_error_timeout=0", "--debug", "--no-secure"]
    with started(tmp_path, *options, "--IPKernelApp.exec_lines=given = 5", "--user=me", "--no-autoindent") as client:
        assert value(client, "given, get_ipython().history_manager.hist_file") == "(5, ':memory:')"
        assert value(client, "get_ipython().config['IPKernelApp']['connection_file'].endswith('.json')") == "True"
        assert value(client, "sorted(get_ipython().config.HistoryManager)") == "['hist_file']"


ASSIGNMENTS = {
    "--pdb": ("get_ipython().call_pdb, get_ipython().pdb", "(True, True)"),
    "--no-automagic": ("get_ipython().automagic", "False"),
    "--no-pprint": ("get_ipython().display_formatter.formatters['text/plain'].pprint", "False"),
    "--autocall=2": ("get_ipython().autocall", "2"),
    "--colors=nocolor": ("get_ipython().colors", "'nocolor'"),
    "--ignore-cwd": ("'' in __import__('sys').path", "False"),
    "--matplotlib=agg": ("__import__('matplotlib').get_backend().lower()", "'agg'"),
    "--ext=autoreload": ("get_ipython().extension_manager.loaded", "{'IPython.extensions.autoreload'}"),
    "--no-history": ("get_ipython().history_manager.enabled", "False"),
    "--InteractiveShell.ast_node_interactivity=last_expr_or_assign": ("x = 6", "6"),
    "--IPythonKernel.use_experimental_completions=False": (
        "get_ipython().kernel.use_experimental_completions",
        "False",
    ),
    "--Kernel.reply_timeout=7": ("get_ipython().kernel.reply_timeout", "7.0"),
    "--InlineBackend.figure_formats=svg": ("get_ipython().config.InlineBackend.figure_formats", "['svg']"),
}


@pytest.fixture(scope="module")
def with_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A kernel with all these options: they touch different things."""
    with started(tmp_path_factory.mktemp("options"), *ASSIGNMENTS) as client:
        yield client


@pytest.mark.parametrize("option", ASSIGNMENTS)
def test_an_alias_a_flag_or_an_option_sets_what_it_says(with_all: Client, option: str) -> None:
    expression, expected = ASSIGNMENTS[option]
    if option.startswith("--InlineBackend"):
        with_all.execute(
            "from matplotlib_inline.config import InlineBackend\nbackend = InlineBackend.instance(parent=get_ipython())"
        )
        expression, expected = "sorted(backend.figure_formats)", "['svg']"
    assert value(with_all, expression) == expected


def test_completions_come_without_types_when_that_is_wanted(with_all: Client) -> None:
    reply = with_all.request(CompleteRequest("impor", 5)).reply
    assert reply is not None and reply.content.matches == ["import"] and reply.content.metadata == {}


def test_the_help_links_are_those_that_were_configured(tmp_path: Path) -> None:
    in_profile(
        tmp_path, "ipython_kernel_config.py", "c.IPythonKernel.help_links = [{'text': 'Ours', 'url': 'https://ours'}]"
    )
    with started(tmp_path) as client:
        client.execute("1")
        reply = client.request(KernelInfoRequest(), Channel.CONTROL).reply
        assert reply is not None and [link["text"] for link in reply.content.help_links] == ["Ours"]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--version", "IPython"),
        ("--help", "--profile=VALUE"),
        ("--help-all", "--InteractiveShell.ast_node_interactivity="),
        ("--help-all", "--IPKernelApp.exec_lines="),
        ("--show-config", "c.InteractiveShell.cache_size = 4"),
        ("--show-config-json", '"cache_size": 4'),
    ],
)
def test_what_can_be_asked_for_is_printed_and_no_kernel_starts(tmp_path: Path, option: str, said: str) -> None:
    in_profile(tmp_path, "ipython_config.py", "c.InteractiveShell.cache_size = 4")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "python_kernel", option],
        env={"IPYTHONDIR": str(tmp_path / "ipython"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert said in done.stdout and done.stderr == ""


# -- what is done at the start -----------------------------------------------------------------------------------------


def test_everything_that_is_to_be_done_is_done_in_order_and_hidden(tmp_path: Path) -> None:
    for number, name in ((1, "10-b.py"), (2, "20-a.ipy")):
        in_profile(
            tmp_path, f"startup/{name}", f"order += ['startup {number}']\n" + ("%cd -q /\n" if number == 2 else "")
        )
    for name in ("python", "exec", "module"):
        (tmp_path / f"{name}.py").write_text(
            f"order += ['{name}']; where = __file__" if name != "module" else "made = 7"
        )
    (tmp_path / "python.py").write_text("order = ['PYTHONSTARTUP']")
    in_profile(tmp_path, "ipython_config.py", f"""
c.InteractiveShellApp.exec_lines = [
    "order += ['line']",
    "import asyncio\\nawait asyncio.sleep(0)\\norder += ['awaited']",
    "%alias show echo shown",
]
c.InteractiveShellApp.exec_files = [{str(tmp_path / 'exec.py')!r}]
c.InteractiveShellApp.extensions = ["autoreload"]
""")  # fmt: skip
    with started(tmp_path, env={"PYTHONSTARTUP": str(tmp_path / "python.py")}) as client:
        assert value(client, "order") == repr(
            ["PYTHONSTARTUP", "startup 1", "startup 2", "line", "awaited", "exec"]
        ).replace("', ", "',\n ").replace("',\n ", "', ")
        assert value(client, "len(In), __import__('os').getcwd()") == "(3, '/')"
        assert client.execute("%who").text() == "Interactive namespace is empty.\n"
        assert client.execute("show").text().split() == ["shown"]
        assert value(client, "'__file__' in globals()") == "False"


def test_code_of_the_command_line_is_run_and_seen(tmp_path: Path) -> None:
    (tmp_path / "moduled.py").write_text("made = __name__")
    with started(tmp_path, "-c", "typed = 3", "-m", "moduled", env={"PYTHONPATH": str(tmp_path)}) as client:
        assert value(client, "typed, made") == "(3, '__main__')"
        assert "typed" in client.execute("%who").text()


def test_a_file_to_run_is_run_with_its_name(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys; seen = (__file__, sys.argv)")
    with started(tmp_path, f"--InteractiveShellApp.file_to_run={script}") as client:
        assert value(client, f"seen == ({str(script)!r}, [{str(script)!r}])") == "True"


def test_stored_variables_come_back_when_that_is_configured(tmp_path: Path) -> None:
    in_profile(tmp_path, "ipython_config.py", "c.StoreMagics.autorestore = True")
    with started(tmp_path) as client:
        assert client.execute("kept = [1, 2]\n%store kept").text() == "Stored 'kept' (list)\n"
    with started(tmp_path) as client:
        assert value(client, "kept") == "[1, 2]"


def test_a_profile_can_be_made_with_all_options_as_comments(tmp_path: Path) -> None:
    with started(tmp_path, "--init", "--profile=fresh") as client:
        assert told(client) == ""
    path = tmp_path / "ipython" / "profile_fresh" / "ipython_kernel_config.py"
    assert "# c.InteractiveShellApp.exec_lines = []" in path.read_text()
    with started(tmp_path, "--profile=fresh") as client:
        assert told(client) == ""


def test_ports_are_those_of_the_command_line_where_there_is_no_file(tmp_path: Path) -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], two.getsockname()[1]
    path = tmp_path / "made.json"
    options = ["-f", str(path), f"--shell={ports[0]}", f"--IPKernelApp.hb_port={ports[1]}"]
    kernel = subprocess.Popen(
        [sys.executable, "-P", "-m", "python_kernel", *options, "--iopub=many"],
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: path.exists() or kernel.poll() is not None, limit=30)
        with Client(path) as client:
            found = json.loads(path.read_text())
            assert (found["shell_port"], found["hb_port"]) == ports and found["iopub_port"]
            assert "--iopub=many: expected a port's number" in told(client)
            client.request(ShutdownRequest(restart=False), Channel.CONTROL)
        assert kernel.wait(30) == 0
    finally:
        kernel.kill()
        kernel.communicate()


def test_trio_can_be_the_loop_of_cells(tmp_path: Path) -> None:
    pytest.importorskip("trio")
    with started(tmp_path, "--trio-loop") as client:
        assert value(client, "import trio\nawait trio.sleep(0)\n4") == "4"


# -- mistakes ----------------------------------------------------------------------------------------------------------


MISTAKES = {
    "--no-such-option": "--no-such-option: there is no such option",
    "--debgu": "did you mean --debug?",
    "--cache-size": "--cache-size needs a value",
    "--InteractiveShell.cache_sise=3": "cache_sise: there is no such option; did you mean cache_size?",
    "--InteractiveShell.cache_size=many": "command line: InteractiveShell.cache_size = many: expected an int",
    "--InteractiveShel.cache_size=3": "InteractiveShel: there is no such class; did you mean InteractiveShell?",
    "--IPythonKernel.help_links=5": "command line: IPythonKernel.help_links = 5: expected a list",
    "--Kernel.timeout=3": "command line: Kernel.timeout: there is no such option",
    "--IPKernelApp.exec_linse=3": "did you mean exec_lines?",
    "--InteractiveShell.colors=paisley": "configuration: InteractiveShell.colors = 'paisley': ",
    "--profile=missing": "--profile=missing: there is no profile 'missing'",
    "--config=/missing.py": "--config=/missing.py: there is no such file",
    "--ext=missing": "extension missing: ModuleNotFoundError",
    "--matplotlib=paper": "paper",
    "--IPKernelApp.exec_lines=1/0": "exec_lines: 1/0: ZeroDivisionError: division by zero",
    "--IPKernelApp.exec_lines=1 +": "exec_lines: 1 +: SyntaxError",
    "--IPKernelApp.exec_files=/missing.py": "exec_files: /missing.py: there is no such file",
    "-mmissing_module": "-m missing_module: ImportError",
}  # fmt: skip


@pytest.mark.parametrize("option", MISTAKES)
def test_a_mistake_on_the_command_line_is_told_in_the_first_cell_and_the_kernel_serves(
    tmp_path: Path, option: str
) -> None:
    with started(tmp_path, option) as client:
        assert MISTAKES[option] in told(client)


FILES = {
    "c.InteractiveShell.cache_size = 5\n1/0\n": "config.py, line 2: ZeroDivisionError: division by zero; the",
    "c.InteractiveShell.cache_size = \n": "ipython_config.py, line 1: SyntaxError",
    "raise SystemExit(3)": "ipython_config.py, line 1: SystemExit: 3",
    "c.InteractiveShell.cache_size = 'five'": "config.py: InteractiveShell.cache_size = 'five': expected an int",
    "c.IPKernelApp.exec_lines = 5": "ipython_config.py: IPKernelApp.exec_lines = 5: expected a list",
}  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_a_mistake_in_a_file_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    in_profile(tmp_path, "ipython_config.py", text)
    with started(tmp_path) as client:
        assert FILES[text] in told(client)


def test_options_of_a_terminal_are_no_mistake_in_a_file_for_both(tmp_path: Path) -> None:
    in_profile(
        tmp_path,
        "ipython_config.py",
        "c.TerminalInteractiveShell.confirm_exit = False\nc.InteractiveShell.confirm_exit = False",
    )
    with started(tmp_path) as client:
        assert told(client) == ""


def test_a_startup_file_that_fails_is_told_with_its_line_and_the_others_run(tmp_path: Path) -> None:
    broken = in_profile(tmp_path, "startup/1.py", "early = 1\nraise ValueError('not today')\n")
    in_profile(tmp_path, "startup/2.py", "late = 2")
    in_profile(tmp_path, "startup/3.py", "import sys; sys.exit(3)")
    with started(tmp_path) as client:
        said = told(client)
        assert f"startup file {broken}, line 2: ValueError: not today" in said and "3.py, line 1: SystemExit: 3" in said
        assert value(client, "early, late") == "(1, 2)"


def test_hidden_cells_leave_the_news_for_one_that_is_seen(tmp_path: Path) -> None:
    with started(tmp_path, "--debgu") as client:
        assert client.execute("1", store_history=False).text("stderr") == ""
        assert client.execute("1", silent=True).text("stderr") == ""
        assert "--debgu" in client.execute("1").text("stderr")


def test_a_profile_that_cannot_be_written_is_told_and_the_kernel_serves(tmp_path: Path) -> None:
    (tmp_path / "ipython").write_text("a file, no folder")
    with started(tmp_path, env={"IPYTHONDIR": str(tmp_path / "ipython" / "deeper")}) as client:
        assert client.execute("1").result == {"text/plain": "1"}


def test_where_the_profile_has_no_folder_it_gets_one_until_the_kernel_ends(tmp_path: Path) -> None:
    (folder := tmp_path / "tmp").mkdir()
    (tmp_path / "ipython").mkdir()
    (tmp_path / "ipython" / "profile_default").write_text("a file")
    with started(tmp_path, env={"TMPDIR": str(folder)}) as client:
        assert "the profile's folder cannot be used" in told(client)
        assert [path.name.startswith("ipython_profile_") for path in folder.iterdir()] == [True]
    assert list(folder.iterdir()) == []
