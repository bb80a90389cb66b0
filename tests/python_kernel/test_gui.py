"""%gui: windows live while the kernel waits, and the kernel answers while windows live."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdk.protocol.control import CreateSubshellRequest, InterruptRequest
from sdk.protocol.iopub import DisplayData, Error, Stream
from sdk.protocol.message import Channel, Message
from sdk.protocol.shell import KernelInfoRequest
from sdk.testing import Client, KernelProcess
from tests.conftest import needs
from tests.python_kernel.conftest import kernel_process

WAIT = """
import asyncio, time
async def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end: raise TimeoutError
        await asyncio.sleep(0.005)
"""
QT = """
%gui qt
from IPython.external.qt_for_kernel import QtCore, QtGui
def button(text="x"):
    made = QtGui.QPushButton(text)
    made.show()
    return made
def after(milliseconds, call):
    QtCore.QTimer.singleShot(milliseconds, call)
def click(made): made.click()
def is_shown(made): return made.isVisible()
def text_of(made, text=None): return made.text() if text is None else made.setText(text)
def on_click(made, call): made.clicked.connect(lambda *_: call())
"""
TK = """
%gui tk
import tkinter
root = tkinter.Tk()
def button(text="x"):
    made = tkinter.Button(root, text=text)
    made.pack()
    return made
def after(milliseconds, call): root.after(milliseconds, call)
def click(made): made.invoke()
def is_shown(made): return bool(made.winfo_ismapped())
def text_of(made, text=None): return made["text"] if text is None else made.config(text=text)
def on_click(made, call): made.config(command=call)
"""
GTK = """
%gui gtk3
from gi.repository import Gtk, GLib
window = Gtk.Window(); box = Gtk.Box(); window.add(box); window.show_all()
def button(text="x"):
    made = Gtk.Button(label=text)
    box.add(made); made.show()
    return made
def after(milliseconds, call): GLib.timeout_add(milliseconds, lambda: call() and False)
def click(made): made.clicked()
def is_shown(made): return made.get_mapped()
def text_of(made, text=None): return made.get_label() if text is None else made.set_label(text)
def on_click(made, call): made.connect("clicked", lambda *_: call())
"""
GTK4 = """
%gui gtk4
from gi.repository import Gtk, GLib
window = Gtk.Window(); box = Gtk.Box(); window.set_child(box); window.present()
def button(text="x"):
    made = Gtk.Button(label=text)
    box.append(made)
    return made
def after(milliseconds, call): GLib.timeout_add(milliseconds, lambda: call() and False)
def click(made): made.emit("clicked")
def is_shown(made): return made.get_mapped()
def text_of(made, text=None): return made.get_label() if text is None else made.set_label(text)
def on_click(made, call): made.connect("clicked", lambda *_: call())
"""
WX = """
%gui wx
import wx
window = wx.Frame(None); box = wx.BoxSizer(); window.SetSizer(box); window.Show()
def button(text="x"):
    made = wx.Button(window, label=text)
    box.Add(made); window.Layout()
    return made
def after(milliseconds, call): wx.CallLater(milliseconds, call)
def click(made): made.ProcessEvent(wx.CommandEvent(wx.wxEVT_BUTTON, made.GetId()))
def is_shown(made): return made.IsShownOnScreen()
def text_of(made, text=None): return made.GetLabel() if text is None else made.SetLabel(text)
def on_click(made, call): made.Bind(wx.EVT_BUTTON, lambda event: call())
"""
TOOLKITS = {
    "qt": ("PySide6", QT),
    "tk": ("_tkinter", TK),
    "gtk3": ("gi", GTK),
    "gtk4": ("gi", GTK4),
    "wx": ("wx", WX),
}
DISTRIBUTIONS_OWN = {"gi": ("gi/_gi", "python3-gi"), "wx": ("wx/_core", "python3-wxgtk4.0")}
"""Module -> the extension in the system's packages, and the package: no wheels of these are to be had."""
LIMIT = 20.0  # seconds


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An X display of these tests' own."""
    needs("xvfb")
    reader, writer = os.pipe()
    argv = [shutil.which("Xvfb") or "Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    argv.append("-noreset")  # else it takes no connection for a moment whenever the last client has gone: wx asks twice
    process = subprocess.Popen(argv, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        assert number, "Xvfb has not started"
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module", params=TOOLKITS)
def windows(
    request: pytest.FixtureRequest, display: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KernelProcess]:
    """A kernel with a toolkit's loop, and functions that all toolkits have."""
    module, code = TOOLKITS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    environment = {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": "disabled:", "GTK_A11Y": "none"}
    if importlib.util.find_spec(module) is None:
        link_distributions_own(module, folder / "modules")
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(folder / "modules"), os.environ.get("PYTHONPATH")))
        )
    with kernel_process(folder, env=environment) as process:
        with process.client() as client:
            exchange = client.execute(WAIT + code, timeout=60)
            assert exchange.error is None  # GTK may warn that there is no session bus
            name = client.execute("get_ipython().active_eventloop")
            assert name.result == {"text/plain": repr(request.param)}
        yield process


