"""Cells that hold nothing of IPython's syntax are told from those that do."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from python_kernel.plain_python import PlainPython
from sdk.testing import Client

PIECES = (
    "\n", "\n\n", "\n  ", "\n   \n", " ", "\t", "\r", "\r\n", "\x0c", "\x1c", "\x85", "\u2028", "\\\n",
    "x", "a", "In [1]: ", " In [2]: ", "[nav] ", "[ins] In [3]: ", ">>> ", ">>>", "... ", "...", "...: ", "   ...: ",
    "%", "%%", "%time ", "!", "!!", "!=", "?", "??", ",", ";", "/", "=", " = ", "==", "(", ")", "[", "]", "{", "}",
    "'", '"', "'''", '"""', "f'{x!r}'", "'%s' % x", "# c", "def f():", "if x:", "return ", "print(1)", "1", ".", "ls",
    "await ", "é", "\xa0", "$", "\0",
)  # fmt: skip

PLAIN = (
    "x = 1",
    "print(1)",
    "a % b",
    "'%s' % x",
    "f'{x!r}'",
    "a[..., 0]\nb",
    "def f():\n    return 1\n\n\nf()",
    "a != b",
    "if x:\n    y = (1,\n         2)",
)
SPECIAL = ("%ls", "x = %ls", "x = !ls", "!ls", "x?", ",f a", "/f a", ">>> x", "In [1]: x", "  x = 1", "\nx", "a\n  \nb")


class Searching(PlainPython):
    """Says whether it had to be searched."""

    searched = False

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        self.searched = True
        found: list[str] = super().do_token_transforms(lines)
        return found


@pytest.mark.parametrize("code", PLAIN)
def test_plain_python_is_not_searched(code: str) -> None:
    manager = Searching()
    assert manager.transform_cell(code) == TransformerManager().transform_cell(code) == f"{code}\n"
    assert not manager.searched


@pytest.mark.parametrize("code", SPECIAL)
def test_what_may_be_more_is_searched(code: str) -> None:
    manager = Searching()
    assert manager.transform_cell(code) == TransformerManager().transform_cell(code) != f"{code}\n"
    assert manager.searched


@pytest.mark.filterwarnings("ignore:`make_tokens_by_line` received")  # IPython's own, of strange line ends
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("")
@example("x = \\\n%ls")
@example("x =\\\n  !ls")
@example("'''\n  \n'''")
@example("x\n... y")
@example("def f():\n  x\n y")
def test_every_cell_becomes_what_ipython_makes_of_it(code: str) -> None:
    try:
        expected = TransformerManager().transform_cell(code)
    except SyntaxError:  # its tokens cannot be made: then Python refuses it as well, and names the cell's line
        try:
            made = PlainPython().transform_cell(code)
        except SyntaxError:
            return
        with pytest.raises((SyntaxError, ValueError)):  # a null character: ValueError, on older Pythons
            ast.parse(made)
    else:
        assert PlainPython().transform_cell(code) == expected


def test_a_transformation_of_the_users_is_applied() -> None:
    def louder(lines: list[str]) -> list[str]:
        return [line.replace("low", "high") for line in lines]

    manager = PlainPython()
    manager.cleanup_transforms.append(louder)
    assert manager.transform_cell("low()") == "high()\n"
    manager.cleanup_transforms.remove(louder)
    assert manager.transform_cell("low()") == "low()\n"
    manager.line_transforms.append(louder)
    assert manager.transform_cell("low()") == "high()\n"


def test_another_transformer_manager_may_take_its_place(client: Client) -> None:
    code = """
from IPython.core.inputtransformer2 import TransformerManager
class Mine(TransformerManager):
    def transform_cell(self, cell):
        return super().transform_cell(cell.replace("THREE", "3"))
ip = get_ipython()
before, ip.input_transformer_manager = ip.input_transformer_manager, Mine()
"""
    assert client.execute(code).status == "ok"
    assert client.execute("THREE").result == {"text/plain": "3"}
    assert client.execute("ip.input_transformer_manager = before; type(before).__name__").result == {
        "text/plain": "'PlainPython'"
    }
