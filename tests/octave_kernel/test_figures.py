"""Figures of a real Octave: what is shown, where, how large, and what of it can be seen."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import needs
from tests.octave_kernel.conftest import Cell, Octave

needs_gnuplot = pytest.mark.usefixtures("gnuplot")
pytestmark = needs_gnuplot
WHITE = (255, 255, 255)


@pytest.fixture(scope="module")
def gnuplot() -> None:
    needs("gnuplot")


@pytest.fixture
def drawing(shared: Octave) -> Iterator[Octave]:
    """Shows figures as a new Octave does, before and after."""
    shared.run("__k_plot__ (struct ('patience', Inf));")  # no frame is left out, however slow the machine is
    yield shared
    shared.run("%plot inline close --format png --size 640,480 --resolution 96 --ratio 1 --most 100\nclose all")


class Picture(NamedTuple):
    """A PNG of eight bits a channel."""

    width: int
    height: int
    rows: list[bytes]

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.rows[y][3 * x : 3 * x + 3])

    def has(self, colour: tuple[int, int, int]) -> bool:
        return any(
            self.rows[y][3 * x : 3 * x + 3] == bytes(colour) for y in range(self.height) for x in range(self.width)
        )


def picture(png: bytes) -> Picture:
    """Read a PNG of three channels that is not interlaced."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed = 8, b""
    width = height = 0
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", body[:10])
            assert (depth, colours) == (8, 2)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    return Picture(width, height, _unfiltered(zlib.decompress(packed), 3 * width, height))


def _unfiltered(data: bytes, size: int, height: int) -> list[bytes]:
    rows: list[bytes] = []
    above = bytes(size)
    for y in range(height):
        kind = data[y * (size + 1)]
        row = bytearray(data[y * (size + 1) + 1 : (y + 1) * (size + 1)])
        for i, value in enumerate(row if kind else b""):
            left = row[i - 3] if i >= 3 else 0
            corner = above[i - 3] if i >= 3 else 0
            row[i] = value + _predicted(kind, left, above[i], corner) & 255
        above = bytes(row)
        rows.append(above)
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def shown(cell: Cell) -> list[tuple[str, Any]]:
    """Everything the cell said, a display by its MIME types."""
    return [
        (kind, sorted(what[0]) if kind in ("display", "update") else what.strip())
        for kind, what in cell.recorder.shown
        if kind in ("display", "update") or what.strip()
    ]


def bundles(cell: Cell) -> list[dict[str, Any]]:
    return [what[0] for kind, what in cell.recorder.shown if kind in ("display", "update")]


def pictures(cell: Cell) -> list[Picture]:
    return [picture(bundle["image/png"]) for bundle in bundles(cell)]


PNG = ["image/png", "text/plain"]


def test_a_figure_is_shown_at_the_end_of_its_cell_in_its_size(drawing: Octave) -> None:
    cell = drawing.run("plot(1:10); disp('drawn')")
    assert shown(cell) == [("stdout", "drawn"), ("display", PNG)]
    assert bundles(cell)[0]["text/plain"] == "[figure 1]"
    assert cell.recorder.shown_metadata == [{"image/png": {"width": 640, "height": 480}}]
    assert pictures(cell)[0][:2] == (640, 480)


def without(*folders: str) -> Octave:
    """A kernel whose Octave does not see what is in these folders."""
    if os.getuid() != 0:
        pytest.skip("only root may hide files")
    hide = 'for folder in $0; do mount -t tmpfs none "$folder"; done; exec "$@"'
    octave = Octave()
    octave.kernel.octaverc = False
    octave.kernel.prefix = ["unshare", "--mount", "sh", "-c", hide, " ".join(folders)]
    return octave