def link_distributions_own(module: str, folder: Path) -> None:
    """Let a kernel that is given this folder import the system's own module, where it is made for this Python."""
    if module not in DISTRIBUTIONS_OWN:
        skip_without(module)
    extension, package = DISTRIBUTIONS_OWN[module]
    packages = Path("/usr/lib/python3/dist-packages")
    if not (packages / f"{extension}{sysconfig.get_config_var('EXT_SUFFIX')}").is_file():
        if any(packages.glob(f"{extension}.*.so")) or not Path("/usr/bin/dpkg").exists():
            pytest.skip(f"this Python has no {module}, and the system's {package} is made for another Python")
        pytest.skip(f"needs {package}: apt-get install {package}")
    folder.mkdir()
    (folder / module).symlink_to(packages / module)


def skip_without(module: str) -> None:
    """Of Python's own parts some are left out where it was built; the others can be installed."""
    if module.lstrip("_") in sys.stdlib_module_names or module in sys.stdlib_module_names:
        pytest.skip(f"this Python was built without {module}")
    pytest.importorskip(module)


@pytest.fixture
def client(windows: KernelProcess) -> Iterator[Client]:
    """A client of it."""
    with windows.client() as one:
        one.patience = LIMIT
        yield one


def is_text(text: str) -> Callable[[Message], bool]:
    return lambda message: isinstance(message.content, Stream) and message.content.text == text


# -- both at once ------------------------------------------------------------------------------------------------------


def test_a_window_lives_while_no_cell_runs(client: Client) -> None:
    client.execute("b = button(); on_click(b, lambda: print('clicked'))")
    cell = client.execute("after(50, lambda: click(b))")
    came = client.wait_for(is_text("clicked\n"))
    assert came.parent_header is not None
    assert came.parent_header.msg_id == cell.request.msg_id  # no cell runs: the last one shows it


def test_the_kernel_answers_while_a_window_lives(client: Client) -> None:
    client.execute("ticks = 0\ndef tick():\n    global ticks\n    ticks += 1\n    after(1, tick)\ntick()")
    for n in range(50):
        assert client.execute(f"{n} + 1").result == {"text/plain": str(n + 1)}
    assert client.request(KernelInfoRequest()).status == "ok"
    assert client.execute("await until(lambda: ticks > 20)").status == "ok"
    client.execute("def tick(): pass")


def test_a_window_of_one_cell_can_be_changed_by_the_next(client: Client) -> None:
    client.execute("b = button('one')")
    assert client.execute("await until(lambda: is_shown(b))").status == "ok"
    client.execute("text_of(b, 'two')")
    assert client.execute("text_of(b)").result == {"text/plain": "'two'"}


def test_a_window_lives_while_a_cell_awaits(client: Client) -> None:
    exchange = client.execute(
        "clicked = asyncio.Event(); b = button(); on_click(b, clicked.set)\n"
        "after(20, lambda: click(b))\nawait asyncio.wait_for(clicked.wait(), 20); print('seen', end='')"
    )
    assert (exchange.error, exchange.text()) == (None, "seen")


def test_a_window_lives_while_a_cell_gives_way_again_and_again(client: Client) -> None:
    exchange = client.execute(
        "done = []; after(20, lambda: done.append(1))\nwhile not done: await asyncio.sleep(0)\nprint('seen', end='')"
    )
    assert (exchange.error, exchange.text()) == (None, "seen")


def test_tasks_go_on_beside_a_window(client: Client) -> None:
    client.execute(
        "async def go():\n    for n in range(5): await asyncio.sleep(0.01)\n    print('gone')\n"
        "task = asyncio.create_task(go())"
    )
    client.wait_for(is_text("gone\n"))


