"""What is in a folder, as lines of text: for `%ls`. Says nothing to anybody; reads the file system."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_WIDTH = 100  # columns that names are laid out in


class Entry(NamedTuple):
    """One name in a folder."""

    name: str
    path: str
    is_folder: bool

    @property
    def shown(self) -> str:
        """Its name in one line, whatever it is made of; folders end with a slash."""
        text = os.fsencode(self.name).decode("utf-8", "replace")
        return "".join(one if one.isprintable() else "?" for one in text) + "/" * self.is_folder


def lines(
    path: str, shown: str, *, recursive: bool = False, long: bool = False, everything: bool = False
) -> Iterator[str]:
    """The lines for a file or a folder; `recursive`: each folder below has a heading. Raises OSError for `path` itself.

    `shown`: how the user calls it. `long`: size and date for each; `everything`: names that begin with a dot, too.
    """
    if not os.path.isdir(path):
        os.stat(path)
        yield from _laid_out([Entry(shown, path, is_folder=False)], long=long)
        return
    folders = [(path, shown)]
    while folders:
        folder, title = folders.pop()
        if recursive:
            yield f"{title}:\n"
        try:
            entries = _entries(folder, everything=everything)
        except OSError as error:
            if folder == path:
                raise
            yield f"({error.strerror})\n\n"
            continue
        yield from _laid_out(entries, long=long)
        if recursive:
            below = [entry for entry in entries if entry.is_folder and not os.path.islink(entry.path)]
            folders += [(entry.path, os.path.join(title, entry.shown[:-1])) for entry in reversed(below)]
            if folders:
                yield "\n"


def named(places: Iterable[tuple[str, str]], *, long: bool = False) -> Iterator[str]:
    """The lines for these files and folders: their paths, and how the user calls them."""
    entries = [Entry(shown, path, os.path.isdir(path)) for path, shown in places]
    yield from _laid_out(_sorted(entries), long=long)


def _entries(folder: str, *, everything: bool) -> list[Entry]:
    with os.scandir(folder) as found:
        entries = [Entry(one.name, one.path, one.is_dir()) for one in found if everything or one.name[0] != "."]
    return _sorted(entries)


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))


def _laid_out(entries: Sequence[Entry], *, long: bool) -> Iterator[str]:
    if long:
        rows = [_described(entry) for entry in entries]
        width = max((len(size) for size, _ in rows), default=0)
        yield from (f"{size:>{width}}  {rest}\n" for size, rest in rows)
    else:
        yield from _columns([entry.shown for entry in entries])


def _described(entry: Entry) -> tuple[str, str]:
    try:
        status = os.lstat(entry.path)
    except OSError as error:  # it has just gone
        return "?", f"{'?':16}  {entry.shown} ({error.strerror})"
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(status.st_mtime))
    target = ""
    if stat.S_ISLNK(status.st_mode):
        target = f" -> {Entry(os.readlink(entry.path), '', is_folder=False).shown}"
    return str(status.st_size) if stat.S_ISREG(status.st_mode) else "-", f"{date}  {entry.shown}{target}"


def _columns(names: Sequence[str]) -> Iterator[str]:
    """Names below each other, in as many columns as there is room for."""
    if not names:
        return
    sizes = [_cells(name) for name in names]
    rows = next(
        rows for rows in _rows(len(names), max(sizes)) if sum(_widths(sizes, rows)) <= _WIDTH or rows == len(names)
    )
    widths = _widths(sizes, rows)
    for row in range(rows):
        places = range(row, len(names), rows)
        line = "".join(names[at] + " " * (width - sizes[at]) for at, width in zip(places, widths, strict=False))
        yield f"{line.rstrip()}\n"


def _rows(count: int, widest: int) -> Iterator[int]:
    """How many rows may do, the fewest first: those that are worth a try."""
    fewest = max(1, count // (_WIDTH // 3))
    most = -(-count // max(1, _WIDTH // (widest + 2)))
    yield from range(fewest, most + 1)
    yield count


def _widths(sizes: Sequence[int], rows: int) -> list[int]:
    return [max(sizes[at : at + rows]) + 2 for at in range(0, len(sizes), rows)]


def _cells(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # only such names need it

    return sum(0 if combining(one) else 1 + (east_asian_width(one) in "WF") for one in text)
