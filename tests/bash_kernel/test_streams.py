"""stderr as a stream of its own, and what progress bars become."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.errors import LanguageStartError
from sdk.testing import Client, KernelProcess
from tests.bash_kernel.conftest import Cell, Shell, started

ARGV = [sys.executable, "-P", "-m", "bash_kernel", "-f", "{connection_file}"]


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell whose stderr is a terminal of its own."""
    monkeypatch.setattr("bash_kernel.kernel.BashKernel.stderr", "split")
    shell = started(tmp_path)
    try:
        yield shell
    finally:
        shell.close()


def streams(cell: Cell) -> tuple[str, str]:
    return cell.text, cell.notice


def test_both_streams_are_told_apart(split: Shell) -> None:
    assert streams(split.run("echo out; echo err >&2; printf end; printf 'er end' >&2")) == ("out\nend", "err\ner end")
    assert streams(split.run("ls nosuchfile; [ -t 2 ] && tty <&2 | grep -c pts")) == (
        "1\n",
        "ls: cannot access 'nosuchfile': No such file or directory\n",
    )
    cell = split.run("nosuchcommand")
    assert "nosuchcommand: command not found" in cell.notice
    assert cell.text == ""


def test_what_is_said_at_different_times_keeps_its_order(split: Shell) -> None:
    cell = split.run("mkfifo gate; for i in 1 2 3 4; do echo o$i; sleep .05; echo e$i >&2; sleep .05; done")
    assert [text for _, text in cell.recorder.shown] == [f"{kind}{i}\n" for i in range(1, 5) for kind in "oe"]


def test_much_on_both_streams_is_complete(split: Shell) -> None:
    cell = split.run("seq 30000 & seq 30000 >&2; wait")
    lines = "".join(f"{number}\n" for number in range(1, 30_001))
    assert cell.text == lines
    assert lines in cell.notice.replace("\r", "")


def test_a_prompt_on_stderr_is_the_questions(split: Shell) -> None:
    cell = split.run('read -p "name? " x; echo "<$x>"; read -s -p "pw: " y; echo "<$y>"', ["bob", "secret"])
    assert cell.recorder.asked == [("name? ", False), ("pw: ", True)]
    assert cell.text == "<bob>\n<secret>\n"
    assert "name?" not in cell.notice


def test_stderr_may_be_sent_elsewhere_for_good(split: Shell) -> None:
    assert streams(split.run("exec 3>&2 2>file; echo err >&2; echo out; cat file")) == ("out\nerr\n", "")
    assert streams(split.run("echo more >&2; wc -l <file")) == ("2\n", "")
    assert streams(split.run("exec 2>&3 3>&-; echo back >&2")) == ("", "back\n")
    assert streams(split.run("exec 2>&-; echo out")) == ("out\n", "")
    assert streams(split.run("exec 2>/dev/tty; echo one >&2")) == ("one\n", "")


def test_interrupts_and_jobs(split: Shell) -> None:
    cell = split.interrupted("echo go >&2; sleep 100", lambda said: "go" in said.text("stderr"))
    assert (streams(cell), cell.error) == (("", "go\n"), ("KeyboardInterrupt", ""))
    cell = split.interrupted("echo go >&2; while :; do :; done", lambda said: "go" in said.text("stderr"))
    assert cell.error == ("KeyboardInterrupt", "")

    async def late() -> str:
        done = await split.cell("mkfifo gate; (read <gate; echo late >&2) & echo now")
        with open(f"{split.kernel.cwd}/gate", "w") as gate:
            gate.write("go\n")
        await done.recorder.until(lambda said: "late\n" in said.text("stderr"))
        return done.text

    assert split.do(late()) == "now\n"


def test_a_display_between_the_streams(split: Shell) -> None:
    cell = split.run("echo 1 >&2; echo '<b>' | display html; echo 2")
    assert ("display", ({"text/html": "<b>\n"}, None)) in cell.recorder.shown


def test_the_end_of_a_shell_is_said_and_its_last_words_are_shown(split: Shell) -> None:
    cell = split.run("echo out; echo last words >&2; exit 3")
    assert cell.text == "out\n"
    assert cell.notice.startswith("last words\n")
    assert streams(split.run("echo o; echo e >&2")) == ("o\n", "e\n")
    os.kill(split.pid, signal.SIGKILL)
    assert split.run("echo e >&2").notice.endswith("e\n")


def test_traces_and_messages_of_jobs_are_errors(split: Shell) -> None:
    assert streams(split.run("set -x; echo t")) == ("t\n", "++ echo t\n")
    assert streams(split.run("echo u")) == ("u\n", "++ echo u\n")
    split.run("set +x")
    assert streams(split.run("echo v")) == ("v\n", "")
    cell = split.run("sleep 0 & wait")
    assert "[1]" in cell.notice
    assert cell.text == ""


