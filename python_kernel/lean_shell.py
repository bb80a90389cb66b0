"""`LeanShell`: IPython's shell, two of whose parts are made when something first wants them: a twentieth of a start.

These are the completer and the inspector. Where the user has configured them they are made at once, as in IPython, so
that wrong values are told at the start.
"""

from __future__ import annotations

from threading import RLock
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import Any as AnyTrait
from traitlets import Instance, default, observe, validate
from traitlets.utils.importstring import import_item

_USUAL = {"use_jedi": False}


class LeanShell(InteractiveShell):
    """The shell without them."""

    # IPython names these classes' modules, which traitlets then loads for every shell.
    profile_dir = Instance(ProfileDir, allow_none=True)
    inspector_class: Any = AnyTrait(help="Class to use to instantiate the shell inspector").tag(config=True)

    _is_made = False
    _completer: Any = None
    _inspector: Any = None
    _is_wanted = False
    _configurables: list[Any]

    def __init__(self, *positional: Any, **named: Any) -> None:
        self._making = RLock()
        super().__init__(*positional, **named)
        self._is_made = True
        if self.config.get("Inspector"):
            self.inspector  # noqa: B018

    # -- the completer -------------------------------------------------------------------------------------------------

    def init_completer(self) -> None:
        """Make the completer, if it is configured."""
        if self.config.get("IPCompleter") or self.config.get("Completer") != _USUAL:
            super().init_completer()

    @property
    def Completer(self) -> Any:
        """IPython's completer. Any thread."""
        if self._completer is None and self._is_made:
            __not_interrupted__ = True  # noqa: F841  # see sdk.transport.stack: what is half made would stay so
            with self._making:
                if self._completer is None:
                    super().init_completer()
        return self._completer

    @Completer.setter
    def Completer(self, completer: Any) -> None:
        self._completer = completer

    @property
    def configurables(self) -> list[Any]:
        """What %config knows. The completer is one of them."""
        if self._is_made and self._completer is None:
            self.Completer  # noqa: B018
        return self._configurables

    @configurables.setter
    def configurables(self, configurables: list[Any]) -> None:
        self._configurables = configurables

    def set_hook(self, name: str, hook: Any, *positional: Any, **named: Any) -> None:
        """IPython's hooks come first."""
        if name == "complete_command" and self._is_made and self._completer is None:
            self.Completer  # noqa: B018  # which sets IPython's own
        super().set_hook(name, hook, *positional, **named)

    # -- the inspector -------------------------------------------------------------------------------------------------

    @default("inspector_class")
    def _inspector_class_default(self) -> Any:
        return import_item("IPython.core.oinspect.Inspector")

    @validate("inspector_class")
    def _inspector_class_is_a_class(self, proposal: Any) -> Any:
        value = proposal["value"]
        return import_item(value) if isinstance(value, str) else value

    @observe("colors")
    def init_syntax_highlighting(self, changes: Any = None) -> None:
        """Set the colours. Others than the usual ones make the inspector, which says whether there are such."""
        usual: object = self.trait_defaults("colors")
        with self._making:
            if self._inspector is None and self.colors == usual:
                self._inspector = _NOBODY
            super().init_syntax_highlighting(changes)
            if self._inspector is _NOBODY:
                self._inspector = None

    @property
    def inspector(self) -> Any:
        """What describes objects for `?`. Any thread."""
        if self._inspector is None or self._inspector is _NOBODY:
            __not_interrupted__ = True  # noqa: F841  # likewise
            with self._making:
                if self._inspector is None:
                    self._make_inspector()
        return self._inspector

    @inspector.setter
    def inspector(self, inspector: Any) -> None:
        self._inspector = inspector

    def _make_inspector(self) -> None:
        if self._is_wanted:
            raise AttributeError("there is no inspector yet")  # for `hasattr` below
        self._is_wanted = True
        try:
            super().init_syntax_highlighting()  # which makes one, if there is none
        finally:
            self._is_wanted = False


class _Nobody:
    """Stands for the inspector while it is not made."""

    def set_theme_name(self, name: str) -> None:
        """It will know."""


_NOBODY = _Nobody()
