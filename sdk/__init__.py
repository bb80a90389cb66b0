"""Jupyter Kernel SDK: a kernel for any language is one class with `do_execute` and `do_complete`.

    from sdk import Kernel, ExecutionError
    from sdk.app import run

This module is what an author of a kernel imports; it loads neither ZeroMQ nor a process driver.
"""

from __future__ import annotations

from sdk.errors import (
    ExecutionError,
    KernelSDKError,
    LanguageStartError,
    RequestTimeoutError,
    StdinNotImplementedError,
)
from sdk.kernel.base import Kernel, WhileBusy
from sdk.kernel.context import Context
from sdk.kernel.host import Host
from sdk.kernel.language_finding import LanguageFinding
from sdk.kernel.magic_syntax import MagicSyntax
from sdk.kernel.plot_settings import PlotError, PlotSettings
from sdk.protocol.control import DebugReply, DebugRequest
from sdk.protocol.iopub import DisplayData, Error, ExecuteResult, UpdateDisplayData
from sdk.protocol.message import MimeBundle
from sdk.protocol.shell import (
    CompleteReply,
    CompleteRequest,
    ExecuteRequest,
    HistoryReply,
    HistoryRequest,
    InspectReply,
    InspectRequest,
    IsCompleteReply,
    IsCompleteRequest,
)
from sdk.protocol.variable import Variable

__all__ = [
    "CompleteReply",
    "CompleteRequest",
    "Context",
    "DebugReply",
    "DebugRequest",
    "DisplayData",
    "Error",
    "ExecuteRequest",
    "ExecuteResult",
    "ExecutionError",
    "HistoryReply",
    "HistoryRequest",
    "Host",
    "InspectReply",
    "InspectRequest",
    "IsCompleteReply",
    "IsCompleteRequest",
    "Kernel",
    "KernelSDKError",
    "LanguageFinding",
    "LanguageStartError",
    "MagicSyntax",
    "MimeBundle",
    "PlotError",
    "PlotSettings",
    "RequestTimeoutError",
    "StdinNotImplementedError",
    "UpdateDisplayData",
    "Variable",
    "WhileBusy",
    "__version__",
]

__version__ = "0.1.0"