def test_a_callback_may_start_tasks_and_timers(client: Client) -> None:
    client.execute(
        "loop = asyncio.get_running_loop()\nasync def later():\n    await asyncio.sleep(0.01)\n    print('task ran')\n"
        "after(10, lambda: loop.create_task(later()))"
    )
    client.wait_for(is_text("task ran\n"))
    client.execute("after(10, lambda: loop.call_later(0.01, print, 'timer ran'))")
    client.wait_for(is_text("timer ran\n"))


def test_an_idle_window_takes_no_time(client: Client) -> None:
    client.execute("b = button()\nawait until(lambda: is_shown(b))")
    client.execute("await asyncio.sleep(0.2); start = time.process_time()")
    spent = client.execute("await asyncio.sleep(1.0); time.process_time() - start").result
    assert spent is not None
    assert float(spent["text/plain"]) < 0.5  # it spins, or it does not


# -- interrupts and errors ---------------------------------------------------------------------------------------------


def interrupt(client: Client) -> None:
    client.request(InterruptRequest(), Channel.CONTROL)


@pytest.mark.parametrize("code", ["await asyncio.sleep(60)", "while True: pass", "time.sleep(60)",
                                  "while True: await asyncio.sleep(0)"])  # fmt: skip
def test_an_interrupt_ends_the_cell_and_the_window_stays(client: Client, windows: KernelProcess, code: str) -> None:
    client.execute("b = button(); kept = 1\nawait until(lambda: is_shown(b))")
    for by_signal in (True, False):
        cell = client.send_execute(f"print('on')\n{code}")
        client.wait_for(is_text("on\n"))
        windows.interrupt() if by_signal else interrupt(client)
        exchange = client.collect(cell, timeout=LIMIT)
        assert exchange.error is not None
        assert exchange.error.ename == "KeyboardInterrupt"
    assert client.execute("kept, is_shown(b)").result == {"text/plain": "(1, True)"}
    assert client.execute("after(5, lambda: print('alive'))").status == "ok"
    client.wait_for(is_text("alive\n"))


def test_an_interrupt_of_an_idle_kernel_is_nobodys(client: Client, windows: KernelProcess) -> None:
    for _ in range(5):
        windows.interrupt()
        interrupt(client)
        assert client.execute("1 + 1").result == {"text/plain": "2"}


def test_an_interrupt_ends_a_callback_that_blocks(client: Client) -> None:
    client.execute("def block():\n    print('blocks')\n    time.sleep(60)\nafter(10, block)")
    client.wait_for(is_text("blocks\n"))
    interrupt(client)
    assert client.execute("1 + 1").result == {"text/plain": "2"}


def test_what_a_callback_raises_is_shown(client: Client) -> None:
    client.execute("after(5, lambda: 1 / 0)")

    def tells(message: Message) -> bool:
        content = message.content
        return (isinstance(content, Error) and content.ename == "ZeroDivisionError") or (
            isinstance(content, Stream) and "ZeroDivisionError" in content.text
        )

    client.wait_for(tells)
    assert client.execute("after(5, lambda: print('alive'))").status == "ok"
    client.wait_for(is_text("alive\n"))


# -- on and off --------------------------------------------------------------------------------------------------------


def test_off_ends_it_and_on_begins_it_again(client: Client) -> None:
    name = client.execute("name = get_ipython().active_eventloop; name").result
    client.execute("count = 0\ndef tick():\n    global count\n    count += 1\n    after(1, tick)\ntick()")
    client.execute("await until(lambda: count > 5)")
    assert client.execute("%gui").outputs() == []
    assert client.execute("get_ipython().active_eventloop").result is None
    stopped = client.execute("before = count; await asyncio.sleep(0.1); count == before")
    assert stopped.result == {"text/plain": "True"}
    assert client.execute("get_ipython().enable_gui(name)\nawait until(lambda: count > before)").status == "ok"
    assert client.execute("def tick(): pass\nget_ipython().active_eventloop").result == name


def test_a_subshell_cannot_have_windows(client: Client) -> None:
    reply = client.request(CreateSubshellRequest(), Channel.CONTROL).reply
    subshell_id = reply.content.subshell_id  # type: ignore[union-attr]
    exchange = client.execute("%gui tk", subshell_id=subshell_id)
    assert "subshell" in exchange.text("stderr")


