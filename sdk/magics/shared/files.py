"""Folders and files: `%cd %pwd %ls`, files into cells and out of them, code from files.

Files are those of the machine on which the kernel's process runs. A language that works elsewhere has others: names
that are relative to its folder are refused then (`Call.path`).
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from sdk.errors import ExecutionError
from sdk.magics.arguments import Option
from sdk.magics.call import Call
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.prose import are_paths

_PIECE = 0.1  # seconds for which names are gathered before they are shown
_MOST_COLOURED = 200_000  # characters: Pygments takes a second for twice as many


class _Files:
    """What these magics keep from cell to cell."""

    def __init__(self) -> None:
        self.folder_before = ""
        """The folder that the last `%cd` left."""

        self.running: list[Path] = []
        """The files whose text runs just now, each from the one before."""


# -- folders -----------------------------------------------------------------------------------------------------------


@line_magic
async def cd(
    call: Call, folder: Annotated[str, Option(help="where to go; - is the folder before", complete="folder")] = "~"
) -> None:
    """Change the working directory, for the language and for magics, and say where it is.

    Without FOLDER it is the home directory. Quote a name with blanks: %cd "My Documents".
    """
    files = call.state(_Files)
    before = call.cwd
    if folder == "-" and not files.folder_before:
        raise call.error("-: there is no folder before; %cd has not been used yet")
    folder = files.folder_before if folder == "-" else folder
    if not call.is_elsewhere:
        path = call.path(folder)
        if not path.is_dir():
            raise call.error(f"{folder}: {'it is no folder' if path.exists() else 'no such folder'}")
        if not os.access(path, os.X_OK):
            raise call.error(f"{folder}: permission denied")
        folder = os.path.normpath(path)
    elif folder.startswith("~"):
        raise call.error(
            f"{folder}: {call.kernel.language_info['name']} runs elsewhere; name the folder by its whole path"
        )
    await call.kernel.change_folder(folder, call.context)
    files.folder_before = before
    call.say(f"{call.cwd}\n")


@line_magic
async def pwd(call: Call) -> None:
    """Show the working directory."""
    call.say(f"{call.cwd}\n")


@line_magic
async def ls(
    call: Call,
    path: Annotated[str, Option(help="a folder, a file, or a pattern such as *.txt", complete="file")] = ".",
    *,
    recursive: Annotated[bool, Option("-r", "and what is in its folders")] = False,
    long: Annotated[bool, Option("-l", "with sizes in bytes and dates")] = False,
    all_: Annotated[bool, Option("-a", "and names that begin with a dot")] = False,
) -> None:
    """List what is in a folder, in the order of the alphabet; folders end with a slash."""
    from sdk.magics import folder_listing  # only %ls needs it

    found = call.path(path)
    texts = folder_listing.lines(str(found), path, recursive=recursive, long=long, everything=all_)
    if not os.path.lexists(found) and any(one in path for one in "*?["):
        import glob  # rarely used

        names = glob.glob(os.path.expanduser(path), root_dir=call.cwd, include_hidden=all_)
        if not names:
            raise call.error(f"{path}: no file has such a name")
        texts = folder_listing.named([(str(call.path(name)), name) for name in names], long=long)
    try:
        while piece := await call.wait(_piece, texts):
            call.say(piece)
    except OSError as error:
        raise call.error(f"{path}: {error.strerror or error}") from None


def _piece(texts: Iterator[str]) -> str:
    """What comes within a moment; empty at the end."""
    from time import monotonic  # only %ls needs it

    end = monotonic() + _PIECE
    gathered = []
    for text in texts:
        gathered.append(text)
        if monotonic() > end:
            break
    return "".join(gathered)


# -- files and cells ---------------------------------------------------------------------------------------------------


@cell_magic(aliases=("writefile",), body="text")
async def file(
    call: Call,
    path: Annotated[str, Option(help="the file", complete="file")],
    *,
    append: Annotated[bool, Option("-a", "add to the end of the file")] = False,
    parents: Annotated[bool, Option("-p", "make the folders that are missing")] = False,
) -> None:
    """Write what is below to a file.

    The file has the whole text or, if something goes wrong, what it had before. Its last line gets an end.
    """
    from sdk.magics.writing import write  # only %%file needs it

    place = call.path(path)
    text = call.body if call.body.endswith("\n") or not call.body else f"{call.body}\n"
    try:
        if parents:
            place.parent.mkdir(parents=True, exist_ok=True)
        elif not place.parent.exists():
            raise call.error(f"{path}: there is no folder {place.parent}; -p makes it")
        done, size = write(str(place), text, append=append)
    except OSError as error:
        raise call.error(f"{path}: {error.strerror or error}") from None
    call.say(f"{path}: {done.replace(' to', '')} ({size} {'byte' if size == 1 else 'bytes'})\n")


@line_magic(is_meant=are_paths)
async def load(
    call: Call,
    path: Annotated[str, Option(help="the file", complete="file")],
    *,
    range_: Annotated[str, Option("-r", "the lines to take: 2:5, 7, 9: (to the end), or several with commas")] = "",
) -> None:
    """Put the text of a file into the next cell.

    It is also shown here, for front-ends that make no next cell.
    """
    if not call.path(path).exists() and call.is_rather_comment(f"{path}: no such file"):
        return
    text = call.read(path).removesuffix("\n")
    if range_:
        text = "\n".join(_chosen(call, text.split("\n"), range_))
    await _offer(call, text, path)


@line_magic(is_meant=are_paths)
async def edit(call: Call, path: Annotated[str, Option(help="the file", complete="file")]) -> None:
    """Put a file into the next cell, below a %%file that writes it again.

    A file that is not there yet will be new.
    """
    place = call.path(path)
    text = ""
    if place.exists():
        text = call.read(path)
        if not text.endswith("\n\n"):  # else the last of them would be lost on the way back
            text = text.removesuffix("\n")
        if b"\r\n" in call.read_bytes(path):
            call.warn(f"{path}: its line ends are CRLF; the cell will write LF")
    elif call.is_rather_comment(f"{path}: no such file"):
        return
    else:
        call.warn(f"{path}: it will be a new file")
    await _offer(call, f"{call.magics.syntax.prefix * 2}file {shlex.quote(path)}\n{text}", path)


async def _offer(call: Call, text: str, path: str) -> None:
    """The text becomes the next cell, and is shown for front-ends that do not make it."""
    call.context.payload.append({"source": "set_next_input", "text": text, "replace": False})
    if len(text) > _MOST_COLOURED:
        call.display({"text/plain": text})
        return
    from sdk.magics import highlighting  # Pygments takes 30 ms

    known = call.kernel.language_info.get("file_extension")
    ours = os.path.splitext(path)[1] in ("", known) or call.use.name == "edit"
    lexer = highlighting.of_kernel(call.kernel) if ours else path
    shown = f'<div style="max-height: 30em; overflow: auto">{highlighting.html(text, lexer)}</div>'
    call.display({"text/plain": text, "text/html": shown})


def _chosen(call: Call, lines: Sequence[str], ranges: str) -> Iterator[str]:
    """The lines that are asked for, counted from 1."""
    for part in ranges.split(","):
        found = re.fullmatch(r"\s*(\d*)\s*([:-]?)\s*(\d*)\s*", part)
        if found is None or not (found[1] or found[3]):
            raise call.error(f"--range {ranges}: {part or 'nothing'} is no range of lines; write 2:5, 7 or 9:")
        first = int(found[1] or 1)
        last = int(found[3] or len(lines)) if found[2] else first
        if not 1 <= first <= last or first > len(lines):
            raise call.error(f"--range {ranges}: the file has the lines 1 to {len(lines)}")
        yield from lines[first - 1 : last]


# -- code from files ---------------------------------------------------------------------------------------------------


@line_magic(is_meant=are_paths)
async def include(call: Call, *paths: Annotated[str, Option(help="the files", complete="file")]) -> Any:
    """Run the text of files as code of this cell, one after the other, magics at their tops included."""
    if not paths:
        raise call.error("PATHS is missing")
    if not call.path(paths[0]).exists() and call.is_rather_comment(f"{paths[0]}: no such file"):
        return None
    texts = [call.read(path) for path in paths]  # before the first runs, the last is known to be there
    value = None
    for path, text in zip(paths, texts, strict=True):
        call.show(value)
        value = await _run(call, path, text)
    return value


@line_magic(is_meant=are_paths)
async def run(
    call: Call,
    path: Annotated[str, Option(help="the file", complete="file")],
    *arguments: Annotated[str, Option(help="what the file gets as its arguments, where the language has such")],
    language: Annotated[str, Option("-l", "run it by this cell magic, such as python or 'kernel lua'")] = "",
    by_line: Annotated[bool, Option("-n", "run each of its lines by itself, and show the value of each")] = False,
) -> Any:
    """Run a file as code of the language, magics at its top included. Options stand before the file's name."""
    if not call.path(path).exists() and call.is_rather_comment(f"{path}: no such file"):
        return None
    text = call.read(path)
    if arguments:
        if language or by_line:
            raise call.error("ARGUMENTS go with neither --language nor --by-line")
        return await _run(call, path, _with_arguments(call, call.path(path), arguments))
    if language:
        text = f"{call.magics.syntax.prefix * 2}{language}\n{text}"
    if not by_line:
        return await _run(call, path, text)
    value = None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            call.show(value)
            value = await _run(call, path, line, number)
    return value


