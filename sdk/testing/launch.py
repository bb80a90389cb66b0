"""Starts a kernel as a process of its own, as a Jupyter application would, and surely ends it.

with KernelProcess("bash") as kernel, kernel.client() as client:
    assert client.execute("echo hello").text() == "hello\\n"
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import Self

import zmq

from sdk.errors import ClientError, ConnectionFileError
from sdk.protocol.connection import ConnectionInfo, parse_startup_file
from sdk.protocol.control import InterruptRequest, ShutdownRequest
from sdk.protocol.message import Channel
from sdk.testing.client import Client
from sdk.testing.processes import MARK, command, kill, marked
from sdk.testing.spec import LaunchSpec, find_spec

_TAIL = 4000  # characters of the kernel's own output that an error shows
_PATIENCE = (5.0, 3.0, 3.0)  # seconds after shutdown_request, SIGTERM, SIGKILL


class KernelProcess:
    """One kernel process. `with` starts and ends it."""

    def __init__(  # noqa: PLR0913  # options, all by keyword
        self,
        kernel: str | os.PathLike[str] | Sequence[str] | LaunchSpec,
        *,
        transport: str = "tcp",
        ip: str = "127.0.0.1",
        curve: bool = False,
        choose_ports: bool = False,
        key: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        timeout: float = 60.0,
    ) -> None:
        """`kernel`: a kernelspec's name or directory, or an argv with `{connection_file}` in it.

        `choose_ports` writes port 0, for kernels that choose and write their ports back; `timeout` (seconds) is for
        the start.
        """
        self.spec = kernel if isinstance(kernel, LaunchSpec) else find_spec(kernel)
        self.leftovers: list[str] = []
        """After the end: processes that the kernel had left behind (they were killed), each pid and command."""
        self.connection_file = ""
        self._transport, self._ip, self._curve, self._choose_ports = transport, ip, curve, choose_ports
        self._key = secrets.token_hex(32) if key is None else key
        self._env, self._cwd, self._timeout = env, cwd, timeout
        self._process: subprocess.Popen[bytes] | None = None
        self.mark = secrets.token_hex(8)
        """What its processes are known by (see `sdk.testing.processes`)."""
        self._stack = ExitStack()

    # -- life ----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = tempfile.mkdtemp(prefix="kernel-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self.connection_file = os.path.join(folder, "connection.json")
            info = self._new_connection(folder, stack)
            descriptor = os.open(self.connection_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(info.to_json())
            self._output_path = os.path.join(folder, "output.txt")
            output = stack.enter_context(open(self._output_path, "wb"))
            environment = {
                **os.environ,
                **self.spec.env,
                "JPY_PARENT_PID": str(os.getpid()),
                MARK: self.mark,
                **(self._env or {}),
            }
            stack.callback(self._end)
            self._process = subprocess.Popen(
                self.spec.command(self.connection_file),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=self._cwd,
                start_new_session=True,
            )
            if self._choose_ports:
                self._wait_for_ports()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the process and all that it started; nothing happens the second time."""
        self._stack.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The kernel's process."""
        if self._process is None:
            raise ClientError("the kernel is not started: use `with KernelProcess(...) as kernel:`")
        return self._process

    @property
    def info(self) -> ConnectionInfo:
        """The connection file as it is now."""
        with open(self.connection_file, encoding="utf-8") as file:
            info = parse_startup_file(file.read())
        assert isinstance(info, ConnectionInfo)
        return info

    def client(self, *, ready: bool = True, timeout: float | None = None, identity: bytes | None = None) -> Client:
        """A new client, ready to talk; close it, or use it in a `with`."""
        return Client(self.info, ready=ready, timeout=timeout or self._timeout, identity=identity, monitor=self)

    def interrupt(self) -> None:
        """Interrupt as the kernelspec says: SIGINT to the process group, or interrupt_request on control."""
        if self.spec.interrupt_mode == "message":
            with self.client(ready=False) as client:
                client.collect(client.send(InterruptRequest(), Channel.CONTROL), until_idle=False)
        else:
            os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, *, timeout: float = 10.0) -> int:
        """Wait for the process to end by itself; its exit status. Raises ClientError when it does not."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ClientError(f"the kernel has not ended within {timeout:g} s\n{self.diagnosis()}") from None

    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process is not None and self._process.poll() is not None

    def output(self) -> str:
        """What the process itself wrote to stdout and stderr."""
        with open(self._output_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def diagnosis(self) -> str:
        """For error messages: how the process is, and the end of what it wrote."""
        code = self.process.poll()
        state = f"pid {self.process.pid}, running" if code is None else f"ended with status {code}"
        text = self.output()[-_TAIL:].strip()
        wrote = f"It wrote:\n{text}" if text else "It wrote nothing."
        return f"Kernel process ({' '.join(self.spec.argv[:4])}): {state}\n{wrote}"

    # -- inside --------------------------------------------------------------------------------------------------------

    def _new_connection(self, folder: str, stack: ExitStack) -> ConnectionInfo:
        public, secret = (part.decode("ascii") for part in zmq.curve_keypair()) if self._curve else (None, None)
        ipc = self._transport == "ipc"
        if self._choose_ports:
            ports = [0] * 5
        elif ipc:
            ports = [1, 2, 3, 4, 5]
        else:
            ports = stack.enter_context(_free_ports(5, self._ip))
        return ConnectionInfo(
            transport=self._transport,
            ip=os.path.join(folder, "s") if ipc else self._ip,
            shell_port=ports[0],
            iopub_port=ports[1],
            stdin_port=ports[2],
            control_port=ports[3],
            hb_port=ports[4],
            key=self._key,
            kernel_name=self.spec.name,
            curve_publickey=public,
            curve_secretkey=secret,
        )

    def _wait_for_ports(self) -> None:
        end = time.monotonic() + self._timeout
        while True:
            with suppress(ConnectionFileError, ValueError):
                if all(self.info.port(channel) for channel in Channel):
                    return
            if self.ended() or time.monotonic() > end:
                raise ClientError(f"the kernel wrote no ports to its connection file\n{self.diagnosis()}")
            time.sleep(0.01)

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        for step, seconds in zip((self._ask_to_end, self._terminate, self._kill), _PATIENCE, strict=True):
            if process.poll() is not None:
                break
            with suppress(ProcessLookupError, ClientError):
                step()
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        left = self._family(1.0)  # its children may just be ending, too
        self.leftovers = [f"{pid} {command(pid)}" for pid in left]
        for pid, started in left.items():
            kill(pid, started)
        self._family(1.0)

    def _family(self, seconds: float) -> dict[int, str]:
        """What the kernel has started and still runs after so many seconds."""
        end = time.monotonic() + seconds
        while (left := marked(self.mark)) and time.monotonic() < end:
            time.sleep(0.01)
        return left

    def _ask_to_end(self) -> None:
        with self.client(ready=False) as client:
            header = client.send(ShutdownRequest(restart=False), Channel.CONTROL)
            client.collect(header, timeout=2.0, until_idle=False)

    def _terminate(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)

    def _kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def _free_ports(count: int, ip: str) -> Iterator[list[int]]:
    """Ports of `ip` that are free now, and on Linux stay so for who listens there with SO_REUSEADDR, as ZeroMQ does.

    A kernel takes a while until it listens: meanwhile the system would give its ports to others that ask for any.
    """
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(family)) for _ in range(count)]
        for each in sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind((ip, 0))
        ports = [each.getsockname()[1] for each in sockets]
        if not sys.platform.startswith("linux"):  # elsewhere nobody else may listen on a port that is bound
            stack.close()
        yield ports
