"""Which variables there are, for completion: in the notebook's language, and in another kernel that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdk.magics.kernels.talking import answer

if TYPE_CHECKING:
    from sdk.kernel.base import Kernel
    from sdk.kernel.context import Context
    from sdk.magics.kernels import OtherKernel

_LIMIT = 3.0  # seconds
_FEATURE = "variable exchange"
_NAMES = (
    "(lambda b: ' '.join([n for n, v in b.list(b.globals().items()) if n[:1] != '_' "
    "and b.type(v).__name__ not in ('module', 'function', 'type')]))(__import__('builtins'))"
)
_OF_IPYTHON = ("In", "Out", "exit", "get_ipython", "open", "quit")


async def names_here(kernel: Kernel, context: Context) -> list[str]:
    """The variables of this kernel."""
    if not kernel.implements("do_variables"):
        return []
    return [variable.name for variable in await kernel.do_variables((), context) if variable.name.isidentifier()]


async def names_there(other: OtherKernel, context: Context) -> list[str]:
    """The variables of another one, if it tells."""
    if _FEATURE in (other.info.get("supported_features") or ()):
        asked = {"type": "request", "seq": 1, "command": "inspectVariables", "arguments": {}}
        said = await answer(context, other, "debug_request", asked, limit=_LIMIT)
        body = (said or {}).get("body") or {}
        return [one["name"] for one in body.get("variables") or () if one["name"].isidentifier()]
    if other.language not in ("python", "ipython"):
        return []
    content = {"code": "", "silent": True, "store_history": False, "user_expressions": {"names": _NAMES}}
    said = await answer(context, other, "execute_request", content, limit=_LIMIT)
    value = ((said or {}).get("user_expressions") or {}).get("names") or {}
    text = (value.get("data") or {}).get("text/plain", "''")
    return [name for name in text.strip("'").split() if name not in _OF_IPYTHON]
