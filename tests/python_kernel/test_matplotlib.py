"""matplotlib in cells: figures at the end of a cell or when they are shown, in the formats that the user wants."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sdk.protocol.comm import CommMsg, CommOpen
from sdk.protocol.control import CreateSubshellRequest, DeleteSubshellRequest
from sdk.protocol.iopub import DisplayData, Error, ExecuteResult, Stream
from sdk.protocol.message import Channel, Content, Message
from sdk.testing import IDLE, Client, Exchange, KernelProcess
from tests.python_kernel.conftest import kernel_process

pytest.importorskip("matplotlib")

FIGURE = "<Figure size 640x480 with 1 Axes>"
PNG = ("text/plain", "image/png")
RESET = """
plt.close("all")
from matplotlib_inline.config import InlineBackend
inline = InlineBackend.instance()
inline.close_figures, inline.print_figure_kwargs, inline.figure_formats = True, {"bbox_inches": "tight"}, {"png"}
plt.rcdefaults(); plt.ion();
"""


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelProcess]:
    """A kernel that has loaded pyplot."""
    with kernel_process(tmp_path_factory.mktemp("drawing")) as process:
        with process.client() as client:
            assert client.execute("import matplotlib.pyplot as plt", timeout=60).status == "ok"
        yield process


@pytest.fixture
def client(drawing: KernelProcess) -> Iterator[Client]:
    """A client of it; what a test configures is taken back."""
    with drawing.client() as one:
        yield one
        reset = one.execute(RESET)
        assert (reset.error, reset.outputs()) == (None, [])


def shown(exchange: Exchange) -> list[Any]:
    """What a cell showed, in order: texts, or the MIME types of displays, results, errors."""
    told: list[Any] = []
    for content in exchange.outputs():
        if isinstance(content, Stream):
            told.append(content.text)
        elif isinstance(content, DisplayData):
            told.append(tuple(content.data))
        elif isinstance(content, ExecuteResult):
            told.append(("result", *content.data))
        elif isinstance(content, Error):
            told.append(content.ename)
    return told


def tell(client: Client, content: Content) -> Exchange:
    """What comes of a message that has no reply."""
    header = client.send(content)

    def belongs(message: Message) -> bool:
        return message.parent_header is not None and message.parent_header.msg_id == header.msg_id

    idle = client.wait_for(lambda message: belongs(message) and message.content == IDLE)
    before = client.take(lambda channel, message: channel is Channel.IOPUB and belongs(message))
    return Exchange(header, idle, [*before, idle])


def image(exchange: Exchange, mime: str = "image/png") -> tuple[Any, Any]:
    """The one figure of a cell, and its metadata."""
    (content,) = (one for one in exchange.outputs() if isinstance(one, DisplayData))
    return content.data[mime], content.metadata.get(mime)


def size(png: str) -> tuple[int, int]:
    """Width and height in pixels."""
    return struct.unpack(">II", base64.b64decode(png)[16:24])  # type: ignore[return-value]


# -- when figures are shown --------------------------------------------------------------------------------------------


def test_a_figure_comes_after_all_that_its_cell_prints(client: Client) -> None:
    exchange = client.execute("print('a', end=''); plt.plot([1, 2]); print('b', end='')")
    assert exchange.text() == "ab"
    assert shown(exchange)[-1] == PNG
    assert [one.data["text/plain"] for one in exchange.outputs() if isinstance(one, DisplayData)] == [FIGURE]


def test_show_shows_at_once(client: Client) -> None:
    assert shown(client.execute("plt.plot([1, 2]); plt.show(); print('after')")) == [PNG, "after\n"]
    assert shown(client.execute("1 + 1")) == [("result", "text/plain")]


def test_every_figure_of_a_cell_is_shown_once(client: Client) -> None:
    assert shown(client.execute("for n in range(3): plt.figure(); plt.plot([n])")) == [PNG] * 3
    assert client.execute("plt.get_fignums()").result == {"text/plain": "[]"}


def test_a_figure_is_a_result_too(client: Client) -> None:
    assert shown(client.execute("figure, axes = plt.subplots(); plt.close(); figure")) == [("result", *PNG)]


def test_a_figure_that_was_drawn_before_the_error_is_shown(client: Client) -> None:
    exchange = client.execute("plt.plot([1, 2])\n1 / 0")
    assert (exchange.status, sorted(map(str, shown(exchange)))) == ("error", sorted([str(PNG), "ZeroDivisionError"]))


def test_a_figure_that_cannot_be_drawn_tells_why(client: Client) -> None:
    exchange = client.execute(r"plt.plot([1, 2]); plt.title(r'$\nonsense{$'); print('drawn')")
    errors = [one for one in exchange.contents() if isinstance(one, Error)]
    assert {one.ename for one in errors} == {"ValueError"}  # pyplot tries it, and then the formatter
    assert all("nonsense" in one.evalue for one in errors)
    assert exchange.text().startswith("drawn\n")
    assert ("text/plain", "image/png") not in shown(exchange)
    assert shown(client.execute("plt.plot([1, 2]);")) == [PNG]


def test_a_cell_that_awaits_shows_its_figure(client: Client) -> None:
    assert shown(client.execute("import asyncio\nplt.plot([1, 2])\nawait asyncio.sleep(0)")) == [PNG]


def test_a_silent_cell_keeps_its_figure_and_a_later_one_shows_it_with_show(client: Client) -> None:
    assert client.execute("plt.ioff(); plt.plot([1, 2]);").outputs() == []
    assert shown(client.execute("plt.show()")) == [PNG]


def test_a_comms_callback_shows_its_figure(client: Client) -> None:
    client.execute(
        "import comm\ndef opened(c, message): c.on_msg(lambda message: plt.plot([1, 2]))\n"
        "comm.get_comm_manager().register_target('draws', opened)"
    )
    tell(client, CommOpen("1", "draws", {}))
    exchange = tell(client, CommMsg("1", {}))
    assert shown(exchange) == [PNG]


def test_figures_of_a_subshell_are_its_cells(client: Client) -> None:
    created = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
    subshell_id = created.content.subshell_id  # type: ignore[union-attr]
    exchange = client.execute("plt.plot([1, 2]); plt.show()", subshell_id=subshell_id)
    assert shown(exchange) == [PNG]
    client.request(DeleteSubshellRequest(subshell_id), Channel.CONTROL)


# -- how ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "mimes"),
    [
        ("'svg'", {"image/svg+xml"}),
        ("['png', 'pdf']", {"image/png", "application/pdf"}),
        ("['jpeg']", {"image/jpeg"}),
        ("{'png', 'svg'}", {"image/png", "image/svg+xml"}),
    ],
)
def test_config_chooses_the_formats(client: Client, formats: str, mimes: set[str]) -> None:
    client.execute(f"%config InlineBackend.figure_formats = {formats}")
    (figure,) = shown(client.execute("plt.plot([1, 2]);"))
    assert set(figure) == {"text/plain", *mimes}


def test_retina_figures_have_twice_the_pixels_and_tell_their_size(client: Client) -> None:
    width, height = size(image(client.execute("plt.plot([1, 2]);"))[0])
    client.execute("%config InlineBackend.figure_format = 'retina'")
    data, metadata = image(client.execute("plt.plot([1, 2]);"))
    assert size(data) == pytest.approx((2 * width, 2 * height), abs=4)
    assert (metadata["width"], metadata["height"]) == tuple(n // 2 for n in size(data))


def test_svg_is_text(client: Client) -> None:
    client.execute("%config InlineBackend.figure_formats = ['svg']")
    assert "<svg" in image(client.execute("plt.plot([1, 2]);"), "image/svg+xml")[0]


def test_config_changes_how_figures_are_cut(client: Client) -> None:
    client.execute("%config InlineBackend.print_figure_kwargs = dict(bbox_inches=None)")
    assert size(image(client.execute("plt.plot([1, 2]);"))[0]) == (640, 480)


def test_figures_stay_open_when_the_user_wants(client: Client) -> None:
    client.execute("%config InlineBackend.close_figures = False")
    first = client.execute("figure = plt.figure(); plt.plot([1, 2]);")
    assert shown(first) == [PNG]
    assert client.execute("plt.gcf() is figure").result == {"text/plain": "True"}
    assert shown(client.execute("plt.plot([2, 1]); figure")) == [("result", *PNG)]


def test_a_transparent_figure_tells_which_background_it_needs(client: Client) -> None:
    code = "plt.style.use('dark_background'); plt.figure(facecolor='none'); plt.plot([1, 2]);"
    (content,) = (one for one in client.execute(code).outputs() if isinstance(one, DisplayData))
    assert content.metadata["needs_background"] == "dark"


# -- other ways of drawing ---------------------------------------------------------------------------------------------


def test_the_inline_backend_is_there_without_magic(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        code = "import sys; 'matplotlib' in sys.modules"
        assert client.execute(code).result == {"text/plain": "False"}
        exchange = client.execute("from matplotlib import pyplot as p; p.plot([1]); print('x')", timeout=60)
        assert shown(exchange) == ["x\n", PNG]


def test_a_backend_in_the_environment_is_left_alone(tmp_path: Path) -> None:
    with kernel_process(tmp_path, env={"MPLBACKEND": "agg"}) as process, process.client() as client:
        exchange = client.execute("import matplotlib.pyplot as p; p.plot([1]); p.get_backend()", timeout=60)
        assert shown(exchange) == [("result", "text/plain")]
        assert exchange.result == {"text/plain": "'agg'"}
        assert shown(client.execute("%matplotlib inline\np.close('all'); p.plot([1]);")) == [PNG]


def test_agg_draws_into_files_alone(client: Client, tmp_path: Path) -> None:
    assert client.execute(f"%matplotlib agg\nplt.plot([1]); plt.savefig({str(tmp_path / 'x.png')!r})").outputs() == []
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert shown(client.execute("%matplotlib inline\nplt.close('all'); plt.plot([1]);")) == [PNG]


def test_pylab_brings_its_names(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        assert client.execute("%pylab inline", timeout=60).status == "ok"
        assert shown(client.execute("plot(arange(3));")) == [PNG]


def test_matplotlib_lists_its_backends(client: Client) -> None:
    text = client.execute("%matplotlib --list").text()
    assert "'inline'" in text
    assert "'qt'" in text


def test_the_widget_backend_draws_into_a_widget(fresh: KernelProcess) -> None:
    pytest.importorskip("ipympl")
    with fresh.client() as client:
        code = (
            "%matplotlib widget\nimport matplotlib.pyplot as plt\nfigure = plt.figure(); plt.plot([1, 2]); plt.show()"
        )
        exchange = client.execute(code, timeout=60)
        comms = {
            one.data["state"]["_model_name"]: one.comm_id for one in exchange.contents() if isinstance(one, CommOpen)
        }
        (figure,) = (one.data for one in exchange.outputs() if isinstance(one, DisplayData))
        assert figure["application/vnd.jupyter.widget-view+json"]["model_id"] == comms["MPLCanvasModel"]
        # The front-end, which has just made the canvas, asks for the picture.
        drawn = tell(client, CommMsg(comms["MPLCanvasModel"], {"method": "custom", "content": {"type": "refresh"}}))
        tell(client, CommMsg(comms["MPLCanvasModel"], {"method": "custom", "content": {"type": "draw"}}))
        assert drawn.contents()
        pressed = {"type": "key_press", "key": "kx", "x": 0, "y": 0, "guiEvent": {}}
        client.execute("figure.canvas.mpl_connect('key_press_event', lambda event: print('pressed', event.key));")
        exchange = tell(client, CommMsg(comms["MPLCanvasModel"], {"method": "custom", "content": pressed}))
        assert exchange.text() == "pressed x\n"
        assert client.execute("get_ipython().active_eventloop").status == "ok"
