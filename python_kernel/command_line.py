"""The command line, as IPython's programs know it: aliases, flags and `--Class.name=value`. Data and a parser; pure.

What the SDK knows (`-f`, `--ip`, ...) is left for it. What nobody knows is said and left out: a kernel whose command
line has a mistake in it is still a kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sdk.named_tuple import NamedTuple

ALIASES: Mapping[str, tuple[str, str]] = {
    "profile": ("BaseIPythonApplication.profile", "the IPython profile to use"),
    "profile-dir": ("ProfileDir.location", "the folder of the profile"),
    "ipython-dir": ("BaseIPythonApplication.ipython_dir", "the folder of all profiles"),
    "config": ("BaseIPythonApplication.extra_config_file", "one more configuration file"),
    "log-level": ("Application.log_level", "without effect: the log tells what matters"),
    "autocall": ("InteractiveShell.autocall", "0, 1 (smart) or 2 (full): call functions without parentheses"),
    "colors": ("InteractiveShell.colors", "the theme of tracebacks"),
    "theme": ("InteractiveShell.colors", "the same"),
    "logfile": ("InteractiveShell.logfile", "log what is typed to this file"),
    "logappend": ("InteractiveShell.logappend", "likewise, at its end"),
    "cache-size": ("InteractiveShell.cache_size", "how many results Out keeps"),
    "c": ("InteractiveShellApp.code_to_run", "run this code first (also -c)"),
    "m": ("InteractiveShellApp.module_to_run", "run this module first (also -m)"),
    "ext": ("InteractiveShellApp.extra_extensions", "load this extension"),
    "gui": ("InteractiveShellApp.gui", "join this GUI's event loop"),
    "pylab": ("InteractiveShellApp.pylab", "load matplotlib and numpy, with this backend"),
    "matplotlib": ("InteractiveShellApp.matplotlib", "set up matplotlib with this backend"),
    "ident": ("Session.session", "without effect"),
    "user": ("Session.username", "without effect"),
    "keyfile": ("Session.keyfile", "without effect: the key is in the connection file"),
    "transport": ("IPKernelApp.transport", "without effect: the connection file says it"),
}
"""name -> trait, what it does."""

_SWITCHES = {
    "automagic": "InteractiveShell.automagic",
    "autoindent": "InteractiveShell.autoindent",
    "pdb": "InteractiveShell.pdb",
    "pprint": "PlainTextFormatter.pprint",
    "ignore-cwd": "InteractiveShellApp.ignore_cwd",
}

FLAGS: Mapping[str, Mapping[str, str]] = {
    **{name: {trait: "True"} for name, trait in _SWITCHES.items()},
    **{f"no-{name}": {trait: "False"} for name, trait in _SWITCHES.items()},
    "debug": {"Application.log_level": "DEBUG"},
    "quiet": {"Application.log_level": "CRITICAL"},
    "init": {"BaseIPythonApplication.copy_config_files": "True", "BaseIPythonApplication.auto_create": "True"},
    "no-stdout": {"IPKernelApp.no_stdout": "True"},
    "no-stderr": {"IPKernelApp.no_stderr": "True"},
    "trio-loop": {"IPKernelApp.trio_loop": "True"},
    "pylab": {"InteractiveShellApp.pylab": "auto"},
    "matplotlib": {"InteractiveShellApp.matplotlib": "auto"},
    "nosep": {f"InteractiveShell.{name}": "" for name in ("separate_in", "separate_out", "separate_out2")},
    "color-info": {},  # IPython 9 has no such trait
    "no-color-info": {},
    "secure": {},  # messages are always signed when the connection file has a key
    "no-secure": {},
    "no-history": {"HistoryManager.enabled": "False"},
}
"""name -> the traits that it sets."""

_PORTS = {f"{name}_port": f"--{name}" for name in ("shell", "iopub", "stdin", "control", "hb")}
_FOR_SDK = {
    **{option[2:]: option for option in _PORTS.values()},
    "f": "-f",
    "connection-file": "-f",
    "ip": "--ip",
    "port-range": "--port-range",
}
_TRAITS_FOR_SDK = {"connection_file": "-f", "ip": "--ip", **_PORTS}
_FLAGS_FOR_SDK = {"-h": "--help", "--help": "--help", "--help-all": "--help-all", "--insecure-tcp": "--insecure-tcp"}
_PRINTED = {"-V": "version", "--version": "version", "--show-config": "config", "--show-config-json": "config-json"}
_APPS = ("IPKernelApp", "ConnectionFileMixin", "KernelApp")


class Arguments(NamedTuple):
    """A command line that has been read."""

    for_sdk: Sequence[str] = ()
    assignments: Sequence[tuple[str, str]] = ()
    """A trait (`Class.name`) and its value's text, in order."""
    problems: Sequence[str] = ()
    """What was left out, and why."""
    printed: str = ""
    """What shall be printed in place of a kernel: "version", "config" or "config-json"."""