@pytest.mark.parametrize("hidden", [(), ("/usr/share/fonts/opentype/freefont",)])
def test_octave_takes_the_systems_fonts(hidden: Sequence[str]) -> None:
    octave = without("/var/cache/fontconfig", *hidden)  # which tells of the folders as others see them
    try:
        cell = octave.run("plot (1:10); title ('x'); disp (getenv ('OCTAVE_FONTS_DIR'))")
        assert (cell.text == "/usr/share/fonts/opentype/freefont\n") == (not hidden)
        assert len(pictures(cell)) == 1
        for style in ("", "Bold", "Oblique", "BoldOblique"):
            said = octave.run(f"disp (stat ([getenv('OCTAVE_FONTS_DIR') '/FreeSans{style}.otf']).size > 1000)").text
            assert said == "1\n"
    finally:
        octave.close()


def test_what_is_drawn_can_be_seen(drawing: Octave) -> None:
    cell = drawing.run(
        "axes('position',[0 0 1 1],'visible','off'); "
        "patch([0 1 1 0],[0 0 .5 .5],[1 0 0],'edgecolor','none'); axis([0 1 0 1])"
    )
    drawn = pictures(cell)[0]
    assert drawn.pixel(320, 100) == WHITE
    assert drawn.pixel(320, 400) == (255, 0, 0)


def test_figures_come_in_their_order_after_what_was_said(drawing: Octave) -> None:
    cell = drawing.run("for i=1:3, figure('position',[0 0 100*i 100]); plot(1:3); disp(i); end")
    assert (
        shown(cell) == [("stdout", "1\n2\n3"), *[("display", PNG)] * 3]
        or [kind for kind, _ in shown(cell)] == ["stdout"] * 3 + ["display"] * 3
    )
    assert [drawn.width for drawn in pictures(cell)] == [100, 200, 300]
    assert [bundle["text/plain"] for bundle in bundles(cell)] == ["[figure 1]", "[figure 2]", "[figure 3]"]


def test_cells_without_figures_show_none(drawing: Octave) -> None:
    drawing.run("plot(1:3)")
    assert shown(drawing.run("x = 1;")) == []
    assert shown(drawing.run("figure;")) == []
    assert shown(drawing.run("plot(1:3); close all")) == []
    assert shown(drawing.run("figure('visible','off'); plot(1:3)")) == []


def test_a_figure_is_closed_when_its_cell_ends(drawing: Octave) -> None:
    drawing.run("plot(1:3)")
    assert drawing.run("disp(numel(get(0,'children')))").text == "0\n"


@pytest.mark.parametrize("draw", ["drawnow", "pause(0.001)", "refresh"])
def test_an_animation_is_one_display_that_changes(drawing: Octave, draw: str) -> None:
    cell = drawing.run(f"for i=1:3, plot(1:i+1); {draw}; disp(i); end")
    assert shown(cell) == [
        ("display", PNG),
        ("stdout", "1"),
        ("update", PNG),
        ("stdout", "2"),
        ("update", PNG),
        ("stdout", "3"),
    ]
    names = {what[1] for kind, what in cell.recorder.shown if kind in ("display", "update")}
    assert len(names) == 1
    assert len({bundle["image/png"] for bundle in bundles(cell)}) == 3


def test_an_animation_that_takes_long_to_draw_loses_frames_but_not_the_last(drawing: Octave) -> None:
    drawing.run("__k_plot__ (struct ('patience', 0.05));")
    surface = "surf(peaks(120)); title(sprintf('%d', i)); "
    cell = drawing.run(
        f"for i=1:40, if (i == 1 || i == 40), {surface} else, title(sprintf('%d', i)); end; drawnow; end"
    )
    assert 1 <= len(bundles(cell)) < 30
    assert pictures(cell)[-1] == pictures(drawing.run(f"i = 40; {surface}"))[0]


def test_the_next_cell_has_a_display_of_its_own(drawing: Octave) -> None:
    first, second = (drawing.run("plot(1:3); drawnow; title('t')") for _ in range(2))
    assert [kind for kind, _ in shown(second)] == ["display", "update"]
    assert {what[1] for _, what in first.recorder.shown}.isdisjoint({what[1] for _, what in second.recorder.shown})


