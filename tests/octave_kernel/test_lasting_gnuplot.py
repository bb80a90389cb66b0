"""The gnuplot that Octave keeps for its figures: it draws what another one would, and whatever becomes of it, the
figure is shown."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from octave_kernel.figures import gnuplot
from tests.conftest import needs
from tests.octave_kernel.conftest import Octave
from tests.octave_kernel.test_figures import PNG, bundles, pictures, shown
from tests.waiting import seen_soon, until

pytestmark = pytest.mark.usefixtures("with_gnuplot")
SHOWN = [("display", PNG)]


@pytest.fixture(scope="module")
def with_gnuplot() -> None:
    needs("gnuplot")


def pids(octave: Octave) -> list[int]:
    """Those that stay."""
    session = octave.kernel.session
    assert session is not None
    return [int(path.read_text()) for path in Path(session.path).glob("gnuplot-*.pid")]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def use(octave: Octave, folder: Path, script: str) -> None:
    """A gnuplot that runs `script` where it would stay, and is a good one elsewhere."""
    program = folder / "gnuplot"
    program.write_text(
        f'#!/bin/sh\n[ $# = 0 ] && [ -p gnuplot-*.in ] || exec {shutil.which("gnuplot")} "$@"\n{script}\n'
    )
    program.chmod(0o755)
    assert octave.run(f"gnuplot_binary ('{program}');").error is None


def test_one_draws_all_figures_until_octave_ends(octave: Octave) -> None:
    first = octave.run("plot (1:3)")
    (pid,) = pids(octave)
    second = octave.run("plot (1:3)")
    other = octave.run("plot (3:-1:1); figure; bar (1:3)")
    assert pids(octave) == [pid]
    assert (shown(first), shown(second), shown(other)) == (SHOWN, SHOWN, SHOWN * 2)
    assert bundles(first) == bundles(second) != bundles(other)[:1]
    octave.do(octave.kernel.stop(restart=False))
    until(lambda: is_gone(pid), "gnuplot is gone")


DRAWINGS = {
    "lines": "plot (1:10, 'r--', 10:-1:1, 'ko'); legend ('one', 'the other'); title ('x_1'); grid on",
    "a surface": "surf (peaks (12)); colorbar",
    "an image": "imagesc (magic (5)); axis off",
    "many axes": "for k = 1:4, subplot (2, 2, k); bar (1:k); xlabel (num2str (k)); end",
    "a text": "text (.5, .5, 'here', 'fontsize', 30); axis ([0 1 0 1]); set (gcf, 'color', [.9 .9 1])",
    "logarithms": "loglog (1:100, (1:100) .^ 2); xlabel ('\\alpha'); ylabel ('y')",
}


def drawn(file: Path) -> bytes:
    """All of a PNG; of an SVG what can be seen: its first groups, which are empty, have the colour of before."""
    return re.sub(rb"<g [^>]*>\n</g>\n", b"", file.read_bytes())


@pytest.mark.parametrize("kind", DRAWINGS)
@pytest.mark.parametrize("terminal", ['pngcairo enhanced font ",10" size 640,480', "svg enhanced size 300,200"])
def test_the_picture_is_that_of_a_new_gnuplot(shared: Octave, tmp_path: Path, kind: str, terminal: str) -> None:
    new, lasting = tmp_path / "new", tmp_path / "lasting"
    cell = shared.run(
        f"{DRAWINGS[kind]}\nset (gcf, 'visible', 'off'); __k_gnuplot_terminals__ ();\n"
        f"__k_by_gnuplot__ (gcf, '{terminal}', '{new}');\n"
        f"disp (__k_by_lasting_gnuplot__ (gcf, '{terminal}', '{lasting}')); close all"
    )
    assert (cell.error, cell.text, cell.notice) == (None, "1\n", "")
    assert drawn(new) == drawn(lasting) != b""


def test_one_that_was_killed_is_replaced(octave: Octave) -> None:
    octave.run("plot (1:3)")
    (pid,) = pids(octave)
    os.kill(pid, signal.SIGKILL)
    assert shown(octave.run("plot (1:3)")) == SHOWN
    until(lambda: is_gone(pid), "gnuplot is gone")
    assert shown(octave.run("plot (1:3)")) == SHOWN
    assert pid not in pids(octave)


def test_what_octave_cannot_draw_by_gnuplot_is_not_its_fault(octave: Octave) -> None:
    octave.run("plot (1:3)")
    for _ in range(4):
        (said,) = shown(octave.run("fill3 ([0 1 1 0], [0 0 1 1], [0 1 1 0], 'r')"))
        assert "cannot be shown" in said[1]
    assert shown(octave.run("plot (1:3)")) == SHOWN
    assert len(pids(octave)) == 1


def test_nothing_is_lost_with_all_of_its_processes(octave: Octave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gnuplot, "_LOOK", 0.05)
    octave.run("plot (1:3)")
    (pid,) = pids(octave)
    shell = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(shell, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    cells = [octave.run("plot (1:3)") for _ in range(2)]
    assert [[what for what in shown(cell) if what[0] == "display"] for cell in cells] == [SHOWN] * 2


@pytest.mark.parametrize("script", ["exit 0", "exit 3", "kill -SEGV $$", "head -c 2000 >/dev/null"])
def test_one_that_ends_at_once_or_in_the_middle_does_no_harm(octave: Octave, tmp_path: Path, script: str) -> None:
    use(octave, tmp_path, script)
    cells = [octave.run("plot (1:3)") for _ in range(5)]
    assert [shown(cell) for cell in cells] == [SHOWN] * 5
    assert {pictures(cell)[0][:2] for cell in cells} == {(640, 480)}
    assert pids(octave) == []


def test_a_program_that_is_no_gnuplot_is_told_of(octave: Octave, tmp_path: Path) -> None:
    program = tmp_path / "gnuplot"
    program.write_text("#!/bin/sh\nprintf 'what\\377'\n")
    program.chmod(0o755)
    octave.run("plot (1:3)")  # with a gnuplot, or Octave itself finds fault with this one
    (said,) = shown(octave.run(f"gnuplot_binary ('{program}'); plot (1:3)"))
    assert said[1] == f"[figure 1 cannot be shown: gnuplot does not work ({program}, status 0) what?]"
    assert shown(octave.run("gnuplot_binary ('gnuplot'); plot (1:3)")) == SHOWN


def test_one_that_waits_for_more_is_ended(octave: Octave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gnuplot, "_LOOK", 0.05)
    use(octave, tmp_path, "exec cat >/dev/null")
    cell = octave.run("plot (1:3); drawnow; plot (1:4)")
    assert [kind for kind, _ in shown(cell)] == ["display", "update"]


def test_a_text_that_opens_a_block_leaves_nobody_waiting(octave: Octave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gnuplot, "_LOOK", 0.05)
    octave.run("plot (1:3)")
    (pid,) = pids(octave)
    octave.run(
        "f = fopen (fullfile (__k_here__ ().path, 'gnuplot-1.in'), 'w'); fputs (f, \"if (1) {\\n\"); fclose (f);"
    )
    assert shown(octave.run("plot (1:3)")) == SHOWN
    until(lambda: is_gone(pid), "gnuplot is gone")


def test_an_interrupt_ends_the_cell_while_it_draws(octave: Octave, tmp_path: Path) -> None:
    use(octave, tmp_path, "echo drawing >/dev/tty; exec cat >/dev/null")
    cell = octave.interrupted("plot (1:3)", lambda recorder: "drawing" in recorder.text())
    assert cell.error == ("KeyboardInterrupt", "")
    octave.run("gnuplot_binary ('gnuplot');")
    assert shown(octave.run("plot (1:3)")) == SHOWN


def test_an_interrupt_of_another_cell_costs_no_figure(octave: Octave) -> None:
    octave.run("plot (1:3)")
    octave.interrupted("disp ('go'); while true, end", lambda recorder: "go" in recorder.text())
    assert shown(octave.run("plot (1:3)")) == SHOWN
    assert len(pids(octave)) == 1


def test_it_is_ended_when_it_has_nothing_to_do(octave: Octave, monkeypatch: pytest.MonkeyPatch) -> None:
    octave.run("plot (1:3)")
    (pid,) = pids(octave)
    monkeypatch.setattr(gnuplot, "IDLE", 0.01)
    octave.run("1;")
    octave.do(seen_soon(lambda: is_gone(pid), "gnuplot is gone"))
    assert shown(octave.run("plot (1:3)")) == SHOWN


def test_code_sees_nothing_of_it(octave: Octave) -> None:
    seen = "disp (rows (fopen ('all'))); f = fopen ('/dev/null', 'w'), fclose all; disp (getenv ('GNUTERM'))"
    before = octave.run(seen).text
    octave.run("plot (1:3)")
    assert octave.run(seen).text == before


def test_another_gnuplot_and_other_fonts_are_used_at_once(octave: Octave, tmp_path: Path) -> None:
    octave.run("plot (1:3)")
    (pid,) = pids(octave)
    octave.run("setenv ('GDFONTPATH', '/nowhere');")
    assert shown(octave.run("plot (1:3)")) == SHOWN
    until(lambda: is_gone(pid), "gnuplot is gone")
