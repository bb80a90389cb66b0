"""A debugger behind debug_request: what a kernel needs that talks to a debug adapter.

    from sdk.debugger import Adapter, VariablesView

`Adapter` is one conversation by the Debug Adapter Protocol (DAP) over a socket; `VariablesView` answers the requests by
which variables are looked at from the kernel's `do_variables`, with or without a debugger.
"""

from __future__ import annotations

from sdk.debugger.adapter import Adapter
from sdk.errors import DebuggerError
from sdk.kernel.variables import VariablesView
from sdk.protocol.iopub import DebugEvent

__all__ = ["Adapter", "DebugEvent", "DebuggerError", "VariablesView"]
