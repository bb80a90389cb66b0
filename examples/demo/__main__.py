"""Runs each notebook of this folder whose kernel is installed, as `jupyter execute` would, and prints it."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

WIDTH = 80
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def main() -> int:
    """Run all; the exit status is 1 when a cell failed that should not."""
    installed = KernelSpecManager().find_kernel_specs()
    failed = []
    for path in sorted(Path(__file__).parent.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        name = notebook.metadata.kernelspec.name
        title = name if path.stem == name else f"{name}: {path.stem}"
        print(f"\n── {title} {'─' * (WIDTH - len(title) - 4)}")
        if name not in installed:
            print(f"The kernel {name!r} is not installed: python -m sdk install --name {name} says why.")
        elif not _run(notebook, name):
            failed.append(path.stem)
    folder = Path(sys.executable).parent
    shown = os.path.relpath(folder) if folder.is_relative_to(Path.cwd()) else folder
    print(f"\n{'─' * WIDTH}\nGo on by yourself:")
    print(f"  {shown}/jupyter lab examples/demo\n  {shown}/jupyter console --kernel bash")
    if "bash" in installed:
        print(f"  {shown}/jupyter lab examples/bash-gallery.ipynb   # tables, pictures, progress, questions")
    if failed:
        print(f"error: the notebook of {', '.join(failed)} failed", file=sys.stderr)
    return 1 if failed else 0


def _run(notebook: Any, name: str) -> bool:
    """Execute a notebook and print it cell by cell; whether all went as it should."""
    for cell in notebook.cells:
        if cell.cell_type == "code":  # what is stored in it, for those who only read it, is no result of this run
            cell.outputs, cell.execution_count = [], None
    lacks = False
    began = time.monotonic()
    try:
        NotebookClient(notebook, kernel_name=name, timeout=60, startup_timeout=60).execute()
    except CellExecutionError:  # its error is among the outputs
        lacks = ended_well = _lacks(notebook)
    except (DeadKernelError, RuntimeError) as error:
        print(f"The kernel did not run the notebook: {error}")
        return False
    else:
        ended_well = True
    for cell in notebook.cells:
        if cell.cell_type == "code":
            print("\n".join(_shown(cell)))
        else:
            print(f"\n{cell.source}")
        if lacks and _failed(cell):
            print("\n(the rest needs what is missing; install it and run this again)")
            break
    print(f"\n({time.monotonic() - began:.1f} s, from the start of the kernel to its end)")
    return ended_well


def _lacks(notebook: Any) -> bool:
    """Whether it stopped at a cell that says what is missing: one with the tag `needs`."""
    return any("needs" in cell.metadata.get("tags", ()) and _failed(cell) for cell in notebook.cells)


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", ()))


def _shown(cell: Any) -> Iterator[str]:
    prompt = f"In [{cell.execution_count or ' '}]: "
    source = "\n".join(f"{' ' * len(prompt)}{line}".rstrip() for line in cell.source.split("\n"))
    yield f"\n{prompt}{source.lstrip()}"
    text = ""  # of streams, whose pieces may end anywhere
    for output in cell.outputs:
        if output.output_type == "stream":
            text += output.text
            continue
        if text:
            yield text.rstrip("\n")
            text = ""
        yield _text_of(output)
    if text:
        yield text.rstrip("\n")


def _text_of(output: Any) -> str:
    if output.output_type == "error":
        text = "\n".join(output.traceback)
    else:
        data = output.data
        text = data.get("text/markdown") or data.get("text/plain", "")
        others = sorted(set(data) - {"text/markdown", "text/plain"})
        if others:
            text = f"[{', '.join(others)}] {text}"
        if output.output_type == "execute_result":
            text = f"Out[{output.execution_count}]: {text}"
    return text if sys.stdout.isatty() else _COLOUR.sub("", text)


if __name__ == "__main__":
    sys.exit(main())
