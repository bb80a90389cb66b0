"""An Octave behind a prefix: by ssh, as another user, and where none of this machine's temporary files can be seen."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from sdk.errors import ExecutionError, LanguageStartError, NotReachedError
from sdk.exchange import Array
from sdk.testing import KernelProcess
from tests.conftest import needs
from tests.elsewhere import ANOTHER_USER, OTHER_FILES, Sshd, left, running_sshd
from tests.octave_kernel.asking import completing, listed, matches, told, types
from tests.octave_kernel.conftest import Octave, started
from tests.repl.driven import Cell, Recorder
from tests.waiting import until


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An sshd of this module's own."""
    with running_sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


def made(prefix: Sequence[str] | str) -> Octave:
    """A kernel whose Octave is behind `prefix`."""
    needs("octave-cli")
    octave = Octave()
    octave.kernel.octaverc = False
    octave.kernel.prefix = prefix
    return octave


def closed(octave: Octave) -> None:
    """End it, and see that nothing is left there or here."""
    session = octave.kernel.session
    here, there = (session.path, session.there) if session is not None else ("", "")
    octave.close()
    if session is not None:
        until(lambda: not left(there))
        assert not os.path.exists(here)


@pytest.fixture(scope="module", params=["ssh", "another user", "other files"])
def far(request: pytest.FixtureRequest) -> Iterator[Octave]:
    """An Octave elsewhere, in each way that there is; for many tests."""
    if request.param == "ssh":
        yield request.getfixturevalue("ssh")
        return
    if os.getuid() != 0:
        pytest.skip("only root may become another user, or see other files")
    octave = made(ANOTHER_USER if request.param == "another user" else OTHER_FILES)
    try:
        yield octave
    finally:
        closed(octave)


@pytest.fixture(scope="module")
def ssh(sshd: Sshd) -> Iterator[Octave]:
    """An Octave by ssh, for many tests."""
    octave = made(sshd.prefix())
    try:
        yield octave
    finally:
        closed(octave)


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Octave]:
    """An Octave here, to compare with."""
    octave = started(tmp_path_factory.mktemp("near"))
    try:
        yield octave
    finally:
        octave.close()


def displayed(cell: Cell) -> list[dict[str, object]]:
    return [what[0] for kind, what in cell.recorder.shown if kind in ("display", "update")]


# -- cells -------------------------------------------------------------------------------------------------------------


def test_cells_keep_their_state(far: Octave) -> None:
    assert far.run("x = 5;\nfunction y = twice (x)\n  y = 2 * x;\nend\ncd /usr").text == ""
    assert far.run("twice (x), pwd").text == "ans = 10\nans = /usr\n"
    assert far.kernel.cwd == "/usr"


def test_errors_say_their_line_as_here(far: Octave, near: Octave) -> None:
    for code in ("1;\nerror ('my:id', 'boom')", "a = 1\nb = [1 2\nc = )", "undefined_here + 1"):
        far.count = near.count = max(far.count, near.count)
        ours, theirs = near.run(code), far.run(code)
        assert theirs.error == ours.error
        assert theirs.error is not None
        assert theirs.text == ours.text == ""


def test_the_line_of_an_error_is_shown(ssh: Octave) -> None:
    with pytest.raises(ExecutionError) as failed:
        ssh.do(failing(ssh, "function fails ()\n  error ('here');\nend\n1;\nfails ()"))
    assert "----> 2   error ('here');" in [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in failed.value.traceback]


async def failing(octave: Octave, code: str) -> None:
    octave.count += 1
    request = type("Request", (), {"code": code, "silent": False, "store_history": True})()
    await octave.kernel.do_execute(request, Recorder(octave.count, None))  # type: ignore[arg-type]


def test_warnings_are_apart(ssh: Octave) -> None:
    cell = ssh.run("disp (1); warning ('look out'); disp (2)")
    assert cell.text == "1\n2\n"
    assert "warning: look out" in cell.notice


def test_long_and_strange_code_arrives(far: Octave) -> None:
    text = "é 漢 🎉 !! $HOME `x` \\ \\n \x01\x7f ~. %d #"
    assert far.run(f"disp ('{text}')").text == f"{text}\n"
    code = "".join(f"v{number} = '{'é' * 20}{number}';\n" for number in range(1500)) + "disp ([v0 v1499])"
    cell = far.run(code)
    assert (cell.text, cell.error) == (f"{'é' * 20}0{'é' * 20}1499\n", None)
    assert far.run("clear -regexp ^v").text == ""


def test_output_is_complete(far: Octave) -> None:
    assert far.run("printf ('%d\\n', 1:50000)").text == "".join(f"{number}\n" for number in range(1, 50_001))


