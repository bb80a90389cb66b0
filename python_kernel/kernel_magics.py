"""`KernelMagics`: magics that are a kernel's, or that work otherwise in one than in a terminal."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from importlib.util import find_spec
from typing import Any

from IPython.core import page
from IPython.core.display import Javascript
from IPython.core.display_functions import clear_output, display
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magics.code import CodeMagics, MacroToEdit
from IPython.utils import openpy

_CLEARED = "\x1b[H\x1b[2J"  # what terminals, and the Qt console, obey, and notebooks leave out


@magics_class
class KernelMagics(Magics):
    """%connect_info, %kernel_log, %edit, %less, %man, %clear, %qtconsole, %autosave, %subshell."""

    shell: Any

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._edited = ["", ""]
        """What %edit was last told, and the file that came of it."""

    @line_magic
    def connect_info(self, line: str) -> None:
        """Print what another program needs to connect to this kernel.

        The key lets whoever has it run code here.
        """
        path = self.shell.host.connection_file
        try:
            with open(path, encoding="utf-8") as file:
                info = json.load(file)
        except (OSError, ValueError) as error:
            raise UsageError(f"the connection file cannot be read: {error}") from None
        name = os.path.basename(path) if os.path.dirname(os.path.abspath(path)) == _runtime_dir() else path
        print(json.dumps(info, indent=2))
        print("\nPut this into a file on another machine, and connect with")
        print("    $> jupyter <app> --existing <file>")
        print("or, on this machine, with")
        print(f"    $> jupyter <app> --existing {name}")
        print("or, if no kernel was started after this one, just with")
        print("    $> jupyter <app> --existing")

    @line_magic
    def kernel_log(self, line: str) -> None:
        """Print the last lines of the kernel's own log: what went wrong in it, and in no cell. %kernel_log [LINES]"""
        try:
            count = int(line or 50)
        except ValueError:
            raise UsageError(f"%kernel_log {line}: expected a number of lines") from None
        lines = list(self.shell.host.log_lines)[-count:] if count > 0 else []
        print("".join(lines) or "The kernel's log is empty.", end="" if lines else "\n")

    @line_magic
    def edit(self, line: str = "") -> None:
        """Open code in the front-end's editor.

        %edit [-n LINE] [-p] [-r] [a range of the history, a name, a file or an expression that gives a text]

          -n LINE  begin at this line
          -p       what was edited last
          -r       from the history what was typed, not what IPython made of it

        Without argument it opens an empty file. What is edited is not run: put it into a cell, or %run the file. %ed is
        the same.
        """
        options, arguments = self.parse_options(line, "prn:")
        try:
            filename, number, _ = CodeMagics._find_edit_target(self.shell, arguments, options, self._edited)
        except MacroToEdit:
            raise UsageError("a macro cannot be edited here: print it, and define it again with %macro") from None
        if filename is None:
            raise UsageError(f"%edit {line}: nothing to edit was found")
        payload = {"source": "edit_magic", "filename": os.path.realpath(filename), "line_number": number}
        self.shell.payload_manager.write_payload(payload)

    @line_magic
    def ed(self, line: str = "") -> None:
        """Open code in the front-end's editor: %edit."""
        self.shell.run_line_magic("edit", line)

    @line_magic
    def less(self, line: str) -> None:
        """Show a file in the pager, Python in colours."""
        if not line:
            raise UsageError("%less FILE: the file is missing")
        path = os.path.expanduser(line.strip("'\""))
        try:
            if path.endswith(".py"):
                text = self.shell.pycolorize(openpy.read_py_file(path, skip_encoding_cookie=False))
            else:
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
        except OSError as error:
            raise UsageError(f"%less {line}: {error.strerror}") from None
        page.page(text)

    @line_magic
    def more(self, line: str) -> None:
        """Show a file in the pager: %less."""
        self.shell.run_line_magic("less", line)

    @line_magic
    def man(self, line: str) -> None:
        """Show a command's manual in the pager."""
        done = subprocess.run(
            ["man", "-P", "cat", *shlex.split(line)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**os.environ, "MANPAGER": "cat", "MAN_KEEP_FORMATTING": "", "MANWIDTH": "80"},
        )
        if done.returncode:
            raise UsageError(f"%man {line}: {done.stderr.strip() or 'no such page'}")
        page.page(_plain(done.stdout))

    @line_magic
    def clear(self, line: str) -> None:
        """Clear the terminal; in a notebook, what this cell has shown so far. %cls is the same."""
        clear_output()
        print(_CLEARED, end="")

    @line_magic
    def cls(self, line: str) -> None:
        """Clear the terminal, or what this cell has shown so far: %clear."""
        self.shell.run_line_magic("clear", line)

    @line_magic
    def qtconsole(self, line: str) -> None:
        """Open a Qt console on this kernel, on the machine where the kernel is. Arguments are those of its own."""
        try:
            found = find_spec("qtconsole")
        except ValueError:
            found = None
        if found is None:
            raise UsageError('%qtconsole needs another package: pip install "qtconsole"') from None
        path = self.shell.host.connection_file
        subprocess.Popen(
            [sys.executable, "-m", "qtconsole", "--existing", path, *shlex.split(line)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @line_magic
    def autosave(self, line: str) -> None:
        """Save the notebook every so many seconds; 0 for never. For the classic Notebook, which runs JavaScript."""
        try:
            seconds = int(line)
        except ValueError:
            raise UsageError(f"%autosave SECONDS: expected a whole number, got {line!r}") from None
        script = Javascript(f"IPython.notebook.set_autosave_interval({1000 * seconds})")
        display(script, include=["application/javascript"])
        print(f"Autosaving every {seconds} seconds" if seconds else "Autosave disabled")

    @line_magic
    def subshell(self, line: str) -> None:
        """Which subshell is this, and which others are there?"""
        context = self.shell.contexts.current()
        here = None if context is None else context.request.header.subshell_id
        print(f"subshell id: {here}")
        print(f"thread id: {threading.get_ident()}")
        print(f"main thread id: {threading.main_thread().ident}")
        print(f"pid: {os.getpid()}")
        print(f"thread count: {threading.active_count()}")
        print(f"subshell list: {list(self.shell.host.subshells())}")


def _runtime_dir() -> str:
    from jupyter_core.paths import jupyter_runtime_dir  # 10 ms, for this magic alone

    return os.path.abspath(jupyter_runtime_dir())


def _plain(text: str) -> str:
    """What `col -b` leaves: no letters that are struck over others."""
    kept: list[str] = []
    for letter in text:
        if letter == "\b":
            if kept:
                kept.pop()
        else:
            kept.append(letter)
    return "".join(kept)
