"""`LeanShell`: IPython's shell, two of whose parts are made when something first wants them: a twentieth of a start.

These are the completer and the inspector. Where the user has configured them they are made at once, as in IPython, so
that wrong values are told at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import Instance, Type, observe

from python_kernel.plain_python import PlainPython

_USUAL = {"use_jedi": False}


class _TypeLater(Type[type, type]):
    """A trait whose class is imported when the trait is first wanted."""

    def instance_init(self, obj: Any) -> None:
        """`Type` would import it here."""

    def validate(self, obj: Any, value: Any) -> Any:
        """The class `value`, or the one of that name."""
        self._resolve_classes()
        return super().validate(obj, value)


class _Configurables(list[Any]):
    """What %config knows. `complete` is called before somebody looks at it, not for one that is added."""

    def __init__(self, found: list[Any], complete: Callable[[], None]) -> None:
        super().__init__(found)
        self._complete = complete

    def __iter__(self) -> Iterator[Any]:
        self._complete()
        return super().__iter__()

    def __len__(self) -> int:
        self._complete()
        return super().__len__()

    def __getitem__(self, place: Any) -> Any:
        self._complete()
        return super().__getitem__(place)

    def __contains__(self, one: object) -> bool:
        self._complete()
        return super().__contains__(one)


class LeanShell(InteractiveShell):
    """The shell without them."""

    # IPython names these classes' modules, which traitlets then loads for every shell.
    profile_dir = Instance(ProfileDir, allow_none=True)
    inspector_class = _TypeLater(
        "IPython.core.oinspect.Inspector",
        klass="IPython.core.oinspect.Inspector",
        help="Class to use to instantiate the shell inspector",
    ).tag(config=True)

    input_transformer_manager = Instance(TransformerManager)

    _is_made = False
    _app: Any = None
    _completer: Any = None
    _has_completer = False
    _inspector: Any = None
    _is_wanted = False
    _configurables: list[Any]

    def __init__(self, *positional: Any, **named: Any) -> None:
        self._making = RLock()
        super().__init__(*positional, **named)
        self._is_made = True
        if self.config.get("Inspector"):
            self.inspector  # noqa: B018

    def _input_transformer_manager_default(self) -> TransformerManager:
        return PlainPython()

    # -- the completer -------------------------------------------------------------------------------------------------

    def init_completer(self) -> None:
        """Make the completer, if it is configured; else from here on whoever looks at it makes it."""
        if self._is_made or self.config.get("IPCompleter") or self.config.get("Completer") != _USUAL:
            super().init_completer()
        self._has_completer = True

    @property
    def Completer(self) -> Any:
        """IPython's completer. Any thread."""
        if self._completer is None:
            if not self._has_completer:
                raise AttributeError("there is no completer yet")
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
        return self._configurables

    @configurables.setter
    def configurables(self, configurables: list[Any]) -> None:
        self._configurables = _Configurables(configurables, self.make_all)

    def make_all(self) -> None:
        """Make what is in `configurables` and is made when something wants it: the completer, the application."""
        if self._has_completer:
            self.Completer  # noqa: B018
        kernel: Any = getattr(self, "kernel", None) if self._is_made else None
        if kernel is not None and kernel.parent is not self._app:
            self._app = kernel.parent
            self._configurables.append(self._app)

    def set_hook(self, name: str, hook: Any, *positional: Any, **named: Any) -> None:
        """IPython's hooks come first."""
        if name == "complete_command" and self._has_completer and self._completer is None:
            self.Completer  # noqa: B018  # which sets IPython's own
        super().set_hook(name, hook, *positional, **named)

    # -- the inspector -------------------------------------------------------------------------------------------------

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
