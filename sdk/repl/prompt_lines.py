"""`PromptLines`: types lines at prompts, and takes their echo out of what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sdk.repl.control_lines import ControlLines
from sdk.repl.keyboard import Keyboard
from sdk.repl.process import Process
from sdk.repl.prompt_form import PromptForm
from sdk.repl.prompt_output import PromptOutput
from sdk.repl.prompt_turn import PromptTurn
from sdk.repl.session import Session
from sdk.repl.turn import Turn


class PromptLines(ControlLines):
    """What is typed. `at_prompt` is called when the program is found at its prompt by those who look at silences."""

    def __init__(
        self,
        process: Process,
        keyboard: Keyboard,
        output: PromptOutput,
        session: Session,
        *,
        form: PromptForm,
        at_prompt: Callable[[Turn], None],
    ) -> None:
        self._process = process
        self._keyboard = keyboard
        self._output: PromptOutput = output
        self._session = session
        self._asks = form.asks != "never"
        self._at_prompt = at_prompt

    def expect(self, turn: Turn) -> None:
        """`turn` begins without a line: the program starts."""
        self.begin(turn, turn.lines if isinstance(turn, PromptTurn) else ())

    def begin(self, turn: Turn, lines: Iterable[str]) -> None:
        """`turn` begins; those of its lines that carry the session's name can be known anywhere in the output."""
        known = [f"{line}\n" for line in lines if self._session.token in line]
        self._output.begin(turn, [f"{self._session.path}/", *known])

    def type(self, turn: Turn, line: str) -> None:
        """Type one line; the terminal, or the program's line editor, will echo it."""
        data = f"{line}\n".encode()
        self._output.skip(data)
        self._process.restore_modes()
        self._process.write(data)

    def ask_for_end(self, turn: Turn, *, lost_terminal: bool = False) -> None:
        """The program is at its prompt: see what is next."""
        self._at_prompt(turn)

    def ends_at_end_of_file(self, pid: int) -> bool:
        """It is not known of any of these programs."""
        return False

    def reads_command(self, pid: int) -> bool:
        """Whether the program, which reads the terminal in silence, is at its prompt; no question is asked then."""
        return not self._asks or self._output.prompt() is not None or self._output.expects_prompt()
