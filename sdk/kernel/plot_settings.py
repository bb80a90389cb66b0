"""`PlotSettings`: how a kernel that draws shows its figures (see `sdk.magics.plot`)."""

from __future__ import annotations

from sdk.named_tuple import NamedTuple


class PlotError(Exception):
    """What `%plot` was told makes no sense; the message names the option, its value and what is expected."""


class PlotSettings(NamedTuple):
    """How figures are shown."""

    format: str = "png"
    width: int = 640
    height: int = 480
    """In pixels of the notebook, as `width` is."""

    resolution: float = 96.0
    """Dots in an inch, of which a pixel of the notebook is the 96th part."""

    ratio: float = 1.0
    """Dots of the screen in a pixel of the notebook."""

    toolkit: str = ""
    """What draws; empty: what the language has chosen."""

    native: bool = False
    """In windows of the language's own, not in the notebook."""

    keep: bool = False
    """Whether figures outlive their cell."""

    most: int = 100
    """How many figures a cell may show."""

    def __str__(self) -> str:
        """In the words of `%plot`."""
        return (
            f"--format {self.format} --size {self.width},{self.height} --resolution {self.resolution:g} "
            f"--ratio {self.ratio:g}{f' --toolkit {self.toolkit}' if self.toolkit else ''} --most {self.most} "
            f"{'native' if self.native else 'inline'} {'keep' if self.keep else 'close'}"
        )
