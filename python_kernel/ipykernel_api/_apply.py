"""apply_request of ipyparallel: a packed function is called in the user's namespace."""

from __future__ import annotations

import sys
from typing import Any


def apply(kernel: Any, bufs: Any, msg_id: str, reply_metadata: Any) -> tuple[dict[str, Any], list[Any]]:
    """The content of the reply, and its buffers."""
    from ipyparallel.serialize import serialize_object, unpack_apply_message

    shell = kernel.shell
    prefix = "_" + str(msg_id).replace("-", "") + "_"
    working = shell.user_ns
    names = [f"{prefix}{name}" for name in ("f", "args", "kwargs", "result")]
    try:
        function, args, kwargs = unpack_apply_message(bufs, working, copy=False)
        working.update(zip(names, (function, args, kwargs, None), strict=True))
        try:
            exec(f"{names[3]} = {names[0]}(*{names[1]}, **{names[2]})", shell.user_global_ns, working)
            result = working.get(names[3])
        finally:
            for name in names:
                working.pop(name, None)
        return {"status": "ok"}, serialize_object(result)
    except BaseException as error:  # whatever the function raises is the reply's
        shell.showtraceback(sys.exc_info())
        lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
        content = {"status": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": list(lines)}
        return {**content, "engine_info": {"engine_uuid": kernel.ident, "engine_id": kernel.int_id}}, []
