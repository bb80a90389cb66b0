"""gnuplot: its prompt cannot be set, so a word is printed after each cell. Draws text; see `set terminal dumb`."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel


class GnuplotKernel(PromptKernel):
    implementation = "gnuplot"
    implementation_version = "1.0"
    language_info = {
        "name": "gnuplot",
        "version": "5",
        "mimetype": "text/x-gnuplot",
        "file_extension": ".gp",
        "codemirror_mode": "shell",  # there is none for gnuplot; comments and strings are alike
        "pygments_lexer": "gnuplot",
    }
    banner = "gnuplot, known by its prompt"
    form = PromptForm(
        argv=("gnuplot",),
        prompt="(?:gnuplot|multiplot)> ",
        continuation="more> ",
        run="load '{file}'; print '{ok}'",
        sentinel="print '{sentinel}'",
        prelude="set terminal dumb 79 24",
        error=r'^\s*"?In\[\d+\]"? line (?P<line>\d+): (?P<message>.+)',
        asks="prompted",
        quit="exit",
        is_complete="balanced",
        comment="#",
        words=(
            "plot",
            "splot",
            "print",
            "replot",
            "reset",
            "set",
            "show",
            "unset",
            "terminal",
            "title",
            "with",
            "lines",
        ),
        version=r"Version (\d[\d.]*)",
    )
