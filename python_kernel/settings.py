"""Checks a configuration before it is used: what nobody knows, or what has a wrong value, is told and left out.

`apply` gives the kernel its own options, which are no traits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, Float, HasTraits, Instance, Int, List, TraitError, TraitType, Unicode
from traitlets.config.configurable import Configurable
from traitlets.config.loader import Config, DeferredConfig, DeferredConfigList, DeferredConfigString, LazyConfigValue

if TYPE_CHECKING:
    from python_kernel.kernel import PythonKernel

Tell = Callable[[str], None]

KERNEL_SECTIONS = ("Kernel", "IPythonKernel", "PythonKernel")
"""The sections of the kernel's own options, the most general first."""

_ACCEPTED = frozenset({"_execute_sleep", "_poll_interval", "_darwin_app_nap", "shell_class", "user_ns"})
_KINDS: Mapping[type, TraitType[Any, Any]] = {
    bool: Bool(),
    int: Int(),
    float: Float(),
    str: Unicode(),
    tuple: List(Dict()),  # help_links
    list: List(),
    dict: Dict(),
}


class _Nobody(HasTraits):
    """What a trait believes to be a trait of, while it looks at a value."""


def check(config: Config, place: str, kernel: PythonKernel, tell: Tell) -> None:
    """Take out of `config`, which comes from `place`, what cannot be used."""
    if not config:
        return
    classes = dict(_classes(Configurable))
    for name, section in list(config.items()):
        if not isinstance(section, Config):
            continue
        if name in KERNEL_SECTIONS:
            _check_kernel(section, f"{place}: {name}", kernel, tell)
        elif name in classes or ((found := _loaded(name)) is not None and classes.setdefault(name, found)):
            _check_section(section, f"{place}: {name}", classes[name], tell)
        elif near := _near(name, [*classes, *KERNEL_SECTIONS, "InlineBackend"], 0.88):
            tell(f"{place}: {name}: there is no such class; did you mean {near}?")


def without_cause(config: Config, error: BaseException, tell: Tell) -> Config:
    """What is left of `config`, for which making an object failed with `error`: all but the option that failed."""
    trace = error.__traceback__
    while trace is not None:
        changed = getattr(trace.tb_frame.f_locals.get("event"), "name", None)  # which trait's observer it was
        for name, section in config.items():
            if changed and isinstance(section, Config) and changed in section:
                said = section.pop(changed)
                tell(f"configuration: {name}.{changed} = {said!r}: {type(error).__name__}: {error}; it was left out")
                return config
        trace = trace.tb_next
    tell(f"configuration: {type(error).__name__}: {error}; all of it was left out")
    return Config()


def apply(config: Config, kernel: PythonKernel) -> None:
    """Set the kernel's own options as `config` says, which has been checked."""
    for name in KERNEL_SECTIONS:
        if name in config:
            for option, value in config[name].items():
                if option in options_of(kernel):
                    setattr(kernel, option, _value(_KINDS[type(getattr(kernel, option))], value))


def options_of(kernel: PythonKernel) -> dict[str, str]:
    """Those of all its classes."""
    owners = [one.__dict__.get("options", {}) for one in reversed(type(kernel).__mro__)]
    return {name: text for options in owners for name, text in options.items()}


def _check_kernel(section: Config, place: str, kernel: PythonKernel, tell: Tell) -> None:
    known = options_of(kernel)
    for option, value in list(section.items()):
        if option in known:
            _check_value(section, option, value, _KINDS[type(getattr(kernel, option))], place, tell)
        elif option not in _ACCEPTED:
            _unknown(section, option, place, known, tell)


def _check_section(section: Config, place: str, base: type[Configurable], tell: Tell) -> None:
    traits: dict[str, TraitType[Any, Any]] = {}
    for _, one in ((base.__name__, base), *_classes(base)):  # a general section speaks to all classes under it
        traits.update(one.class_traits(config=True))
    for option, value in list(section.items()):
        if option in traits:
            _check_value(section, option, value, traits[option], place, tell)
        elif not isinstance(value, Config) and option not in _elsewhere(base):
            _unknown(section, option, place, traits, tell)


def _check_value(
    section: Config, option: str, value: object, trait: TraitType[Any, Any], place: str, tell: Tell
) -> None:
    if isinstance(trait, Instance) and not isinstance(trait, List | Dict):
        return  # made when it is set
    try:
        found = _value(trait, value)
        trait._validate(_Nobody(), found)
    except (TraitError, ValueError, TypeError):
        del section[option]
        said = str(value) if isinstance(value, DeferredConfig) else repr(value)
        tell(f"{place}.{option} = {said}: expected {trait.info()}; it was left out")
    else:
        if isinstance(value, DeferredConfig):
            section[option] = found


def _value(trait: TraitType[Any, Any], value: Any) -> Any:
    if isinstance(value, LazyConfigValue):
        return value.get_value(trait.default())
    if isinstance(value, DeferredConfigString) and hasattr(trait, "from_string_list"):
        value = DeferredConfigList([str(value)])  # one of many
    return value.get_value(trait) if isinstance(value, DeferredConfig) else value


def _unknown(section: Config, option: str, place: str, known: Mapping[str, object], tell: Tell) -> None:
    del section[option]
    near = _near(option, list(known), 0.6)
    meant = f"; did you mean {near}?" if near else ""
    tell(f"{place}.{option}: there is no such option{meant}; it was left out")


def _near(name: str, known: Sequence[str], likeness: float) -> str:
    import difflib  # only for a mistake

    return next(iter(difflib.get_close_matches(name, known, 1, likeness)), "")


def _classes(base: type[Configurable]) -> Iterator[tuple[str, type[Configurable]]]:
    """All classes under `base` that are loaded, by name."""
    for one in base.__subclasses__():
        yield one.__name__, one
        yield from _classes(one)


def _loaded(name: str) -> type[Configurable] | None:
    """A class that is not loaded yet: only for those who configure it."""
    if name in ("IPKernelApp", "InteractiveShellApp", "BaseIPythonApplication", "Application"):
        from python_kernel import application

        return dict(_classes(Configurable)).get(name) or application.IPKernelApp
    if name == "InlineBackend":
        from matplotlib_inline.config import InlineBackend

        return InlineBackend
    return None


def _elsewhere(base: type[Configurable]) -> frozenset[str]:
    """Options of IPython in a terminal, which share files with those of the kernel."""
    if base.__name__ != "InteractiveShell":
        return frozenset()
    from IPython.terminal.interactiveshell import TerminalInteractiveShell  # slow: only for what is not known here

    return frozenset(TerminalInteractiveShell.class_trait_names(config=True))
