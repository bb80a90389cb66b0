"""`Notebook`: a kernel and its front-end, which does one step after the other and writes down what it sees."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from tests.packages.environment import variables
from tests.packages.messages import Seen

LIMIT = 60.0  # seconds that a step may take, on a busy machine
_UNSEEN = ("iopub_welcome",)


class Late(AssertionError):
    """What was waited for has not come."""


class Notebook:
    """One kernel, restarted by `restart`. Steps of one case are counted from 0."""

    def __init__(self, manager: KernelManager, folder: Path) -> None:
        self.folder = folder
        self.seen: list[Seen] = []
        self.comms: dict[str, str] = {}
        """Model or target name -> id of the last comm of that name."""
        self._manager = manager
        self._steps: dict[str, int] = {}
        self._client = self._connected()

    # -- what a user does ----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Another case: what belongs to the one before is seen no more."""
        self.seen, self._steps = [], {}

    def start(self, code: str, **options: Any) -> str:
        """Run a cell, and go on; its id."""
        return self._sent(self._client.execute(code, **{"allow_stdin": False, "stop_on_error": False, **options}))

    def finish(self, request: str, *, reply: str = "shell") -> None:
        """See what answers a request until it is idle, and its `reply` on this channel; "" is none."""
        step, end = self._steps[request], time.monotonic() + LIMIT
        while not any(one.step == step and one.content.get("execution_state") == "idle" for one in self.seen):
            self._next(end, f"the end of step {step}")
        if reply:
            self._reply(request, step, end, reply)

    def execute(self, code: str, **options: Any) -> None:
        """Run a cell, and see its reply and what comes until it is idle."""
        self.finish(self.start(code, **options))

    def post(self, name: str, data: Any, buffers: Sequence[bytes] = ()) -> str:
        """A message for the last comm with this model or target; its id."""
        message = self._client.session.msg("comm_msg", {"comm_id": self.comms[name], "data": data})
        self._client.session.send(self._client.shell_channel.socket, message, buffers=list(buffers))
        return self._sent(message["header"]["msg_id"])

    def open(self, target: str) -> None:
        """The front-end opens a comm with a target of the kernel's."""
        comm_id = self.comms[target] = uuid.uuid4().hex
        message = self._client.session.msg("comm_open", {"comm_id": comm_id, "target_name": target, "data": {}})
        self._client.shell_channel.send(message)
        self.finish(self._sent(message["header"]["msg_id"]), reply="")

    def send(self, name: str, data: Any, buffers: Sequence[bytes] = ()) -> None:
        """The same, and what comes until it has been served."""
        self.finish(self.post(name, data, buffers), reply="")

    def ask(self, msg_type: str, content: Mapping[str, Any], channel: str = "shell") -> None:
        """A request, and its reply."""
        message = self._client.session.msg(msg_type, content)
        getattr(self._client, f"{channel}_channel").send(message)
        self.finish(self._sent(message["header"]["msg_id"]), reply=channel)

    def wait(self, condition: Callable[[Sequence[Seen]], object], what: str) -> None:
        """Go on when what has been seen by now satisfies this."""
        end = time.monotonic() + LIMIT
        while not condition(self.seen):
            self._next(end, what)

    def restart(self) -> None:
        """Another process, and nothing that the first knew."""
        self._client.stop_channels()
        self._manager.restart_kernel(now=False)
        self._client = self._connected()

    def close(self) -> None:
        """End it."""
        self._client.stop_channels()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _connected(self) -> BlockingKernelClient:
        client: BlockingKernelClient = self._manager.client()
        client.session.session = uuid.uuid4().hex  # else ids come again after a restart
        client.start_channels()
        client.wait_for_ready(timeout=LIMIT)
        return client

    def _sent(self, request: str) -> str:
        self._steps[request] = len(self._steps)
        return request

    def _reply(self, request: str, step: int, end: float, channel: str) -> None:
        get = getattr(self._client, f"get_{channel}_msg")
        while True:
            try:
                message = get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                raise Late(f"step {step}: no reply") from None
            if message["parent_header"].get("msg_id") == request:
                self.seen.append(_seen(step, message))
                return

    def _next(self, end: float, what: str) -> None:
        """See the next message, if it is one of this case."""
        try:
            message = self._client.get_iopub_msg(timeout=0.25)
        except Empty:
            if time.monotonic() > end or not self._manager.is_alive():
                shown = "\n".join(str(one)[:200] for one in self.seen[-20:])
                raise Late(f"{what} has not come; the last messages are\n{shown}") from None
            return
        step = self._steps.get(message["parent_header"].get("msg_id"))
        if step is None or message["msg_type"] in _UNSEEN:
            return
        one = _seen(step, message)
        if one.msg_type == "comm_open":
            state = one.content["data"].get("state", {})
            self.comms[state.get("_model_name") or one.content["target_name"]] = one.content["comm_id"]
        self.seen.append(one)


def _seen(step: int, message: Mapping[str, Any]) -> Seen:
    content = {name: value for name, value in message["content"].items() if name != "engine_info"}
    if message["msg_type"] == "comm_open":
        content["version"] = message["metadata"].get("version")  # which managers of widgets look at
        if content.get("target_module") is None:  # it may be left out, and ipykernel says that it is null
            content.pop("target_module", None)
    return Seen(step, message["msg_type"], content, [bytes(one) for one in message["buffers"]])


@contextmanager
def notebook(environment: Path, kernel: str, folder: Path) -> Iterator[Notebook]:
    """A running one, in a folder of its own."""
    home, work = folder / "home", folder / "work"
    home.mkdir(parents=True)
    work.mkdir()
    env = variables(environment, home)
    manager = KernelManager(
        kernel_name=kernel,
        kernel_spec_manager=KernelSpecManager(
            kernel_dirs=[str(environment / "jupyter" / "kernels")], ensure_native_kernel=False
        ),
        connection_file=str(folder / "kernel.json"),
        transport="ipc",  # a port that is free now may be taken when the kernel wants it
        ip=str(folder / "ipc"),
    )
    with (folder / "log").open("wb") as log:
        manager.start_kernel(env=dict(env), cwd=str(work), stdout=log, stderr=log)
        try:
            one = Notebook(manager, work)
            try:
                yield one
            finally:
                one.close()
        finally:
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
