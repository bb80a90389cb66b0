"""Finds, fills in, installs and removes kernelspecs. Never imports a kernel, and prints nothing."""

from __future__ import annotations

from sdk.kernelspec.bytecode import Compiled, compile_for
from sdk.kernelspec.distribution import SDK_DISTRIBUTION, install_command, select, version_of
from sdk.kernelspec.document import Document
from sdk.kernelspec.files import put_directory
from sdk.kernelspec.install import Choices, Installation, check_name, fill, install, occupant, removable, uninstall
from sdk.kernelspec.installed import InstalledSpec, find_installed, installed_specs, module_problem, problems
from sdk.kernelspec.language import Language, find_language, find_program
from sdk.kernelspec.places import Place, choose_place, search_path
from sdk.kernelspec.probe import Probe, expand, probe
from sdk.kernelspec.template import Template, known_kernels, load_template, read_template

__all__ = [
    "SDK_DISTRIBUTION",
    "Choices",
    "Compiled",
    "Document",
    "Installation",
    "InstalledSpec",
    "Language",
    "Place",
    "Probe",
    "Template",
    "check_name",
    "choose_place",
    "compile_for",
    "expand",
    "fill",
    "find_installed",
    "find_language",
    "find_program",
    "install",
    "install_command",
    "installed_specs",
    "known_kernels",
    "load_template",
    "module_problem",
    "occupant",
    "probe",
    "problems",
    "put_directory",
    "read_template",
    "removable",
    "search_path",
    "select",
    "uninstall",
    "version_of",
]
