"""The Qt console on a display of its own: a figure in the text, the pager, completion, one kernel with others."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import needs
from tests.frontends.programs import LIMIT, PYTHON

if importlib.util.find_spec("qtconsole") is None or importlib.util.find_spec("PySide6") is None:
    pytest.skip("could not import qtconsole and PySide6", allow_module_level=True)

# The widget that jupyter-qtconsole shows, in a process of its own; it tells what it shows, as JSON.
PROGRAM = """
import json, sys
from qtpy import QtCore, QtTest, QtWidgets
from qtconsole.manager import QtKernelManager
from qtconsole.rich_jupyter_widget import RichJupyterWidget

app = QtWidgets.QApplication([])
wait = QtCore.QEventLoop()
told = {}

def until(condition, what):
    end = QtCore.QDeadlineTimer(LIMIT * 1000)
    while not condition():
        if end.hasExpired():
            raise SystemExit(f"waited for {what}; the console shows:\\n{text()}\\n{told}")
        QtCore.QTimer.singleShot(20, wait.quit)
        wait.exec()

def text():
    return widget._control.toPlainText()

def images():
    return widget._control.document().toHtml().count("<img")

manager = QtKernelManager(kernel_name="ipython")
manager.start_kernel()
client = manager.client()
client.start_channels()
widget = RichJupyterWidget(gui_completion="plain")
widget.kernel_manager, widget.kernel_client = manager, client
widget.resize(700, 500)
widget.show()
try:
    until(lambda: "In [1]:" in text(), "a prompt")
    widget.execute("6 * 7")
    until(lambda: "Out[1]: 42" in text(), "a result")
    widget.execute("import matplotlib.pyplot as plt; plt.plot([1, 2]);")
    until(images, "a figure")
    until(lambda: "In [3]:" in text(), "the third prompt")
    told["images"] = images()
    widget.execute("int?")
    until(lambda: "Init signature" in text() + widget._page_control.toPlainText(), "the page")
    until(lambda: "In [4]:" in text(), "the fourth prompt")
    widget.execute("1 / 0")
    until(lambda: "ZeroDivisionError: division by zero" in text(), "an error")
    until(lambda: "In [5]:" in text(), "the fifth prompt")
    widget.execute("name = input('Who? ')")
    until(lambda: widget._reading and text().endswith("Who? "), "a question")
    QtTest.QTest.keyClicks(widget._control, "Ada")
    QtTest.QTest.keyClick(widget._control, QtCore.Qt.Key_Return)
    until(lambda: "In [6]:" in text(), "the sixth prompt")
    widget.execute("print('hello,', name)")
    until(lambda: "hello, Ada" in text(), "the answer")
    widget.execute("import time; print('sle' + 'eps'); time.sleep(600)")
    until(lambda: "sleeps" in text(), "the cell to run")
    widget.interrupt_kernel()
    until(lambda: "KeyboardInterrupt" in text(), "the interrupt")
    until(lambda: "In [8]:" in text(), "the eighth prompt")
    told["last"] = text().splitlines()[-1]
    widget.execute("%clear")
    until(lambda: "In [8]:" not in text(), "a cleared console")
    until(lambda: not widget._executing, "the end of %clear")
    widget.execute("'after' + 'wards'")  # the console may clear later than it writes the next prompt, with any kernel
    until(lambda: "'afterwards'" in text(), "a result after it")
finally:
    client.stop_channels()
    manager.shutdown_kernel()
print(json.dumps(told))
"""


@pytest.fixture
def display() -> Iterator[str]:
    """An X display of this test's own."""
    needs("xvfb")
    reader, writer = os.pipe()
    argv = [
        shutil.which("Xvfb") or "Xvfb",
        "-displayfd",
        str(writer),
        "-screen",
        "0",
        "1024x768x24",
        "-nolisten",
        "tcp",
    ]
    process = subprocess.Popen(argv, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            yield f":{told.readline().strip()}"
    finally:
        process.terminate()
        process.wait(20)


def test_the_qt_console_shows_results_figures_pages_errors_and_questions(
    environment: dict[str, str], display: str, folder: Path
) -> None:
    program = folder / "program.py"
    program.write_text(PROGRAM.replace("LIMIT", str(int(LIMIT))))
    done = subprocess.run(
        [PYTHON, str(program)],
        env={**environment, "DISPLAY": display, "QT_API": "pyside6"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=3 * LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told == {"images": 1, "last": "In [8]: "}