def test_a_figure_is_shown_before_a_question(drawing: Octave) -> None:
    cell = drawing.run("plot(1:3); drawnow; x = input('how many? '); disp(x)", ["7"])
    assert shown(cell) == [("display", PNG), ("stdout", "7")]
    assert cell.recorder.asked == [("how many? ", False)]


def test_a_figure_is_shown_although_an_error_follows(drawing: Octave) -> None:
    cell = drawing.run("plot(1:3); error('my:id', 'no')")
    assert shown(cell) == [("display", PNG)]
    assert cell.error == ("my:id", "no")


def test_a_figure_of_an_interrupted_cell_does_not_come_in_the_next(drawing: Octave) -> None:
    cell = drawing.interrupted("plot(1:3); disp('go'); while true, end", lambda recorder: "go" in recorder.text())
    assert cell.error == ("KeyboardInterrupt", "")
    assert shown(drawing.run("plot(1:4)")) == [("display", PNG)]
    assert drawing.run("disp(numel(get(0,'children')))").text == "0\n"


def test_a_figure_that_is_kept_is_shown_again_when_it_changes(drawing: Octave) -> None:
    first = drawing.run("%plot keep\nplot(1:3)")
    assert shown(drawing.run("x = 1;")) == []
    second = drawing.run("hold on; plot(3:-1:1, 'r'); title('both')")
    assert shown(first) == shown(second) == [("display", PNG)]
    assert not pictures(first)[0].has((255, 0, 0))
    assert first.recorder.shown[0][1][1] != second.recorder.shown[0][1][1]
    assert shown(drawing.run("%plot close\n1;")) == []
    assert drawing.run("disp(numel(get(0,'children')))").text == "0\n"


def test_all_texts_of_an_svg_have_the_same_font_in_the_sizes_of_a_png(drawing: Octave) -> None:
    cell = drawing.run(
        "%plot --format svg\nplot (1:3); title ('bold x_1'); xlabel ('slanted', 'fontangle', 'italic'); "
        "text (1, 2, 'large', 'fontsize', 21)"
    )
    svg = bundles(cell)[0]["image/svg+xml"]
    assert set(re.findall(r'font-family="([^"]*)"', svg)) == {"Arial"}
    assert {"13.33", "14.67", "28.00"} <= set(re.findall(r'font-size="([^"]*)"', svg))  # of 10, 11 and 21 points


def test_svg_holds_the_text(drawing: Octave) -> None:
    cell = drawing.run("%plot --format svg --size 300,200\nplot(1:3); title('Größe ∑')")
    svg = bundles(cell)[0]["image/svg+xml"]
    assert "Größe ∑" in svg
    assert re.search(r'<svg[^>]* width="300" height="200"', svg)


def test_texts_of_several_lines_and_with_quotes_are_drawn_and_stay_as_they_are(drawing: Octave) -> None:
    cell = drawing.run(
        "%plot --format svg\n"
        "plot(1:3); t = title({'one', 'number two'}); xlabel(sprintf('three\\nunder')); ylabel('say \"four\"'); "
        "drawnow; disp(get(t, 'string'))"
    )
    svg = bundles(cell)[0]["image/svg+xml"]
    texts = re.findall(r">([^<>]*\w[^<>]*)</", svg.replace("&quot;", '"'))
    assert {"one", "number two", "three", "under", 'say "four"'} <= {text.strip() for text in texts}
    assert cell.text == "{\n  [1,1] = one\n  [2,1] = number two\n}\n"
    assert cell.notice == ""


def test_texts_of_several_lines_and_with_quotes_are_drawn_wherever_they_are(drawing: Octave) -> None:
    cell = drawing.run(
        "%plot --format svg\n"
        "plot(1:3); annotation('textbox', [.3 .8 .4 .1], 'string', {'in a', 'hidden box'});\n"
        "text(1.5, 2, {'of the', 'axes'}); annotation('textarrow', [.5 .4], [.5 .4], 'string', 'the \"peak\"');"
    )
    texts = re.findall(r">([^<>]*\w[^<>]*)</", bundles(cell)[0]["image/svg+xml"].replace("&quot;", '"'))
    assert {"in a", "hidden box", "of the", "axes", 'the "peak"'} <= {text.strip() for text in texts}
    assert (cell.text, cell.notice) == ("", "")


