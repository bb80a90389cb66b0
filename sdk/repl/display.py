"""The program `display`: shows files, or what comes on its standard input, in the notebook.

It runs by itself, in an interpreter without site-packages (10 ms), wherever a program under the kernel calls it, and so
imports nothing of the SDK. What it shows it puts into the session's directory (`spool.py` reads it) and says so in the
terminal, in the terminal's own order, wherever its standard output goes.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO

TYPE_CHECKING = False  # without typing, which would take half of the time that the program takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO, Any, Final

USAGE = """\
usage: display [OPTION...] FILE...
       COMMAND | display [OPTION...] [TYPE]
       display --clear [--wait]

Shows images (PNG, JPEG, GIF, WebP, SVG), HTML, Markdown, LaTeX, JSON, JavaScript, PDF, or anything of another MIME
type, where it stands among the text of the cell. The type of a file is seen by its contents and its name; TYPE is a
MIME type such as text/html, or one of: {shorts}.

  --mime TYPE           the type, where it cannot be seen
  --id ID               a name for what is shown; shown again in this cell with the same name, it takes its own place
  --update ID           change what was shown with this name, in whatever cell it stands
  --width N, --height N show an image in this size, in pixels
  --alt TEXT            what an image shows, for those who do not see it; also shown where images cannot be
  --text TEXT           the same thing as plain text
  --also FILE           the same thing in another type: the front-end shows the richest that it can. May be repeated
  --clear               remove what this cell has shown; with --wait, when the next output comes
  --help
"""

BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
ENDINGS: Final[Mapping[str, str]] = {
    ".vl.json": "application/vnd.vegalite.v5+json",
    ".vg.json": "application/vnd.vega.v5+json",
    ".plotly.json": "application/vnd.plotly.v1+json",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".tex": "text/latex",
    ".js": "application/javascript",
    ".mjs": "application/javascript",
    ".txt": "text/plain",
}
SHORTS: Final[Mapping[str, str]] = {
    **{ending[1:]: mime for ending, mime in ENDINGS.items() if ending.count(".") == 1 and ending != ".ipynb"},
    "latex": "text/latex",
    "javascript": "application/javascript",
    "text": "text/plain",
}
FAMILIES: Final = ("application", "audio", "font", "image", "message", "model", "multipart", "text", "video")
HEAD = 4096  # bytes that are looked at to see what something is
_PIECE = 1 << 20  # bytes copied at once
_VALUES = ("--mime", "--id", "--update", "--width", "--height", "--alt", "--text", "--also")
_FLAGS = ("--clear", "--wait", "--help")


class DisplayError(Exception):
    """What is to be shown cannot be; the message says why. `status` is the program's."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def mime_of(head: bytes, name: str = "") -> str:
    """What begins with `head` in a file called `name`; "" when it cannot be told."""
    for beginning, mime in BEGINNINGS:
        if head.startswith(beginning):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    lowered = os.path.basename(name).lower()
    for ending, mime in ENDINGS.items():
        if lowered.endswith(ending):
            return mime
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text:
        return "image/svg+xml"
    return "" if b"\0" in head or not _is_text(head) else "text/plain"


def is_text(mime: str) -> bool:
    """Whether a payload of this type travels as text."""
    return mime.startswith("text/") or mime in ("application/javascript", "application/xml") or mime.endswith("+xml")


def is_json(mime: str) -> bool:
    """Whether a payload of this type travels as a JSON value."""
    return mime == "application/json" or mime.endswith("+json")


