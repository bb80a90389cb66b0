"""The demos that come with Octave's own functions, run as cells: code for figures that nobody here has written.

They are read from the Octave that is installed; nothing of them is kept here. What a cell says and shows is compared
with what Octave does without us: the same code, figures drawn by gnuplot, `print` into a file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sdk.protocol.iopub import DisplayData, UpdateDisplayData
from sdk.testing import Client, Exchange, KernelProcess
from tests.conftest import needs

ARGV = [sys.executable, "-P", "-m", "octave_kernel", "-f", "{connection_file}"]
LIMIT = 120  # seconds for one demo: some solve differential equations for ten

SOME = """
annotation-3 area-3 axes-2 axis-7 bar-2 barh-1 box-1 brighten-1 camorbit-1 clabel-1 colorbar-28 colormap-1 compass-1
contour-3 contour3-1 contourf-3 convhull-1 cylinder-1 daspect-2 datetick-1 delaunay-1 ellipsoid-1 errorbar-1 ezplot-1
ezsurf-2 feather-1 fill-1 fplot-3 gplot-1 grid-4 hold-1 image-1 imagesc-4 imshow-4 isocaps-2 isosurface-1 legend-15
light-3 lightangle-1 lighting-3 line-1 linkaxes-1 loglog-1 material-2 mesh-2 meshc-1 pareto-1 patch-11 pcolor-1 pie-2
plot-4 plot3-2 plotyy-1 polar-1 quiver-3 quiver3-2 rectangle-1 ribbon-1 rgbplot-1 rose-3 scatter-5 scatter3-1
semilogx-1 semilogy-1 shading-3 shrinkfaces-1 slice-1 sombrero-1 spline-1 spy-1 stairs-2 stem-5 stem3-1 streamline-3
streamribbon-1 subplot-3 surf-1 surfc-3 surfl-3 surfnorm-2 tetramesh-1 text-4 title-1 treeplot-2 trimesh-1 triplot-1
trisurf-5 viridis-1 voronoi-1 waterfall-1 xlim-2 stream2-1
"""
"""One of a function; all of them when `soak` is chosen."""

EXCEPTIONS: Mapping[str, str] = {
    "fill3-1 fill3-2 fill3-3 patch-12 pie3-1 pie3-2 pie3-3": "with gnuplot patches in space are triangles, says Octave",
    "getframe-1 getframe-2 getframe-3 getframe-4 movie-4": "getframe takes another toolkit than gnuplot, says Octave",
    "getpixelposition-2 uibuttongroup-1 uitable-1 uitable-2 uitable-3 uitable-4": "gnuplot has no buttons and tables",
    "inputdlg-1 inputdlg-2 inputdlg-3 inputdlg-4 inputdlg-5 listdlg-1 listdlg-2 listdlg-3": "a dialog of Octave's GUI",
    "questdlg-1 questdlg-2 questdlg-3": "a dialog of Octave's GUI",
    "uigetdir-1 uigetfile-1 uiputfile-1": "a dialog of fltk: without a screen it ends Octave, here it fails",
    "inpolygon-1 inpolygon-2": "uses markers that Octave does not have any more",
    "fminsearch-1": "gives its function more inputs than that takes",
    "mkpp-1": "has a letter too many",
}
"""The demos that Octave itself does not do here, with the reason."""


class Demo(NamedTuple):
    """One block `%!demo`."""

    name: str
    code: str


class Run(NamedTuple):
    """What came of a demo."""

    figures: int
    """Those that were drawn."""
    error: str
    warnings: list[str]
    not_drawn: list[str]
    """Why figures were not."""


# -- what Octave has ---------------------------------------------------------------------------------------------------

_FIND = """
root = fileparts (fileparts (fileparts (which ("surf"))));
for folder = strsplit (genpath (root), pathsep ())
  for file = dir (fullfile (folder{1}, "*.m")).'
    name = fullfile (folder{1}, file.name);
    if (! isempty (strfind (fileread (name), "\\n%!demo")))
      [code, ends] = test (name, "grabdemo");
      for k = 1:numel (ends) - 1
        out = fopen (sprintf ("%s-%d.m", file.name(1:end-2), k), "w");
        fputs (out, code(ends(k):ends(k+1)-1));
        fclose (out);
      end
    end
  end