def read(argv: Sequence[str]) -> Arguments:
    """Sort the arguments out."""
    rest = list(argv)
    for_sdk: list[str] = []
    assignments: list[tuple[str, str]] = []
    problems: list[str] = []
    printed = ""
    while rest:
        argument = rest.pop(0)
        name, value = _named(argument)
        if argument == "--":
            break  # what follows is for a program that the kernel is to run
        if argument in _PRINTED:
            printed = _PRINTED[argument]
        elif argument in _FLAGS_FOR_SDK:
            for_sdk.append(_FLAGS_FOR_SDK[argument])
        elif not name:
            for_sdk.append(argument)
        elif value is None and name in FLAGS and not (name in ALIASES and _is_value(rest)):
            assignments += FLAGS[name].items()
        elif name in _FOR_SDK or name in ALIASES or "." in name:
            if value is None and not _is_value(rest):
                problems.append(f"{argument} needs a value ({argument}=VALUE); it was left out")
                continue
            text = rest.pop(0) if value is None else value
            option = _FOR_SDK.get(name) or _option_for_sdk(name, text)
            if option in _PORTS.values() and not (text.isdecimal() and int(text) < 65_536):
                problems.append(f"{argument}: expected a port's number; it was left out")
                continue
            if option is None:
                assignments.append((ALIASES[name][0] if name in ALIASES else name, text))
            elif option.startswith("-") and "=" not in option:
                for_sdk += [option, text]
            else:
                for_sdk.append(option)
        else:
            problems.append(f"{argument}: there is no such option{_meant(name)}; it was left out (see --help)")
    return Arguments(for_sdk, assignments, problems, printed)


def _named(argument: str) -> tuple[str, str | None]:
    """An argument's name, "" if it is no option, and the value that stands in it."""
    if argument.startswith("--") and len(argument) > 2:
        name, equals, value = argument[2:].partition("=")
        return name, value if equals else None
    if argument[:1] == "-" and argument[1:2] in ("f", "c", "m"):
        return argument[1], argument[2:].removeprefix("=") or None
    return (argument[1:], None) if len(argument) > 1 and argument[0] == "-" else ("", None)


def _is_value(rest: Sequence[str]) -> bool:
    return bool(rest) and (not rest[0].startswith("-") or rest[0] == "-" or " " in rest[0])


def _option_for_sdk(name: str, value: str) -> str | None:
    section, _, trait = name.partition(".")
    if section in _APPS and trait in _TRAITS_FOR_SDK:
        return _TRAITS_FOR_SDK[trait]
    return f"--{name}={value}" if section == "Transport" else None


def _meant(name: str) -> str:
    import difflib  # only for a mistake

    found = difflib.get_close_matches(name, [*ALIASES, *FLAGS, *_FOR_SDK], 1)
    return f"; did you mean --{found[0]}?" if found else ""


def help_text() -> str:
    """What `--help` says of all this."""
    lines = ["", "Options of IPython:", ""]
    for name, (trait, text) in ALIASES.items():
        if text and not text.startswith("without effect"):
            lines.append(f"  --{name + '=VALUE':20} {text} ({trait})")
    for name, traits in FLAGS.items():
        if traits and name not in ALIASES:
            said = ", ".join(f"{trait}={value}" for trait, value in traits.items())
            lines.append(f"  --{name:20} {said}")
    lines += [
        f"  {'--version':22} print versions, and end",
        f"  {'--show-config':22} print the configuration that files and command line give, and end",
        f"  {'--show-config-json':22} likewise, as JSON",
        "",
    ]
    return "\n".join(lines)
