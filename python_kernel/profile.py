"""IPython's profile: where it is, and what its configuration files and the system's say.

A kernel without such files pays for a few looks at the disk. What is wrong with a file is told, and the file left out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from IPython.core.profiledir import ProfileDir
from traitlets.config.loader import Config, DeferredConfigList, DeferredConfigString

from python_kernel.lean_ipython import default_ipython_dir
from sdk.named_tuple import NamedTuple

if TYPE_CHECKING:
    from python_kernel.command_line import Arguments

Tell = Callable[[str], None]
Check = Callable[[Config, str], None]

_FILES = ("ipython_config", "ipython_kernel_config")
_SYSTEM = ("/etc/ipython", "/usr/local/etc/ipython")


class Profile(NamedTuple):
    """A profile's folder, the configuration that holds in it, and the files to be run at the start."""

    ipython_dir: str
    location: str
    config: Config
    files: Sequence[str] = ()
    """The configuration files that were read, the most general first."""
    startup: Sequence[str] = ()
    """Files of `startup` folders, in the order in which they run."""

    def directory(self, tell: Tell, undo: ExitStack) -> ProfileDir:
        """The folder, made if it is not there; where that cannot be, one for this process alone, gone with `undo`."""
        try:
            return ProfileDir(location=self.location, config=self.config)
        except OSError as error:
            import tempfile  # only for a folder that cannot be written

            other = undo.enter_context(
                tempfile.TemporaryDirectory(prefix="ipython_profile_", ignore_cleanup_errors=True)
            )
            tell(f"the profile's folder cannot be used ({error}); history is kept in {other}, until the kernel ends")
            return ProfileDir(location=other)


def read_profile(arguments: Arguments, base: Mapping[str, Any], tell: Tell, check: Check) -> Profile:
    """The profile that `arguments` name. `base` is the configuration of other sources; the command line goes over it.

    `check` takes out of each source's configuration what cannot be used.
    """
    line = from_command_line(arguments.assignments)
    check(line, "command line")
    ipython_dir = _path(_text(line, "BaseIPythonApplication", "ipython_dir", "IPKernelApp") or default_ipython_dir())
    location = _location(line, ipython_dir, tell)
    folders = [*_system_folders(), location]
    config = Config()
    files = []
    for path in [*_config_files(folders), *_extra(line, tell)]:
        found = _loaded(path, tell)
        if found is not None:
            check(found, path)
            config.merge(found)
            files.append(path)
    config.merge(Config(base))
    config.merge(line)
    return Profile(ipython_dir, location, config, files, sorted(_startup_files(folders)))


def from_command_line(assignments: Sequence[tuple[str, str]]) -> Config:
    """What the command line says. An option that is given more than once is a list."""
    config = Config()
    for name, value in assignments:
        *sections, trait = name.split(".")
        section = config
        for part in sections:
            section = section[part]
        before = section.get(trait) if trait in section else None
        if isinstance(before, DeferredConfigString):
            section[trait] = DeferredConfigList([str(before), value])
        elif isinstance(before, DeferredConfigList):
            before.append(value)
        else:
            section[trait] = DeferredConfigString(value)
    return config


def _text(config: Config, section: str, trait: str, *other_sections: str) -> str:
    for name in (*other_sections, section):
        if name in config and trait in config[name]:
            value = config[name][trait]
            return str(value[-1] if isinstance(value, list) else value)
    return ""


def _path(text: str) -> str:
    return os.path.abspath(os.path.expanduser(text))


def _location(line: Config, ipython_dir: str, tell: Tell) -> str:
    location = _text(line, "ProfileDir", "location")
    if location:
        return _path(location)
    name = _text(line, "BaseIPythonApplication", "profile", "IPKernelApp") or "default"
    location = os.path.join(ipython_dir, f"profile_{name}")
    creates = _text(line, "BaseIPythonApplication", "auto_create", "IPKernelApp") == "True"
    if name != "default" and not creates and not os.path.isdir(location):
        tell(
            f"--profile={name}: there is no profile {name!r} in {ipython_dir}; the default one is used "
            f"(`ipython profile create {name}` makes it)"
        )
        return os.path.join(ipython_dir, "profile_default")
    return location


def _system_folders() -> list[str]:
    own = os.path.join(sys.prefix, "etc", "ipython")
    return [*_SYSTEM, *([] if own in _SYSTEM else [own])]


def _config_files(folders: Sequence[str]) -> Iterator[str]:
    there = [folder for folder in folders if os.path.isdir(folder)]
    for name in _FILES:
        for folder in there:
            for ending in ("py", "json"):
                path = os.path.join(folder, f"{name}.{ending}")
                if os.path.exists(path):
                    yield path


def _extra(line: Config, tell: Tell) -> list[str]:
    text = _text(line, "BaseIPythonApplication", "extra_config_file", "IPKernelApp")
    if not text:
        return []
    path = _path(text)
    if os.path.isfile(path):
        return [path]
    tell(f"--config={text}: there is no such file")
    return []


def _startup_files(folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        startup = os.path.join(folder, "startup")
        try:
            names = os.listdir(startup)
        except OSError:
            continue
        yield from (os.path.join(startup, name) for name in names if name.endswith((".py", ".ipy")))


def _loaded(path: str, tell: Tell) -> Config | None:
    # start-up time: most kernels have no such file
    from IPython.core.application import ProfileAwareConfigLoader
    from traitlets.config.loader import JSONFileConfigLoader

    kind = JSONFileConfigLoader if path.endswith(".json") else ProfileAwareConfigLoader
    try:
        config: Config = kind(os.path.basename(path), os.path.dirname(path)).load_config()
    except (Exception, SystemExit) as error:  # the file is the user's code
        tell(
            f"{_place(path, error)}: {type(error).__name__}: {error}; the file was left out: correct it or move it away"
        )
        return None
    return config


def _place(path: str, error: BaseException) -> str:
    """The file, and the line where it went wrong."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError | ValueError) else None
    trace = error.__traceback__
    while trace is not None and line is None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return path if line is None else f"{path}, line {line}"
