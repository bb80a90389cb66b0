"""`OtherKernel`: a kernel that runs beside this one. Its requests, their output, its comms, its life."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from sdk.errors import LanguageStartError
from sdk.magics.kernels.asked import Asked, Died, Question
from sdk.magics.kernels.comms import OtherComms
from sdk.magics.kernels.launch import Launch
from sdk.magics.kernels.process import Process
from sdk.magics.kernels.pump import Outgoing, Pump
from sdk.magics.kernels.voice import Voice

if TYPE_CHECKING:
    from sdk.kernel.context import Context
    from sdk.kernel.host import Host

_START_LIMIT = 60.0  # seconds
_BEGINS = 0.5  # seconds in which a kernel that is not busy begins what it is asked
_AGAIN = 0.3  # seconds after which a new kernel is asked again whether it is ready
_VOICES = 500  # requests whose late output still finds its cell
_CHECK = 100  # milliseconds between looks at the clock, while an answer has a limit
_SILENCE = 3.0  # seconds of silence after a reply, in which its idle must come: a PUB socket may have dropped it


class OtherKernel:
    """One process of another kernel, from its start to its end."""

    def __init__(self, key: str, launch: Launch, cwd: str | None, host: Host) -> None:
        """`host`: of the notebook's kernel."""
        self.key = key
        """What it is called in this notebook."""

        self.launch = launch
        self.info: Mapping[str, Any] = {}
        """Its kernel_info_reply."""

        self.ended = ""
        """Why it runs no more; empty while it does."""

        self.cwd = cwd
        """Where it was started; for those whose folder is kept in step, where it works."""

        self.ready = Event()
        """Set when it has been started, well or not."""

        self._process = Process(launch, cwd)
        self._pump = Pump(self._process, self, host.log)
        self.comms = OtherComms(host.comms, self.forward)
        """Its comms, which are the notebook's too."""

        self._asked: dict[str, Asked] = {}
        self._voices: dict[str, Voice] = {}
        self._forwarded: dict[str, Callable[[], None]] = {}
        self._last: Voice | None = None
        self._came = 0.0
        self._is_wanted = True
        self._lock = Lock()

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def language(self) -> str:
        """Its language, as its kernelspec or it itself calls it, in small letters."""
        said = self.info.get("language_info", {}).get("name")
        return str(said or self.launch.language).lower()

    @property
    def implementation(self) -> str:
        """Which kernel it is, as it says itself: "ipython", "python_kernel", ..."""
        return str(self.info.get("implementation", ""))

    @property
    def is_busy(self) -> bool:
        """Whether a cell has been left there that still runs."""
        return any(asked.voice is not None for asked in list(self._asked.values()))

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it, and wait until it answers. Blocks. Raises LanguageStartError, which says what it wrote."""
        try:
            self._start()
        finally:
            self.ready.set()

    def _start(self) -> None:
        try:
            self._process.start()
        except (OSError, RuntimeError, ValueError) as error:
            self.ended = str(error)
            raise LanguageStartError(f"{self.launch.title} cannot be started: {error}") from None
        self._pump.start()
        end = time.monotonic() + _START_LIMIT
        while not self.ended:
            asked = self.ask("kernel_info_request", {}, waits_for_idle=True)
            if asked.finished.wait(_AGAIN):
                reply = asked.next()
                if isinstance(reply, dict):
                    self.info = reply["content"]
                    return
            elif time.monotonic() > end:
                self.kill()
                raise LanguageStartError(f"{self.launch.title} gave no answer within {_START_LIMIT:g} s{self._said()}")
            self._asked.pop(asked.msg_id, None)
        raise LanguageStartError(f"{self.launch.title} cannot be started: {self.ended}")

    def interrupt(self, asked: Asked) -> None:
        """Interrupt this request, if it runs or waits for another. Blocks for a moment.

        A kernel that has not read the request yet would take the interrupt for one of nothing.
        """
        asked.begun.wait(_BEGINS)
        if not asked.finished.is_set():
            self._process.interrupt()

    def end(self) -> None:
        """End it, in order if it does so within two seconds. Blocks."""
        self._is_wanted = False
        if not self.ended:
            self._process.end()
        self._pump.stop()

    def kill(self) -> None:
        """End it at once. Blocks for a moment."""
        self._is_wanted = False
        self._process.kill()
        self._pump.stop()

    # -- requests ------------------------------------------------------------------------------------------------------

    def ask(  # options, all by keyword
        self,
        msg_type: str,
        content: Mapping[str, Any],
        *,
        buffers: Sequence[Any] = (),
        metadata: Mapping[str, Any] | None = None,
        voice: Voice | None = None,
        waits_for_idle: bool = False,
        limit: float | None = None,
    ) -> Asked:
        """Send a request. What it says goes to `voice`, under whose request's own id it is sent: widgets know it."""
        msg_id = voice.context.header.msg_id if voice is not None else os.urandom(16).hex()
        asked = Asked(msg_id, voice=voice, waits_for_idle=waits_for_idle, limit=limit)
        with self._lock:
            if not self.ended:
                self._asked[msg_id] = asked
        if voice is not None:
            self._note(msg_id, voice)
        if self.ended:
            asked.end(Died(self.ended))
        else:
            self._pump.send(Outgoing("shell", msg_type, msg_id, content, metadata or {}, buffers))
        return asked

    def answer(self, question: Question, value: str) -> None:
        """Answer a question of its user's code."""
        self._pump.send(
            Outgoing("stdin", "input_reply", os.urandom(16).hex(), {"value": value}, parent=question.header)
        )

    def forward(self, context: Context, message: Mapping[str, Any]) -> None:
        """Send it a client's message as it is. What it says goes to the client's request, which lasts as long."""
        msg_id = context.header.msg_id
        self._note(msg_id, Voice(context))
        with self._lock:
            if self.ended:
                return
            self._forwarded[msg_id] = context.outlast()
            left = next(iter(self._forwarded)) if len(self._forwarded) > _VOICES else ""
        self._let_go(left)  # its idle was lost
        header = message["header"]
        self._pump.send(
            Outgoing("shell", header["msg_type"], msg_id, message["content"], message["metadata"], message["buffers"])
        )

    def _let_go(self, msg_id: str) -> None:
        """It has done what a forwarded message asks."""
        done = self._forwarded.pop(msg_id, None)
        if done is not None:
            done()

    def _note(self, msg_id: str, voice: Voice) -> None:
        with self._lock:
            self._voices.pop(msg_id, None)
            self._voices[msg_id] = voice
            self._last = voice
            while len(self._voices) > _VOICES:
                self._voices.pop(next(iter(self._voices)))

    # -- what comes: the pump's thread ---------------------------------------------------------------------------------

    def came(self, channel: str, message: dict[str, Any]) -> None:
        """A message has come."""
        self._came = time.monotonic()
        parent = (message["parent_header"] or {}).get("msg_id", "")  # xeus: null
        asked = self._asked.get(parent)
        if channel == "iopub":
            self._heard(message, parent, asked)
        elif channel == "stdin" and message["msg_type"] == "input_request":
            self._was_asked(message, asked)
        elif channel == "shell" and asked is not None and message["msg_type"].endswith("_reply"):
            asked.reply = message
            self._end_if_done(asked)

    def _heard(self, message: dict[str, Any], parent: str, asked: Asked | None) -> None:
        msg_type = message["msg_type"]
        if msg_type == "status":
            if asked is not None:
                asked.begun.set()
            if message["content"]["execution_state"] == "idle":
                self._let_go(parent)
                if asked is not None:
                    asked.idle = True
                    self._end_if_done(asked)
            return
        voice = self._voices.get(parent)
        if msg_type.startswith("comm_"):
            if voice is not None:
                voice.release()
            elsewhere = voice or self._last
            if elsewhere is not None:
                self.comms.came(message, elsewhere.context)
        elif voice is not None:
            voice.say(message)
        elif self._last is not None and asked is None and parent not in self._asked:
            self._last.say(message)  # of a thread that knows no cell

    def _was_asked(self, message: dict[str, Any], asked: Asked | None) -> None:
        content = message["content"]
        question = Question(content.get("prompt", ""), bool(content.get("password")), message["header"])
        if asked is None:
            self.answer(question, "")  # nobody is there who could be asked
        else:
            asked.post(question)

    def _end_if_done(self, asked: Asked) -> None:
        if asked.reply is not None and asked.idle:
            self._asked.pop(asked.msg_id, None)
            if asked.voice is not None:
                asked.voice.ended()
            asked.end(asked.reply)

    def looked(self) -> int | None:
        """All that had come was handed out: end what has waited too long."""
        now = time.monotonic()
        waiting = False
        for asked in list(self._asked.values()):
            if asked.deadline is not None and asked.deadline < now:
                self._asked.pop(asked.msg_id, None)
                asked.end(TimeoutError(f"{self.key} did not answer in time"))
            elif asked.reply is not None and self._came + _SILENCE < now:
                asked.idle = True
                self._end_if_done(asked)
            else:
                waiting = waiting or asked.deadline is not None or asked.reply is not None
        return _CHECK if waiting else None

    def died(self) -> None:
        """It has ended."""
        with self._lock:
            fate = self._process.fate if self._is_wanted else "was ended"
            self.ended = f"{self.key} {fate}{self._said() if self._is_wanted else ''}"
            left = list(self._asked.values())
            self._asked.clear()
        for asked in left:
            asked.end(Died(self.ended))
        for msg_id in list(self._forwarded):
            self._let_go(msg_id)
        if self._last is not None:
            self.comms.close(self._last.context)
        if self._is_wanted:
            self._process.kill()  # what jupyter_client has kept of it

    def _said(self) -> str:
        wrote = self._process.wrote
        return f"; it wrote:\n{wrote}" if wrote else ""
