"""A kernel's class with its program, without sockets: a context that records stands for the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sdk.errors import ExecutionError, StdinNotImplementedError
from sdk.magics.front import front_of
from sdk.protocol.shell import CompleteReply, CompleteRequest, ExecuteRequest
from sdk.repl import ReplKernel

K = TypeVar("K", bound=ReplKernel)
T = TypeVar("T")
LIMIT = 20.0  # seconds: what takes so long does not end


class Recorder:
    """What a cell says and asks. Has of `Context` what a kernel that runs a process uses."""

    def __init__(self, count: int, answers: Sequence[str | type[BaseException]] | None) -> None:
        self.execution_count = count
        self.metadata: Mapping[str, Any] = {}
        self.shown: list[tuple[str, Any]] = []
        self.asked: list[tuple[str, bool]] = []
        self.shown_metadata: list[Any] = []
        self.length = 0
        self._answers = list(answers) if answers is not None else None
        self._news = asyncio.Event()

    def pour(self, name: str, text: str) -> None:
        self.length += len(text)
        self._say(name, text)

    def stream(self, name: str, text: str) -> None:
        self.pour(name, text)

    def display_data(self, data: Mapping[str, Any], metadata: object, *, display_id: str | None = None) -> None:
        self.shown_metadata.append(metadata)
        self._say("display", (dict(data), display_id))

    def update_display_data(self, data: Mapping[str, Any], metadata: object, *, display_id: str) -> None:
        self._say("update", (dict(data), display_id))

    def clear_output(self, *, wait: bool) -> None:
        self._say("clear", wait)

    async def drain(self) -> None:
        """This client is never slow."""

    async def input(self, prompt: str, *, password: bool) -> str:
        self.asked.append((prompt, password))
        self._news.set()
        if self._answers is None:
            raise StdinNotImplementedError("nobody can be asked")
        if not self._answers:
            await asyncio.get_running_loop().create_future()
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            return answer
        raise answer

    def text(self, name: str = "stdout") -> str:
        return "".join(text for kind, text in self.shown if kind == name)

    async def until(self, condition: Callable[[Recorder], bool]) -> None:
        """Wait until what was said fulfils `condition`."""
        async with asyncio.timeout(LIMIT):
            while not condition(self):
                self._news.clear()
                await self._news.wait()

    def _say(self, kind: str, what: object) -> None:
        self.shown.append((kind, what))
        self._news.set()


class Cell(NamedTuple):
    """How a cell ended."""

    text: str
    error: tuple[str, str] | None
    recorder: Recorder

    @property
    def notice(self) -> str:
        return self.recorder.text("stderr")


class Driven(Generic[K]):
    """A kernel on a loop of its own. Between the calls the loop stands still."""

    def __init__(self, kernel: K) -> None:
        self.kernel = kernel
        self.author = front_of(kernel) or kernel
        self.metadata: Mapping[str, Any] = {}
        self.loop = asyncio.new_event_loop()
        self.count = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        async def limited() -> T:
            async with asyncio.timeout(4 * LIMIT):
                return await work

        return self.loop.run_until_complete(limited())

    def run(self, code: str, answers: Sequence[str | type[BaseException]] | None = None, **fields: Any) -> Cell:
        """Run one cell to its end."""
        return self.do(self.cell(code, answers, **fields))

    def interrupted(self, code: str, when: Callable[[Recorder], bool], times: int = 1, later: float = 0) -> Cell:
        """Run one cell; interrupt it when what it said fulfils `when`, or `later` by some seconds."""
        return self.do(self.cell(code, [], when=when, times=times, later=later))

    async def cell(
        self,
        code: str,
        answers: Sequence[str | type[BaseException]] | None = None,
        *,
        when: Callable[[Recorder], bool] | None = None,
        times: int = 1,
        later: float = 0,
        **fields: Any,
    ) -> Cell:
        self.count += 1
        recorder = Recorder(self.count, answers)
        recorder.metadata = self.metadata
        work = asyncio.ensure_future(self.author.do_execute(ExecuteRequest(code, **fields), recorder))  # type: ignore[arg-type]
        if when is not None:
            await recorder.until(when)
            await asyncio.sleep(later)
            for _ in range(times):
                await self.author.do_interrupt()
                done, _ = await asyncio.wait([work], timeout=1.0 if times > 1 else LIMIT)
                if done:
                    break
        error = None
        try:
            async with asyncio.timeout(LIMIT):
                await work
        except ExecutionError as failure:
            error = (failure.ename, failure.evalue)
        return Cell(recorder.text(), error, recorder)

    def complete(self, code: str) -> CompleteReply:
        recorder = Recorder(0, None)
        return self.do(self.author.do_complete(CompleteRequest(code), recorder))  # type: ignore[arg-type]

    @property
    def pid(self) -> int:
        repl = self.kernel.life.repl
        assert repl is not None
        return repl._process.pid

    def close(self) -> None:
        self.do(self.kernel.stop(restart=False))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
