"""The kernel that the documentation shows works as it says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sdk.testing import KernelProcess

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-kernel.md"


@pytest.mark.needs("lua5.3")
def test_the_kernel_of_the_documentation(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text[text.index("## A language known by its prompt") :]
    block = section[section.index("```python\n") + 10 :]
    file = tmp_path / "lua_kernel.py"
    file.write_text(f"{block[: block.index('```')]}\n\nfrom sdk.app import run\n\nrun(LuaKernel)\n")
    with KernelProcess([sys.executable, str(file), "-f", "{connection_file}"]) as kernel, kernel.client() as client:
        assert client.execute("x = 5\nfor i = 1, 2 do\n  print(i)\nend").text() == "1\n2\n"
        assert client.execute("print(x)").text() == "5\n"
        content = client.execute("print(1)\nnope()").reply.content.to_fields()
        assert (content["ename"], content["evalue"]) == ("Error", "attempt to call a nil value (global 'nope')")
        assert content["traceback"][0] == "line 2"
        assert client.execute("function f(").status == "error"
        assert client.execute("io.write('name? ') print(io.read())", stdin=["Ada"]).text() == "Ada\n"
