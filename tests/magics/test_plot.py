"""`%plot`: what it understands, and what it does in Octave and in a kernel that takes the one that all may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from octave_kernel.magics import settings_of
from sdk import PlotSettings
from sdk.magics.plot import PlotError
from sdk.protocol.iopub import DisplayData
from sdk.testing import MemoryFrontend
from tests.magics.conftest import Live, error_of, started
from tests.magics.kernels import DrawingKernel, failure, said


def read(text: str) -> PlotSettings:
    return settings_of("OctaveKernel.plot", text)


@pytest.mark.parametrize(
    ("text", "plot"),
    [
        ("--format svg --size 800,600", PlotSettings(format="svg", width=800, height=600)),
        ("-f JPEG -s 80x60 -r 150", PlotSettings(format="jpg", width=80, height=60, resolution=150.0)),
        ("--width=300 -h 200 --ratio 2", PlotSettings(width=300, height=200, ratio=2.0)),
        ("--toolkit qt native", PlotSettings(toolkit="qt", native=True)),
        ("native inline keep close keep", PlotSettings(keep=True)),
        ("-b inline:gnuplot", PlotSettings(toolkit="gnuplot")),
        ("-b qt --most 7", PlotSettings(toolkit="qt", native=True, most=7)),
        ("qt", PlotSettings(toolkit="qt", native=True)),
        ("", PlotSettings()),
    ],
)
def test_options_change_what_they_name_and_nothing_else(text: str, plot: PlotSettings) -> None:
    assert read(text) == plot


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("--frmat svg", "--frmat: no such option; did you mean --format?"),
        ("--format", "--format needs a value: --format png|svg|jpg|jpeg|pdf"),
        ("--format bmp", "--format bmp: one of these is expected: png, svg, jpg, jpeg, pdf"),
        ("--size 800", "--size 800: a width and a height are expected"),
        ("-s 0,600", "--width 0: a number from 1 to 20000 is expected"),
        ("-w 1e3", "-w 1e3: a whole number is expected"),
        ("--resolution high", "--resolution high: a number is expected"),
        ("--resolution 2000", "--resolution 2000: a number from 10 to 1200 is expected"),
        ("--ratio nan", "--ratio nan: a number from"),
        ("--toolkit java", "--toolkit java: one of these is expected: gnuplot, qt, fltk"),
        ("--backend window", "window: one of these is expected: inline, native, gnuplot, qt, fltk"),
        ("--format svg window", "WORDS window: one of these is expected: inline, native, close, keep, gnuplot"),
    ],
)
def test_an_error_names_the_option_its_value_and_what_is_expected(text: str, says: str) -> None:
    with pytest.raises(PlotError) as raised:
        read(text)
    assert str(raised.value).startswith(says)


@pytest.mark.parametrize(
    ("code", "is_format"),
    [
        ("%plot --format svg\n{}", "svg"),
        ("% a heading\n\n  %plot inline  \r\n%plot -f svg\n{}", "svg"),
        ("%plot close to the data\n{}", "png"),
        ("%plot the data\n{}", "png"),
        ("% plot --format svg\n{}", "png"),
        ("%plotted --format svg\n{}", "png"),
        ("x = 1;\n%plot --format svg\n{}", "png"),
    ],
)
def test_only_a_comment_at_the_beginning_that_reads_like_options_is_octaves(
    octave: Live, code: str, is_format: str
) -> None:
    assert octave.run("%plot --format png").error is None
    done = octave.run(code.format("disp (1)"))
    assert (done.text(), done.error) == ("1\n", None)
    assert f"--format {is_format} " in octave.run("%plot").text()


def test_alone_it_tells_the_settings_in_words_that_it_takes(octave: Live) -> None:
    octave.run("%plot --format svg --size 300,200 --ratio 2 keep")
    told = octave.run("%plot").text()
    assert told.startswith("%plot --format svg --size 300,200 --resolution 96 --ratio 2 ")
    octave.run("%plot --format png --size 640,480 --ratio 1 close")
    assert octave.run(told).error is None
    assert octave.run("%plot").text() == told
    octave.run("%plot --format png --size 640,480 --ratio 1 close")


def test_it_holds_for_the_code_of_its_own_cell_and_of_later_ones(octave: Live) -> None:
    kinds = []
    for code in ("%plot --format svg\nplot (1:3)", "plot (1:3)", "%plot --format png", "plot (1:3)"):
        shown = [content for content in octave.run(code).contents() if isinstance(content, DisplayData)]
        kinds.append([kind for content in shown for kind in content.data if kind.startswith("image/")])
    assert kinds == [["image/svg+xml"], ["image/svg+xml"], [], ["image/png"]]


def test_a_wrong_option_is_told_and_the_cell_is_not_run(octave: Live) -> None:
    done = octave.run("%plot --size huge\ndisp (1)")
    assert error_of(done) == (
        "UsageError",
        "%plot: --size huge: a width and a height are expected, such as 640,480",
    )
    assert done.text() == ""


def test_help_names_every_option(octave: Live) -> None:
    told = octave.run("%plot --help").text()
    for flag in ("-f, --format", "-s, --size", "-h, --height", "-t, --toolkit gnuplot|qt|fltk", "--most"):
        assert flag in told


def test_any_kernel_that_draws_may_take_it() -> None:
    front = MemoryFrontend(DrawingKernel)
    assert said(front.execute("%plot")) == f"%plot {PlotSettings()}\n"
    assert said(front.execute("%plot -f svg -s 30,20\ndraw")) == "svg of 30,20\n"
    assert said(front.execute("draw")) == "svg of 30,20\n"
    assert failure(front.execute("%plot --format pdf")) == (
        "UsageError",
        "%plot: --format pdf: png or svg is expected",
    )


def test_gnuplot_draws_images_when_it_is_told_to(tmp_path: Path) -> None:
    with started("gnuplot", tmp_path) as gnuplot:
        assert "*" in gnuplot.run("plot sin(x)").text()
        for kind, mime in {"png": "image/png", "svg": "image/svg+xml", "jpg": "image/jpeg"}.items():
            done = gnuplot.run(f"%plot --format {kind} --size 200,100\nx = 1\nplot sin(x)")
            assert [list(one.data) for one in done.outputs() if isinstance(one, DisplayData)] == [[mime]]
            assert done.text() == ""
        done = gnuplot.run("print 1\nplot nosuch(x)")
        assert done.error is not None
        assert done.error.evalue == "undefined function: nosuch"
        assert "line 2" in done.error.traceback[0]
        assert [list(one.data) for one in gnuplot.run("plot x").outputs()] == [["image/jpeg"]]
        assert error_of(gnuplot.run("%plot -f pdf")) == (
            "UsageError",
            "%plot: --format pdf: one of these is expected: png, svg, jpg",
        )


def test_r_draws_where_it_stands_and_as_it_is_told(tmp_path: Path) -> None:
    with started("r", tmp_path) as r:
        done = r.run("plot(1:3); lines(2:3); plot(4:1); 7")
        assert [list(one.data) for one in done.outputs() if isinstance(one, DisplayData)] == [["image/png"]] * 2
        assert done.result == {"text/plain": "[1] 7"}
        for kind, mime in {"svg": "image/svg+xml", "jpg": "image/jpeg"}.items():
            done = r.run(f"%plot --format {kind} --size 300,200 --resolution 192\nplot(1:3)")
            assert (done.text(), done.error) == ("", None)
            assert [list(one.data) for one in done.outputs() if isinstance(one, DisplayData)] == [[mime]]
        assert r.run("%plot").text().startswith("%plot --format jpg --size 300,200 --resolution 192 ")
        done = r.run('plot(1:2); stop("é")')
        assert error_of(done) == ("simpleError", "é")
        assert len([one for one in done.outputs() if isinstance(one, DisplayData)]) == 1
        for given, told in {
            "-f pdf": "--format pdf: one of these is expected: png, svg, jpg",
            "native": "native: R draws in the notebook alone",
            "keep": "keep: R's figures end with their cell",
        }.items():
            assert error_of(r.run(f"%plot {given}")) == ("UsageError", f"%plot: {told}")


def test_what_r_opens_itself_stays_open(tmp_path: Path) -> None:
    with started("r", tmp_path) as r:
        r.run('svg("mine.svg")')
        r.run("plot(1:3)")
        assert r.run("invisible(dev.off())").outputs() == []
        assert "<svg" in (r.work / "mine.svg").read_text()