def test_a_class_is_defined_there(ssh: Octave) -> None:
    ssh.run("classdef far_point\n  properties\n    x = 3;\n  end\nend")
    assert ssh.run("p = far_point (); disp (p.x)").text == "3\n"


def test_cells_that_take_our_functions_away_are_followed_by_good_ones(ssh: Octave) -> None:
    for code in ("restoredefaultpath;", "clear all", "fclose all;"):
        ssh.run(code)
        assert ssh.run("disp (7)").text == "7\n"


def test_files_of_old_cells_go_there(ssh: Octave) -> None:
    for _ in range(60):
        ssh.run("1;")
    session = ssh.kernel.session
    assert session is not None
    there = f"numel (glob ('{session.there}/cell.In*'))"
    assert 40 < int(ssh.run(f"disp ({there})").text) < 60
    matches(ssh, "num2s")
    matches(ssh, "num2s")
    assert ssh.run(f"disp (numel (glob ('{session.there}/question*')))").text == "0\n"


# -- input and interrupts ----------------------------------------------------------------------------------------------


def test_questions_are_asked(far: Octave) -> None:
    cell = far.run("n = input ('how many? ');\ns = input ('name? ', 's');\nprintf ('%d %s\\n', n, s)", ["3", "Ada é"])
    assert (cell.text, cell.recorder.asked) == ("3 Ada é\n", [("how many? ", False), ("name? ", False)])


def test_the_debugger_asks(ssh: Octave) -> None:
    cell = ssh.run("k = 4;\nkeyboard\ndisp ('on')", ["disp (k * 2)", "dbcont"])
    assert "8\n" in cell.text
    assert cell.text.endswith("on\n")
    assert len(cell.recorder.asked) == 2


def test_a_question_that_nobody_can_answer_is_an_error(ssh: Octave) -> None:
    assert (ssh.run("input ('x? ')").error or ("",))[0] == "StdinNotImplementedError"
    assert ssh.run("disp (1)").text == "1\n"


@pytest.mark.parametrize(
    "code", ["while true, end", "pause (100)", "x = input ('');", "y = 1;\nwhile true\n  y = max (rand (300)(:));\nend"]
)
def test_what_runs_is_interrupted(far: Octave, code: str) -> None:
    far.run("kept = 1;")
    cell = far.interrupted(f"disp ('go')\n{code}\ndisp ('no')", lambda said: "go\n" in said.text())
    assert (cell.text, cell.error) == ("go\n", ("KeyboardInterrupt", ""))
    assert far.run("disp (kept)").text == "1\n"


def test_a_program_that_octave_waits_for_is_ended(ssh: Octave) -> None:
    cell = ssh.interrupted("disp ('go'); system ('sleep 100');", lambda said: "go\n" in said.text())
    assert cell.error in (None, ("KeyboardInterrupt", ""))  # Octave itself takes this for the program's end alone
    assert ssh.run("disp (1)").text == "1\n"


def test_code_that_catches_every_error_is_ended_by_the_second(ssh: Octave) -> None:
    code = "disp ('go')\nwhile true, try, error ('x'); catch, end, end"
    cell = ssh.interrupted(code, lambda said: "go\n" in said.text(), times=2)
    assert cell.error == ("KeyboardInterrupt", "")
    assert ssh.run("disp (1)").text == "1\n"


def test_the_terminal_is_set_right_again(far: Octave) -> None:
    assert far.run("system ('stty raw -echo'); disp (1)").text == "1\n"
    said = far.run("[~, modes] = system ('stty -a </dev/tty'); disp (modes)").text.split()
    assert {"echo", "icanon"} <= set(said)


async def _with_a_late_relay(octave: Octave, relay: int, code: str, done: str) -> Cell:
    """Run a cell while what passes its records on sleeps, until the cell has made the file `done`."""
    os.kill(relay, signal.SIGSTOP)
    try:
        work = asyncio.ensure_future(octave.cell(code))
        while not os.path.exists(done):
            await asyncio.sleep(0.01)
    finally:
        os.kill(relay, signal.SIGCONT)
    return await work


def test_the_terminal_is_set_right_when_the_turns_end_is_heard_with_its_beginning(ssh: Octave, tmp_path: Path) -> None:
    assert ssh.kernel.session is not None
    relay = int(Path(ssh.kernel.session.there, "relay.pid").read_text())
    for number in range(5):
        done = str(tmp_path / str(number))
        code = f"system ('stty raw -echo'); fclose (fopen ('{done}', 'w'));"
        assert ssh.do(_with_a_late_relay(ssh, relay, code, done)).error is None
        said = ssh.run("[~, modes] = system ('stty -a </dev/tty'); disp (modes)").text.split()
        assert {"echo", "icanon"} <= set(said)