def test_no_terminal_is_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bash_kernel.kernel.BashKernel.stderr", "split")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        shell = started(tmp_path)
        shell.run("echo 1 >&2")
        shell.run("exit")
        shell.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_another_word_is_refused() -> None:
    shell = Shell()
    shell.kernel.stderr = "apart"
    with pytest.raises(LanguageStartError, match="'terminal' or 'split' is expected"):
        shell.do(shell.kernel.start())
    shell.close()


# -- over sockets ------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return {"HOME": str(tmp_path / "home"), "JUPYTER_CONFIG_DIR": str(tmp_path / "home" / ".jupyter")}


@pytest.fixture
def client(environment: dict[str, str], tmp_path: Path) -> Iterator[Client]:
    with KernelProcess(ARGV, env=environment, cwd=tmp_path / "work") as process, process.client() as one:
        yield one


def test_options_are_set_by_command_line_and_file(environment: dict[str, str], tmp_path: Path) -> None:
    folder = Path(environment["JUPYTER_CONFIG_DIR"])
    folder.mkdir()
    (folder / "jupyter_kernel_sdk_config.py").write_text('c.BashKernel.stderr = "split"\nc.BashKernel.bashrc = False\n')
    (tmp_path / "home" / ".bashrc").write_text("mine=1\n")
    with KernelProcess(ARGV, env=environment, cwd=tmp_path / "work") as process, process.client() as one:
        done = one.execute("echo out ${mine-none}; echo err >&2")
        assert (done.text("stdout"), done.text("stderr")) == ("out none\n", "err\n")
    arguments = [
        *ARGV,
        "--BashKernel.stderr=terminal",
        "--BashKernel.bashrc=True",
        f"--BashKernel.shell={sys.prefix}/no",
    ]
    with KernelProcess(arguments[:-1], env=environment, cwd=tmp_path / "work") as process, process.client() as one:
        done = one.execute("echo out ${mine-none}; echo err >&2")
        assert (done.text("stdout"), done.text("stderr")) == ("out 1\nerr\n", "")
    with KernelProcess(arguments, env=environment, cwd=tmp_path / "work") as process, process.client() as one:
        failed = one.execute("true").error
        assert failed is not None
        assert f"'{sys.prefix}/no' could not be started" in failed.evalue


BAR = 'for ((i = 0; i <= 100000; i++)); do printf "\\r%3d%% %6d/100000" $((i / 1000)) $i; done; echo'
ERASING = 'for ((i = 0; i <= 20000; i++)); do printf "\\r\\e[K%d" $((20000 - i)); done; echo'
LINE_FEED = "\r100% 100000/100000\n"


def test_of_100_000_states_of_a_bar_few_are_sent(client: Client) -> None:
    done = client.execute(BAR, timeout=60)
    assert len(done.outputs()) < 2000
    assert done.text().endswith(LINE_FEED)
    assert len(done.text()) < 200_000


def test_a_bar_that_erases_its_line(client: Client) -> None:
    done = client.execute(ERASING, timeout=60)
    assert done.text().endswith("\r\x1b[K0\n")
    assert len(done.text()) < 100_000


@pytest.mark.parametrize("program", ["curl", "wget", "tqdm"])
def test_bars_of_real_programs_end_in_their_last_line(client: Client, tmp_path: Path, program: str) -> None:
    pytest.importorskip("tqdm" if program == "tqdm" else "os")
    (tmp_path / "work" / "big").write_bytes(bytes(3_000_000))
    server = (
        f"{sys.executable} -u -m http.server -b 127.0.0.1 0 >log 2>&1 & while ! grep -q port log; do sleep .1; done"
    )
    port = "$(sed 's/.*port \\([0-9]*\\).*/\\1/' log)"
    code = {
        "curl": "curl -o out file://$PWD/big",
        "wget": f"{server}; wget --progress=bar:force -O out http://127.0.0.1:{port}/big; kill %1",
        "tqdm": f"{sys.executable} -c 'import tqdm, sys; [0 for _ in tqdm.tqdm(range(20000), mininterval=0)]'",
    }[program]
    text = client.execute(code, timeout=60).text()
    assert text.rstrip().splitlines()[-1] if program == "curl" else "100%" in text
    assert len(text) < 300_000


EXECUTE = """
import os, sys, nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

manager = AsyncKernelManager(connection_file=os.path.abspath("kernel.json"))
manager._kernel_spec = KernelSpec(argv=[*sys.argv[2:]])
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(sys.argv[1])])
NotebookClient(notebook, km=manager, timeout=60, coalesce_streams=True).execute()
print(repr([output.text for output in notebook.cells[0].outputs]))
"""


def test_a_notebook_that_is_executed_keeps_the_last_state_alone(environment: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("nbclient")
    code = BAR.replace("100000", "3000")
    executed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXECUTE, code, *ARGV],
        env={**os.environ, **environment},
        cwd=tmp_path / "work",
        check=True,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert executed.stdout == "['  3%   3000/3000\\n']\n"