def check(mime: str, payload: bytes, name: str) -> None:
    """Refuse JSON and SVG that are not. Raises DisplayError, which names the place."""
    if is_json(mime):
        import json  # not needed for images

        try:
            json.loads(payload, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise DisplayError(f"{name}: line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise DisplayError(f"{name}: no JSON: {error}") from None
    elif mime == "image/svg+xml":
        from xml.parsers import expat

        roots: list[str] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda tag, _: roots.append(tag) if not roots else None
        try:
            parser.Parse(payload, True)
        except expat.ExpatError as error:
            place = f"line {error.lineno}, column {error.offset + 1}"
            raise DisplayError(f"{name}: {place}: no SVG: {expat.ErrorString(error.code)}") from None
        if roots[0].rpartition(":")[2] != "svg":
            raise DisplayError(f"{name}: no SVG: its root element is <{roots[0]}>")


def _no_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not a value of JSON")


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a character may be cut there
    return True


# -- what one call shows -----------------------------------------------------------------------------------------------


class Part:
    """One payload, which its file gives when it is asked for."""

    def __init__(self, file: IO[bytes], name: str, mime: str) -> None:
        self._file = file
        self._head = file.read(HEAD)
        self.name = name
        if not self._head:
            raise DisplayError(f"{name}: nothing to show: it is empty")
        seen = mime_of(self._head, name)
        self.mime = mime or seen
        if not self.mime:
            raise DisplayError(f"{name}: it cannot be told what this is: say it with --mime TYPE")
        binary = [known for _, known in BEGINNINGS]
        if self.mime in binary and mime_of(self._head) != self.mime:
            raise DisplayError(f"{name}: no {self.mime}: {_what_else(self._head)}")

    def pieces(self) -> Iterator[bytes]:
        """All of it, checked."""
        if is_json(self.mime) or self.mime == "image/svg+xml":
            payload = self._head + self._file.read()
            check(self.mime, payload, self.name)
            yield payload
            return
        yield self._head
        while piece := self._file.read(_PIECE):
            yield piece


def _what_else(head: bytes) -> str:
    seen = mime_of(head)
    return f"it begins like {seen}" if seen else f"it begins with {head[:8]!r}"


class Spool:
    """The session's directory, and how the kernel hears of what is put there."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._token = session.rpartition("repl-")[2]

    def put(self, header: Mapping[str, Any], parts: Sequence[Part] = ()) -> None:
        """Write what is to be shown, and say so. Raises DisplayError."""
        import json

        name = os.urandom(8).hex()
        path = os.path.join(self._session, name)
        try:
            file = open(path, "xb", buffering=0)  # noqa: SIM115 - closed below
        except OSError:
            raise DisplayError("the kernel in which this was started has gone") from None
        try:
            os.fchmod(file.fileno(), 0o600)  # whatever the umask
            sizes = [sum(_write(file, piece) for piece in part.pieces()) for part in parts]
            kinds = [[part.mime, size] for part, size in zip(parts, sizes, strict=True)]
            trailer = json.dumps({**header, "parts": kinds}).encode()
            _write(file, b"%b%08d" % (trailer, len(trailer)))
            file.close()
        except BaseException as error:
            file.close()
            os.unlink(path)
            if isinstance(error, OSError):
                raise DisplayError(f"it cannot be kept for the kernel: {error.strerror}") from None
            raise
        sender = os.path.join(self._session, "send")
        if os.path.exists(sender):  # the kernel does not see this directory
            os.spawnlp(os.P_WAIT, "sh", "sh", sender, name)
            os.unlink(path)
        _say(f"\x1b]5151;{self._token};d;{name}\a".encode())


def _write(file: Any, data: bytes) -> int:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    return len(data)


def _say(marker: bytes) -> None:
    try:
        terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY)
    except OSError:
        terminal = 1  # a session of its own: as good as can be
    os.write(terminal, marker)


# -- the command line --------------------------------------------------------------------------------------------------


def parse(arguments: Sequence[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """Options, the files of --also, and names. Raises DisplayError with status 2."""
    options: dict[str, str] = {}
    also: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        name, equals, value = rest.pop(0).partition("=")
        if name == "--" and not equals:
            break
        name = "--help" if name == "-h" else name
        if name in _FLAGS and not equals:
            options[name[2:]] = "yes"
        elif name in _VALUES:
            if not equals and not rest:
                raise DisplayError(f"{name}: a value is missing", 2)
            value = value if equals else rest.pop(0)
            if name == "--also":
                also.append(value)
            else:
                options[name[2:]] = value
        else:
            raise DisplayError(f"{name}: no such option; display --help says which there are", 2)
    return options, also, rest


def _size(options: Mapping[str, str], name: str) -> int:
    text = options[name].removesuffix("px")
    if not text.isdecimal() or not 0 < int(text) < 100_000:
        raise DisplayError(f"--{name} {options[name]!r}: a number of pixels is expected, such as 400", 2)
    return int(text)


def _type(text: str) -> str:
    mime = SHORTS.get(text.lower(), text)
    family, slash, kind = mime.partition("/")
    if not slash or not family or not kind or any(character.isspace() or character == "," for character in mime):
        raise DisplayError(f"{text!r} is no type: a MIME type is expected, such as image/png, or: {_shorts()}", 2)
    return mime


def _shorts() -> str:
    return " ".join(sorted(SHORTS))


def _is_type(name: str) -> bool:
    family, slash, _ = name.partition("/")
    return not os.path.exists(name) and (name.lower() in SHORTS or (bool(slash) and family in FAMILIES))


def show(session: str, arguments: Sequence[str], stdin: IO[bytes]) -> list[DisplayError]:
    """Do what the command line says; gives what went wrong with single files. Raises DisplayError."""
    options, also, names = parse(arguments)
    spool = Spool(session)
    if "help" in options:
        sys.stdout.write(USAGE.format(shorts=_shorts()))
        return []
    if "clear" in options:
        if names or len(options) > 1 + ("wait" in options):
            raise DisplayError("--clear shows nothing: call display again for what comes after", 2)
        spool.put({"clear": "wait" if "wait" in options else "now"})
        return []
    if "wait" in options:
        raise DisplayError("--wait belongs to --clear", 2)
    mime = _type(options["mime"]) if "mime" in options else ""
    if len(names) == 1 and not stdin.isatty() and _is_type(names[0]):
        mime, names = _type(names[0]), ["-"]
    if not names and stdin.isatty():
        raise DisplayError("nothing to show: a file, or something on the standard input, is expected\n" + USAGE, 2)
    names = names or ["-"]
    if len(names) > 1 and (also or "id" in options or "update" in options):
        raise DisplayError("--id, --update and --also are for one file at a time", 2)
    header = _header(options)
    problems = []
    for name in names:
        try:
            _show_one(spool, header, [name, *also], mime, stdin)
        except DisplayError as error:
            problems.append(error)
    return problems


def _header(options: Mapping[str, str]) -> dict[str, Any]:
    size = {name: _size(options, name) for name in ("width", "height") if name in options}
    alt = {"alt": options["alt"]} if "alt" in options else {}
    return {
        "id": options.get("update") or options.get("id") or None,
        "update": "update" in options,
        "image": {**size, **alt},
        "text": options.get("text", options.get("alt")),
    }


def _show_one(spool: Spool, header: Mapping[str, Any], names: Sequence[str], mime: str, stdin: IO[bytes]) -> None:
    parts: list[Part] = []
    opened: list[IO[bytes]] = []
    try:
        for number, name in enumerate(names):
            if name == "-" and number == 0:
                parts.append(Part(stdin, "standard input", mime))
                continue
            if os.path.isdir(name):
                raise DisplayError(f"{name}: a folder cannot be shown")
            try:
                opened.append(open(name, "rb"))  # noqa: SIM115 - closed below
                parts.append(Part(opened[-1], name, mime if number == 0 else ""))
            except OSError as error:
                raise DisplayError(f"{name}: {_remedy(name, error)}") from None
        spool.put(header, parts)
    finally:
        for file in opened:
            file.close()


def _remedy(name: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and os.sep not in name and "." not in name:
        return f"no such file, and no type; for a name of what is shown: --id {name}"
    return (error.strerror or str(error)).lower()


def main(argv: Sequence[str]) -> int:
    """Run with the session's directory and the user's arguments. Status 1: something could not be shown; 2: usage."""
    try:
        problems = show(argv[0], argv[1:], sys.stdin.buffer if sys.stdin is not None else BytesIO())
    except DisplayError as error:
        problems = [error]
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    for problem in problems:
        print(f"display: {problem}", file=sys.stderr)
    return max((problem.status for problem in problems), default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
