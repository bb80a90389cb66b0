"""What a kernel process is told: its command line and configuration files.

The common case, `-f FILE` and no configuration file, must cost a start nothing: traitlets' configuration is imported
(18 ms) only when there is something for it to read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sdk.errors import ConfigurationError
from sdk.kernel.base import Kernel
from sdk.protocol.record import NOTHING, Record

if TYPE_CHECKING:
    from sdk.transport.transport import TransportOptions

CONFIG_NAME = "jupyter_kernel_sdk_config"


class Options(Record):
    """Everything that was said about how to run."""

    connection_file: str = ""
    may_create_file: bool = True
    ip: str = ""
    port_range: tuple[int, int] | None = None
    ports: Mapping[str, int] = NOTHING
    """Ports by field of ConnectionInfo, where there is no connection file that says them."""
    insecure_tcp: bool = False
    profile: str = ""
    history: bool = True
    find_language: bool = False
    """Not to serve, but to say where the language is looked for."""
    kernel_values: Mapping[str, Any] = NOTHING
    transport: TransportOptions | None = None
    config: Mapping[str, Any] = NOTHING
    arguments: Any = None
    """What the kernel class has read for itself."""
    rest: Sequence[str] = ()
    """Arguments that are no options: of no use to the SDK."""

    def history_file(self, kernel: Kernel) -> str | None:
        """Where the SDK's history of this language is kept; None for nowhere, as for a language that has its own."""
        if not self.history or kernel.implements("do_history"):
            return None
        data = os.environ.get("JUPYTER_DATA_DIR") or _default_data_dir()
        name = kernel.implementation or type(kernel).__module__.partition(".")[0]
        return os.path.join(data, "kernel_history", f"{name}.sqlite")


def read_options(kernel_class: type[Kernel], argv: Sequence[str]) -> Options | None:
    """What the command line and the configuration files say; None when they asked for help, which is printed then.

    Raises ConfigurationError, which names the argument and the remedy.
    """
    read = kernel_class.read_arguments(argv)
    if read is None:
        return None
    left, own = read
    values, assignments, files = _parse(list(left))
    if values.get("help"):
        from sdk.configuration import help_text  # start-up time: traitlets' configuration

        everything = values["help"] == "all"
        sys.stdout.write(help_text(kernel_class, everything=everything))
        sys.stdout.write(kernel_class.help_on_arguments(everything=everything))
        return None
    files = files or [path for path in _config_files() if os.path.exists(path)]
    if files or assignments:
        from sdk.configuration import configure  # start-up time: traitlets' configuration

        configured = configure(kernel_class, files, assignments)
        values = {**configured, **values}
    return Options(**values, arguments=own)


_VALUES = {
    "-f": "connection_file",
    "--f": "connection_file",
    "--connection-file": "connection_file",
    "--ip": "ip",
    "--port-range": "port_range",
    "--profile": "profile",
    "--config": "config_file",
}
_PORTS = {f"--{name}": f"{name}_port" for name in ("shell", "iopub", "stdin", "control", "hb")}
_FLAGS = {
    "--insecure-tcp": ("insecure_tcp", True),
    "--no-history": ("history", False),
    "--find-language": ("find_language", True),
    "--help": ("help", "short"),
    "-h": ("help", "short"),
    "--help-all": ("help", "all"),
}


def _parse(argv: list[str]) -> tuple[dict[str, Any], list[str], list[str]]:
    """Values by field name, assignments of the form Class.name=value, and configuration files that were named."""
    values: dict[str, Any] = {}
    assignments: list[str] = []
    files: list[str] = []
    while argv:
        argument = argv.pop(0)
        name, equals, value = argument.partition("=")
        if name in _FLAGS and not equals:
            field, given = _FLAGS[name]
            values[field] = given
        elif name in _VALUES or name in _PORTS:
            if not equals:
                if not argv:
                    raise ConfigurationError(f"{name} needs a value: {name} VALUE")
                value = argv.pop(0)
            if name in _PORTS:
                values["ports"] = {**values.get("ports", {}), _PORTS[name]: _port(name, value)}
            elif name == "--config":
                files.append(value)
            else:
                values[_VALUES[name]] = _port_range(value) if name == "--port-range" else value
        elif name.startswith("--") and "." in name and equals:
            assignments.append(argument[2:])
        elif not name.startswith("-"):
            # `jupyter run SCRIPT` gives the kernel its own arguments too; what they name is the client's to run.
            values["rest"] = (*values.get("rest", ()), argument)
        else:
            raise ConfigurationError(f"unknown argument {argument!r}: see --help for what there is")
    return values, assignments, files


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or not int(text) < 65_536:
        raise ConfigurationError(f"{name}={text}: expected a port's number; 0 is a free one")
    return int(text)


def _port_range(text: str) -> tuple[int, int]:
    first, _, last = text.replace("..", "-").partition("-")
    try:
        low, high = int(first), int(last)
    except ValueError:
        low, high = 0, -1
    if not 0 < low <= high < 65_536:
        raise ConfigurationError(f"--port-range {text!r}: expected FIRST-LAST, such as 50000-50100")
    return low, high


def _config_files() -> list[str]:
    """Where a configuration file may be, the most general first: `jupyter --paths`, without importing it."""
    home = os.environ.get("JUPYTER_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".jupyter")
    extra = [path for path in os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep) if path]
    own = os.path.join(sys.prefix, "etc", "jupyter")
    return [
        os.path.join(folder, f"{CONFIG_NAME}.py")
        for folder in ("/etc/jupyter", "/usr/local/etc/jupyter", own, home, *reversed(extra))
    ]


def _default_data_dir() -> str:
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Jupyter")
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "jupyter")
