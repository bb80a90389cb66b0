"""Configuration with traitlets: `jupyter_kernel_sdk_config.py` and `--Class.name=value`.

A kernel class names what may be configured in its `options`; each becomes a trait of its default's type.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, Float, Int, List, TraitError, TraitType, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import DeferredConfigString, PyFileConfigLoader

from sdk.errors import ConfigurationError
from sdk.kernel.base import Kernel
from sdk.transport.transport import TransportOptions

_TRAITS: Mapping[type, type[TraitType[Any, Any]]] = {
    bool: Bool,
    int: Int,
    float: Float,
    str: Unicode,
    list: List,
    tuple: List,
    dict: Dict,
}
_TRANSPORT_HELP = {
    "patience": "Seconds after which a client that takes none of its output loses it, so that the others go on.",
    "shutdown_grace": "Seconds that the cell and the language get to end before the process is ended.",
    "write_delay": "Seconds after which history is written.",
}

_USAGE = """\
usage: {program} -f FILE [options]

{kernel}: {banner}

  -f FILE              connection file (or registration file), written by the Jupyter application that starts the
                       kernel; a file that does not exist is made, with free ports
  --ip ADDRESS         listen on this address of the machine; off loopback only with CURVE keys in the file
  --shell PORT         where FILE does not exist: this port; likewise --iopub, --stdin, --control, --hb
  --port-range A-B     choose ports from this range, where the file says 0
  --insecure-tcp       listen off loopback without encryption all the same
  --profile NAME       for languages that have profiles
  --config FILE        read this configuration file instead of {config}.py in Jupyter's folders
  --no-history         keep no history on disk
  --find-language      say, as JSON, where the language is looked for, and end
  --Class.name=VALUE   set an option of a class; --help-all lists them
"""


def configure(kernel_class: type[Kernel], files: Sequence[str], assignments: Sequence[str]) -> dict[str, Any]:
    """Fields of `sdk.options.Options`, from files, the most general first, and command line.

    Raises ConfigurationError.
    """
    config = Config()
    for path in files:
        config.merge(_load(path))
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        *sections, trait = name.split(".")
        section = config
        for part in sections:
            section = section[part]
        section[trait] = DeferredConfigString(value)
    kernel_traits = _configurable(kernel_class)
    transport_traits = _transport_configurable()
    try:
        kernel_values = _given(kernel_traits(config=config))
        transport_values = _given(transport_traits(config=config))
    except TraitError as error:
        raise ConfigurationError(f"configuration: {error}") from None
    return {
        "kernel_values": kernel_values,
        "transport": TransportOptions(**transport_values),
        "config": config,
    }


def help_text(kernel_class: type[Kernel], *, everything: bool) -> str:
    """What `--help` prints, or with `everything` what `--help-all` prints."""
    package = kernel_class.__module__.rpartition(".")[0] or kernel_class.__module__
    text = _USAGE.format(
        program=f"python -m {package}",
        kernel=kernel_class.__name__,
        banner=(kernel_class.banner or kernel_class.__doc__ or "a Jupyter kernel").strip().partition("\n")[0],
        config="jupyter_kernel_sdk_config",
    )
    if everything:
        for configurable in (_configurable(kernel_class), _transport_configurable()):
            text += f"\n{configurable.class_get_help()}\n"
    return text


def _load(path: str) -> Config:
    try:
        loader = PyFileConfigLoader(os.path.basename(path), os.path.dirname(os.path.abspath(path)))
        config: Config = loader.load_config()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from None
    except Exception as error:  # the file is the user's code
        raise ConfigurationError(
            f"{path}: {type(error).__name__}: {error}: correct the file or move it away"
        ) from error
    return config


def _configurable(kernel_class: type[Kernel]) -> type[Configurable]:
    """A Configurable with a trait for each option, and the class's bases, so that a base's section counts too."""
    base: type[Configurable] = Configurable
    for owner in reversed(kernel_class.__mro__):
        options = owner.__dict__.get("options")
        if options is None and owner is not kernel_class:
            continue
        traits = {name: _trait(getattr(owner, name), text) for name, text in (options or {}).items()}
        base = type(owner.__name__, (base,), {**traits, "__doc__": owner.__doc__})
    return base


def _transport_configurable() -> type[Configurable]:
    traits = {name: _trait(getattr(TransportOptions, name), text) for name, text in _TRANSPORT_HELP.items()}
    return type("Transport", (Configurable,), {**traits, "__doc__": "How messages travel."})


def _trait(default: object, text: str) -> TraitType[Any, Any]:
    kind = _TRAITS.get(type(default), AnyTrait)
    value = list(default) if isinstance(default, tuple) else default
    return kind(value, help=text).tag(config=True)


def _given(configured: Configurable) -> dict[str, Any]:
    """The values of the options that configuration gave."""
    return {
        name: getattr(configured, name) for name in configured.traits(config=True) if name in configured._trait_values
    }
