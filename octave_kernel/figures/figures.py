"""`Figures`: how Octave is told to show figures: at its start, and by `%plot`.

What Octave then does stands in `m/__k_figures__.m` and its neighbours.
"""

from __future__ import annotations

from octave_kernel.figures.screen import Screen, ScreenError
from sdk import LanguageStartError, PlotSettings

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
        self._plot: PlotSettings | None = None
        self._screen = Screen()
        self._unfinished = False
        self._changed = False

    def start(self) -> str | None:
        """Before Octave starts: the display that it shall draw on, if it shall. Raises LanguageStartError."""
        self._unfinished = False
        if self._plot is None:
            self._plot = self._of_option()
        if not _wants_screen(self._plot):
            return None
        if self._elsewhere:
            raise LanguageStartError(f"{_OPTION} = {self._option!r}: {_NO_SCREEN}")
        try:
            return self._screen.start(private=not self._plot.native)
        except ScreenError as error:
            raise LanguageStartError(f"{_OPTION} = {self._option!r}: {error}") from None

    def _of_option(self) -> PlotSettings:
        if not self._option:
            return PlotSettings()
        from octave_kernel.magics import PlotError, settings_of  # start-up time: few set the option

        try:
            return settings_of(_OPTION, self._option)
        except PlotError as error:
            raise LanguageStartError(f"{_OPTION} = {self._option!r}: {error}") from None

    def stop(self) -> None:
        """Octave has ended: so may its screen."""
        self._screen.stop()

    @property
    def settings(self) -> PlotSettings:
        """How figures are shown now."""
        return self._plot or PlotSettings()

    @property
    def statement(self) -> str:
        """What Octave shall run at its start."""
        self._changed = False
        return _statement(self.settings)

    def change(self, settings: PlotSettings) -> None:
        """Show figures so from the next cell on. Raises PlotError for what cannot be here."""
        from octave_kernel.magics import PlotError, check  # loaded by now: this is what `%plot` does

        check(settings)
        if self._elsewhere and _wants_screen(settings):
            raise PlotError(_NO_SCREEN)
        if settings.native and not self._screen.is_there:
            raise PlotError("native: windows take a screen, and there is none: the variable DISPLAY is not set")
        self._plot = settings
        self._changed = True

    def before(self) -> str:
        """What Octave shall run before a cell; mostly nothing."""
        first = "__k_forget_figures__();" if self._unfinished else ""
        self._unfinished = True
        if self._changed:
            first += self.statement
        return first

    def ended(self) -> None:
        """A cell has told of its end, and so has shown its figures."""
        self._unfinished = False


def _wants_screen(plot: PlotSettings) -> bool:
    return plot.native or plot.toolkit not in ("", "gnuplot")


def _statement(plot: PlotSettings) -> str:
    scale = plot.resolution / 96 * plot.ratio
    return (
        f"__k_plot__(struct('format','{plot.format}','width',{plot.width},'height',{plot.height},'scale',{scale:.6g},"
        f"'toolkit','{plot.toolkit}','native',{plot.native:d},'keep',{plot.keep:d},'most',{plot.most}));"
    )
