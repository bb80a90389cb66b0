"""`%load_ext sdk.magics.ipython`, in our Python kernel, in ipykernel's and without a kernel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.protocol.iopub import DisplayData
from sdk.protocol.shell import CompleteRequest, InspectRequest
from sdk.testing import KernelProcess
from tests.magics.conftest import Live, error_of, started

LOAD = "%load_ext sdk.magics.ipython"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Our Python kernel, and a bash and an Octave that it finds."""
    folder = tmp_path_factory.mktemp("python")
    with started("python", folder, env={"IPYTHONDIR": str(folder / "ipython")}) as kernel:
        assert kernel.run(LOAD).error is None
        yield kernel


def test_what_ipython_lacks_is_there(python: Live) -> None:
    done = python.run("%html <b>é</b>")
    assert done.error is None
    assert python.run("%set x 1").error is not None
    done = python.run("%%mermaid\nflowchart LR")
    (shown,) = [one for one in done.contents() if isinstance(one, DisplayData)]
    assert shown.data["text/vnd.mermaid"] == "flowchart LR"


def test_names_that_ipython_has_stay_its_own(python: Live) -> None:
    code = "[get_ipython().find_magic(n, k).__module__.partition('.')[0] for n, k in {}]"
    names = [("cd", "line"), ("timeit", "cell"), ("html", "cell"), ("lsmagic", "line"), ("bash", "cell")]
    done = python.run(code.format(names))
    assert done.result is not None
    assert "sdk" not in done.result["text/plain"]


def test_a_wrong_option_is_a_usage_error(python: Live) -> None:
    done = python.run("%%mermaid --nope\nx")
    assert done.error is not None
    assert done.error.ename == "UsageError"
    assert "%%mermaid: --nope: no such option" in done.error.evalue


def test_help_is_shown_by_option_and_by_question_mark(python: Live) -> None:
    assert python.run("%get --help").text().startswith("usage: %get ")
    done = python.run("%get?")
    assert "usage: %get " in str(done.reply.content)


def test_another_kernel_runs_a_cell_and_fails_by_its_own_error(python: Live) -> None:
    done = python.run("%%kernel bash\necho é $((6*7))")
    assert (done.text(), done.error) == ("é 42\n", None)
    done = python.run("%%kernel bash\nno_such_command")
    assert done.error is not None
    assert "no_such_command: command not found" in done.text() + done.error.evalue
    done = python.interrupted("%%kernel bash\necho begun\nsleep 60", until="begun")
    assert (error_of(done) or ("",))[0] == "KeyboardInterrupt"
    assert python.run("%%kernel bash\necho on").text() == "on\n"
    assert python.run("%kernels").error is None


def test_a_cell_of_another_kernel_is_completed_and_described_by_it(python: Live) -> None:
    def completed(code: str, cursor: int | None = None) -> list[str]:
        reply = python.client.request(CompleteRequest(code, cursor)).reply.content
        end = len(code) if cursor is None else cursor
        assert reply.cursor_end == end
        return [code[: reply.cursor_start] + match for match in reply.matches]

    python.run("%%kernel bash\nin_bash_alone=1")
    python.run("in_python_alone = 1")
    assert completed("%%kernel bash\necho $in_bash_a") == ["%%kernel bash\necho $in_bash_alone"]
    assert completed("%%kernel bash\necho é; mapf") == ["%%kernel bash\necho é; mapfile"]
    assert completed("%%kx\necho $in_bash_a; true", len("%%kx\necho $in_bash_a")) == ["%%kx\necho $in_bash_alone"]
    assert completed("%%mermaid --i\nx", len("%%mermaid --i")) == ["%%mermaid --id"]
    assert completed("%kx echo $in_bash_a") == ["%kx echo $in_bash_alone"]
    assert completed("x = 1\nin_python_a") == ["x = 1\nin_python_alone"]
    described = python.client.request(InspectRequest("%%kernel bash\nmapfile", 18, 0)).reply.content
    assert described.found
    assert "mapfile" in str(described.data)
    described = python.client.request(InspectRequest("x = 1\nin_python_alone", 12, 0)).reply.content
    assert "int" in str(described.data)
    assert python.client.request(InspectRequest("%%kernel bash\nnosuchthing", 18, 0)).reply.content.found is False


