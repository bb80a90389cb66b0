"""`python -m sdk`, by real commands of a user with a home of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.conftest import needs
from tests.jupyter_user import CHECKOUT, User, add_distribution, snapshot, template

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
BROKEN = "import sys\nsys.exit('the flux capacitor is empty')\n"


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home")


def last_error(text: str) -> str:
    """The one line in which an error is told."""
    lines = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, text
    return lines[0]


# -- install -----------------------------------------------------------------------------------------------------------


def test_a_name_of_a_known_kernel_installs_it_where_jupyter_finds_it(user: User) -> None:
    done = user.run("install", "--name", "bash", "--user")
    assert (done.status, done.err) == (0, "")
    assert str(user.kernels / "bash") in done.out
    assert "jupyter console --kernel bash" in done.out
    found = user.jupyter_kernels()["bash"]
    assert found["resource_dir"] == str(user.kernels / "bash")
    spec = found["spec"]
    assert isinstance(spec, dict)
    mark = spec["metadata"].pop("jupyter_kernel_sdk")
    assert spec == {
        "argv": [user.python, "-P", "-m", "bash_kernel", "-f", "{connection_file}"],
        "env": {},
        "display_name": "Bash",
        "language": "bash",
        "interrupt_mode": "message",
        "kernel_protocol_version": "5.5",
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
    }
    assert (mark["distribution"], mark["kernel"]) == ("jupyter-kernel-sdk", "bash")
    assert sorted(os.listdir(user.kernels / "bash")) == [
        "kernel.json",
        "logo-32x32.png",
        "logo-64x64.png",
        "logo-svg.svg",
    ]
    assert os.listdir(user.kernels) == ["bash"]  # nothing is left of the making


def test_any_other_name_installs_the_python_kernel_under_that_name(user: User) -> None:
    assert user.run("install", "--name", "myenv", "--user").status == 0
    document = user.kernel_json("myenv")
    assert document["argv"] == [user.python, "-P", "-m", "python_kernel", "-f", "{connection_file}"]
    assert document["display_name"] == f"myenv (Python {VERSION})"
    assert document["interrupt_mode"] == "signal"


def test_kernel_and_name_may_differ(user: User) -> None:
    assert user.run("install", "bash", "--name", "gpu", "--user").status == 0
    assert user.kernel_json("gpu")["display_name"] == "gpu (Bash)"


def test_display_name_environment_and_profile_arrive_as_given(user: User) -> None:
    done = user.run(
        *("install", "python", "--name", "work", "--user", "--display-name", "Pythön 研究 🐍", "--profile", "lab"),
        *("--env", "OPTIONS", "--fast a=b c", "--env", "PLACE", "${HOME}/x", "--env", "EMPTY", "", "--env", "A=b=c"),
    )
    assert done.status == 0, done.err
    spec = user.jupyter_kernels()["work"]["spec"]
    assert isinstance(spec, dict)
    assert spec["display_name"] == "Pythön 研究 🐍"
    assert spec["env"] == {"OPTIONS": "--fast a=b c", "PLACE": "${HOME}/x", "EMPTY": "", "A": "b=c"}
    assert spec["argv"][-2:] == ["--profile", "lab"]


def test_a_terminal_without_unicode_is_no_failure(user: User) -> None:
    done = user.run("install", "bash", "--user", "--display-name", "Bäsh", env={"PYTHONIOENCODING": "ascii"})
    assert (done.status, user.kernel_json("bash")["display_name"]) == (0, "Bäsh")


def test_upper_case_is_told_and_becomes_lower_case(user: User) -> None:
    done = user.run("install", "bash", "--name", "MyBash", "--user")
    assert (done.status, list(user.kernels.iterdir())) == (0, [user.kernels / "mybash"])
    assert "ignores the case of names: 'MyBash' became 'mybash'" in done.err


@pytest.mark.parametrize("name", ["", "a/b", "../up", "ä", "a b", ".", ".."])
def test_a_name_that_jupyter_would_not_take_is_refused(user: User, name: str) -> None:
    done = user.run("install", "bash", "--name", name, "--user")
    assert (done.status, done.out) == (1, "")
    assert last_error(done.err) == f"error: kernelspec name {name!r}: use letters, digits, '-', '_' and '.'"
    assert not user.kernels.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["install"],
        ["install", "--all", "--name", "x"],
        ["install", "--user", "--sys-prefix", "--name", "bash"],
        ["install", "--name", "bash", "--env", "ONLY"],
        ["install", "--name", "bash", "--env"],
        ["uninstall"],
        ["uninstall", "echo", "--name", "bash"],
        ["check"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(user: User, arguments: list[str]) -> None:
    done = user.run(*arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    last_error(done.err)


def test_an_unknown_kernel_is_told_with_the_known_ones(user: User) -> None:
    done = user.run("install", "cobol", "--user")
    assert done.status == 1
    assert "no kernel 'cobol' is known here; known kernels: bash, echo, " in last_error(done.err)


def test_profile_is_refused_for_a_kernel_that_has_none(user: User) -> None:
    done = user.run("install", "bash", "--user", "--profile", "x")
    assert done.status == 1
    assert "profiles are IPython's" in last_error(done.err)


def test_installing_again_replaces_ours_and_says_what_was_replaced(user: User) -> None:
    user.run("install", "bash", "--user", "--display-name", "First")
    done = user.run("install", "bash", "--user")
    assert done.status == 0
    assert "replaced 'First' of jupyter-kernel-sdk" in done.out
    assert user.kernel_json("bash")["display_name"] == "Bash"
    assert os.listdir(user.kernels) == ["bash"]


def test_a_spec_of_another_project_is_replaced_only_when_told(user: User) -> None:
    foreign = user.kernels / "Bash"  # Jupyter ignores case: this one would hide ours or be hidden by it
    foreign.mkdir(parents=True)
    (foreign / "kernel.json").write_text(
        json.dumps({"argv": ["python", "-m", "other"], "display_name": "B", "language": "bash"})
    )
    before = snapshot(user.kernels)
    done = user.run("install", "bash", "--user")
    assert done.status == 1
    assert (
        "is not of this project (of another project: other); --replace replaces it, --name NAME installs beside it"
        in last_error(done.err)
    )
    assert snapshot(user.kernels) == before
    done = user.run("install", "bash", "--user", "--replace")
    assert (done.status, os.listdir(user.kernels)) == (0, ["bash"])
    assert "replaced 'B' of another project: other: python -m other" in done.out


def test_a_link_in_the_place_is_replaced_and_not_followed(user: User, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kernel.json").write_text("not json")
    user.kernels.mkdir(parents=True)
    (user.kernels / "bash").symlink_to(elsewhere)
    assert user.run("install", "bash", "--user", "--replace").status == 0
    assert not (user.kernels / "bash").is_symlink()
    assert (elsewhere / "kernel.json").read_text() == "not json"


def test_a_prefix_that_jupyter_does_not_search_is_told_with_the_remedy(user: User, tmp_path: Path) -> None:
    done = user.run("install", "bash", "--prefix", tmp_path / "opt")
    data = tmp_path / "opt" / "share" / "jupyter"
    assert (done.status, (data / "kernels" / "bash" / "kernel.json").is_file()) == (0, True)
    assert f"start it with JUPYTER_PATH={data}" in done.err
    assert "bash" not in user.jupyter_kernels()
    user.env["JUPYTER_PATH"] = str(data)
    assert "bash" in user.jupyter_kernels()
    assert user.run("install", "bash", "--prefix", tmp_path / "opt").err == ""


def test_a_spec_that_hides_the_new_one_is_told(user: User, tmp_path: Path) -> None:
    user.run("install", "bash", "--prefix", tmp_path / "opt")
    user.env["JUPYTER_PATH"] = str(tmp_path / "opt" / "share" / "jupyter")
    done = user.run("install", "bash", "--user")
    assert done.status == 0
    assert "Jupyter finds another 'bash' before this one" in done.err
    listing = user.run("list").out
    assert "[hidden by the one above]" in listing


def test_in_a_virtual_environment_it_goes_there_and_starts_that_python(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True, timeout=120)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    outer = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "outer.pth").write_text(f"{outer}\n{CHECKOUT}\n")
    user = User(tmp_path / "home", python=str(python))
    done = user.run("install", "--name", "echo")
    assert done.status == 0, done.err
    target = tmp_path / "venv" / "share" / "jupyter" / "kernels" / "echo"
    assert f"in the virtual environment {tmp_path / 'venv'}" in done.out
    assert json.loads((target / "kernel.json").read_text())["argv"][0] == str(python)  # not what the link leads to
    assert user.jupyter_kernels()["echo"]["resource_dir"] == str(target)
    stranger = User(tmp_path / "home", python=str(python), env={"PATH": os.path.dirname(sys.executable)})
    assert "of another environment, and does not look there" in stranger.run("install", "--name", "echo").err


def test_all_installs_what_can_run_and_names_what_is_missing(user: User, tmp_path: Path) -> None:
    bare = tmp_path / "bin"  # a PATH on which there is no bash
    bare.mkdir()
    done = user.run("install", "--all", "--user", env={"PATH": str(bare)})
    assert done.status == 0, done.err
    assert "left out bash: bash is not on PATH; to install it: " in done.out
    assert "left out echo: it is an example" in done.out
    assert os.listdir(user.kernels) == ["python3"]


def test_all_installs_beside_the_specs_of_other_projects(user: User, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bash").symlink_to(shutil.which("bash") or "/bin/bash")
    foreign = {"argv": ["python", "-m", "other"], "display_name": "O", "language": "python"}
    for name in ("python3", "bash"):
        (user.kernels / name).mkdir(parents=True)
        (user.kernels / name / "kernel.json").write_text(json.dumps(foreign))
    done = user.run("install", "--all", "--user", env={"PATH": str(tmp_path / "bin")})
    assert done.status == 0, done.err
    found = {name: user.kernel_json(name) for name in os.listdir(user.kernels)}
    assert sorted(found) == ["bash", "bash-sdk", "python-sdk", "python3"]
    assert (found["python3"]["display_name"], found["bash"]["display_name"]) == ("O", "O")
    assert found["python-sdk"]["display_name"] == f"python-sdk (Python {VERSION})"
    assert found["bash-sdk"]["display_name"] == "bash-sdk (Bash)"


@pytest.mark.parametrize("arguments", [["--name", "python"], ["python"], ["python", "--name", "Python"]])
def test_the_name_python_becomes_the_one_that_jupyter_starts_for_it(user: User, arguments: list[str]) -> None:
    done = user.run("install", *arguments, "--user")
    assert done.status == 0, done.err
    assert "so it is installed as 'python3'; either starts it" in done.err
    assert user.kernel_json("python3")["display_name"] == f"Python {VERSION}"
    done = user.run("uninstall", "python", "--user")
    assert (done.status, os.listdir(user.kernels)) == (0, [])


# -- kernels of other distributions ------------------------------------------------------------------------------------


def test_a_kernel_of_another_distribution_is_found_and_never_imported(user: User, tmp_path: Path) -> None:
    files = {
        "__init__.py": "raise SystemExit('imported')\n",
        "__main__.py": "",
        "kernelspec/kernel.json": template("tidy"),
        "kernelspec/logo-64x64.png": "not really",
    }
    add_distribution(tmp_path / "site", "tidy-kernel", "tidy", files, entry_points={"tidy": "tidy"})
    user.env["PYTHONPATH"] = str(tmp_path / "site")
    done = user.run("install", "--name", "tidy", "--user")
    assert done.status == 0, done.err
    assert sorted(os.listdir(user.kernels / "tidy")) == ["kernel.json", "logo-64x64.png"]
    assert "tidy-kernel" in user.run("list").out


def test_a_kernel_that_only_the_current_directory_has_is_refused(user: User, tmp_path: Path) -> None:
    files = {"__init__.py": "", "__main__.py": "", "kernel.json": template("local_only")}
    add_distribution(tmp_path / "site", "local", "local_only", files, entry_points={"local": "local_only"})
    done = user.run("install", "local", "--user", cwd=tmp_path / "site")
    assert done.status == 1
    assert "'local_only' cannot be found from another directory" in last_error(done.err)
    assert not user.kernels.exists()
    user.env["PYTHONPATH"] = str(tmp_path / "site")
    assert user.run("install", "local", "--user", cwd=tmp_path / "site").status == 0


@pytest.mark.parametrize(
    ("module", "reason"),
    [("gone_module", "its package is gone: gone_module"), ("data_only", "has no __main__.py")],
)
def test_a_template_whose_module_cannot_start_is_refused(user: User, tmp_path: Path, module: str, reason: str) -> None:
    files = {"__init__.py": "", "kernel.json": template(module)}
    add_distribution(tmp_path / "site", "data", "data_only", files, entry_points={"data": "data_only"})
    done = user.run("install", "data", "--user", env={"PYTHONPATH": str(tmp_path / "site")})
    assert done.status == 1
    assert reason in last_error(done.err)
    assert not user.kernels.exists()


def test_two_distributions_with_one_package_are_refused_with_the_command_that_ends_it(
    user: User, tmp_path: Path
) -> None:
    add_distribution(tmp_path / "site", "bash-kernel", "bash_kernel", {"__init__.py": "", "__main__.py": ""})
    done = user.run("install", "bash", "--user", env={"PYTHONPATH": str(tmp_path / "site")})
    assert done.status == 1
    error = last_error(done.err)
    assert "'bash_kernel' is provided by two installed distributions, jupyter-kernel-sdk and bash-kernel" in error
    assert " uninstall " in error and " bash-kernel " in error
    assert not user.kernels.exists()
    assert user.run("install", "python", "--user", env={"PYTHONPATH": str(tmp_path / "site")}).status == 0


# -- uninstall, list ---------------------------------------------------------------------------------------------------


def test_uninstall_removes_ours_and_only_ours(user: User) -> None:
    user.run("install", "bash", "--user")
    user.run("install", "echo", "--user")
    foreign = user.kernels / "foreign"
    foreign.mkdir()
    (foreign / "kernel.json").write_text(json.dumps({"argv": ["/bin/x"], "display_name": "F", "language": "f"}))
    before = snapshot(user.kernels)
    for wrong in ("foreign", "missing"):
        done = user.run("uninstall", "bash", wrong)
        assert (done.status, done.out, snapshot(user.kernels)) == (1, "", before)
        last_error(done.err)
    done = user.run("uninstall", "bash", "ECHO")
    assert (done.status, done.err) == (0, "")
    assert done.out == f"removed bash from {user.kernels}/bash\nremoved echo from {user.kernels}/echo\n"
    assert os.listdir(user.kernels) == ["foreign"]


def test_names_may_be_given_as_to_install(user: User) -> None:
    for name in ("bash", "echo", "other"):
        user.run("install", "bash", "--name", name, "--user")
    done = user.run("uninstall", "--name", "bash", "--user", "--name", "echo")
    assert (done.status, done.err) == (0, "")
    assert done.out == f"removed bash from {user.kernels}/bash\nremoved echo from {user.kernels}/echo\n"
    assert os.listdir(user.kernels) == ["other"]
    assert user.run("uninstall", "--name", "other", module="bash_kernel").status == 0
    assert last_error(user.run("doctor", "--name", "other").err).startswith("error: no kernelspec 'other'")


def test_list_says_whose_each_spec_is_and_what_is_gone(user: User) -> None:
    user.run("install", "bash", "--user")
    broken = {
        "nopython": {"argv": ["/no/such/python", "-m", "x"], "display_name": "N", "language": "n"},
        "nopackage": {"argv": [sys.executable, "-m", "no_such_package"], "display_name": "P", "language": "p"},
        "program": {"argv": ["sh", "{connection_file}"], "display_name": "S", "language": "s"},
    }
    for name, document in broken.items():
        (user.kernels / name).mkdir()
        (user.kernels / name / "kernel.json").write_text(json.dumps(document))
    (user.kernels / "unreadable").mkdir()
    (user.kernels / "unreadable" / "kernel.json").write_text("{")
    done = user.run("list")
    assert (done.status, done.err) == (0, "")
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert "jupyter-kernel-sdk" in lines["bash"] and "[" not in lines["bash"]
    assert lines["nopython"].endswith("[its program is gone: /no/such/python]")
    assert lines["nopackage"].endswith("[its package is gone: no_such_package]")
    assert "another project: no_such_package" in lines["nopackage"]
    assert "another project: sh" in lines["program"] and "[" not in lines["program"]
    assert "is not JSON" in lines["unreadable"]
    assert "echo" in lines["not"] and "bash" not in lines["not"].split("(")[0]


# -- doctor, run, the command line itself ------------------------------------------------------------------------------


def test_doctor_starts_the_kernel_and_finds_it_well(user: User) -> None:
    user.run("install", "echo", "--user")
    done = user.run("doctor")
    assert (done.status, done.err) == (0, ""), done.out
    subjects = [line.split()[1] for line in done.out.splitlines()[1:]]
    assert subjects == ["interpreter:", "package:", "dependencies:", "start:", "cell:", "end:"]
    assert "FAIL" not in done.out


def test_doctor_says_what_a_kernel_that_does_not_start_wrote(user: User, tmp_path: Path) -> None:
    files = {"__init__.py": "", "__main__.py": BROKEN, "kernel.json": template("flux")}
    add_distribution(tmp_path / "site", "flux-kernel", "flux", files, entry_points={"flux": "flux"})
    user.env["PYTHONPATH"] = str(tmp_path / "site")
    user.run("install", "flux", "--user")
    done = user.run("doctor", "flux")
    assert done.status == 1
    assert "FAIL  start: " in done.out
    assert "the flux capacitor is empty" in done.out
    del user.env["PYTHONPATH"]
    done = user.run("doctor", "flux")
    assert (done.status, "FAIL  package: its package is gone: flux" in done.out) == (1, True)


def test_doctor_names_a_missing_language_and_its_remedy(user: User, tmp_path: Path) -> None:
    mark = {"jupyter_kernel_sdk": {"program": ["no-such-language", "--version"], "package": "nosuch"}}
    files = {"__init__.py": "", "__main__.py": BROKEN, "kernel.json": template("nolang", metadata=mark)}
    add_distribution(tmp_path / "site", "nolang-kernel", "nolang", files, entry_points={"nolang": "nolang"})
    user.env["PYTHONPATH"] = str(tmp_path / "site")
    done = user.run("install", "nolang", "--user")
    assert (done.status, "language is missing: no-such-language is not on PATH" in done.err) == (0, True)
    done = user.run("doctor", "nolang")
    assert done.status == 1
    assert "FAIL  language: no-such-language is not on PATH\n        remedy: " in done.out
    assert " nosuch\n" in done.out


def test_doctor_tells_each_place_where_octave_was_looked_for(user: User) -> None:
    needs("octave-cli")
    user.run("install", "--name", "octave", "--user")
    done = user.run("doctor", "octave")
    assert (done.status, done.err) == (0, ""), done.out
    program = shutil.which("octave")
    assert "  ok    language: GNU Octave, version " in done.out
    assert f"        | octave on PATH: {program}, which is taken\n" in done.out
    assert "        | octave-cli on PATH: /" in done.out
    assert "        | flatpak org.octave.Octave: " in done.out
    assert "        | /snap/bin/octave: not there\n" in done.out
    assert "  ok    cell: " in done.out


def test_doctor_tells_what_became_of_the_octave_that_was_chosen(user: User, tmp_path: Path) -> None:
    user.run("install", "--name", "octave", "--user")
    document = user.kernel_json("octave")
    document["env"] = {"OCTAVE_EXECUTABLE": "no-octave -q"}
    (user.kernels / "octave" / "kernel.json").write_text(json.dumps(document))
    done = user.run("doctor", "octave")
    assert done.status == 1
    assert "FAIL  language: Octave was not found\n        | $OCTAVE_EXECUTABLE: 'no-octave' is not a pro" in done.out
    assert "        remedy: install it " in done.out
    broken = tmp_path / "broken-octave"
    broken.write_text("#!/bin/sh\necho 'a library is missing' >&2\nexit 127\n")
    broken.chmod(0o755)
    document["argv"] = [*document["argv"], f"--OctaveKernel.executable={broken}"]
    (user.kernels / "octave" / "kernel.json").write_text(json.dumps(document))
    done = user.run("doctor", "octave")
    assert f"FAIL  language: {broken} --version ends with status 127, and says 'a library is missing'" in done.out
    assert f"        | OctaveKernel.executable: {broken}, which is taken\n" in done.out


@pytest.mark.parametrize(("name", "option"), [("octave", "OctaveKernel"), ("bash", "BashKernel")])
def test_doctor_goes_nowhere_else_and_says_so(user: User, tmp_path: Path, name: str, option: str) -> None:
    user.run("install", "--name", name, "--user")
    document = user.kernel_json(name)
    went = tmp_path / "went"
    document["argv"] = [*document["argv"], f"--{option}.prefix=touch {went}"]
    (user.kernels / name / "kernel.json").write_text(json.dumps(document))
    done = user.run("doctor", name)
    assert (done.status, done.err) == (0, ""), done.out
    assert f"  ok    language: elsewhere, where 'touch {went}' leads; only a cell goes there" in done.out
    assert "  ok    cell: none is run" in done.out
    assert not went.exists()


def test_doctor_names_a_lost_interpreter(user: User) -> None:
    user.run("install", "bash", "--user")
    document = user.kernel_json("bash")
    document["argv"] = ["/gone/python", "-P", "-m", "bash_kernel", "-f", "{connection_file}"]
    (user.kernels / "bash" / "kernel.json").write_text(json.dumps(document))
    done = user.run("doctor", "bash")
    assert done.status == 1
    assert "FAIL  interpreter: /gone/python is gone\n        remedy: python -m sdk install --name bash" in done.out


def test_doctor_without_any_kernel_says_how_to_get_one(user: User) -> None:
    done = user.run("doctor")
    assert done.status == 1
    assert "no kernel of this project is installed: python -m sdk install --name NAME (" in last_error(done.err)


def test_run_starts_the_module_as_main_with_its_arguments(user: User, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "shows.py").write_text("import sys\nprint(__name__, sys.argv[1:], sys.path[0])\n")
    done = user.run("run", "shows", "-f", "some file", "--debug", env={"PYTHONPATH": str(tmp_path / "site")})
    assert (done.status, done.out) == (0, f"__main__ ['-f', 'some file', '--debug'] {tmp_path}/site\n")


def test_a_kernels_own_command_line_needs_no_name(user: User) -> None:
    done = user.run("install", "--user", module="bash_kernel")
    assert done.status == 0, done.err
    assert user.kernel_json("bash")["display_name"] == "Bash"
    assert user.run("install", "--user", "--name", "Other", module="bash_kernel").status == 0
    assert user.kernel_json("other")["display_name"] == "Other (Bash)"
    assert user.run("uninstall", module="bash_kernel").status == 0
    assert os.listdir(user.kernels) == ["other"]


def test_help_and_version(user: User) -> None:
    done = user.run("--help")
    assert (done.status, done.err) == (0, "")
    assert "python -m sdk install --name bash" in done.out
    done = user.run("--version")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("jupyter-kernel-sdk ")


def test_help_loads_neither_zmq_nor_jupyter() -> None:
    code = "import sys; from sdk.cli import main; main(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stderr.split())
    assert "argparse" in loaded
    heavy = {"zmq", "jupyter_client", "jupyter_core", "traitlets", "subprocess", "asyncio", "importlib.metadata"}
    assert loaded & heavy == set()


def test_the_checks_say_on_a_terminal_how_far_they_are(user: User, tmp_path: Path) -> None:
    """With a kernel that does not start, which is found soon."""
    path = tmp_path / ("fails_" * 20) / "fails.py"  # the report's lines are not so long
    path.parent.mkdir()
    path.write_text("raise SystemExit('no kernel today')\n")
    command = [sys.executable, "-m", "sdk", "check", str(path)]
    on_terminal = pexpect.spawn(command[0], command[1:], env=user.env, cwd=str(CHECKOUT), timeout=30, encoding="utf-8")
    try:
        on_terminal.expect(r"\r\x1b\[K1/\d+ kernel info has its fields")
        on_terminal.expect(r"\r\x1b\[KConformance of checked")
        on_terminal.expect("no kernel today")
        on_terminal.expect(pexpect.EOF)
    finally:
        on_terminal.close(force=True)
    done = subprocess.run(command, env=user.env, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "")