def test_the_terminal_is_set_right_after_an_interrupt(ssh: Octave) -> None:
    ssh.interrupted("system ('stty -echo'); disp ('go'); while true, end", lambda said: "go\n" in said.text())
    said = ssh.run("[~, modes] = system ('stty -a </dev/tty'); disp (modes)").text.split()
    assert "echo" in said


async def _interrupted_after(octave: Octave, seconds: float) -> Cell:
    work = asyncio.ensure_future(octave.cell("k = 1;\npause (0.01);\nk = 2;"))
    await asyncio.sleep(seconds)  # into the cell
    await octave.kernel.do_interrupt()
    return await work


def test_an_interrupt_at_any_moment_leaves_octave_well(ssh: Octave) -> None:
    ssh.run("kept = 1;")
    for number in range(70):
        cell = ssh.do(_interrupted_after(ssh, number * 0.0005))
        assert (cell.text, cell.notice) == ("", "")
        assert cell.error in (None, ("KeyboardInterrupt", ""))
        cell = ssh.run("disp (kept)")
        assert (cell.text, cell.error, cell.notice) == ("1\n", None, "")


# -- figures and displays ----------------------------------------------------------------------------------------------


def test_a_figure_is_the_one_that_is_drawn_here(far: Octave, near: Octave) -> None:
    needs("gnuplot")
    code = "disp ('before')\nplot (1:10, (1:10) .^ 2); title ('größer');\ndisp ('after')"
    there, here = far.run(code), near.run(code)
    assert there.text == "before\nafter\n"
    assert displayed(there) == displayed(here)
    assert isinstance(displayed(there)[0]["image/png"], bytes)
    assert far.run("1;").recorder.shown == []


def test_an_animation_is_updated_in_place(ssh: Octave) -> None:
    needs("gnuplot")
    cell = ssh.run("for k = 1:2\n  plot (1:k + 1);\n  drawnow ();\n  pause (0.3);\nend")
    kinds = [kind for kind, _ in cell.recorder.shown]
    assert kinds[0] == "display"
    assert set(kinds[1:]) == {"update"}


def test_values_are_shown(ssh: Octave) -> None:
    cell = ssh.run("jupyter_display ('text/html', '<b>x</b>')")
    assert [shown["text/html"] for shown in displayed(cell)] == ["<b>x</b>"]


@pytest.mark.parametrize("line", ["--toolkit qt", "native"])
def test_a_screen_is_only_here(ssh: Octave, line: str) -> None:
    cell = ssh.run(f"%plot {line}\nplot (1:3)")
    assert cell.error is not None
    assert cell.error[0] == "UsageError"
    assert "only an Octave on this machine" in cell.error[1]


def test_the_option_that_takes_a_screen_is_an_error() -> None:
    octave = made("env A=1")
    octave.kernel.plot = "--toolkit qt"
    try:
        with pytest.raises(LanguageStartError, match=r"--toolkit qt.*only an Octave on this machine"):
            octave.run("1;")
    finally:
        octave.close()


# -- help and values ---------------------------------------------------------------------------------------------------


def test_completion(far: Octave) -> None:
    far.run("clear all; s.alpha = 1; s.beta = 2; my_variable = 1;")
    assert "num2str" in matches(far, "num2s")
    assert matches(far, "my_var") == ["my_variable"]
    assert types(far.do(completing(far, "s.")))["alpha"] == "field"


def test_files_are_completed_as_octave_sees_them(far: Octave) -> None:
    far.run(
        "clear all; place = tempname (); mkdir (fullfile (place, 'sub one')); cd (place);\n"
        "fclose (fopen ('it''s', 'w'));"
    )
    try:
        assert types(far.do(completing(far, "load ('"))) == {"it''s": "file", "sub one/": "directory"}
        assert matches(far, 'x = load ("it') == ["it's"]
        assert matches(far, "cd ") == ["sub one/"]
        assert matches(far, "fopen ('sub one/") == []
        assert matches(far, "fopen ('no such folder/a") == []
    finally:
        far.run("cd /; confirm_recursive_rmdir (false, 'local'); rmdir (place, 's'); clear place")


def test_inspection(ssh: Octave) -> None:
    ssh.run("m = magic (3);")
    assert "3x3 double" in told(ssh, "m")
    assert "sum" in told(ssh, "sum")