def _with_arguments(call: Call, found: Path, arguments: Sequence[str]) -> str:
    if call.is_elsewhere:
        raise call.error(
            f"{call.kernel.language_info['name']} runs elsewhere, and does not see {found}; run it without ARGUMENTS"
        )
    try:
        return call.kernel.run_code(str(found), arguments)
    except NotImplementedError:
        raise call.error(f"files of {call.kernel.language_info['name']} take no arguments") from None


async def _run(call: Call, path: str, text: str, line: int | None = None) -> Any:
    """Run a file's text, or one line of it."""
    with _naming(call, path, line), _open(call, path):
        return await call.run(text.removeprefix("\ufeff"))


@contextmanager
def _open(call: Call, path: str) -> Iterator[None]:
    """While a file's text runs it is not run again by itself."""
    running, found = call.state(_Files).running, call.path(path)
    if found in running:
        raise call.error(f"{path}: it runs already, and would run itself for ever")
    running.append(found)
    try:
        yield
    finally:
        running.remove(found)


@contextmanager
def _naming(call: Call, path: str, line: int | None) -> Iterator[None]:
    """An error of the file's code says the file's name where it would say the cell's."""
    try:
        yield
    except ExecutionError as error:
        cell, shown = rf"In\[{call.context.execution_count}\]", path
        if line is not None:
            cell, shown = rf"{cell}(?:, line \d+)?", f"{path}, line {line}"
        lines = [re.sub(cell, lambda _: shown, one) for one in error.traceback]
        if not lines:
            lines = [f"\x1b[31m{error.ename}\x1b[39m: {error.evalue}"]
        said = re.sub(cell, lambda _: shown, error.evalue)
        raise ExecutionError(error.ename, said, [f"{call.shown} {shown}:", *lines]) from None