def test_help_is_there_while_a_cell_runs(python: Live) -> None:
    python.run("%%kernel bash\nin_bash_alone=1")
    busy = python.begin("import time\nprint('begun', flush=True)\ntime.sleep(60)", until="begun")
    try:
        reply = python.client.request(CompleteRequest("%%kernel bash\necho $in_bash_a", None)).reply.content
        assert list(reply.matches) == ["in_bash_alone"]
    finally:
        python.interrupt()
        python.end(busy)


def test_a_value_goes_to_another_kernel_and_comes_back(python: Live) -> None:
    python.run("words = ['a b', 'é']")
    assert python.run("%put words --to bash").error is None
    assert python.run('%%kernel bash\necho "${words[1]}"').text() == "é\n"
    python.run('%%kernel bash\nback="x y"')
    assert python.run("%get back --from bash").error is None
    assert python.run("print(back)").text() == "x y\n"
    assert (error_of(python.run("%put nothing_of_this_name --to bash")) or ("",))[0] == "UsageError"


@pytest.mark.octave
def test_a_matrix_is_an_array_of_numpy(python: Live) -> None:
    python.run("%%kernel octave\nm = [1 2; 3 4.5];")
    assert python.run("%get m --from octave").error is None
    assert python.run("print(type(m).__module__, m.tolist())").text() == "numpy [[1.0, 2.0], [3.0, 4.5]]\n"
    python.run("import numpy; m = numpy.arange(6.0).reshape(2, 3)")
    assert python.run("%put m --to octave").error is None
    assert python.run("%%kernel octave\ndisp (m(2,3))").text() == "5\n"


def test_the_extension_may_be_taken_away(python: Live) -> None:
    assert python.run("%unload_ext sdk.magics.ipython").error is None
    assert python.run("%%kernel bash\necho").error is not None
    assert python.run(LOAD).error is None
    assert python.run("%%kernel bash\necho again").text() == "again\n"


def test_ipython_without_a_kernel_has_them_too(tmp_path: Path) -> None:
    script = tmp_path / "script.ipy"
    script.write_text(
        f"{LOAD}\n"
        "get_ipython().run_cell('%%mermaid\\nflowchart LR')\n"
        "print(get_ipython().run_cell('%get --nope').error_in_exec)\n"
        'get_ipython().run_cell(\'%%kernel bash\\nread -p "name? " x; echo "hello $x"\')\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--quick", "--no-banner", "--colors=nocolor", str(script)],
        input="é\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            "HOME": str(tmp_path),
            "PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
    )
    assert "flowchart LR\n" in done.stdout, done.stdout + done.stderr
    assert "%get: --nope: no such option" in done.stdout + done.stderr
    assert "hello é" in done.stdout, done.stdout + done.stderr


def test_ipykernel_has_them_too(tmp_path: Path) -> None:
    pytest.importorskip("ipykernel")
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    environment = {"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    with KernelProcess(argv, env=environment, cwd=tmp_path) as kernel, kernel.client() as client:
        client.patience = 30
        assert client.execute(LOAD).error is None
        done = client.execute("%%kernel bash\nread -p 'name? ' x; echo \"hello $x\"", stdin=["é"])
        assert done.text().endswith("hello é\n"), done
        client.execute("words = ['a b', 'é']")
        assert client.execute("%put words --to bash").error is None
        assert client.execute('%%kernel bash\necho "${words[1]}"').text() == "é\n"
        completed = client.request(CompleteRequest("%%kernel bash\necho ${wor", 24)).reply.content
        assert "words" in str(completed.matches)
        assert client.request(InspectRequest("%%kernel bash\nmapfile", 18, 0)).reply.content.found
        assert "list" in str(client.request(InspectRequest("words", 3, 0)).reply.content.data)
        client.execute("%unload_ext sdk.magics.ipython")
        assert "list" in str(client.request(InspectRequest("words", 3, 0)).reply.content.data)
        client.execute(LOAD)
        done = client.execute("%%mermaid --nope\nx")
        assert "%%mermaid: --nope: no such option" in done.text("stderr") + str(done.error)