def test_a_kernel_with_windows_shuts_down(display: str, tmp_path: Path) -> None:
    for name, (module, code) in TOOLKITS.items():
        if importlib.util.find_spec(module) is None:
            continue
        folder = tmp_path / name
        folder.mkdir()
        with kernel_process(folder, env={"DISPLAY": display}) as process, process.client() as client:
            assert (
                client.execute(WAIT + code + "\nb = button()\nawait until(lambda: is_shown(b))", timeout=60).error
                is None
            )
            process.end()
            assert process.process.returncode == 0


# -- names that there are not, and names of others ---------------------------------------------------------------------


def test_asyncio_and_inline_need_no_loop(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        for name in ("asyncio", "inline", "widget"):
            assert client.execute(f"%gui {name}").outputs() == []
            assert client.execute("get_ipython().active_eventloop").result == {"text/plain": repr(name)}
        exchange = client.execute("%gui nothing-like-this")
        assert "no GUI event loop is named 'nothing-like-this'; there are gtk" in exchange.text("stderr")
        assert client.execute("get_ipython().active_eventloop").result == {"text/plain": "'widget'"}


def test_a_loop_of_somebody_elses_can_be_added(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        client.execute(
            "turns = 0\nimport time\ndef loop(kernel):\n    global turns\n    turns += 1\n    time.sleep(0.01)\n"
            "loop.exit_hook = lambda kernel: print('left', kernel is get_ipython().kernel)\n"
            "shell = get_ipython()\nshell.event_loops.add('mine', loop, shell.kernel)"
        )
        assert client.execute("%gui mine").outputs() == []
        client.execute(WAIT)
        assert client.execute("await until(lambda: turns > 5)").status == "ok"
        assert client.execute("%gui").text() == "left True\n"


REGISTERED = """
import time
from ipykernel.eventloops import enable_gui, loop_map, register_integration
turns, left = 0, []
@register_integration("mine", "also-mine")
def loop(kernel):
    global turns
    turns += kernel is get_ipython().kernel
    time.sleep(0.01)
@loop.exit
def leave(kernel): left.append(kernel)
"""


@pytest.mark.parametrize(
    ("enable", "end"),
    [("%gui mine", "%gui"), ("enable_gui('also-mine')", "enable_gui(None)"), ("%gui mine", "%gui asyncio")],
)
def test_a_loop_that_is_registered_as_for_ipykernel_runs(enable: str, end: str, fresh: KernelProcess) -> None:
    with fresh.client() as client:
        assert client.execute(REGISTERED + WAIT).error is None
        assert client.execute("turns").result == {"text/plain": "0"}
        assert client.execute(enable).outputs() == []
        assert client.execute("await until(lambda: turns > 5)").status == "ok"
        assert client.execute(end).outputs() == []
        found = client.execute("left == [get_ipython().kernel], get_ipython().active_eventloop in (None, 'asyncio')")
        assert found.result == {"text/plain": "(True, True)"}


def test_what_nobody_has_registered_is_a_value_error(fresh: KernelProcess) -> None:
    with fresh.client() as client:
        error = client.execute("from ipykernel.eventloops import enable_gui; enable_gui('nothing-like-this')").error
        assert error is not None and error.ename == "ValueError"


# -- matplotlib --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "module"), [("qt", "PySide6"), ("tk", "_tkinter")])
def test_matplotlibs_window_is_drawn_and_answers(name: str, module: str, display: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    if importlib.util.find_spec(module) is None:
        skip_without(module)
    with kernel_process(tmp_path, env={"DISPLAY": display}) as process, process.client() as client:
        client.patience = LIMIT
        exchange = client.execute(f"{WAIT}\n%matplotlib {name}\nimport matplotlib.pyplot as plt", timeout=60)
        assert (exchange.error, exchange.text("stderr")) == (None, "")
        assert client.execute("get_ipython().active_eventloop").result == {"text/plain": repr(name)}
        client.execute(
            "drawn = 0\ndef count(event):\n    global drawn\n    drawn += 1\n"
            "figure, axes = plt.subplots(); figure.canvas.mpl_connect('draw_event', count); plt.plot([1, 2]);"
        )
        shown = client.execute("await until(lambda: drawn); before = drawn\nplt.plot([2, 1]); plt.show()")
        assert (shown.error, [one for one in shown.outputs() if isinstance(one, DisplayData)]) == (None, [])
        assert client.execute("await until(lambda: drawn > before)").error is None
        assert client.execute("plt.pause(0.05)").error is None
        assert client.execute("%matplotlib inline\nplt.close('all'); plt.plot([1]);", timeout=30).outputs() != []
        assert client.execute("get_ipython().active_eventloop").result is None
