"""`%connect_info`, `%restart`, `%config`, `%env`, `%pip`, `%download`, in every kernel."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from sdk.protocol.iopub import DisplayData
from sdk.protocol.message import Header
from sdk.protocol.shell import CompleteReply, CompleteRequest
from tests.magics.conftest import LIMIT, Live, error_of, started

CONTENT = "übertragen\n".encode() * 1000


class _Site(BaseHTTPRequestHandler):
    """`/slow.bin` sends a piece and goes on when the test lets it."""

    go_on: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/nothing":
            self.send_error(404, "Not Found")
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/cut.bin":
            self.wfile.write(CONTENT[:100])
            return
        self.wfile.write(CONTENT[:2000])
        self.wfile.flush()
        if self.path == "/slow.bin":
            self.go_on.wait(LIMIT)
        self.wfile.write(CONTENT[2000:])

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Where `_Site` is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        _Site.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


# -- the connection ----------------------------------------------------------------------------------------------------


def test_the_connection_file_is_shown(any_kernel: Live) -> None:
    text = any_kernel.run("%connect_info").text()
    info = json.loads(text.partition("\n\n")[0])
    assert info["shell_port"] == any_kernel.process.info.shell_port
    assert f"--existing {any_kernel.process.connection_file}" in text


# -- restart -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "make", "look"), [("bash", "x=5", "echo [$x]"), ("octave", "x = 5;", "exist ('x')")])
def test_the_language_begins_anew_where_it_was(name: str, make: str, look: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as kernel:
        (kernel.work / "sub").mkdir()
        kernel.run(f"{make}\ncd sub")
        done = kernel.run("%restart")
        assert done.error is None
        assert "was started anew: variables, functions and jobs are gone" in done.text("stderr")
        assert kernel.run(look).text() in ("[]\n", "ans = 0\n")
        assert str(kernel.work / "sub") in kernel.run("pwd").text()


def test_what_has_no_program_says_what_to_do(echo: Live) -> None:
    assert error_of(echo.run("%restart")) == (
        "UsageError",
        "%restart: echo has no program of its own to restart; restart the kernel from the front-end's menu",
    )


# -- options -----------------------------------------------------------------------------------------------------------


def test_options_are_listed_and_set(any_kernel: Live) -> None:
    assert "Kernel.reply_timeout = 10.0\n    Seconds" in any_kernel.run("%config").text()
    assert any_kernel.run("%config reply_timeout=7.5").text() == "Kernel.reply_timeout = 7.5\n"
    assert any_kernel.run("%config Kernel.reply_timeout").text().startswith("Kernel.reply_timeout = 7.5\n")
    assert "ReplKernel" not in any_kernel.run("%config Kernel").text()
    any_kernel.run("%config reply_timeout = 10")
    any_kernel.goes_on()


def test_an_option_of_the_language_holds_from_its_next_start(bash: Live) -> None:
    assert bash.run("echo x >&2").text("stderr") == ""
    assert bash.run("%config stderr=split\n%restart").error is None
    assert bash.run("echo x >&2").text("stderr") == "x\n"
    bash.run("%config BashKernel.stderr='terminal'\n%restart")


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("reply_timeout=soon", "Kernel.reply_timeout=soon: a number is expected"),
        ("output_lines=many", "Kernel.output_lines=many: a whole number is expected"),
        ("reply_timout=3", "reply_timout: there is no such option; did you mean reply_timeout?"),
        ("zzqq", "zzqq: there is no such option; %config alone lists those there are"),
    ],
)
def test_a_wrong_option_or_value_is_named(any_kernel: Live, setting: str, problem: str) -> None:
    assert error_of(any_kernel.run(f"%config {setting}")) == ("UsageError", f"%config: {problem}")


def test_what_is_read_at_the_start_is_not_changed(any_kernel: Live) -> None:
    error = error_of(any_kernel.run("%config magic_prefix=@"))
    assert error is not None
    assert "is read when the kernel starts" in error[1]
    any_kernel.goes_on()


# -- environment -------------------------------------------------------------------------------------------------------

READ = {"bash": 'printf %s "$MG"', "octave": "printf ('%s', getenv ('MG'))"}


@pytest.mark.parametrize("value", ["bär", "two  words", 'it\'s "q" $HOME `x` \\n'])
def test_a_variable_is_set_in_the_language(any_kernel: Live, value: str) -> None:
    assert any_kernel.run(f"%env MG={value}").text() == f"MG={value}\n"
    assert any_kernel.run("%env MG").text() == f"{value}\n"
    if any_kernel.name in READ:
        assert any_kernel.run(READ[any_kernel.name]).text() == value
    assert any_kernel.run("%env --unset MG").error is None
    assert error_of(any_kernel.run("%env MG")) == (
        "UsageError",
        "%env: MG: there is no such environment variable; %env alone lists those there are",
    )


def test_the_languages_own_changes_are_seen(bash: Live, octave: Live) -> None:
    bash.run("export MG=$'a\\nb'")
    assert bash.run("%env MG").text() == "a\nb\n"
    octave.run("setenv ('MG', 'c')")
    assert octave.run("%env MG").text() == "c\n"


def test_the_list_hides_secrets(any_kernel: Live) -> None:
    any_kernel.run("%env MG_TOKEN=1234")
    listed = any_kernel.run("%env").text()
    assert "MG_TOKEN=<hidden>\n" in listed
    assert f"HOME={any_kernel.home}\n" in listed
    assert any_kernel.run("%env MG_TOKEN").text() == "1234\n"


@pytest.mark.parametrize("words", ["1x=2", "a-b=2", "--unset", "--unset X=1", "--nosuch"])
def test_what_is_no_variable_is_an_error(any_kernel: Live, words: str) -> None:
    error = error_of(any_kernel.run(f"%env {words}"))
    assert error is not None
    assert error[0] == "UsageError"
    any_kernel.goes_on()


# -- pip ---------------------------------------------------------------------------------------------------------------


def test_pip_is_that_of_this_environment(any_kernel: Live) -> None:
    done = any_kernel.run("%pip --version")
    assert done.error is None
    assert "pip" in done.text() or "uv" in done.text()


def test_what_pip_refuses_is_an_error(echo: Live) -> None:
    done = echo.run("%pip nosuchcommand")
    assert done.text("stderr") != ""
    error = error_of(done)
    assert error is not None
    assert error[1].startswith("%pip: pip ended with status ")


def test_pip_that_is_waited_for_is_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "uv"
    program.write_text("#!/bin/sh\necho begun\nexec sleep 1000\n")
    program.chmod(0o755)
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import sys\nsys.modules['pip'] = None\n")
    root = Path(__file__).parents[2]
    env = {"PATH": f"{folder}:/usr/bin:/bin", "PYTHONPATH": f"{root}:{site}"}
    with started("echo", tmp_path, env=env) as kernel:
        done = kernel.interrupted("%pip install x", until="begun\n")
        assert error_of(done) == ("KeyboardInterrupt", "")
        kernel.goes_on()


# -- download ----------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_and_not_replaced_unasked(any_kernel: Live, site: str) -> None:
    name = f"{any_kernel.name} ü.bin"
    done = any_kernel.run(f"%download {site}/a.bin '{name}'")
    assert done.error is None
    assert (any_kernel.work / name).read_bytes() == CONTENT
    assert done.text() == f"{any_kernel.work / name}: {len(CONTENT):,} bytes\n"
    (any_kernel.work / name).write_text("mine")
    error = error_of(any_kernel.run(f"%download {site}/a.bin '{name}'"))
    assert error == (
        "UsageError",
        f"%download: {any_kernel.work / name}: there is such a file; %download -f replaces it",
    )
    assert (any_kernel.work / name).read_text() == "mine"
    assert any_kernel.run(f"%download -f {site}/a.bin '{name}'").error is None
    assert (any_kernel.work / name).read_bytes() == CONTENT


def test_the_name_is_the_addresss_last_part(any_kernel: Live, site: str) -> None:
    assert any_kernel.run(f"%download -f {site}/folder/a%20b.bin?x=1").error is None
    assert (any_kernel.work / "a b.bin").read_bytes() == CONTENT


def test_an_interrupt_leaves_nothing(any_kernel: Live, site: str) -> None:
    header = any_kernel.client.send_execute(f"%download {site}/slow.bin")
    wait_for_display(any_kernel, header)
    any_kernel.interrupt()
    assert error_of(any_kernel.end(header)) == ("KeyboardInterrupt", "")
    any_kernel.goes_on()
    _Site.go_on.set()
    _Site.go_on = threading.Event()
    assert not [path for path in any_kernel.work.iterdir() if "slow" in path.name]


def test_what_cannot_be_fetched_whole_is_an_error(any_kernel: Live, site: str) -> None:
    error = error_of(any_kernel.run(f"%download {site}/nothing"))
    assert error == ("UsageError", f"%download: {site}/nothing: 404 Not Found")
    error = error_of(any_kernel.run(f"%download {site}/cut.bin"))
    assert error is not None
    assert "the connection ended after 100 of" in error[1]
    assert not [path for path in any_kernel.work.iterdir() if "cut" in path.name or "nothing" in path.name]
    error = error_of(any_kernel.run("%download a.bin"))
    assert error == ("UsageError", "%download: a.bin: an address begins with https:// or the like")


def test_where_to_is_needed_when_the_address_names_nothing(any_kernel: Live, site: str) -> None:
    error = error_of(any_kernel.run(f"%download {site}/"))
    assert error is not None
    assert "it names no file" in error[1]


def wait_for_display(kernel: Live, header: Header) -> None:
    """Wait until the request has displayed something; the messages stay."""
    end = threading.Event()
    for _ in range(int(LIMIT * 100)):
        shown = [message for _, message in kernel.client.pending if isinstance(message.content, DisplayData)]
        if any(message.parent_header and message.parent_header.msg_id == header.msg_id for message in shown):
            return
        end.wait(0.01)
    raise AssertionError("nothing was displayed")


def test_names_of_options_and_variables_are_completed(any_kernel: Live) -> None:
    assert completed(any_kernel, "%config reply_") == ["reply_timeout"]
    assert completed(any_kernel, "%config Kernel.reply_") == ["Kernel.reply_timeout"]
    any_kernel.run("%env MG_COMPLETED=1")
    assert completed(any_kernel, "%env MG_COM") == ["MG_COMPLETED"]
    assert completed(any_kernel, "%env --un") == ["--unset"]


def completed(kernel: Live, code: str) -> list[str]:
    """How the code may go on."""
    reply = kernel.client.request(CompleteRequest(code, len(code))).reply.content
    assert isinstance(reply, CompleteReply)
    assert all(match.startswith(code[reply.cursor_start : reply.cursor_end]) for match in reply.matches)
    return list(reply.matches)


@pytest.mark.parametrize("name", ["connect_info", "restart", "config", "env", "pip", "download"])
def test_each_has_help(any_kernel: Live, name: str) -> None:
    assert f"usage: %{name}" in any_kernel.run(f"%{name} --help").text()
