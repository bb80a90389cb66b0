"""Widgets, which speak with the front-end both ways."""

from __future__ import annotations

from tests.packages.case import Case, View, send, update
from tests.packages.notebook import Notebook


def _moved(view: View) -> None:
    assert view.text(step=1) == "moved to 7\n"
    assert "IntSliderModel" in view.opened
    assert {"value": 9} in view.updates(2)


def _bytes(view: View) -> None:
    (opened,) = [one for one in view.of("comm_open") if one.buffers]
    assert opened.buffers == [b"\x00\xff" * 50]


def _counted(view: View) -> None:
    assert view.text(step=1) == "counted 5\n"
    (echo,) = list(view.of("comm_msg", 2))
    assert echo.content["data"] == {"method": "custom", "content": {"echo": {"hi": 1}}} and echo.buffers == [b"bytes"]
    assert {"value": 6} in view.updates(3)


def _described(view: View) -> None:
    assert view.shown("application/vnd.jupyter.widget-view+json")
    assert {"n": 2} in view.updates(1)


def _results(view: View, texts: list[str]) -> None:
    assert view.shown("text/plain") == texts


def _cell_and_update(notebook: Notebook) -> None:
    """A cell that waits, and meanwhile the user types into a box."""
    request = notebook.start(
        "end = time.monotonic() + 5\nprint('waits')\nwith ui_events() as poll:\n"
        "    while not box.value and time.monotonic() < end:\n        poll(10)\n        time.sleep(0.01)\n"
        "print('the box holds', box.value)"
    )
    notebook.wait(lambda messages: "waits" in View(messages).text(), "its start")
    notebook.post("IntTextModel", {"method": "update", "state": {"value": 5}, "buffer_paths": []})
    notebook.finish(request)


def _contains(text: str, part: str) -> None:
    assert part in text


CASES = [
    Case(
        "slider",
        [
            """
            import ipywidgets as w
            slider = w.IntSlider(value=3)
            slider.observe(lambda change: print('moved to', change['new']), 'value')
            slider
            """,
            update("IntSliderModel", value=7),
            "slider.value = 9",
        ],
        _moved,
    ),
    Case(
        "output",
        [
            """
            out = w.Output()
            out
            """,
            """
            with out:
                print('inside')
                1 / 0
            print('outside')
            """,
        ],
        lambda view: _contains(view.text(), "inside\noutside\n"),
    ),
    Case(
        "binary",
        [
            """
            image = w.Image(value=b'\\x00\\xff' * 50)
            image
            """,
            send("ImageModel", {"method": "request_state"}),
        ],
        _bytes,
    ),
    Case(
        "interact",
        [
            """
            @w.interact(n=(0, 10))
            def shown(n=3): print('n is', n)
            """,
            update("IntSliderModel", value=7),
        ],
        lambda view: _contains(str([one.content for one in view.messages]), "n is 7"),
    ),
    Case(
        "button-awaited",
        [
            """
            import asyncio
            button = w.Button(); pressed = asyncio.Event()
            button.on_click(lambda _: (print('pressed'), pressed.set()))
            button
            """,
            send("ButtonModel", {"method": "custom", "content": {"event": "click"}}),
            "await asyncio.wait_for(pressed.wait(), 10)",
        ],
        lambda view: _contains(view.text(step=1), "pressed"),
    ),
    Case(
        "anywidget",
        [
            """
            import anywidget, traitlets
            class Counter(anywidget.AnyWidget):
                _esm = 'export default {}'
                value = traitlets.Int(0).tag(sync=True)
            counter = Counter()
            counter.observe(lambda change: print('counted', change.new), 'value')
            counter.on_msg(lambda _, content, buffers: counter.send({'echo': content}, buffers))
            counter
            """,
            update("AnyModel", value=5),
            send("AnyModel", {"method": "custom", "content": {"hi": 1}}, b"bytes"),
            "counter.value = 6",
        ],
        _counted,
    ),
    Case(
        "anywidget-descriptor",
        [
            """
            from anywidget.experimental import MimeBundleDescriptor
            import psygnal, dataclasses
            @psygnal.evented
            @dataclasses.dataclass
            class Plain:
                n: int = 1
                _repr_mimebundle_ = MimeBundleDescriptor(_esm='export default {}')
            plain = Plain()
            plain
            """,
            "plain.n = 2",
        ],
        _described,
    ),
    Case(
        "ui-poll",
        [
            """
            from jupyter_ui_poll import ui_events
            import time
            box = w.IntText()
            box
            """,
            _cell_and_update,
        ],
        lambda view: _contains(view.text(), "the box holds 5"),
        better="cells can look at widgets while they run: it has no do_one_iteration any more",
    ),
    Case(
        "nest-asyncio",
        [
            """
            import nest_asyncio
            nest_asyncio.apply()
            async def doubled(n):
                await asyncio.sleep(0)
                return 2 * n
            asyncio.get_event_loop().run_until_complete(doubled(21))
            """,
            "asyncio.run(doubled(4))",
        ],
        lambda view: _results(view, ["42", "8"]),
    ),
]
