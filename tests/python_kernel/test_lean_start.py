"""What IPython loads for a few of its functions is not there after a start, and comes when it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sdk.protocol.control import InterruptRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, InspectRequest
from sdk.testing import Client, KernelProcess
from tests.python_kernel.conftest import ARGV, kernel_process
from tests.test_architecture import always_loaded

SELDOM = {
    *("IPython.core.application", "IPython.core.completer", "IPython.core.completerlib", "IPython.core.oinspect"),
    *("ctypes.util", "ipaddress", "jedi", "lzma", "pdb", "pickle", "platform", "random", "sqlite3", "ssl", "tempfile"),
    *(
        "debugpy",
        "logging.config",
        "logging.handlers",
        "prompt_toolkit",
        "psutil",
        "socketserver",
        "stack_data",
        "uuid",
    ),
    *("comm.base_comm.uuid", "matplotlib_inline", "pygments.lexers", "pydoc", "python_kernel.variables"),
}


def test_what_a_kernel_seldom_needs_is_not_loaded(tmp_path: Path) -> None:
    with kernel_process(tmp_path) as process, process.client() as client:
        client.execute("1")  # the profile is made
    with kernel_process(tmp_path) as process, process.client() as client:
        there = client.execute("import sys; print(*sys.modules)").text()
    assert set(there.split()) & (SELDOM - always_loaded()) == set()


def test_it_comes_when_it_is_asked_for(fresh: KernelProcess) -> None:
    code = """
import logging
logging.config.dictConfig({"version": 1, "loggers": {"one": {"level": "ERROR"}}})
import comm, random, uuid, zmq
from traitlets.config import Application
Application().log.name
print(logging.getLogger("one").level, comm.base_comm.uuid.UUID is uuid.UUID, 1 <= random.random() + 1 < 2)
print(sorted(name for name, one in sys.modules.items() if type(one).__name__ == "Later"))
"""
    with fresh.client() as client:
        assert client.execute("import sys" + code).text() == "40 True True\n[]\n"


# -- the completer and the inspector -----------------------------------------------------------------------------------

MADE = "print([name for name in ('_completer', '_inspector') if vars(ip).get(name) is not None])"


@pytest.fixture
def client(fresh: KernelProcess) -> object:
    with fresh.client() as one:
        assert one.execute(f"ip = get_ipython(); {MADE}").text() == "[]\n"
        yield one


def test_a_completion_makes_the_completer(client: Client) -> None:
    assert "ip" in client.request(CompleteRequest("i", 1)).reply.content.matches
    assert client.execute(MADE).text() == "['_completer']\n"


def test_an_inspection_makes_the_inspector(client: Client) -> None:
    assert client.request(InspectRequest("print", 5)).reply.content.found
    assert client.execute(MADE).text() == "['_inspector']\n"


def test_completion_beside_a_cell_makes_it_too(client: Client) -> None:
    running = client.send_execute("print('on')\ntry: input()\nexcept Exception: pass\nwhile not stop: pass")
    client.wait_for(lambda message: getattr(message.content, "text", "") == "on\n")
    assert client.request(CompleteRequest("ip.user_n", 9)).reply.content.matches[:1] == ["user_ns"]
    client.request(InterruptRequest(), Channel.CONTROL)
    client.collect(running)
    assert client.execute(MADE).text() == "['_completer']\n"


def test_both_are_what_ipython_makes(client: Client) -> None:
    code = """
one = ip.Completer
print(type(one).__qualname__, one.use_jedi, one.parent is ip, one.namespace is ip.user_ns, one is ip.Completer)
print(one in ip.configurables, one.custom_completers is ip.strdispatchers["complete_command"])
two = ip.inspector
print(type(two).__qualname__, two.parent is ip, two is ip.inspector, hasattr(ip, "inspector"))
print(ip.complete("imp", "imp", 3)[1][0], ip.object_inspect("print")["found"])
"""
    assert client.execute(code).text().splitlines() == [
        "IPCompleter False True True True",
        "True True",
        "Inspector True True True",
        "import True",
    ]


def test_the_completer_can_be_configured_in_a_cell(client: Client) -> None:
    assert "IPCompleter" in client.execute("%config").text()
    client.execute("%config IPCompleter.greedy = True")
    assert client.execute("ip.Completer.greedy").result == {"text/plain": "True"}


def test_a_magic_makes_neither(client: Client) -> None:
    client.execute("%precision 3")
    assert client.execute(MADE).text() == "[]\n"


def test_a_shell_of_ones_own_finds_the_completer_where_ipython_makes_it(client: Client) -> None:
    code = """
