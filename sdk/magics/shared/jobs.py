"""Cells in the background: `%%bg`, `%jobs`, `%fg`, `%kill`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sdk.magics.arguments import Option
from sdk.magics.call import Call
from sdk.magics.magic import cell_magic, line_magic
from sdk.magics.parser import read

if TYPE_CHECKING:
    from sdk.magics.jobs import Job


@cell_magic
async def bg(call: Call, *, name: Annotated[str, Option("-n", "what %jobs calls it")] = "") -> None:
    """Run the cell in the background: what it says is shown below this cell, while others run.

    In bash it is a copy of the shell, with its variables. Other languages run it in a kernel of its own, which has
    nothing of this session but the folder.
    """
    from sdk.magics.jobs import Jobs

    if not call.body.strip():
        raise call.error("the cell is empty; write what is to be run below this line")
    jobs = call.state(Jobs)
    title = name or next(line.strip() for line in call.body.split("\n") if line.strip())
    job = await _in_session(call, jobs, title) or _in_kernel(call, jobs, title)
    call.context.stream("stderr", f"[job {job.number}: {title}]\n")
    job.begin()


async def _in_session(call: Call, jobs: object, title: str) -> Job | None:
    from sdk.magics.jobs import Jobs

    assert isinstance(jobs, Jobs)
    if call.kernel.job_code("", "", "") is None:
        return None
    if call.is_elsewhere:
        raise call.error("the language runs elsewhere, where the job's terminal is not; start it with nohup COMMAND &")
    from sdk.magics.jobs.in_session import InSession

    work = InSession()
    if any(line.use is not None for line in read(call.body, call.magics.syntax, call.magics.is_magic)):
        work.close()
        raise call.error("the language runs the job itself, and knows no magics; let the cell begin with code")
    code = call.kernel.job_code(call.body, work.terminal, work.status)
    assert code is not None
    try:
        await call.magics.language(code, call.request.replace(store_history=False), call.context)
    except BaseException:
        work.close()
        raise
    return jobs.new(title, call.context, work)


def _in_kernel(call: Call, jobs: object, title: str) -> Job:
    from sdk.magics.jobs import Jobs
    from sdk.magics.jobs.in_kernel import InKernel  # and jupyter_client with it: 200 ms

    assert isinstance(jobs, Jobs)
    try:
        work = InKernel(call.kernel, call.body, call.context, None if call.is_elsewhere else call.cwd)
    except ValueError as error:
        raise call.error(str(error)) from None
    return jobs.new(title, call.context, work)


@line_magic(name="jobs")
async def jobs_line(call: Call) -> None:
    """List the cells that run in the background, and those that did."""
    from sdk.magics.jobs import Jobs
    from sdk.magics.shared.timing import shown

    rows = [(str(job.number), job.state, shown(job.seconds), job.name) for job in call.state(Jobs).by_number.values()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{text:{width}}" for text, width in zip(row[:3], widths, strict=False)]
        call.say(f"{'  '.join(cells)}  {row[3]}\n")
    if not rows:
        call.say("there are no jobs\n")


@line_magic
async def fg(call: Call, number: Annotated[int | None, Option(help="of %jobs; else the last one")] = None) -> None:
    """Show here what a job says, and wait until it ends. An interrupt ends the waiting, not the job."""
    job = _find(call, number)
    job.follow(call.context.stream)
    try:
        await call.wait(job.done.wait)
    except KeyboardInterrupt:
        call.warn(f"job {job.number} goes on")
        raise
    finally:
        job.leave(call.context.stream)
    if job.state != "done":
        raise call.error(f"job {job.number}: {job.state}")


@line_magic
async def kill(
    call: Call,
    *numbers: Annotated[int, Option(help="of %jobs")],
    all_: Annotated[bool, Option("-a", "end all that run")] = False,
) -> None:
    """End jobs."""
    from sdk.magics.jobs import Jobs

    running = [job for job in call.state(Jobs).by_number.values() if not job.done.is_set()]
    if not numbers and not all_:
        raise call.error("which one? %kill NUMBER, or --all")
    chosen = running if all_ else [_find(call, number) for number in numbers]
    for job in chosen:
        if job.done.is_set():
            call.say(f"job {job.number} has ended before: {job.state}\n")
            continue
        await call.wait(job.kill)
        call.say(f"job {job.number}: {job.state}\n")


def _find(call: Call, number: int | None) -> Job:
    from sdk.magics.jobs import Jobs

    by_number = call.state(Jobs).by_number
    if not by_number:
        raise call.error("there are no jobs; %%bg starts one")
    wanted = max(by_number) if number is None else number
    if wanted not in by_number:
        raise call.error(f"{wanted}: there is no such job; there is {', '.join(map(str, by_number))}")
    return by_number[wanted]
