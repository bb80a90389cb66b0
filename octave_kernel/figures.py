"""`Figures`: how Octave is told to show figures: at its start, and by the `%plot` lines of cells.

What Octave then does stands in `m/__k_figures__.m` and its neighbours.
"""

from __future__ import annotations

from octave_kernel.plot_line import Plot, PlotLineError, changed, plot_line
from octave_kernel.screen import Screen, ScreenError
from sdk import ExecutionError, LanguageStartError

_OPTION = "OctaveKernel.plot"
_NO_SCREEN = (
    "this takes a screen, which only an Octave on this machine is given, not one behind OctaveKernel.prefix; "
    "the toolkit gnuplot takes none"
)


class Figures:
    """What is asked for now, and the screen that it may take."""

    def __init__(self, option: str, *, elsewhere: bool = False) -> None:
        """`option` is OctaveKernel.plot. Where Octave is `elsewhere` there is no screen for it."""
        self._option = option
        self._elsewhere = elsewhere
        self._plot: Plot | None = None
        self._screen = Screen()
        self._unfinished = False

    def start(self) -> str | None:
        """Before Octave starts: the display that it shall draw on, if it shall. Raises LanguageStartError."""
        self._unfinished = False
        if self._plot is None:
            try:
                self._plot = changed(Plot(), self._option)
            except PlotLineError as error:
                raise LanguageStartError(f"{_OPTION} = {self._option!r}: {error}") from None
        if not self._plot.wants_screen:
            return None
        if self._elsewhere:
            raise LanguageStartError(f"{_OPTION} = {self._option!r}: {_NO_SCREEN}")
        try:
            return self._screen.start(private=not self._plot.native)
        except ScreenError as error:
            raise LanguageStartError(f"{_OPTION} = {self._option!r}: {error}") from None

    def stop(self) -> None:
        """Octave has ended: so may its screen."""
        self._screen.stop()

    @property
    def statement(self) -> str:
        """What Octave shall run at its start."""
        return _statement(self._plot or Plot())

    def before(self, code: str) -> str:
        """What Octave shall run before the cell; mostly nothing. Raises ExecutionError for a wrong `%plot` line."""
        first = "__k_forget_figures__();" if self._unfinished else ""
        self._unfinished = True
        text = plot_line(code)
        if not text:
            return first
        try:
            plot = changed(self._plot or Plot(), text)
            if self._elsewhere and plot.wants_screen:
                raise PlotLineError(_NO_SCREEN)
            if plot.native and not self._screen.is_there:
                raise PlotLineError("native: windows take a screen, and there is none: the variable DISPLAY is not set")
        except PlotLineError as error:
            raise ExecutionError("PlotLineError", f"%plot: {error}") from None
        self._plot = plot
        return first + _statement(plot)

    def ended(self) -> None:
        """A cell has told of its end, and so has shown its figures."""
        self._unfinished = False


def _statement(plot: Plot) -> str:
    scale = plot.resolution / 96 * plot.ratio
    return (
        f"__k_plot__(struct('format','{plot.format}','width',{plot.width},'height',{plot.height},'scale',{scale:.6g},"
        f"'toolkit','{plot.toolkit}','native',{plot.native:d},'keep',{plot.keep:d},'most',{plot.most}));"
    )
