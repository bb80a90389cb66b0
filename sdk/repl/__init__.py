"""Drives interactive programs: what a kernel needs whose language is a process with a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdk.repl.environment import environment
from sdk.repl.finished import Finished
from sdk.repl.kernel import ReplKernel
from sdk.repl.launch import Launch
from sdk.repl.prompt_form import PromptForm
from sdk.repl.prompt_kernel import PromptKernel

if TYPE_CHECKING:  # start-up time
    from sdk.repl.far_lines import FarLines
    from sdk.repl.session import Session
    from sdk.repl.sink import Sink
    from sdk.repl.spool import Spooled

__all__ = [
    "FarLines",
    "Finished",
    "Launch",
    "PromptForm",
    "PromptKernel",
    "ReplKernel",
    "Session",
    "Sink",
    "Spooled",
    "environment",
]
