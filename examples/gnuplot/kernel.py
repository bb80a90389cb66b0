"""gnuplot: its prompt cannot be set, so a word is printed after each cell.

It draws text; after `%plot --format svg` (or png, jpg) an image for each cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdk import Context, ExecuteRequest
from sdk.repl import PromptForm, PromptKernel

if TYPE_CHECKING:
    from sdk.repl import Session

INFO = {
    "name": "gnuplot",
    "version": "5",
    "mimetype": "text/x-gnuplot",
    "file_extension": ".gp",
    "codemirror_mode": "shell",  # there is none for gnuplot; comments and strings are alike
    "pygments_lexer": "gnuplot",
}
TERMINALS = {"png": "pngcairo", "svg": "svg", "jpg": "jpeg"}
SHOW = r"""p=$(base64 -w0); [ -n "$p" ] && printf "\033]1337;File=inline=1:%s\a" "$p" """


class GnuplotKernel(PromptKernel):
    implementation = "gnuplot"
    implementation_version = "1.0"
    language_info = INFO
    banner = "gnuplot, known by its prompt"
    form = PromptForm(
        argv=("gnuplot",),
        prompt="(?:gnuplot|multiplot)> ",
        continuation="more> ",
        run="load '{file}'; print '{ok}'",
        sentinel="print '{sentinel}'",
        prelude="set terminal dumb 79 24",
        plots=tuple(TERMINALS),
        error=r'^\s*"?In\[\d+\]"? line (?P<line>\d+): (?P<message>.+)',
        asks="prompted",
        quit="exit",
        is_complete="balanced",
        comment="#",
        words=(
            *("plot", "splot", "print", "replot", "reset"),
            *("set", "show", "unset", "terminal", "title", "with", "lines"),
        ),
        version=r"Version (\d[\d.]*)",
    )

    def cell_line(self, session: Session, number: int, request: ExecuteRequest, context: Context) -> str:
        if self._plots is not None:
            size = f"{self._plots.width},{self._plots.height}"
            first = f"set terminal {TERMINALS[self._plots.format]} size {size}; set output '| {SHOW}'"
            request = request.replace(code=f"{first}; {request.code}\nunset output")
        return super().cell_line(session, number, request, context)