end
"""

_RUN = r"""
graphics_toolkit ("gnuplot");
warning ("off", "Octave:gnuplot-graphics");
set (0, "defaultfigurevisible", "off");
addpath ("stubs");
function run_it (code)
  eval (code);
end
for demo_ = argv ().'
  fprintf (stderr, "\n@demo %s\n", demo_{1});
  try
    run_it (fileread (fullfile ("demos", [demo_{1} ".m"])));
  catch problem_
    fprintf (stderr, "\n@error %s\n", strrep (problem_.message, "\n", " "));
  end
  for figure_ = sort (get (0, "children")).'
    if (isempty (get (figure_, "children")))
      continue;
    end
    try
      print (figure_, "drawn.png", "-dpng");
      fprintf (stderr, "\n@figure\n");
    catch problem_
      fprintf (stderr, "\n@print %s\n", problem_.message);
    end
  end
  close all
end
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all demos, each in a file of its name."""
    needs("octave", "gnuplot")
    made = tmp_path_factory.mktemp("demos")
    for name in ("demos", "stubs", "home", "work"):
        (made / name).mkdir()
    (made / "collect_demos.m").write_text(_FIND)
    (made / "run_demos.m").write_text(_RUN)
    for stub in ("pause", "kbhit", "input"):  # nobody is there to press a key
        (made / "stubs" / f"{stub}.m").write_text(f"function key = {stub} (varargin), key = ''; end\n")
    octave(made / "demos", ["../collect_demos.m"])
    return made


def octave(where: Path, arguments: Sequence[str]) -> str:
    """What Octave says to stderr, by itself."""
    command = [shutil.which("octave-cli") or "octave", "--norc", "--no-window-system", *arguments]
    done = subprocess.run(
        command,
        cwd=where,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stderr + (f"\n@ended {done.returncode}\n" if done.returncode else "")


def by_octave(folder: Path, names: Sequence[str]) -> dict[str, Run]:
    """What Octave makes of the demos without us: one Octave, and another one when a demo has ended it."""
    runs: dict[str, Run] = {}
    while left := [name for name in names if name not in runs]:
        parts = octave(folder, ["run_demos.m", *left]).split("\n@demo ")
        assert len(parts) > 1, parts
        for part in parts[1:]:
            name, _, said = part.partition("\n")
            runs[name] = Run(
                said.count("\n@figure\n"),
                "".join(error or end for error, end in re.findall(r"^@error (.*)|^@(ended .*)", said, re.MULTILINE)),
                warnings(said),
                re.findall(r"^@print (.*)", said, re.MULTILINE),
            )
    return runs


def warnings(text: str) -> list[str]:
    """The warnings in it, without who called what."""
    return [one for one in re.findall(r"^warning: (.*)", text, re.MULTILINE) if one != "called from"]


# -- what a cell makes of it -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    """One kernel for all demos."""
    kernel = KernelProcess(ARGV, env={"HOME": str(folder / "home")}, cwd=folder / "work")
    with kernel, kernel.client() as one:
        yield one
    assert os.listdir(folder / "work") == []
    assert kernel.leftovers == []


def by_cell(client: Client, demo: Demo) -> Run:
    """What a cell makes of the demo; who is asked presses the return key."""
    exchange = client.execute(demo.code, stdin=lambda request: "", timeout=LIMIT)
    after = client.execute("close all; clear", timeout=LIMIT)
    assert (after.status, after.outputs()) == ("ok", []), f"after {demo.name}: {after.outputs()}"
    images = shown(exchange)
    assert [one for one in images.values() if not is_drawn(one)] == [], f"{demo.name}: an image is blank"
    return Run(
        len(images),
        "" if exchange.error is None else exchange.error.evalue.replace("\n", " "),
        warnings(exchange.text("stderr")),
        re.findall(r"^\[figure \S+ cannot be shown: (.*?)(?:\. The toolkit qt may: .*)?\]$", said(exchange), re.M),
    )


def said(exchange: Exchange) -> str:
    return exchange.text() + "\n" + exchange.text("stderr")


def shown(exchange: Exchange) -> dict[Any, bytes]:
    """The images by their display ids, each as it was at the end."""
    found = {}
    for content in exchange.contents():
        if isinstance(content, DisplayData | UpdateDisplayData) and "image/png" in content.data:
            found[content.transient["display_id"]] = content.data["image/png"]
    return found


def is_drawn(image: str | bytes) -> bool:
    """Whether a PNG holds more than one colour."""
    import base64

    png = image if isinstance(image, bytes) else base64.b64decode(image)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed = 8, b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        packed += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return len(set(zlib.decompress(packed)[:1_000_000])) > 8


# -- the tests ---------------------------------------------------------------------------------------------------------


def worse(ours: Run, theirs: Run) -> list[str]:
    """In what a cell is behind Octave itself."""
    found = []
    if ours.figures < theirs.figures:
        found.append(f"{ours.figures} figures instead of {theirs.figures}")
    if (
        ours.error
        and not theirs.error.startswith("ended")
        and without_places(ours.error) != without_places(theirs.error)
    ):
        found.append(f"error: {ours.error}")
    known = [without_numbers(one) for one in theirs.warnings]
    found += [f"warning: {one}" for one in ours.warnings if without_numbers(one) not in known]
    if not theirs.not_drawn:
        found += [f"not drawn: {one}" for one in ours.not_drawn]
    return found


def without_numbers(text: str) -> str:
    """Some demos count what comes by chance."""
    return re.sub(r"[\d.]+(e[+-]\d+)?", "#", text)


def without_places(text: str) -> str:
    """Octave by itself runs a demo as a text, whose lines are not those of a file."""
    return re.sub(r"near line \d+, column \d+", "", text)


def test_octaves_own_demos_run_as_they_do_without_us(folder: Path, client: Client) -> None:
    names = [name for name in SOME.split() if (folder / "demos" / f"{name}.m").exists()]
    assert len(names) >= 60, "these are other demos than those of Octave 7"
    ours = {name: by_cell(client, read(folder, name)) for name in names}
    doubtful = [name for name, run in ours.items() if not is_clean(run)]
    theirs = by_octave(folder, doubtful)
    assert {name: found for name in doubtful if (found := worse(ours[name], theirs[name]))} == {}
    assert sum(run.figures > 0 for run in ours.values()) >= 60
    assert len(doubtful) <= 10, "Octave itself has trouble with these: others would tell more"


def is_clean(run: Run) -> bool:
    return run.figures > 0 and not (run.error or run.warnings or run.not_drawn)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_all_demos_of_octave_run_as_they_do_without_us(folder: Path, client: Client) -> None:
    names = sorted(path.stem for path in (folder / "demos").iterdir())
    ours = {name: by_cell(client, read(folder, name)) for name in names}
    theirs = by_octave(folder, names)
    drawing = [name for name in names if theirs[name].figures or theirs[name].not_drawn]
    print(f"\n{len(names)} demos, {len(drawing)} that draw, {sum(run.figures for run in ours.values())} figures shown")
    assert {name: found for name in names if (found := worse(ours[name], theirs[name]))} == {}
    unable = {name for name in names if theirs[name].error or theirs[name].not_drawn}
    print("not by Octave itself:", {name: theirs[name] for name in sorted(unable)})
    assert unable == {name for names in EXCEPTIONS for name in names.split()}


def read(folder: Path, name: str) -> Demo:
    return Demo(name, (folder / "demos" / f"{name}.m").read_text(encoding="utf-8", errors="replace"))
