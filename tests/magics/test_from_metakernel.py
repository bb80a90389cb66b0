"""The examples of metakernel's documentation, for the magics that are here, too: as they are written there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import needs
from tests.magics.conftest import KERNELS, Live, error_of, started


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a word."""

    def log_message(self, *rest: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a place with files."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "internet.txt").write_text("é\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=KERNELS)
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A kernel among the files that the examples name."""
    with started(request.param, tmp_path_factory.mktemp("there")) as kernel:
        for name in ("myprogram.ss", "myprog.py", "myprog1.py", "myprog2.py", "filename.ss"):
            (kernel.work / name).write_text(f"{kernel.say(name.partition('.')[0])}\n")
        (kernel.work / "filename.py").write_text("print('python')\n")
        (kernel.work / "sub").mkdir()
        yield kernel


EXAMPLES = {
    "%cd sub\n%cd ..": "/sub",
    "%connect_info": '"shell_port"',
    "%edit myprogram.ss": "%%file myprogram.ss",
    "%html <u>This is underlined!</u>": "<u>This is underlined!</u>",
    "%%html\n\n<div>Contents of div tag</div>": "<div>Contents of div tag</div>",
    "%include myprog.py": "myprog",
    "%include myprog1.py myprog2.py": "myprog2",
    '%javascript console.log("Print in the browser console")': "console.log",
    "%kernel bash -k bash": "bash: Bash",
    "%kx ls -al": "filename.ss",
    "%%kernel bash\nls -al": "filename.ss",
    "%%kx -k bash\nls -al": "filename.ss",
    "%latex $x_1 = \\dfrac{a}{b}$": "\\\\dfrac{a}{b}",
    "%%latex\n$x_1 = \\dfrac{a}{b}$\n\n$x_2 = a^{n - 1}$": "x_2 = a^{n - 1}",
    "%load myprog.py": "myprog",
    "%ls .": "filename.ss",
    "%ls ..": "work/",
    "%ls -r .": "sub",
    "%lsmagic": "%%time",
    "%magic": "%cd",
    "%python x = 42\n%python import math\n%python x + math.pi": "45.14159",
    "%reload_magics": "",
    "%run filename.ss": "filename",
    "%run -l python filename.py": "python",
    '%run --language "kx python" filename.py': "python",
    "%shell ls -al": "filename.ss",
    "%shell cd\n%pwd": "/home",
    '%%file -a log.txt\nThis will append this line onto the file "log.txt"': "log.txt",
    "%%python\nx = 1\nprint(x)": "1",
    "%%show\nThis information will appear": "This information will appear",
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_works_as_it_is_written(there: Live, code: str) -> None:
    there.run(f"%cd {there.work}")
    done = there.run(code)
    assert done.error is None, done.error
    shown = done.text() + "".join(str(getattr(one, "data", "")) for one in done.outputs())
    assert EXAMPLES[code] in shown


def test_macros(there: Live) -> None:
    there.run(f"%%macro test\n{there.say('Ok!')}")
    assert there.run("%macro test").text() == there.said("Ok!")
    assert "test" in there.run("%macro -l all").text()
    assert "Ok!" in there.run("%macro -s test").text()
    assert there.run("%macro -d test").error is None
    assert error_of(there.run("%macro test")) is not None


def test_graphs_with_the_arrow_of_the_other_kind(there: Live) -> None:
    needs("dot")
    for code in ("%dot graph A { a->b };", "%%dot\n\ngraph A { a->b };"):
        assert "<svg" in str(there.run(code).outputs()[-1])


def test_downloads(there: Live, site: str) -> None:
    there.run(f"%cd {there.work}")
    assert there.run(f"%download {site}/internet.txt -f myfile.txt").error is None
    assert Path(there.work, "myfile.txt").read_text() == "é\n"


def test_variables(there: Live) -> None:
    code = {"bash": "echo ${x[@]}", "octave": "disp (x)"}.get(there.name)
    for value, text in (("42", "42"), ("[1, 2, 3]", "1 2 3")):
        done = there.run(f"%set x {value}")
        if code is None:
            assert "gives no variables away" in str(error_of(done))
        else:
            assert " ".join(there.run(code).text().split()) == text


def test_time_and_sticky_magics(there: Live) -> None:
    assert "Wall time" in there.run(f"%%time\n{there.say('x')}").text()
    there.run("%%%html")
    assert there.run("<b>x</b>").outputs()[0].data["text/html"] == "<b>x</b>"  # type: ignore[attr-defined]
    there.run("%%%html")
    there.goes_on()


@pytest.mark.parametrize("code", ["%help", "?", "%help %cd", "%cd?", "%%help\n%cd"])
def test_help(there: Live, code: str) -> None:
    assert there.run(code).error is None
    assert there.run(code).outputs() != []
