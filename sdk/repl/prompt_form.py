"""`PromptForm`: all that must be known of a language that is known only by its prompt. A value; it does nothing.

In the texts that are typed, and in `argv`, `env` and `prelude` where that makes sense, the driver fills in
`{file}` (the cell's file), `{prompt}` and `{continuation}` (new random prompts), `{ok}` and `{sentinel}` (random words
to be printed), `{value}` (a file in which the cell may leave its value) and `{word}` (the word to be completed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sdk.protocol.record import NOTHING, Record


class PromptForm(Record):
    """How to talk to an interactive program. Only `argv` and `prompt` are needed; more makes it surer."""

    argv: Sequence[str]
    """The command that starts the program interactively."""

    prompt: str
    """A regular expression for the program's own prompt, as the end of a line. Escape sequences are taken out first."""

    continuation: str = ""
    """A regular expression for the prompt that asks for the rest of unfinished input. It is looked for first."""

    set_prompt: str = ""
    """The line that sets both prompts: `_PROMPT, _PROMPT2 = "{prompt}", "{continuation}"`. A prompt that nobody can
    guess is never mistaken for output, so give this if there is any way. `{prompt}` may stand in `argv` or `env`."""

    run: str = ""
    """The line that runs a file: `dofile("{file}")`. Without it cells are typed line by line, which is slower, and
    does not stop at an error in the middle. `... print("{ok}")` after it, where a failure skips the rest of the
    line, tells success from failure better than any `error` could."""

    plots: Sequence[str] = ()
    """The formats in which the language draws what a cell shows: `png`, `svg`, `jpg`. With some there is `%plot`, and
    what it was told is filled into `run`: `{format}`, `{width}`, `{height}` and `{resolution}`."""

    extension: str = ""
    """How a file's name must end for `run` to take it: `.m`."""

    prelude: str = ""
    """Code in the language that is run once, before the first cell: functions for `run`, settings."""

    load: str = ""
    """The line that runs the prelude's file; `run` if empty. For a `run` that calls what the prelude defines."""

    error: str = ""
    """A regular expression with the groups `message`, `line` and `ename`, all optional, for what is printed when a cell
    fails. Looked for in the last 8000 characters of the cell's output; the last match counts. `^` and `$` match at
    lines. With `{ok}` in `run` it only describes a failure; without it, it decides whether there was one."""

    sentinel: str = ""
    """For prompts that cannot be set: the line that prints `{sentinel}`. It is typed after each cell, and settles that
    the cell has ended."""

    asks: str = "always"
    """When a cell that reads the terminal asks the user: `always`; `prompted`, if it has printed something to ask with,
    else the end of its code is missing; `never`, for a program that reads its terminal all the time."""

    interrupt: str = "sigint"
    """`sigint`, or `kill` for a program that dies of SIGINT: then it is started anew, and the user is told."""

    abandon: str = ""
    """What is typed to leave unfinished input; SIGINT if empty."""

    quit: str = ""
    """What is typed to end the program; if empty its terminal is closed."""

    env: Mapping[str, str] = NOTHING
    """Environment variables besides the usual ones (TERM=dumb, PAGER=cat, NO_COLOR=1)."""

    bracketed_paste: bool = False
    """Without `run`: type a cell as one pasted text, for line editors that understand it."""

    complete: str = ""
    """The line that prints words that may complete `{word}`, parted by blanks or line ends; it need not choose."""

    words: Sequence[str] = ()
    """Completions that are always there: keywords."""

    word: str = r"[\w.]+"
    """A regular expression for a word that can be completed."""

    inspect: str = ""
    """The line that prints help on `{word}`."""

    is_complete: str = "none"
    """`none`; `balanced`: brackets and quotes decide; or the line that prints complete, incomplete or invalid for
    `{file}`."""

    comment: str = ""
    """What begins a comment that ends with its line, for `balanced`."""

    version: str = ""
    """A regular expression with one group for the language's version in what the program says when it starts."""
