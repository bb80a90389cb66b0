"""Other kernels in one notebook: started by jupyter_client, kept for the notebook's life, spoken to by magics.

    from sdk.magics.kernels import exchange, execute, other_kernels

    other = await other_kernels(call).running(call, "python3")     # started if need be; "" is the last used one
    reply = await execute(call, other, "x = 1")                    # as a cell: output goes to this cell
    reply = await execute(call, other, "", silent=True, user_expressions={"x": "x"})
    reply.content["user_expressions"]["x"]                         # {"status": "ok", "data": {...}, ...} or an error
    reply = await exchange(call, other, "get_variable_request", {"name": "x"}, buffers=[b"..."], limit=10.0)
    reply.content, reply.buffers, reply.metadata

`execute` and `exchange` are coroutines of a magic: an interrupt of the notebook's kernel interrupts the other one,
questions go to the user, and failure is raised: ExecutionError with the other kernel's own name and traceback (also
when it has died, with what it wrote), TimeoutError after `limit` seconds. With `silent=True`, and with `exchange`, no
output is shown. A kernel that does not know a message type may never answer: give a limit.

`other.language`, `other.implementation` and `other.info` (its kernel_info_reply) say what it is;
`other_kernels(call).find(name)` is a running one or None; `other_kernels(call).last` the key of the last used one.
"""

from __future__ import annotations

from sdk.magics.kernels.life import OtherKernels, other_kernels
from sdk.magics.kernels.other import OtherKernel
from sdk.magics.kernels.talking import Reply, exchange, execute

__all__ = ["OtherKernel", "OtherKernels", "Reply", "exchange", "execute", "other_kernels"]
