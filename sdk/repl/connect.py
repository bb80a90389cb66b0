"""`connect`: from a prefix (ssh, docker exec, sudo ...) to a bash on its far side that has the session's files.

What the prefix asks for, a password or whether a host is known, the user is asked for. The far side is reached when a
bash there shows a prompt that has the session's token in it: its command line has no character that a shell takes for
its own, so that it does not matter how often it is parsed on the way.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from collections.abc import Sequence

from sdk.errors import LanguageStartError, NotReachedError, StdinNotImplementedError
from sdk.repl.environment import environment
from sdk.repl.far_process import FarProcess
from sdk.repl.far_session import FarSession
from sdk.repl.input_detection import Demand, look
from sdk.repl.launch import Launch
from sdk.repl.scanner import Record, Scanner
from sdk.repl.session import Session
from sdk.repl.sink import Sink

_HERE = os.path.dirname(os.path.abspath(__file__))
_HELPERS = {"relay.bash": "relay.bash", "send.sh": "send"}
_LOOK = 0.1  # seconds between two looks whether the prefix asks something
_SILENCE = 0.2  # seconds, at least, before a question
_SILENCE_OF_UNKNOWN = 1.0  # seconds, where it cannot be seen who reads the terminal
_LOOKS_LIKE_A_QUESTION = re.compile(r"[:?)\]>] ?$")
_SECRET = re.compile(r"password|passphrase|passcode|\bPIN\b|verification code", re.IGNORECASE)
_REFUSALS = {
    "terminal": "there is no terminal on its far side; the prefix must ask for one (ssh -t, docker exec -it)",
    "folder": "no directory could be made there; is /tmp writable, and mkfifo installed?",
}


def prefix_words(prefix: str | Sequence[str]) -> list[str]:
    """The words of a prefix, which may be written like a shell's command. Raises NotReachedError."""
    try:
        return shlex.split(prefix) if isinstance(prefix, str) else list(prefix)
    except ValueError as error:
        raise NotReachedError(f"prefix {prefix!r}: {error}") from None


async def reach(
    prefix: str | Sequence[str], session: FarSession, launch: Launch, sink: Sink, *, limit: float
) -> tuple[FarProcess, str]:
    """Go where `prefix` leads and start `launch` there; also gives what the prefix said. Raises NotReachedError.

    `limit` is in seconds, without those in which the user is asked.
    """
    command = _first_command(prefix_words(prefix), session)
    first = Launch(command, environment({}), dimensions=launch.dimensions)
    process = FarProcess.spawn(first, asyncio.get_running_loop())
    process.reports = session.reports
    try:
        said = await connect(process, session, launch, sink, limit=limit)
    except NotReachedError as error:
        await process.close()
        raise NotReachedError(f"{shlex.join(command)}: {error}") from None
    except BaseException:
        await process.close()
        raise
    process.farewell = session.farewell
    process.hush, process.echo_again = session.hush
    session.reports.on_quiet = process.release
    return process, said


def _first_command(prefix: Sequence[str], session: FarSession) -> list[str]:
    return [*prefix, "env", f"PS1={_prompt(session)}", "bash", "--noediting", "--norc", "-i"]


def take_helpers(session: FarSession) -> None:
    """Let the files that work for us on the far side be put there."""
    first = {"far.bash": "far.bash"} if session.is_of_bash else {"far_begin.bash": "begin.bash"}
    for source, name in {**first, **_HELPERS}.items():
        with open(os.path.join(_HERE, source), encoding="utf-8") as file:
            session.write(name, file.read())


def put_display(session: Session) -> str:
    """Put the program `display` there, and give its path."""
    for source, name in (("display.py", "display.py"), ("far_display.sh", "display")):
        with open(os.path.join(_HERE, source), encoding="utf-8") as file:
            session.write(name, file.read())
    return session.at("display")


async def connect(process: FarProcess, session: FarSession, launch: Launch, sink: Sink, *, limit: float) -> str:
    """Start `launch` on the far side; what the prefix said meanwhile is returned. Raises NotReachedError.

    `limit` is in seconds, without those in which the user is asked.
    """
    connection = Connection(process, session, sink)
    try:
        async with asyncio.timeout(limit) as timeout:
            await connection.reach(timeout, limit)
            await connection.set_up(launch)
    except TimeoutError:
        raise NotReachedError(f"not connected after {limit:g} seconds{connection.last_words}") from None
    finally:
        connection.close()
    return connection.said


