"""`jupyter console --kernel octave` on a real terminal, used as Octave's own prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontends.console import console

pytestmark = pytest.mark.octave


def test_a_session_at_the_prompt(environment: dict[str, str], folder: Path) -> None:
    with console(environment, folder, ["--kernel", "octave"]) as prompt:
        prompt.prompt(1)
        prompt.line("x = 6 * 7")
        prompt.shows(r"\nx = 42\n")
        prompt.prompt(2)

        prompt.line("for k = 1:2")  # what is not complete goes on in the next line
        prompt.shows(r"\.\.\.: ")
        prompt.line("printf ('%d squared is %d\\n', k, k^2);")
        prompt.shows(r"\.\.\.: ")
        prompt.line("end")
        prompt.shows(r"\n1 squared is 1\n2 squared is 4\n")
        prompt.prompt(3)

        prompt.line("beam.length = 3; beam.width = 20;")
        prompt.prompt(4)
        prompt.type("y = beam.wi\t")
        prompt.shows(r"beam\.width")
        prompt.line("")
        prompt.shows(r"\ny = 20\n")
        prompt.prompt(5)

        prompt.line("n = input (['How ' 'many? '])")
        prompt.shows(r"\nHow many\? ")
        prompt.line("3 * 4")
        prompt.shows(r"\nn = 12\n")
        prompt.prompt(6)


def test_errors_interrupts_and_the_end(environment: dict[str, str], folder: Path) -> None:
    with console(environment, folder, ["--kernel", "octave"]) as prompt:
        prompt.prompt(1)
        prompt.line("x = 'ke' ; x = [x 'pt']; ones (2)(5)")
        prompt.shows(r"error: index \(5\): out of bound 4[^\n]*\n +In\[1\], line 1, column \d+\n----> 1 x = ")
        assert "\x1b[1;31merror:\x1b[0m" in prompt.raw
        prompt.prompt(2)

        prompt.line("disp (['star' 'ted']), while true, end, disp (['not' 'reached'])")
        prompt.shows(r"\nstarted\n")
        prompt.type("\x03")
        prompt.shows("interrupted|KeyboardInterrupt")
        prompt.prompt(3)
        prompt.line("disp (upper (x))")
        prompt.shows(r"\nKEPT\n")
        prompt.prompt(4)

        prompt.line("exit (3)")
        prompt.shows("octave ended with status 3")
        prompt.prompt(5)
        prompt.line("disp (exist ('x') + 41)")
        prompt.shows(r"\n41\n")
        prompt.prompt(6)
