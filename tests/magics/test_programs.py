"""Programs beside the language: the notebook's shell, scripts, Python."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from sdk.protocol.iopub import ExecuteInput, ExecuteResult, Stream
from sdk.protocol.shell import CompleteRequest, InspectRequest
from sdk.testing.processes import command
from tests.magics.conftest import Live, error_of, started
from tests.magics.test_kernels import has_ended, until

WHERE = {"bash": "pwd", "octave": "disp (pwd)"}
GO_UP = {"bash": "cd ..", "octave": 'cd ("..")', "echo": "%cd .."}


def says_where(kernel: Live) -> str:
    """The folder in which the language works."""
    return kernel.run(WHERE[kernel.name]).text().rstrip("\n")


# -- the shell ---------------------------------------------------------------------------------------------------------


def test_one_shell_keeps_its_variables(any_kernel: Live) -> None:
    assert any_kernel.run("%shell name='Zoë B'; echo \"$name\"").outputs() == [Stream("stdout", "Zoë B\n")]
    assert any_kernel.run('%%shell\necho "1 $name"\necho 2').text() == "1 Zoë B\n2\n"
    assert any_kernel.run('%%bash\necho "$name"').text() == "Zoë B\n"
    any_kernel.goes_on()


def test_a_status_is_an_error(any_kernel: Live) -> None:
    done = any_kernel.run("%%shell\necho before\n(exit 7)")
    assert (done.text(), error_of(done)) == ("before\n", ("ExitStatus", "7"))
    assert error_of(any_kernel.run("%shell nosuchprogram")) == ("ExitStatus", "127")
    any_kernel.goes_on()


def test_the_shell_asks(any_kernel: Live) -> None:
    done = any_kernel.run('%shell read -r -p "name? " answer; echo "<$answer>"', stdin=["Zoë"])
    assert done.text() == "<Zoë>\n"


def test_the_shell_is_interrupted_and_lives_on(any_kernel: Live) -> None:
    any_kernel.run("%shell kept=yes")
    done = any_kernel.interrupted("%%shell\necho go\nsleep 60", until="go")
    assert done.error is not None
    assert done.error.ename == "KeyboardInterrupt"
    assert any_kernel.run("%shell echo $kept").text() == "yes\n"
    any_kernel.goes_on()


def test_the_shell_and_the_language_work_in_one_folder(any_kernel: Live) -> None:
    folder = any_kernel.work / "a folder's ä"
    folder.mkdir()
    any_kernel.run('%shell cd "a folder\'s ä"')
    assert any_kernel.run("%shell pwd").text() == f"{folder}\n"
    if any_kernel.name in WHERE:
        assert says_where(any_kernel) == str(folder)
    any_kernel.run(GO_UP[any_kernel.name])
    assert any_kernel.run("%shell pwd").text() == f"{any_kernel.work}\n"


def test_a_shell_that_fails_has_moved_the_language_all_the_same(bash: Live) -> None:
    bash.run("%%shell\ncd /\nfalse")
    assert says_where(bash) == "/"
    bash.run(f"cd '{bash.work}'")


def test_exclamation_marks_are_the_shell_s_where_the_language_has_none(echo: Live, bash: Live) -> None:
    assert echo.run("!echo 1 2").text() == "1 2\n"
    assert echo.run("!!\necho 3\necho 4").text() == "3\n4\n"
    assert echo.run("!!echo 5\necho 6").text() == "5\n6\n"
    assert bash.run("! false").error is None
    assert bash.run("! true").error is not None


def test_the_shell_that_exits_is_started_anew(echo: Live) -> None:
    echo.run("%shell lost=1")
    assert error_of(echo.run("%shell kill -9 $PPID")) is not None
    again = echo.run("%shell echo [$lost]")
    assert again.text() == "[]\n"
    assert again.text("stderr").startswith("%shell: shell is started anew: shell was killed by signal 9")


def test_the_shell_completes_and_describes(any_kernel: Live) -> None:
    any_kernel.run("%shell remarkable=1")
    for code in ("%shell echo $remark", "%%shell\necho ä\necho $remark"):
        found = any_kernel.client.request(CompleteRequest(code, len(code))).reply.content
        assert (found.matches, found.cursor_end) == (["remarkable"], len(code))
        assert code[found.cursor_start :] == "remark"
    described = any_kernel.client.request(InspectRequest("%%shell\ncd", 10)).reply.content
    assert "cd" in described.data["text/plain"]


@pytest.mark.parametrize("name", ["echo", "bash"])
def test_the_shell_is_started_to_complete(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as kernel:
        (kernel.work / "a file ä").touch()
        found = kernel.client.request(CompleteRequest("%shell ls a", 11)).reply.content
        assert found.matches == ["a\\ file\\ ä"]
        header = kernel.client.send(CompleteRequest("%shell ls a", 11))
        assert kernel.run("%shell echo *").text() == "a file ä\n"
        assert kernel.client.collect(header).reply.content.matches == ["a\\ file\\ ä"]


# -- scripts -----------------------------------------------------------------------------------------------------------


def test_a_script_reads_the_cell_on_its_stdin(any_kernel: Live) -> None:
    assert any_kernel.run("%%script cat\nä 1\n2").text() == "ä 1\n2"
    assert any_kernel.run("%%script tr 'a b' 'x_y'\na b").text() == "x_y"
    any_kernel.goes_on()


def test_sh_gets_arguments_and_both_streams_are_shown(any_kernel: Live) -> None:
    done = any_kernel.run('%%sh \'a b\' c\necho "$1"; echo "$2" >&2')
    assert (done.text(), done.text("stderr"), done.error) == ("a b\n", "c\n", None)
    needs_perl = any_kernel.run("%%perl ä\nprint $ARGV[0]")
    assert needs_perl.text() == "ä"


def test_a_script_s_status_is_an_error_unless_it_may_be_anything(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%%sh\nexit 4")) == ("ExitStatus", "4")
    assert error_of(any_kernel.run("%%sh\nkill -9 $$")) == ("ExitStatus", "SIGKILL")
    assert any_kernel.run("%%sh --no-raise\nexit 4").error is None
    assert any_kernel.run("%%script --no-raise sh -c 'exit 4'\n").error is None
    any_kernel.goes_on()


def test_a_script_shows_what_it_writes_at_once_and_all_of_it_is_interrupted(any_kernel: Live) -> None:
    done = any_kernel.interrupted("%%sh\necho go\nsleep 60 | sleep 60", until="go")
    assert done.error is not None
    assert done.error.ename == "KeyboardInterrupt"
    any_kernel.goes_on()


def test_a_script_that_takes_no_interrupt_is_terminated_by_the_second(echo: Live) -> None:
    header = echo.begin("%%sh\ntrap 'echo no' INT\necho go\nwhile :; do sleep 0.05; done", until="go")
    echo.interrupt()
    echo.wait_for(header, "no")
    echo.interrupt()
    done = echo.end(header)
    assert done.error is not None
    assert done.error.ename == "KeyboardInterrupt"


def test_what_a_script_has_left_behind_ends_with_an_interrupt(echo: Live) -> None:
    has_ended = "while ! grep -q ') Z' /proc/$$/stat; do sleep 0.01; done"
    done = echo.interrupted(f"%%sh\n(trap '' INT; {has_ended}; echo go; exec sleep 60) &", until="go")
    assert (done.text(), done.error) == ("go\n", None)  # the script itself had ended well


def test_a_script_that_reads_nothing_and_one_that_gets_much(echo: Live) -> None:
    text = "ä" * 300_000
    assert echo.run(f"%%script wc -c\n{text}").text().strip() == "600000"
    assert echo.run(f"%%script true\n{text}").error is None
    assert echo.run(f"%%script cat\n{text}").text() == text


FORKS_WITH_AN_INTERRUPT_ON_ITS_WAY = f"""%%script {sys.executable} -
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})  # as shells do
print("go", flush=True)
while signal.SIGINT not in signal.sigpending():
    time.sleep(0.001)