class Connection:
    """The time before the program on the far side runs."""

    def __init__(self, process: FarProcess, session: FarSession, sink: Sink) -> None:
        self.said = ""
        self._process = process
        self._session = session
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._scanner = Scanner(self._session.token.encode())
        self._news = asyncio.Event()
        self._records: list[str] = []
        self._heard = ""
        self._last = self._loop.time()
        self._ended = False
        self._loop.add_reader(process.fd, self._read)

    def close(self) -> None:
        """Read no more."""
        if self._process.fd >= 0:
            self._loop.remove_reader(self._process.fd)

    @property
    def last_words(self) -> str:
        """What was said last, for a message."""
        words = (self.said + self._heard).strip()[-2000:]
        return f". It said:\n{words}" if words else ""

    async def reach(self, timeout: asyncio.Timeout, limit: float) -> None:
        """Wait for the prompt of the bash there, and ask the user what the prefix asks."""
        prompt = _prompt(self._session)
        wishes = 0
        while not self._heard.endswith(prompt):
            if self._ended:
                raise await self._failure()
            self._news.clear()
            try:
                async with asyncio.timeout(_LOOK):
                    await self._news.wait()
                    wishes = 0
                    continue
            except TimeoutError:
                pass
            wishes = wishes + 1 if self._is_asking() else 0
            if wishes > 1:
                left = timeout.when()
                timeout.reschedule(None)
                before = self._loop.time()
                await self._ask()
                timeout.reschedule(None if left is None else left + self._loop.time() - before)
                wishes = 0
        self.said = f"{self.said}{self._heard.removesuffix(prompt)}".strip()
        self._heard = ""

    async def set_up(self, launch: Launch) -> None:
        """Put the files there, and let the program take the bash's place."""
        session = self._session
        take_helpers(session)
        for line in _bootstrap(session):
            self._process.write(line.encode() + b"\n")
        self._process.write(session.take_typing())
        hello = f"builtin printf '\\e]5151;%s;r;H\\a' {session.token}"
        lacking = f"\\rm -rf {session.there}; " + _refuse(session.token, '"program $PATH"')
        check = f"if builtin type -P -- {shlex.quote(launch.argv[0])} >/dev/null; then {hello}; else {lacking}; fi"
        self._process.write(f" \\chmod 700 {session.there}/*; {check}\n".encode())
        while not self._records:
            if self._ended:
                raise await self._failure()
            self._news.clear()
            await self._news.wait()
        if self._records[0] != "H":
            raise NotReachedError(_refusal(self._records[0], launch))
        words = ["env", *(f"{name}={value}" for name, value in launch.env.items()), *launch.argv]
        session.launch_line(shlex.join(words))

    def _read(self) -> None:
        while data := self._process.read():
            self._last = self._loop.time()
            for event in self._scanner.feed(data):
                if isinstance(event, Record):
                    self._records.append(event.body)
                elif isinstance(event, str):
                    self._heard = (self._heard + event)[-20_000:]
        # The prompt has the token, as what is to be taken out has; here it is waited for.
        for event in self._scanner.release():
            if isinstance(event, str):
                self._heard += event
        if data is None:
            self._ended = True
            self._loop.remove_reader(self._process.fd)
        self._news.set()

    def _is_asking(self) -> bool:
        process, silence = self._process, self._loop.time() - self._last
        line = self._heard.rpartition("\n")[2]
        echo, lines, _ = super(FarProcess, process).input_modes()
        if lines:
            group = super(FarProcess, process).foreground_group()
            demand = look(group, process.device, child=process.pid, deep=True).demand
            if demand is Demand.READS and (line.strip() or not echo):
                return silence >= _SILENCE and not super(FarProcess, process).unread_input()
            return demand is Demand.UNKNOWN and silence >= _SILENCE_OF_UNKNOWN and (bool(line) or not echo)
        # The prefix passes on what somebody on the way asks, whom we cannot look at.
        return silence >= _SILENCE_OF_UNKNOWN and bool(_LOOKS_LIKE_A_QUESTION.search(line))

    async def _ask(self) -> None:
        before, _, question = self._heard.rpartition("\n")
        question = question.lstrip("\r")
        if before.strip():
            self._sink.notice(before.strip())
        self._heard = ""
        echo, lines, _ = super(FarProcess, self._process).input_modes()
        password = (lines and not echo) or bool(_SECRET.search(question))
        try:
            answer = await self._sink.ask(question, password=password)
        except (EOFError, StdinNotImplementedError):
            raise NotReachedError(
                f"it asks {question.strip()!r}, and nobody can be asked for the answer; "
                "let it work without a question (a key in an agent, a known host, a rule of sudoers)"
            ) from None
        self._scanner.skip(f"{answer}\n".encode() if echo and lines else b"")
        self._process.write(f"{answer}\n".encode())
        self._last = self._loop.time()

    async def _failure(self) -> LanguageStartError:
        exited = await self._process.ended(2.0)
        return NotReachedError(f"it {exited or 'ended'} before the shell was reached{self.last_words}")


def _refusal(record: str, launch: Launch) -> str:
    _, reason, *told = record.split(" ", 2)
    if reason == "program":
        path = told[0] if told else ""
        return f"there is no program {launch.argv[0]!r} there (PATH is {path}); {launch.remedy or 'install it there'}"
    return _REFUSALS.get(reason, record)


def _refuse(token: str, reason: str) -> str:
    return f"builtin printf '\\e]5151;%s;r;N %s\\a' {token} {reason}"


def _prompt(session: FarSession) -> str:
    return f"reached-{session.token}-"


def _bootstrap(session: FarSession) -> list[str]:
    there, token = session.there, session.token
    no_terminal, no_folder = _refuse(token, "terminal"), _refuse(token, "folder")
    modes = "-echo icanon isig icrnl noflsh -ixon -opost -echoctl"
    return [
        " builtin set +o history +H; builtin history -c; builtin export -n PS1; PS1= PS2= PROMPT_COMMAND=",
        f" [[ -t 0 && -t 1 ]] || {{ {no_terminal}; builtin exit 97; }}",
        f" \\stty {modes} 2>/dev/null",
        f" ( umask 077; \\mkdir {there} && \\mkfifo {there}/records ) || {{ {no_folder}; builtin exit 98; }}",
        f' __k_far_put() {{ builtin printf %s "$3" >>{there}/"$2"; }}',
    ]