@pytest.mark.parametrize("legend", ["", "legend ('location', 'east');", "legend ('\"one\"', 'and \"two\"');"])
def test_names_of_what_is_drawn_may_have_quotes(drawing: Octave, legend: str) -> None:
    cell = drawing.run(
        "%plot --format svg\nl = plot (1:3, 3:-1:1, 1:3, 1:3); set (l, {'displayname'}, {'\"one\"'; 'and \"two\"'});"
        f"hold on; h = bar (1:3); set (h, 'displayname', 'bars \"3\"'); {legend} drawnow; disp (get (l, 'displayname'))"
    )
    svg = bundles(cell)[0]["image/svg+xml"].replace("&quot;", '"')
    assert cell.text == '{\n  [1,1] = "one"\n  [2,1] = and "two"\n}\n'
    assert cell.notice == ""
    assert [name in svg for name in ('>"one"<', '>and "two"<')] == [True] * 2


def test_pdf_comes_with_an_image_for_who_cannot_show_it(drawing: Octave) -> None:
    cell = drawing.run("%plot --format pdf\nplot(1:3)")
    assert shown(cell) == [("display", ["application/pdf", *PNG])]
    assert bundles(cell)[0]["application/pdf"].startswith(b"%PDF-")
    assert pictures(cell)[0][:2] == (640, 480)


def test_jpeg(drawing: Octave) -> None:
    cell = drawing.run("%plot --format jpg\nplot(1:3)")
    assert bundles(cell)[0]["image/jpeg"].startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("options", ["--ratio 2", "--resolution 192"])
def test_a_finer_image_is_shown_in_the_same_size(drawing: Octave, options: str) -> None:
    cell = drawing.run(f"%plot {options} --size 300,200\nplot(1:3)")
    assert pictures(cell)[0][:2] == (600, 400)
    assert cell.recorder.shown_metadata == [{"image/png": {"width": 300, "height": 200}}]


def test_the_size_of_a_plot_line_is_that_of_new_figures(drawing: Octave) -> None:
    cell = drawing.run("%plot --size 321,123\nplot(1:3); disp(get(gcf, 'position')(3:4))")
    assert cell.text.split() == ["321", "123"]
    assert pictures(cell)[0][:2] == (321, 123)


def test_units_of_another_kind_give_a_size_too(drawing: Octave) -> None:
    cell = drawing.run("figure('units','normalized','position',[0 0 .5 .25]); plot(1:3)")
    assert pictures(cell)[0][:2] == (640, 240)


def test_a_wrong_plot_line_is_an_error_and_a_comment_is_none(drawing: Octave) -> None:
    cell = drawing.run("%plot --size huge\ndisp('not run')")
    assert cell.text == ""
    assert cell.error is not None
    assert cell.error[0] == "UsageError"
    assert "--size huge" in cell.error[1]
    assert drawing.run("%plot the data\ndisp(1)").text == "1\n"


def test_a_toolkit_that_is_not_there_is_named_and_another_one_draws(drawing: Octave) -> None:
    cell = drawing.run("%plot --toolkit qt\nplot(1:3)")
    assert "the toolkit qt is not there" in cell.text + cell.notice
    assert "OctaveKernel.plot" in cell.text + cell.notice
    assert shown(cell)[-1] == ("display", PNG)
    drawing.run("%plot --toolkit gnuplot\n1;")


def test_figures_beyond_the_limit_are_not_shown_and_that_is_said(drawing: Octave) -> None:
    cell = drawing.run("%plot --most 2\nfor i=1:5, figure; plot(i); end")
    assert len(bundles(cell)) == 2
    assert (cell.text + cell.notice).count("this cell has made more than 2 figures") == 1
    assert shown(drawing.run("plot(1:3)")) == [("display", PNG)]


