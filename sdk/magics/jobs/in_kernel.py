"""`InKernel`: a job in a kernel of its own, of the same kind as the one whose cell has started it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from sdk.kernel.base import Kernel
from sdk.kernel.context import Context
from sdk.magics.jobs.job import Job
from sdk.magics.kernels.asked import Died
from sdk.magics.kernels.launch import Launch
from sdk.magics.kernels.other import OtherKernel
from sdk.magics.kernels.voice import Voice
from sdk.protocol.iopub import Error


class InKernel:
    """Starts the kernel as this process was started."""

    def __init__(self, kernel: Kernel, code: str, context: Context, cwd: str | None) -> None:
        self._code = code
        self._context = context
        launch = Launch(f"{kernel.implementation or type(kernel).__name__} job", same_command(kernel))
        self._other = OtherKernel("the job's kernel", launch, cwd, kernel.host)

    def run(self, job: Job) -> str:
        """Run it; how it failed."""
        self._other.start()
        try:
            content = {"code": self._code, "silent": False, "store_history": False, "allow_stdin": False}
            asked = self._other.ask("execute_request", content, voice=_Heard(self._context, job), waits_for_idle=True)
            asked.finished.wait()
            last: object = None
            while (event := asked.next()) is not None:
                last = event
        finally:
            self._other.end()
        if isinstance(last, Died):
            return last.why
        reply: Mapping[str, Any] = last["content"] if isinstance(last, dict) else {}
        if reply.get("status") != "error":
            return ""
        self._context.publish(Error(reply["ename"], reply["evalue"], reply["traceback"]))
        return f"{reply['ename']}: {reply['evalue']}"

    def kill(self) -> None:
        """End the kernel with what it runs."""
        self._other.kill()


class _Heard(Voice):
    """Lets the job know what is said."""

    def __init__(self, context: Context, job: Job) -> None:
        super().__init__(context)
        self._job = job

    def say(self, message: Mapping[str, Any]) -> None:
        """Say it, and tell the job."""
        super().say(message)
        if message["msg_type"] == "stream":
            self._job.heard(message["content"]["name"], message["content"]["text"])


def same_command(kernel: Kernel) -> list[str]:
    """The command that this process was started with, for another connection file. Raises ValueError."""
    path = kernel.host.connection_file
    argv = [word.replace(path, "{connection_file}") if path else word for word in sys.orig_argv]
    if not any("{connection_file}" in word for word in argv):
        raise ValueError("this kernel was started without a connection file, and cannot be started a second time")
    return [*argv, "--no-history"]
