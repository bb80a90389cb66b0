"""The `%plot` line: what it says, and what is no such line. Pure."""

from __future__ import annotations

import pytest

from octave_kernel.plot_line import Plot, PlotLineError, changed, plot_line


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%plot --format svg\nplot(1)", "--format svg"),
        ("% a heading\n\n  %plot native  \r\nplot(1)", "native"),
        ("%plot inline keep", "inline keep"),
        ("%plot keep --size 3,4", "keep --size 3,4"),
        ("%plot close to the data", ""),
        ("%plot the data\nx = 1", ""),
        ("%plot", ""),
        ("% plot --format svg", ""),
        ("%plotted --format svg", ""),
        ("x = 1;\n%plot --format svg", ""),
        ("", ""),
    ],
)
def test_only_a_comment_at_the_beginning_that_reads_like_options_is_a_plot_line(code: str, text: str) -> None:
    assert plot_line(code) == text


@pytest.mark.parametrize(
    ("text", "plot"),
    [
        ("--format svg --size 800,600", Plot(format="svg", width=800, height=600)),
        ("-f JPEG -s 80x60 -r 150", Plot(format="jpg", width=80, height=60, resolution=150.0)),
        ("--width=300 -h 200 --ratio 2", Plot(width=300, height=200, ratio=2.0)),
        ("--toolkit qt native", Plot(toolkit="qt", native=True)),
        ("native inline keep close keep", Plot(keep=True)),
        ("-b inline:gnuplot", Plot(toolkit="gnuplot")),
        ("-b qt --most 7", Plot(toolkit="qt", native=True, most=7)),
        ("", Plot()),
    ],
)
def test_options_change_what_they_name_and_nothing_else(text: str, plot: Plot) -> None:
    assert changed(Plot(), text) == plot


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("--frmat svg", "--frmat: no such option"),
        ("--format", "--format: a value is missing"),
        ("--format bmp", "--format bmp: one of these is expected: png, svg, jpg, pdf"),
        ("--size 800", "--size 800: a width and a height are expected"),
        ("-s 0,600", "-s 0: a number of pixels is expected"),
        ("-w 1e3", "-w 1e3: a number of pixels is expected"),
        ("--resolution high", "--resolution high: a number from 10 to 1200 is expected"),
        ("--ratio nan", "--ratio nan: a number from"),
        ("--toolkit java", "--toolkit java: one of these is expected: gnuplot, qt, fltk"),
        ("--backend window", "--backend window: one of these is expected: inline, native"),
        ("--format svg window", "window: no such option"),
    ],
)
def test_an_error_names_the_option_its_value_and_what_is_expected(text: str, says: str) -> None:
    with pytest.raises(PlotLineError) as raised:
        changed(Plot(), text)
    assert str(raised.value).startswith(says)
