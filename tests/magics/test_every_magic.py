"""What holds for every magic in every kernel: help, a wrong option, something that is not there, text of all the world,
and an interrupt in the middle. What each does is in the tests of its family."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bash_kernel.kernel import BashKernel
from examples.echo.kernel import EchoKernel
from octave_kernel.kernel import OctaveKernel
from sdk import Kernel
from sdk.magics.runner import Magics
from tests.conftest import needs
from tests.magics.conftest import Live, error_of

CLASSES: Mapping[str, type[Kernel]] = {"echo": EchoKernel, "bash": BashKernel, "octave": OctaveKernel}
EVERY_LINE = ["%cd", "%lsmagic", "%%time", "%%shell"]
"""Some that a kernel cannot be without."""

WORLD = "é∑漢🎉"
NOSUCH = "nösuch-é.x"


def magics_of(kernel: Live) -> list[str]:
    """All magics, as they are written."""
    found = Magics(made := CLASSES[kernel.name](), made.magic_syntax).set
    return [magic.shown("%") for magic in found]


def test_every_magic_has_help_and_runs_nothing_for_it(any_kernel: Live) -> None:
    names = magics_of(any_kernel)
    assert set(EVERY_LINE) <= set(names)
    for name in names:
        body = f"\n{any_kernel.say('body')}" if name.startswith("%%") else ""
        done = any_kernel.run(f"{name} --help{body}")
        said = done.text()
        assert (done.error, done.text("stderr")) == (None, ""), name
        assert said.startswith(f"usage: {name}"), said
        assert "--help " in said, said
        assert len(said.split("\n\n")) >= 3, f"{name} says nothing of what it does: {said}"
        assert "body" not in said.split("\n")[-1], name


def test_a_wrong_option_of_any_magic_is_named_and_nothing_runs(any_kernel: Live) -> None:
    for name in magics_of(any_kernel):
        body = f"\n{any_kernel.say('body')}"
        done = any_kernel.run(f"{name} --hepl{body}")
        assert done.error is not None, name
        assert done.error.ename == "UsageError", name
        assert done.error.evalue.startswith(f"{name}: --hepl: no such option; did you mean --help?\nusage: {name}"), (
            name
        )
        assert done.outputs()[:-1] == [], name  # the error, and nothing before it


@pytest.mark.parametrize(
    "code",
    [
        "%load {}",
        "%include {}",
        "%run {}",
        "%run -l python {}",
        "%cd {}",
        "%ls {}",
        "%image {}",
        "%%file {}/file\ntext",
        "%download http://127.0.0.1:9/{}",
        "%show_captured {}",
        "%macro {}",
        "%macro --show {}",
        "%get {} --from python",
        "%put nosuch_e --to {}",
        "%get nosuch_e --from {}",
        "%kernel {}",
        "%%kernel {}\n1",
        "%kx -k {} 1",
        "%restart_kernel {}",
        "%shutdown_kernel {}",
        "%config {}",
        "%env {}",
        "%help {}",
        "%magic {}",
        "%%help\n{}",
        "%%script {}\n1",
        "%shell {}",
        "%%shell\n{}",
        "%%pipe {}\n",
        "%python --env {} 1",
        "%%python --env {}\n1",
        "%%show -l {}\n1",
        "%pip install ./{}",
    ],
)
def test_what_is_not_there_is_named(any_kernel: Live, code: str) -> None:
    code = code.format(NOSUCH)
    if code.startswith("%%pipe"):
        code += any_kernel.say("x")
    done = any_kernel.run(code)
    assert done.error is not None
    told = (NOSUCH.partition(".")[0], "nosuch_e", "nothing was captured yet", "echo gives no variables away")
    assert any(one in f"{done.error.evalue}{done.text()}{done.text('stderr')}" for one in told), done.error
    any_kernel.goes_on()


@pytest.mark.parametrize("code", ["%fg 99", "%kill 99", "%history 999", "%recall 999", "%macro m 999"])
def test_a_number_of_nothing_is_named(any_kernel: Live, code: str) -> None:
    done = any_kernel.run(code)
    assert done.error is not None
    assert code.rsplit(maxsplit=1)[-1] in done.error.evalue or "there are no jobs" in done.error.evalue
    any_kernel.goes_on()


def shown(kernel: Live, code: str) -> str:
    """All that a cell shows, as text."""
    done = kernel.run(code)
    assert done.error is None, done.error
    return done.text() + "".join(str(getattr(one, "data", "")) for one in done.outputs())


@pytest.mark.parametrize(
    "code",
    [
        f"%%file {WORLD}.txt\n{WORLD}",
        f"%load {WORLD}.txt",
        f"%edit {WORLD}.txt",
        f"%ls {WORLD}.txt",
        f"%shell echo {WORLD}",
        f"%%shell\necho {WORLD}",
        f"%%bash\necho {WORLD}",
        f"%%sh\necho {WORLD}",
        f"%%script cat\n{WORLD}",
        f"%%perl\nprint '{WORLD}'",
        f"%python '{WORLD}'",
        f"%%python\nprint('{WORLD}')",
        f"%kx '{WORLD}'",
        f"%%kernel python\nprint('{WORLD}')",
        f"%html <b>{WORLD}</b>",
        f"%%html\n{WORLD}",
        f"%latex ${WORLD}$",
        f"%%latex\n{WORLD}",
        f"%javascript f('{WORLD}')",
        f"%%javascript\n'{WORLD}'",
        f"%%markdown\n{WORLD}",
        f"%%svg\n<svg>{WORLD}</svg>",
        f'%%json\n"{WORLD}"',
        f'%%vega\n{{"mark": "{WORLD}"}}',
        f"%%mermaid\n{WORLD}",
        f"%env WORLD={WORLD}",
        f"%%show\n{WORLD}",
        f"%history -g {WORLD}",
        f"%%capture {WORLD}\n%shell echo {WORLD}\n%show_captured {WORLD}",
    ],
)
def test_text_of_all_the_world_comes_through(any_kernel: Live, code: str) -> None:
    if code.startswith("%%capture"):
        first, second, third = code.split("\n")
        any_kernel.run(f"{first}\n{second}")
        code = third
    said = shown(any_kernel, code)
    assert WORLD in said or WORLD in said.encode().decode("unicode_escape", "ignore"), said


@pytest.mark.parametrize("code", ["%time {}", "%%time\n{}", "%%capture\n{}\n", "%%pipe cat\n{}", "%%timeout 60\n{}"])
def test_text_of_the_language_comes_through(any_kernel: Live, code: str) -> None:
    done = any_kernel.run(code.format(any_kernel.say(WORLD)))
    assert done.error is None
    assert WORLD in any_kernel.run("%show_captured").text() if "capture" in code else WORLD in done.text()


def test_graphs_and_macros_take_it_too(any_kernel: Live) -> None:
    needs("dot")
    assert WORLD in shown(any_kernel, f'%%dot\ndigraph {{ "{WORLD}" }}')
    any_kernel.run(f"%%macro né漢\n{any_kernel.say(WORLD)}")
    assert WORLD in any_kernel.run("%macro né漢").text()
    assert "né漢" in any_kernel.run("%macro --delete né漢").text()


# -- interrupts --------------------------------------------------------------------------------------------------------

LASTS = {"bash": "echo begun; sleep 1000", "octave": "disp ('begun'); pause (1000);"}
IN_PYTHON = "print('begun', flush=True); [__import__('time').sleep(0.01) for _ in range(100_000)]"
"""Where ipykernel runs it, a signal that meets the moment before a sleep is noticed when that sleep is over."""


def _file(kernel: Live) -> str:
    (kernel.work / "lasts.txt").write_text(LASTS[kernel.name])
    return "lasts.txt"


def _macro(kernel: Live) -> str:
    kernel.run(f"%%macro lasts\n{LASTS[kernel.name]}")
    return "lasts"


def _job(kernel: Live) -> str:
    done = kernel.run(f"%%bg\n{LASTS[kernel.name]}")
    return done.text("stderr").split()[1].rstrip(":")


OF_THE_LANGUAGE: Mapping[str, Callable[[Live], str]] = {
    "%time": lambda kernel: LASTS[kernel.name],
    "%%time\n": lambda kernel: LASTS[kernel.name],
    "%%timeout 900\n": lambda kernel: LASTS[kernel.name],
    "%%pipe cat\n": lambda kernel: LASTS[kernel.name],
    "%%capture --no-stdout\n": lambda kernel: LASTS[kernel.name],
    "%limit 9\n": lambda kernel: LASTS[kernel.name],
    "%run": _file,
    "%include": _file,
    "%macro": _macro,
    "%fg": _job,
}


@pytest.mark.parametrize("magic", OF_THE_LANGUAGE)
@pytest.mark.parametrize("name", ["bash", "octave"])
def test_the_language_is_interrupted_within_a_magic(name: str, magic: str, request: pytest.FixtureRequest) -> None:
    kernel: Live = request.getfixturevalue(name)
    kernel.run("cd .") if name == "bash" else None
    done = kernel.interrupted(f"{magic} {OF_THE_LANGUAGE[magic](kernel)}".replace("\n ", "\n"), until="begun")
    assert (error_of(done) or ("",))[0] in ("KeyboardInterrupt", "ExitStatus"), done.error
    kernel.run("%limit --off")
    kernel.run("%kill --all")
    kernel.goes_on()


@pytest.mark.parametrize(
    "code",
    [
        f"%python {IN_PYTHON}",
        f"%%python\n{IN_PYTHON}",
        f"%kx -k python {IN_PYTHON}",
        f"%%kx python\n{IN_PYTHON}",
        "%shell echo begun; sleep 1000",
        "%%shell\necho begun; sleep 1000",
        "%%bash\necho begun; sleep 1000",
        "%%sh\necho begun; sleep 1000",
        "%%script bash\necho begun; sleep 1000",
        "%%perl\n$| = 1; print 'begun'; sleep 1000",
        "%%timeout 900\n%shell echo begun; sleep 1000",
        "%%time\n%shell echo begun; sleep 1000",
        "%%pipe cat\n%shell echo begun; sleep 1000",
    ],
)
def test_what_runs_beside_the_language_is_interrupted(any_kernel: Live, code: str) -> None:
    done = any_kernel.interrupted(code, until="begun")
    assert (error_of(done) or ("",))[0] in ("KeyboardInterrupt", "ExitStatus"), done.error
    any_kernel.goes_on()