child = os.fork()
signal.pthread_sigmask(signal.SIG_UNBLOCK, {{signal.SIGINT}})
assert child == 0, "the parent is ended by what was on its way"
os.execvp("sleep", ["sleep", "1000"])
"""


def test_an_interrupt_between_a_scripts_fork_and_its_childs_program_ends_both(echo: Live) -> None:
    done = echo.interrupted(FORKS_WITH_AN_INTERRUPT_ON_ITS_WAY, until="go")
    assert (done.text(), error_of(done)) == ("go\n", ("KeyboardInterrupt", ""))


def test_a_program_that_dies_of_an_interrupt_was_interrupted(any_kernel: Live) -> None:
    assert error_of(any_kernel.run("%%sh\nkill -INT $$")) == ("KeyboardInterrupt", "")
    assert error_of(any_kernel.run(f"%%pipe kill -INT $$\n{any_kernel.say('x')}")) == ("KeyboardInterrupt", "")
    any_kernel.goes_on()


def interrupted_after(kernel: Live, cell: str, moment: float) -> None:
    """Run a cell, and interrupt it so many seconds after its beginning was told; it ends by that."""
    header = kernel.client.send_execute(cell)
    kernel.client.wait_for(lambda message: isinstance(message.content, ExecuteInput))
    time.sleep(moment)
    kernel.interrupt()
    assert error_of(kernel.end(header)) == ("KeyboardInterrupt", "")


@pytest.mark.parametrize("cell", ["%%script sleep 1000\n{}", "%%sh\nsleep 1000", "%%pipe sleep 1000; true\n{}"])
def test_an_interrupt_at_any_moment_of_a_programs_start_ends_it(any_kernel: Live, cell: str) -> None:
    for number in range(20):
        interrupted_after(any_kernel, cell.format(any_kernel.say("x")), number / 4000)
    any_kernel.goes_on()
    until(lambda: "sleep 1000" not in " ".join(map(command, any_kernel.pids())), "a program was left behind")


def test_the_shell_is_interrupted_as_soon_as_it_is_asked(any_kernel: Live) -> None:
    assert any_kernel.run("%shell true").error is None  # it has started
    for number in range(10):
        interrupted_after(any_kernel, "%shell sleep 1000", number / 4000)
    any_kernel.goes_on()


def test_a_program_that_is_not_there_is_told(any_kernel: Live) -> None:
    told = "%%script: nosuch: there is no such program; is it installed, and in PATH?"
    assert error_of(any_kernel.run("%%script nosuch -x\n1")) == ("UsageError", told)
    assert error_of(any_kernel.run("%%script 'open\n1")) == ("UsageError", "%%script: 'open: no closing quotation")
    done = any_kernel.run("%%sh --nosuch\n1")
    assert done.error is not None
    assert done.error.evalue.startswith("%%sh: --nosuch: no such option")


def test_a_script_ends_with_the_kernel(tmp_path: Path) -> None:
    with started("echo", tmp_path) as kernel:
        kernel.begin("%%sh\necho $$.\nsleep 60", until=".")
        shown = [message.content for _, message in kernel.client.pending if isinstance(message.content, Stream)]
        pid = int(shown[0].text[:-2])
    until(lambda: has_ended(pid), "a script has outlived its kernel")


@pytest.mark.parametrize(
    "magic", ["%shell", "%%shell", "%%bash", "%%script", "%%sh", "%%perl", "%%ruby", "%python", "%%python"]
)
def test_help(magic: str, any_kernel: Live) -> None:
    done = any_kernel.run(f"{magic} --help")
    shown = magic.replace("bash", "shell")
    assert done.text().startswith((f"usage: {magic}", f"usage: {shown}"))


# -- Python ------------------------------------------------------------------------------------------------------------


def test_python_keeps_its_variables_and_gives_values(any_kernel: Live) -> None:
    done = any_kernel.run("%%python\nname = 'Zoë'\nprint(name)\nlen(name)")
    count = done.reply.content.execution_count
    assert done.outputs() == [Stream("stdout", "Zoë\n"), ExecuteResult(count, {"text/plain": "3"})]
    assert any_kernel.run("%python name[0]").result == {"text/plain": "'Z'"}
    any_kernel.goes_on()


def test_what_python_makes_is_run_as_code_of_the_language(any_kernel: Live) -> None:
    line = any_kernel.say("made")
    shown = any_kernel.said("made")
    assert any_kernel.run(f'%%python -e\nx = "{line}"\nx').outputs() == [Stream("stdout", shown)]
    printed = any_kernel.run(f'%%python -e\nprint("{line}")')
    assert printed.text().rstrip("\n") == shown.rstrip("\n")
    failed = any_kernel.run("%%python -e\n1 / 0")
    assert error_of(failed) == ("ZeroDivisionError", "division by zero")


def test_python_of_an_environment_is_run(echo: Live) -> None:
    pytest.importorskip("ipykernel")
    done = echo.run(f"%%python --env {sys.prefix}\nimport sys\nprint(sys.prefix)")
    assert done.text() == f"{sys.prefix}\n"
    again = echo.run(f"%python --env {sys.prefix} print(1)")
    assert again.text() == "1\n"
    assert sys.prefix in echo.run("%kernels").text()


def test_an_environment_that_is_none_is_told(echo: Live) -> None:
    (echo.work / "empty").mkdir()
    told = f"{echo.work}/empty: there is no Python in it: {echo.work}/empty/bin/python is missing"
    assert error_of(echo.run("%%python --env empty\n1")) == ("UsageError", f"%%python: {told}")
    told = f"{echo.work}/nosuch: give the directory of an environment, or its Python"
    assert error_of(echo.run("%%python --env nosuch\n1")) == ("UsageError", f"%%python: {told}")
