"""Magics: commands that every kernel of the SDK has, and what kernels, distributions and users add to them.

from sdk.magics import Call, Option, cell_magic, line_magic

@line_magic
async def greet(call: Call, name: str = "you") -> None:
    \"\"\"Say hello.\"\"\"
    call.say(f"hello {name}\\n")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk.magics.arguments import Option as Option
    from sdk.magics.arguments import Rest as Rest
    from sdk.magics.call import Call as Call
    from sdk.magics.call import MagicError as MagicError
    from sdk.magics.kept_output import new_kept_file as new_kept_file
    from sdk.magics.magic import cell_magic as cell_magic
    from sdk.magics.magic import line_magic as line_magic

_PLACES = {
    "Call": "call",
    "MagicError": "call",
    "Option": "arguments",
    "Rest": "arguments",
    "cell_magic": "magic",
    "line_magic": "magic",
    "new_kept_file": "kept_output",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for: a kernel that uses no magic loads none of it."""
    import importlib

    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
