"""`PlainPython`: a cell in which nothing can be IPython's syntax need not be searched for it token by token.

Tokens are made by Python's own tokenizer, which for most cells takes longer than to compile and run them.
"""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import (
    EscapedCommand,
    HelpEnd,
    MagicAssign,
    SystemAssign,
    TransformerManager,
    cell_magic,
    classic_prompt,
    ipython_prompt,
    leading_empty_lines,
    leading_indent,
)

# Searched for in the cell with a newline before it. What stands between quotes is not told apart: then IPython looks.
_MAYBE_SPECIAL = re.compile(
    r"\n[^\S\n]*(?:[%!,;/]|>>>|\.\.\.|In \[|\[(?:ins|nav)\])"  # at the start of a line: an escape, a prompt
    r"|\n[^\S\n]+(?:\n|\Z)"  # a line of blanks, which is emptied
    r"|\A\n\s"  # a first line that is indented, or empty
)
_MAYBE_ASSIGNED = re.compile(r"=[^\S\n]*[%!]")
_MAYBE_ANYWHERE = re.compile("[?\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")  # a question; an end of line but for \n


class PlainPython(TransformerManager):
    """IPython's transformations of a cell's text."""

    def __init__(self) -> None:
        super().__init__()
        self._known = (
            [leading_empty_lines, leading_indent, classic_prompt, ipython_prompt],
            [cell_magic],
            [MagicAssign, SystemAssign, EscapedCommand, HelpEnd],
        )

    def transform_cell(self, cell: str) -> str:
        """The cell in Python's syntax alone. Raises SyntaxError for what not even IPython's syntax can be."""
        if (
            cell
            and (self.cleanup_transforms, self.line_transforms, self.token_transformers) == self._known
            and not _MAYBE_ANYWHERE.search(cell)
            and not _MAYBE_ASSIGNED.search(cell)
            and not _MAYBE_SPECIAL.search(f"\n{cell}")
        ):
            return cell if cell.endswith("\n") else f"{cell}\n"
        return str(super().transform_cell(cell))
