"""What pages name exists: files, names in the code, make targets, commands and their options."""

from __future__ import annotations

import functools
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sdk import Kernel
from tests.docs.pages import PAGES, ROOT, blocks, name, prose

_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_DOTTED = re.compile(r"`(sdk(?:\.\w+)+)`")
_COMMAND = re.compile(r"python -m sdk (\w+)([^\n`#]*)")
_MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(prose(page)) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_names_are_in_the_code(page: Path) -> None:
    groups = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    dotted = [name for name in _DOTTED.findall(prose(page)) if f'entry-points."{name}"' not in groups]
    assert [name for name in dotted if not _resolves(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_are_in_the_makefile(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert {target for target in _MAKE.findall(_said(page)) if target not in targets} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_have_the_options_that_are_shown(page: Path) -> None:
    for command, rest in _COMMAND.findall(_said(page)):
        text = _help_of(command)
        assert [option for option in re.findall(r"--[a-z-]+", rest) if option not in text] == []


def test_options_are_those_of_the_kernels() -> None:
    shown = set(re.findall(r"^\| `(\w+\.\w+)` ", prose(ROOT / "docs" / "configuration.md"), re.MULTILINE))
    packages = ("bash_kernel", "octave_kernel", "python_kernel")
    options = {option for package in packages for option in _options(package)}
    of_all = {f"Kernel.{name}" for name in Kernel.options}
    assert shown == {option for option in options if f"Kernel.{option.partition('.')[2]}" not in of_all} | of_all


def _options(package: str) -> list[str]:
    said, _, _ = _run("-m", package, "--help-all").partition("Options of IPython's classes:")
    return re.findall(r"^--(\w+\.\w+)=", said, re.MULTILINE)


@functools.cache
def _help_of(command: str) -> str:
    return _run("-m", "sdk", command, "--help")


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    return done.stdout


def _said(page: Path) -> str:
    return "\n".join([prose(page), *(block.text for block in blocks(page, "sh"))])


def _resolves(dotted: str) -> bool:
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False
