"""Graphviz's program `dot`: a graph in the DOT language -> a picture. Blocks; may be stopped by another thread."""

from __future__ import annotations

import re
import shutil
from subprocess import PIPE, Popen
from threading import Lock

REMEDY = "install Graphviz (apt-get install graphviz, brew install graphviz, conda install graphviz)"

_TOKENS = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/|<[^<>]*>|->|--', re.DOTALL)
_KIND = re.compile(r"\s*(?:strict\s+)?(di)?graph\b", re.IGNORECASE)


class GraphvizError(Exception):
    """The graph cannot be drawn; the message is what `dot` says, or what lacks."""


class Drawing:
    """One run of the program."""

    def __init__(self, code: str, *, picture: str = "svg", engine: str = "dot") -> None:
        """`picture`: "svg" or "png"; `engine`: which of the layouts, as for `dot -K`."""
        self._code, self._picture, self._engine = code, picture, engine
        self._process: Popen[bytes] | None = None
        self._stopped = False
        self._lock = Lock()

    @staticmethod
    def is_possible() -> bool:
        """Whether the program is there."""
        return shutil.which("dot") is not None

    def draw(self) -> bytes:
        """The picture. Raises GraphvizError."""
        with self._lock:
            if self._stopped:
                raise GraphvizError("stopped")
            try:
                self._process = Popen(
                    ["dot", f"-T{self._picture}", f"-K{self._engine}"],
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=PIPE,
                    process_group=0,  # an interrupt is not for it: whoever waits hears of it, and stops it
                )
            except OSError as error:
                raise GraphvizError(f"dot: {error.strerror}; {REMEDY}") from None
        with self._process as process:
            picture, said = process.communicate(self._code.encode("utf-8", "replace"))
        if process.returncode:
            text = said.decode("utf-8", "replace").strip()
            raise GraphvizError(text or f"dot: it ended with status {process.returncode}")
        return picture

    def stop(self) -> None:
        """End the program, if it runs. Any thread."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()


def repaired(code: str) -> tuple[str, str]:
    """The graph without what other readers of DOT overlook and `dot` does not, and what was mended; "" for nothing.

    That is the arrow of the other kind of graph, and a semicolon behind the last brace.
    """
    code = re.sub(r"\}\s*;\s*\Z", "}", code)
    kind = _KIND.match(code)
    if kind is None:
        return code, ""
    wrong, right = ("--", "->") if kind[1] else ("->", "--")
    mended = _TOKENS.sub(lambda found: right if found[0] == wrong else found[0], code)
    name = "digraph" if kind[1] else "graph"
    return mended, f"{wrong} is taken for {right}, which joins the nodes of a {name}" if mended != code else ""
