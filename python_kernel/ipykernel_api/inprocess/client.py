"""`ipykernel.inprocess.client`: a client whose requests are calls. When they return they have been answered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.clientabc import KernelClientABC
from traitlets import Any as AnyTrait
from traitlets import Type

from .channels import InProcessChannel, InProcessHBChannel
from .constants import INPROCESS_KEY


class InProcessKernelClient(KernelClient):
    """Subclass its channels, or use the blocking client."""

    shell_channel_class: Any = Type(InProcessChannel)
    iopub_channel_class: Any = Type(InProcessChannel)
    stdin_channel_class: Any = Type(InProcessChannel)
    control_channel_class: Any = Type(InProcessChannel)
    hb_channel_class: Any = Type(InProcessHBChannel)
    kernel: Any = AnyTrait()

    def get_connection_info(self, session: bool = False) -> Any:
        """There is none, but that a blocking client has the same kernel."""
        info: Any = super().get_connection_info(session=session)
        info["kernel"] = self.kernel
        return info

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Take messages."""
        super().start_channels(*args, **kwargs)
        if self not in self.kernel.frontends:
            self.kernel.frontends.append(self)

    def _channel(self, name: str) -> Any:
        place = f"_{name}_channel"
        if getattr(self, place) is None:
            setattr(self, place, getattr(self, f"{name}_channel_class")(self))
        return getattr(self, place)

    @property
    def shell_channel(self) -> Any:
        """Replies."""
        return self._channel("shell")

    @property
    def iopub_channel(self) -> Any:
        """Output."""
        return self._channel("iopub")

    @property
    def stdin_channel(self) -> Any:
        """Questions."""
        return self._channel("stdin")

    @property
    def control_channel(self) -> Any:
        """Replies to what is asked there."""
        return self._channel("control")

    @property
    def hb_channel(self) -> Any:
        """Whether the kernel lives."""
        return self._channel("hb")

    # -- requests ------------------------------------------------------------------------------------------------------

    def execute(  # jupyter_client's
        self,
        code: str,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool | None = None,
        stop_on_error: bool = True,
    ) -> str:
        """Run code."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": user_expressions or {},
            "allow_stdin": self.allow_stdin if allow_stdin is None else allow_stdin,
            "stop_on_error": stop_on_error,
        }
        return self._ask("execute_request", content)

    def complete(self, code: str, cursor_pos: int | None = None) -> str:
        """How code may go on."""
        content = {"code": code, "cursor_pos": len(code) if cursor_pos is None else cursor_pos}
        return self._ask("complete_request", content)

    def inspect(self, code: str, cursor_pos: int | None = None, detail_level: int = 0) -> str:
        """What a name is."""
        position = len(code) if cursor_pos is None else cursor_pos
        return self._ask("inspect_request", {"code": code, "cursor_pos": position, "detail_level": detail_level})

    def history(self, raw: bool = True, output: bool = False, hist_access_type: str = "range", **kwds: Any) -> str:
        """Earlier cells."""
        content = {"raw": raw, "output": output, "hist_access_type": hist_access_type, **kwds}
        return self._ask("history_request", content)

    def is_complete(self, code: str) -> str:
        """Whether code can be run."""
        return self._ask("is_complete_request", {"code": code})

    def kernel_info(self) -> str:
        """What the kernel is."""
        return self._ask("kernel_info_request", {})

    def comm_info(self, target_name: str | None = None) -> str:
        """The open comms."""
        return self._ask("comm_info_request", {} if target_name is None else {"target_name": target_name})

    def shutdown(self, restart: bool = False) -> str:
        """End the kernel."""
        return self._ask("shutdown_request", {"restart": restart})

    def input(self, string: str) -> None:
        """Answer the question that is open."""
        if self.kernel is None:
            raise RuntimeError("Cannot send input reply. No kernel exists.")
        self.kernel.raw_input_str = string

    def _ask(self, msg_type: str, content: dict[str, Any]) -> str:
        msg = self.session.msg(msg_type, content)
        self._dispatch_to_kernel(msg)
        msg_id: str = msg["header"]["msg_id"]
        return msg_id

    def _dispatch_to_kernel(self, msg: dict[str, Any]) -> None:
        if self.kernel is None:
            raise RuntimeError("Cannot send request. No kernel exists.")
        identity = self.session.bsession
        if asyncio._get_running_loop() is None:
            asyncio.run(self.kernel.answer(msg, identity))
            return
        with ThreadPoolExecutor(1) as pool:  # this thread's loop is busy with whoever calls
            pool.submit(lambda: asyncio.run(self.kernel.answer(msg, identity))).result()

    async def get_shell_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next reply."""
        return self.shell_channel.get_msg(*args, **kwargs)

    async def get_iopub_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next output."""
        return self.iopub_channel.get_msg(*args, **kwargs)

    async def get_stdin_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next question."""
        return self.stdin_channel.get_msg(*args, **kwargs)

    async def get_control_msg(self, *args: Any, **kwargs: Any) -> Any:
        """The next reply on control."""
        return self.control_channel.get_msg(*args, **kwargs)


KernelClientABC.register(InProcessKernelClient)

__all__ = ["INPROCESS_KEY", "InProcessKernelClient"]
