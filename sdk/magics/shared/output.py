"""What becomes of a cell's output: `%%capture`, `%show_captured`, `%%pipe`, `%%show`, `%limit`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

from sdk.kernel.context import Context
from sdk.magics.arguments import Option, Rest
from sdk.magics.call import Call, as_text
from sdk.magics.completing import by_names
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.parser import Use
from sdk.magics.prose import is_one_word
from sdk.magics.shared.helping import show as show_help
from sdk.protocol.iopub import DisplayData
from sdk.protocol.record import NOTHING
from sdk.protocol.shell import CompleteReply, CompleteRequest

if TYPE_CHECKING:
    from sdk.magics.piping import Pipe
    from sdk.magics.recording import Recording
    from sdk.magics.runner import Magics


class Captured:
    """What was captured in this session, by name. `last` is the name of the last one."""

    def __init__(self) -> None:
        self.by_name: dict[str, Recording] = {}
        self.last = ""

    def keep(self, name: str, recording: Recording) -> None:
        """Keep it in the place of what had this name."""
        before = self.by_name.pop(name, None)
        if before is not None:
            before.close()
        self.by_name[name] = recording
        self.last = name

    def close(self) -> None:
        """The kernel ends."""
        for recording in self.by_name.values():
            recording.close()
        self.by_name.clear()


@cell_magic
async def capture(
    call: Call,
    name: Annotated[str, Option(help="by which %show_captured shows it")] = "_",
    *,
    no_stdout: Annotated[bool, Option(help="do not capture stdout, but show it")] = False,
    no_stderr: Annotated[bool, Option(help="do not capture stderr, but show it")] = False,
    no_display: Annotated[bool, Option(help="do not capture figures, values and the like, but show them")] = False,
) -> Any:
    """Run the cell, and keep what it shows instead of showing it: for %show_captured. Errors are shown."""
    from sdk.magics.recording import DISPLAY, STDERR, STDOUT, Recording

    left = ((STDOUT, no_stdout), (STDERR, no_stderr), (DISPLAY, no_display))
    recording = Recording([kind for kind, is_left in left if not is_left])
    value = None
    try:
        with call.context.redirected(recording.outlet):
            value = await call.run(call.body)
    finally:
        call.state(Captured).keep(name, recording)
    if value is None or no_display:
        return value
    recording.outlet(value if isinstance(value, DisplayData) else DisplayData(value), NOTHING, ())
    return None


async def _complete_captured(
    magics: Magics, use: Use, request: CompleteRequest, context: Context
) -> CompleteReply | None:
    return by_names(request, magics.state(Captured).by_name)


@line_magic(complete=_complete_captured, is_meant=is_one_word)
async def show_captured(
    call: Call,
    *names: str,
    stdout: Annotated[bool, Option(help="stdout alone")] = False,
    stderr: Annotated[bool, Option(help="stderr alone")] = False,
    list_: Annotated[bool, Option("-l", "list what was captured")] = False,
) -> None:
    """Show what %%capture has kept under these names, else what it has kept last."""
    from sdk.magics.recording import DISPLAY, STDERR, STDOUT

    captured = call.state(Captured)
    if list_:
        call.say("".join(f"{name}: {one.described()}\n" for name, one in captured.by_name.items()))
        return
    if not captured.by_name:
        raise call.error(f"nothing was captured yet; {call.magics.syntax.prefix * 2}capture NAME does that")
    wanted = [kind for kind, is_wanted in ((STDOUT, stdout), (STDERR, stderr)) if is_wanted]
    for name in names or (captured.last,):
        if name not in captured.by_name:
            there = ", ".join(captured.by_name)
            raise call.error(f"{name}: nothing was captured under this name; there is {there}")
        captured.by_name[name].replay(call.context, wanted or (STDOUT, STDERR, DISPLAY))


# -- to a program ------------------------------------------------------------------------------------------------------


@cell_magic
async def pipe(call: Call, command: Annotated[Rest, Option(help="for the shell: sort | head -3")]) -> None:
    """Run the cell, and give what it says on stdout (and its value) to a shell command, while it comes.

    What the command says is shown in its place. When the command ends and the cell goes on writing, the cell is
    interrupted, as in a shell's pipeline. The cell's error is an error; else the command's status is.
    """
    from sdk.magics.piping import Pipe
    from sdk.magics.streaming import Program, how

    between = Pipe(lambda: call.magics.interrupt_language(call.context))
    with call.context.redirected(between.outlet) as outside:
        cwd = None if call.is_elsewhere else call.cwd
        program = Program(["/bin/sh", "-c", command], outside.stream, stdin=True, cwd=cwd)
        try:
            await call.wait(program.start)
            between.start(program)
            try:
                await _run_into(call, between)
            except BaseException as error:
                between.end()
                if not _is_interrupt(error):
                    await call.wait(program.wait)
                raise
            between.end()
            status = await call.wait(program.wait)
        except BaseException:
            program.end()
            raise
    if status:
        raise call.error(f"{command}: it ended with {how(status)}")


async def _run_into(call: Call, between: Pipe) -> None:
    try:
        value = await call.run(call.body)
    except BaseException as error:
        if between.cut and _is_interrupt(error):
            return
        raise
    call.context.flush()
    if value is not None and (text := as_text(value)):
        between.put(f"{text}\n")


def _is_interrupt(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt) or getattr(error, "ename", "") == "KeyboardInterrupt"


# -- in another form ---------------------------------------------------------------------------------------------------


@cell_magic
async def show(
    call: Call,
    *,
    output: Annotated[bool, Option("-o", "run the cell, and show what it says")] = False,
    lexer: Annotated[str, Option("-l", "what Pygments calls the text's language; else the kernel's")] = "",
) -> None:
    """Show the cell in colours and do not run it; in the pager where the option `help_output` says so."""
    from sdk.magics import highlighting

    text = call.body
    if output:
        text = await _output_of(call)
    if lexer:
        from pygments.lexers import get_lexer_by_name

        try:
            get_lexer_by_name(lexer)
        except ValueError:  # Pygments' ClassNotFound
            raise call.error(f"--lexer {lexer}: Pygments knows no such language; see `pygmentize -L lexer`") from None
    chosen = lexer or ("text" if output else highlighting.of_kernel(call.kernel))
    show_help(call, highlighting.bundle(text, chosen))


async def _output_of(call: Call) -> str:
    from sdk.magics.recording import DISPLAY, STDERR, STDOUT, Recording

    kinds: Collection[str] = (STDOUT, STDERR, DISPLAY)
    recording = Recording(kinds)
    try:
        with call.context.redirected(recording.outlet):
            value = await call.run(call.body)
        return recording.text(kinds) + (f"{as_text(value)}\n" if value is not None else "")
    finally:
        recording.close()


@line_magic
async def limit(
    call: Call,
    lines: Annotated[int | None, Option(help="that are shown of each cell, half of them its last")] = None,
    *,
    head: Annotated[int | None, Option("-H", "show so many first lines")] = None,
    tail: Annotated[int | None, Option("-t", "show so many last lines")] = None,
    off: Annotated[bool, Option("-o", "show all")] = False,
) -> None:
    """Show only the first and the last lines of what each cell says from here; all of it is kept in a file.

    The kernel's option `output_lines` is the same for every session. %limit alone tells what holds.
    """
    from sdk.magics.output_limit import OutputLimit

    for number in (lines, head, tail):
        if number is not None and number < 0:
            raise call.error(f"{number}: a number of lines is not negative")
    around = call.magics.around
    if off:
        call.kernel.output_lines = 0
        around.pop("limit", None)
        call.say("every line is shown\n")
        return
    if lines is None and head is None and tail is None:
        now = getattr(around.get("limit"), "__self__", None)
        call.say(f"the first {now.head} and the last {now.tail} lines are shown\n" if now else "every line is shown\n")
        return
    before = OutputLimit.of_lines(lines) if lines is not None else OutputLimit(head or 0, tail or 0)
    wanted = OutputLimit(before.head if head is None else head, before.tail if tail is None else tail)
    is_new = "limit" not in around
    around["limit"] = wanted.around
    call.say(f"the first {wanted.head} and the last {wanted.tail} lines of each cell are shown\n")
    if is_new:
        call.enter(wanted.around(call.context))
