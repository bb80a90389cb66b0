"""Kernels for the toy, one for each way to know a prompt: `python -m tests.repl.toy_kernel FORM -f FILE`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from sdk.app import run
from sdk.repl import PromptForm, PromptKernel

_TOY = (sys.executable, str(Path(__file__).with_name("toy.py")))
_PLAIN = PromptForm(argv=_TOY, prompt="> ", continuation=">> ", abandon="end")
_RANDOM = _PLAIN.replace(set_prompt='prompts "{prompt}" "{continuation}"')

FORMS: Mapping[str, PromptForm] = {
    "plain": _PLAIN,
    "anchored": _PLAIN.replace(prompt="^> ", continuation="^>> "),
    "sentinel": _PLAIN.replace(sentinel="print {sentinel}"),
    "random": _RANDOM,
    "argv": _PLAIN.replace(argv=(*_TOY, "--prompt", "{prompt}", "--continuation", "{continuation}")),
    "slow": _RANDOM.replace(argv=(*_TOY, "--slow", "0.003")),
    "slow-plain": _PLAIN.replace(argv=(*_TOY, "--slow", "0.02")),
    "colour": _PLAIN.replace(argv=(*_TOY, "--colour")),
    "colour-random": _RANDOM.replace(argv=(*_TOY, "--colour")),
    "loader": _RANDOM.replace(run="load {file}"),
    "loader-sentinel": _PLAIN.replace(run="load {file}", sentinel="print {sentinel}"),
    "error": _RANDOM.replace(error=r"^oops in line (?P<line>\d+): (?P<message>.+)"),
    "kill": _RANDOM.replace(interrupt="kill"),
    "greeting": _PLAIN.replace(argv=(*_TOY, "--greeting", "toy 7.5"), version=r"toy (\S+)"),
    "prelude": _RANDOM.replace(prelude="fail at once", error="^oops"),
    "never": PromptForm(argv=_TOY, prompt="such a prompt does not come"),
    "words": _RANDOM.replace(
        words=("alpha", "beta"), complete="print alps {word}x beta!", inspect="print it is {word}"
    ),
}


class ToyKernel(PromptKernel):
    implementation = "toy"
    implementation_version = "1.0"
    language_info = {"name": "toy", "version": "", "mimetype": "text/plain", "file_extension": ".toy"}
    program = "toy"


if __name__ == "__main__":
    name = sys.argv.pop(1)
    ToyKernel.form = FORMS[name]
    if name == "never":
        ToyKernel.start_limit = 1.0
    run(ToyKernel)
