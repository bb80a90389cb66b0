"""`Highlighting`: coloured tracebacks in a third of the time.

For each traceback IPython's helpers make a lexer class, a style class and a formatter, all the same every time, and
compile their tables: 3 of the 5 ms that a failing cell takes. Here they are made once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any


class Highlighting:
    """Put in place at the first traceback, since what it needs is loaded then; taken back when the kernel ends."""

    def __init__(self) -> None:
        self._done = False
        self._found: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        """Keep lexer, style and formatter from now on. Changes nothing where the helpers are not as known."""
        if self._done:
            return
        self._done = True
        try:
            # Start-up time: loaded for tracebacks alone.
            stack_data: Any = import_module("stack_data")
            core: Any = import_module("stack_data.core")
            terminal256: Any = import_module("pygments.formatters.terminal256")
            ultratb: Any = import_module("IPython.core.ultratb")
            self._found = [
                (core, "_pygmented_with_ranges", core._pygmented_with_ranges),
                (stack_data, "style_with_executing_node", stack_data.style_with_executing_node),
                (terminal256, "Terminal256Formatter", terminal256.Terminal256Formatter),
                (ultratb, "get_line_number_of_frame", ultratb.get_line_number_of_frame),
            ]
        except (ImportError, AttributeError):  # another version: it works as it is, only slower
            return
        core._pygmented_with_ranges = _highlighter()
        stack_data.style_with_executing_node = style = _Styles(stack_data.style_with_executing_node)
        ultratb.get_line_number_of_frame = _counter(ultratb.get_line_number_of_frame)
        terminal256.Terminal256Formatter = _keeping_formatter(terminal256.Terminal256Formatter, style)

    def undo(self) -> None:
        """Put back what was found."""
        for module, name, found in self._found:
            setattr(module, name, found)
        self._found = []


class _Styles:
    """`stack_data.style_with_executing_node`, which remembers."""

    def __init__(self, make: Any) -> None:
        self._make = make
        self.made: dict[tuple[Any, str], Any] = {}

    def __call__(self, style: Any, modifier: str) -> Any:
        key = style, modifier
        if key not in self.made:
            self.made[key] = self._make(style, modifier)
        return self.made[key]


def _keeping_formatter(formatter: Any, styles: _Styles) -> Any:
    made: dict[Any, Any] = {}

    class Terminal256Formatter(formatter):  # type: ignore[misc]
        """For the styles of tracebacks always the same formatter, for others a new one."""

        def __new__(cls, **options: Any) -> Any:
            style = options.get("style")
            if len(options) != 1 or style not in styles.made.values():
                return formatter(**options)
            if style not in made:
                made[style] = formatter(**options)
            return made[style]

    return Terminal256Formatter


def _counter(of_file: Any) -> Any:
    """IPython counts the lines of a frame's file, and shows less of one that it does not find, as those of cells."""
    import linecache

    def lines_of(frame: Any) -> int:
        entry: Any = linecache.cache.get(frame.f_code.co_filename)
        in_memory = entry is not None and len(entry) == 4 and entry[1] is None
        return len(entry[2]) if in_memory else int(of_file(frame))

    return lines_of


def _highlighter() -> Any:
    import pygments
    from pygments.lexers.python import PythonLexer

    class Lexer(PythonLexer):
        """Marks the expression that was evaluated."""

        ranges: Sequence[tuple[int, int]] = ()

        def get_tokens(self, text: str, unfiltered: bool = False) -> Iterator[tuple[Any, str]]:
            position = 0
            for kind, value in super().get_tokens(text, unfiltered):
                marked = any(start <= position < end for start, end in self.ranges)
                yield (kind.ExecutingNode if marked else kind), value
                position += len(value)

    def highlighted(formatter: Any, code: str, ranges: Sequence[tuple[int, int]]) -> list[str]:
        lexer = Lexer(stripnl=False)
        lexer.ranges = ranges
        try:
            text = str(pygments.highlight(code, lexer, formatter))
        except Exception:  # a traceback without colours is better than none
            text = code
        return text.splitlines()

    return highlighted
