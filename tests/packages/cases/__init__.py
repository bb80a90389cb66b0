"""What users do with packages, a module for each family: the cases of one run in one kernel, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.packages.case import Case
from tests.packages.cases import detection, figures, parallel, plots, progress, tables, tools, vscode, widgets

FAMILIES: Mapping[str, Sequence[Case]] = {
    "progress": progress.CASES,
    "tables": tables.CASES,
    "figures": figures.CASES,
    "plots": plots.CASES,
    "widgets": widgets.CASES,
    "detection": detection.CASES,
    "parallel": parallel.CASES,
    "tools": tools.CASES,
    "vscode": vscode.CASES,
}