def test_variables(ssh: Octave) -> None:
    ssh.run("clear all; t.name = 'Ada'; n = [1 2; 3 4];")
    assert sorted(listed(ssh)) == ["n", "t"]
    assert list(listed(ssh, "t")) == [".name"]


def test_values_go_and_come_as_they_are(far: Octave) -> None:
    matrix = np.random.default_rng(1).integers(0, 2**64, size=(40, 50), dtype=np.uint64).view(np.float64)

    async def both(name: str, value: object) -> object:
        await far.kernel.set_variable(name, value)
        return await far.kernel.get_variable(name)

    back = far.do(both("given", matrix))
    assert isinstance(back, np.ndarray)
    assert back.tobytes() == matrix.tobytes()
    assert far.do(both("text", "a\0b é 漢")) == "a\0b é 漢"
    assert far.run("disp (size (given))").text.split() == ["40", "50"]


def test_values_go_there_and_come_back(far: Octave) -> None:
    far.run("1;")
    large = np.random.default_rng(1).random((100, 100))
    for value in (5.0, "é\n", {"a": [1.0, "b"], "m": np.arange(6.0).reshape(2, 3)}, large):
        far.do(far.kernel.set_variable("given", value))
        assert far.run("taken = given; whos_line = class (taken);").error is None
        far.do(far.kernel.set_variable("back", far.do(far.kernel.give_variable("taken"))))
        assert far.run("disp (isequal (given, back))").text == "1\n"
    found = far.do(far.kernel.give_variable("taken"))
    assert isinstance(found, Array)
    assert (found.shape, bytes(found.data)) == ((100, 100), large.tobytes(order="F"))
    assert far.run("clear given taken back whos_line").error is None


# -- the way there, and its end ----------------------------------------------------------------------------------------


def test_octave_that_is_not_there_is_said() -> None:
    octave = made("env PATH=/usr/sbin:/bin:/usr/bin")
    octave.kernel.executable = "no-octave --quiet"
    try:
        with pytest.raises(NotReachedError, match=r"no program 'no-octave' there \(PATH is /usr/sbin.*executable"):
            octave.run("1;")
    finally:
        octave.close()


def test_another_command_is_run_there() -> None:
    octave = made("env A=1")
    octave.kernel.executable = [shutil.which("octave-cli") or "", "--no-gui"]
    try:
        assert octave.run("disp (getenv ('A'))").text == "1\n"
    finally:
        closed(octave)


def test_a_connection_that_breaks_in_a_cell_is_said_and_the_next_cell_has_another(sshd: Sshd) -> None:
    octave = made(sshd.prefix())
    try:
        octave.run("x = 1; cd /usr")
        broken = octave.kernel.session
        assert broken is not None
        cell = octave.run("kill (getppid (), 9); pause (10)")
        assert cell.error == ("OctaveEnded", "octave ended with status 255")
        assert "a new one is started when a cell needs it; variables and functions are lost" in cell.notice
        assert octave.run("disp (exist ('x')), pwd").text == "0\nans = /usr\n"
        until(lambda: not left(broken.there))
    finally:
        closed(octave)


def test_octave_that_is_killed_there_leaves_nothing(far: Octave) -> None:
    far.run("1;")
    session = far.kernel.session
    assert session is not None
    assert far.run("kill (getpid (), 9); pause (10)").error is not None
    assert far.run("disp ('next')").text == "next\n"
    until(lambda: not left(session.there))
    assert far.run("exit (3)").error == ("OctaveEnded", "octave ended with status 3")


def test_a_connection_that_breaks_between_cells_is_said_by_the_next(sshd: Sshd) -> None:
    octave = made(sshd.prefix())
    try:
        octave.run("x = 1;")
        os.kill(octave.pid, signal.SIGKILL)
        cell = octave.run("disp ('next')")
        assert (cell.text, cell.error) == ("next\n", None)
        assert "octave was ended by SIGKILL" in cell.notice
    finally:
        closed(octave)


def test_the_option_through_a_real_kernel(sshd: Sshd) -> None:
    prefix = shlex.join(sshd.prefix("-o", "StrictHostKeyChecking=ask", key="locked", known="none_yet"))
    argv = [sys.executable, "-P", "-m", "octave_kernel", "-f", "{connection_file}", "--no-history"]
    options = [f"--OctaveKernel.prefix={prefix}", "--OctaveKernel.octaverc=False"]
    with KernelProcess([*argv, *options]) as kernel, kernel.client() as client:
        done = client.execute("x = input ('n? '); disp (x + 1)", stdin=["yes", "open sesame", "41"])
        assert (done.text(), done.error) == ("42\n", None)
        assert client.execute("disp (! isempty (getenv ('SSH_TTY')))").text() == "1\n"