class Mine(type(ip)):
    def init_hooks(self):
        super().init_hooks()
        print(hasattr(self, "Completer"))
    def init_completer(self):
        super().init_completer()
        self.Completer.greedy = True
    def init_magics(self):
        super().init_magics()
        print(self.Completer.greedy, self.Completer is self.configurables[-1] or self.Completer in self.configurables)
one = Mine(user_ns={})
print(one.Completer.greedy)
before = one.Completer
one.init_completer()
print(one.Completer is not before)
"""
    assert client.execute(code).text() == "False\nTrue True\nTrue\nTrue\n"


def test_the_application_can_be_configured_in_a_cell(client: Client) -> None:
    assert client.execute("%config").text().split().count("IPKernelApp") == 1
    assert "IPKernelApp.exec_lines" in client.execute("%config IPKernelApp").text()
    assert client.execute("ip.configurables[-1] is ip.kernel.parent").result == {"text/plain": "True"}


def test_the_class_of_inspectors_is_checked(client: Client) -> None:
    assert client.execute("ip.inspector_class = int").error.ename == "TraitError"
    assert client.execute("ip.inspector_class = 'IPython.core.oinspect.Inspector'").status == "ok"
    assert client.execute("ip.inspector_class.__name__").result == {"text/plain": "'Inspector'"}


def test_hooks_of_completion_come_behind_ipythons(client: Client) -> None:
    code = """
ip.set_hook("complete_command", lambda shell, event: ["mine"], str_key="import")
print([one.__name__ for one in ip.strdispatchers["complete_command"].flat_matches("import")])
"""
    assert client.execute(code).text() == "['module_completer', '<lambda>']\n"


def test_the_inspector_has_the_colours_that_are_chosen(client: Client) -> None:
    client.execute("%colors linux")
    assert client.execute("ip.inspector._theme_name, ip.colors").result == {"text/plain": "('linux', 'linux')"}
    client.execute("%colors nocolor")
    assert client.execute("ip.inspector._theme_name").result == {"text/plain": "'nocolor'"}


def test_an_inspector_of_later_has_the_usual_colours(client: Client) -> None:
    assert client.execute("ip.inspector._theme_name == ip.colors == 'neutral'").result == {"text/plain": "True"}


def test_both_may_be_replaced(client: Client) -> None:
    code = "ip.Completer, ip.inspector = 'mine', 'too'; print(ip.Completer, ip.inspector)"
    assert client.execute(code).text() == "mine too\n"


@pytest.mark.parametrize(
    "option", ["--IPCompleter.greedy=True", "--Completer.use_jedi=True", "--Inspector.parent=None"]
)
def test_what_is_configured_is_made_at_the_start(tmp_path: Path, option: str) -> None:
    with kernel_process(tmp_path, argv=[*ARGV, option]) as process, process.client() as client:
        made = "_inspector" if "Inspector" in option else "_completer"
        assert client.execute(f"ip = get_ipython(); {MADE}").text() == f"['{made}']\n"


def test_another_class_of_inspectors_may_be_configured(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "mine.py").write_text("from IPython.core.oinspect import Inspector\nclass Mine(Inspector): pass")
    option = "--InteractiveShell.inspector_class=mine.Mine"
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    with (
        kernel_process(tmp_path, argv=[*ARGV, option], env={"PYTHONPATH": path}) as process,
        process.client() as client,
    ):
        assert client.execute("type(get_ipython().inspector).__name__").result == {"text/plain": "'Mine'"}


# -- the files of cells ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP", ""])
@pytest.mark.parametrize("place", ["{here}", "{here}/../there", "relative", "{here}/missing", ""])
def test_their_folder_is_in_the_one_for_temporary_files(tmp_path: Path, name: str, place: str) -> None:
    for folder in ("here", "there", "here/relative"):
        (tmp_path / folder).mkdir()
    env = {name: place.format(here=tmp_path / "here")} if name else {}
    code = (
        "import sys; from python_kernel.cell_files import folder; before = folder()\n"
        "lean = 'tempfile' not in sys.modules\n"
        "import os, tempfile; print(lean, before == folder() == f'{tempfile.gettempdir()}/ipykernel_{os.getpid()}')"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n{code}"]
    done = subprocess.run(command, env=env, cwd=tmp_path / "here", capture_output=True, text=True, check=True)
    exists = not (name and place.endswith("missing"))
    assert done.stdout == f"{exists} True\n", tempfile.gettempdir()
