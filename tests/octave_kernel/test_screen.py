"""Toolkits that take a screen: the user's, or one of our own that nobody sees."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from octave_kernel.figures.screen import Screen, ScreenError
from sdk import LanguageStartError
from tests.conftest import needs
from tests.octave_kernel.conftest import Octave
from tests.octave_kernel.test_figures import PNG, bundles, pictures, shown


def asked_for(plot: str, folder: Path) -> Octave:
    """An Octave that is started with this option."""
    made = Octave()
    made.kernel.octaverc = False
    made.kernel.plot = plot
    made.kernel.cwd = str(folder)
    try:
        made.do(made.kernel.start())
    except LanguageStartError:
        made.close()
        raise
    return made


@pytest.fixture(scope="module")
def qt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Octave]:
    needs("octave", "Xvfb")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DISPLAY", raising=False)
        made = asked_for("--toolkit qt", tmp_path_factory.mktemp("work"))
        try:
            yield made
        finally:
            made.close()


def test_qt_draws_on_a_screen_that_nobody_sees(qt: Octave) -> None:
    cell = qt.run("plot(1:3); disp(graphics_toolkit); disp(get(gcf, 'position')(3:4))")
    assert cell.text.split() == ["qt", "640", "480"]
    assert shown(cell)[-1] == ("display", PNG)
    drawn = pictures(cell)[0]
    assert drawn[:2] == (640, 480)
    assert drawn.pixel(5, 5) == (255, 255, 255)
    assert any(row.count(0) for row in drawn.rows)


def test_qt_shows_changes_in_place(qt: Octave) -> None:
    qt.run("__k_plot__ (struct ('patience', Inf));")
    cell = qt.run("for i=1:2, plot(1:i+1); drawnow; disp(i); plot(i:-1:0); pause(0.01); end")
    kinds = [kind for kind, _ in shown(cell)]
    assert kinds == ["display", "stdout", "update", "update", "stdout", "update"]


@pytest.mark.needs("gs")
def test_qt_draws_svg_and_pdf(qt: Octave) -> None:
    svg = qt.run("%plot --format svg\nplot(1:3); title('abc')")
    assert bundles(svg)[0]["image/svg+xml"].lstrip().startswith("<?xml")
    pdf = qt.run("%plot --format pdf\nplot(1:3)")
    assert shown(pdf) == [("display", ["application/pdf", *PNG])]
    qt.run("%plot --format png\n1;")


def test_the_toolkit_can_be_changed(qt: Octave) -> None:
    cell = qt.run("%plot --toolkit gnuplot\nplot(1:3); disp(graphics_toolkit)")
    assert shown(cell) == [("stdout", "gnuplot"), ("display", PNG)]
    qt.run("%plot --toolkit qt\n1;")


def test_an_interrupt_ends_a_cell_that_draws_with_qt(qt: Octave) -> None:
    cell = qt.interrupted("disp('go'); while true, plot(rand(1,9)); drawnow; end", lambda said: "go" in said.text())
    assert cell.error == ("KeyboardInterrupt", "")
    assert qt.run("disp(2)").text == "2\n"


def test_the_screen_ends_with_octave() -> None:
    needs("Xvfb")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DISPLAY", raising=False)
        screen = Screen()
        display = screen.start(private=True)
        try:
            socket = f"/tmp/.X11-unix/X{display[1:]}"
            assert os.path.exists(socket)
        finally:
            screen.stop()
        assert not os.path.exists(socket)


def test_without_xvfb_the_start_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("octave")
    programs = tmp_path / "bin"
    programs.mkdir()
    os.symlink(str(shutil.which("octave")), programs / "octave")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(LanguageStartError, match=r"OctaveKernel\.plot.*no Xvfb.*apt install xvfb"):
        asked_for("--toolkit qt", tmp_path)


def test_an_option_that_cannot_be_understood_is_named_at_the_start(tmp_path: Path) -> None:
    needs("octave")
    with pytest.raises(LanguageStartError, match=r"OctaveKernel\.plot = '--size big': --size big: a width"):
        asked_for("--size big", tmp_path)


def test_windows_are_refused_where_nobody_would_see_them(shared: Octave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(ScreenError, match="DISPLAY is not set"):
        Screen().start(private=False)
    cell = shared.run("%plot native\nplot(1:3)")
    assert cell.error is not None
    assert "DISPLAY is not set" in cell.error[1]
    assert shown(shared.run("plot(1:3)")) == [("display", PNG)]


def test_native_figures_are_windows_that_stay(tmp_path: Path) -> None:
    needs("octave", "Xvfb")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DISPLAY", raising=False)
        screen = Screen()
        patch.setenv("DISPLAY", screen.start(private=True))
        made = asked_for("--toolkit qt native", tmp_path)
        try:
            cell = made.run("plot(1:3); drawnow; disp(get(gcf, 'visible'))")
            assert shown(cell) == [("stdout", "on")]
            assert made.run("disp(numel(get(0,'children')))").text == "1\n"
            assert shown(made.run("%plot inline\nclose all; plot(1:3)")) == [("display", PNG)]
        finally:
            made.close()
            screen.stop()