def test_gnuplot_that_is_missing_is_named(octave: Octave) -> None:
    octave.run("gnuplot_binary('no-such-gnuplot');")
    cell = octave.run("plot(1:3)")
    assert cell.error is not None
    assert "gnuplot executable 'no-such-gnuplot' was not found" in cell.error[1]
    assert octave.run("x = 5").text == "x = 5\n"


def test_gnuplot_that_crashes_is_told_and_the_cell_is_well(octave: Octave, tmp_path: Path) -> None:
    crashing = tmp_path / "gnuplot"
    crashing.write_text('#!/bin/sh\ncase "$*" in *version*) echo gnuplot 5.4 patchlevel 4;; *) kill -SEGV $$;; esac\n')
    crashing.chmod(0o755)
    octave.run(f"gnuplot_binary('{crashing}');")
    cell = octave.run("plot(1:3); drawnow; x = 5")
    assert cell.error is None
    assert "figure 1 cannot be shown: gnuplot does not work" in cell.text + cell.notice
    assert bundles(cell) == []
    assert octave.run("x").text == "x = 5\n"


@pytest.mark.parametrize("spoiled", ["clear all", "clear functions", "restoredefaultpath", "fclose all;"])
def test_figures_survive(drawing: Octave, spoiled: str) -> None:
    drawing.run(spoiled)
    cell = drawing.run("plot(1:3); drawnow; disp(1)")
    assert shown(cell) == [("display", PNG), ("stdout", "1")]


def test_the_marker_goes_to_the_terminal_wherever_the_output_goes(drawing: Octave) -> None:
    cell = drawing.run("s = evalc('plot(1:3); drawnow; disp(5)');disp(numel(s))")
    assert shown(cell) == [("display", PNG), ("stdout", "2")]


def test_functions_of_octave_that_draw_in_the_middle_of_their_work_show_one_figure(drawing: Octave) -> None:
    assert (
        shown(drawing.run("surfc(peaks(8)); legend('a'); figure(2); plot(1:3); figure(1); colorbar"))
        == [("display", PNG)] * 2
    )


def test_a_progress_window_is_shown_and_changes(drawing: Octave) -> None:
    cell = drawing.run("h = waitbar(0, 'working'); for i=1:2, waitbar(i/2, h); end; close(h)")
    kinds = [kind for kind, _ in shown(cell)]
    assert kinds[0] == "display"
    assert set(kinds[1:]) == {"update"}


@pytest.mark.needs("gs")
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_print_writes_the_file_that_the_user_names(octave: Octave, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"mine.{kind}"
    cell = octave.run(f"plot(1:3); print('-d{kind}', '{file}')")
    assert cell.error is None
    assert file.stat().st_size > 500
    assert shown(cell) == [("display", PNG)]


def test_warnings_are_as_the_user_has_set_them(drawing: Octave) -> None:
    query = "disp(warning('query','Octave:shadowed-function').state); disp(warning('query','Octave:my').state)"
    before = drawing.run(query).text
    drawing.run("plot(1:3); drawnow")
    assert drawing.run(query).text == before


def test_figures_leave_no_files(drawing: Octave) -> None:
    session = drawing.kernel.session
    assert session is not None
    drawing.run("x = 1;")
    before = {name for name in os.listdir(session.path) if not name.startswith("cell.In[")}
    for kind in ("png", "pdf", "svg", "jpg"):
        drawing.run(f"%plot --format {kind}\nfigure; plot(1:3); figure; plot(1:4); drawnow; title('x')")
    assert {name for name in os.listdir(session.path) if not name.startswith("cell.In[")} == before


@pytest.mark.soak
def test_hundreds_of_figures_take_no_more_memory_than_a_few(octave: Octave) -> None:
    def used() -> int:
        with open(f"/proc/{octave.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for _ in range(20):
        octave.run("plot(rand(1, 100)); title('x')")
    before = used()
    for _ in range(200):
        assert len(bundles(octave.run("plot(rand(1, 100)); title('x')"))) == 1
    assert used() - before < 20e6
