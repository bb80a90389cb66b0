"""The library behind the command line: places that cannot be written, and what is found without importing."""

from __future__ import annotations

import json
import os
import py_compile
import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from sdk.errors import KernelSpecError
from sdk.kernelspec.bytecode import compile_files
from sdk.kernelspec.distribution import Requirement
from sdk.kernelspec.document import Document
from sdk.kernelspec.files import put_directory, remove_directory
from sdk.kernelspec.locate import locate
from sdk.kernelspec.probe import probe
from tests.jupyter_user import CHECKOUT, User, snapshot


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False, capture_output=True)
    if made.returncode:
        pytest.skip("this system does not allow to mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def fill_disk(disk: Path) -> None:
    """Leave no room, not for one byte."""
    with pytest.raises(OSError, match="No space left"), open(disk / "filler", "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


# -- places that cannot be written -------------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_leaves_nothing_half_written(user: User, small_disk: Path) -> None:
    kernels = small_disk / "share" / "jupyter" / "kernels"
    kernels.mkdir(parents=True)
    fill_disk(small_disk)
    done = user.run("install", "bash", "--prefix", small_disk)
    assert (done.status, done.out) == (1, "")
    assert f"error: {kernels}/bash: the disk is full" in done.err
    assert list(kernels.iterdir()) == []


def test_a_full_disk_keeps_the_kernelspec_that_was_there(user: User, small_disk: Path) -> None:
    assert user.run("install", "bash", "--prefix", small_disk).status == 0
    fill_disk(small_disk)
    before = snapshot(small_disk / "share")
    done = user.run("install", "bash", "--prefix", small_disk, "--display-name", "New")
    assert (done.status, snapshot(small_disk / "share")) == (1, before)


def test_a_read_only_disk_is_told(user: User, small_disk: Path) -> None:
    assert user.run("install", "echo", "--prefix", small_disk).status == 0
    before = snapshot(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for arguments in (["install", "bash"], ["install", "echo"], ["uninstall", "echo"]):
        done = user.run(*arguments, "--prefix", small_disk)
        assert (done.status, done.out) == (1, "")
        assert "the file system is read-only" in done.err
    assert snapshot(small_disk) == before


def test_a_limit_on_the_size_of_files_leaves_nothing_half_written(user: User) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # enough for kernel.json, too little for a logo

    done = user.run("install", "bash", "--user", before=limit)
    assert done.status == 1
    assert "a file may not grow so large" in done.err
    assert list(user.kernels.iterdir()) == []


def test_a_directory_that_may_not_be_written_is_told(user: User) -> None:
    user.kernels.mkdir(parents=True)
    # Root may write whatever the mode says, but not what is immutable.
    lock, unlock = (["chattr", "+i"], ["chattr", "-i"]) if os.geteuid() == 0 else (["chmod", "555"], ["chmod", "755"])
    if subprocess.run([*lock, user.kernels], check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no immutable directories")
    try:
        done = user.run("install", "bash", "--user")
    finally:
        subprocess.run([*unlock, user.kernels], check=True)
    assert done.status == 1
    assert "it is not writable; choose another place" in done.err


def test_a_file_where_a_directory_should_be_is_told(user: User) -> None:
    user.kernels.parent.mkdir(parents=True)
    user.kernels.write_text("")
    done = user.run("install", "bash", "--user")
    assert done.status == 1
    assert f"{user.kernels} is not a directory" in done.err


def test_a_failed_exchange_puts_the_old_directory_back(tmp_path: Path) -> None:
    old, target = tmp_path / "Old", tmp_path / "old"
    put_directory(str(old), {"kernel.json": b"old"})
    put_directory(str(target), {"kernel.json": b"in the way"})
    before = snapshot(tmp_path)
    with pytest.raises(KernelSpecError, match="somebody else wrote it at the same moment"):
        put_directory(str(target), {"kernel.json": b"new"}, previous=str(old))
    assert snapshot(tmp_path) == before


def test_an_unfinished_directory_is_no_kernelspec_for_jupyter(tmp_path: Path) -> None:
    scratch = tmp_path / ".kernelspec-x" / "new"  # as it is left when the machine is switched off meanwhile
    scratch.mkdir(parents=True)
    (scratch / "kernel.json").write_text("{}")
    put_directory(str(tmp_path / "good"), {"kernel.json": b"{}"})
    from jupyter_client.kernelspec import KernelSpecManager

    manager = KernelSpecManager(kernel_dirs=[str(tmp_path)], ensure_native_kernel=False)
    assert manager.find_kernel_specs() == {"good": str(tmp_path / "good")}


def test_many_installations_at_once_leave_one_whole_kernelspec(user: User) -> None:
    command = [user.python, "-m", "sdk", "install", "bash", "--user", "--display-name"]
    started = [
        subprocess.Popen(
            [*command, f"Bash {i}"], env=user.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for i in range(4)
    ]
    ends = [(process, *process.communicate(timeout=120)) for process in started]
    winners = {f"Bash {i}" for i, (process, _, _) in enumerate(ends) if process.returncode == 0}
    for process, _, err in ends:
        assert process.returncode == 0 or "at the same moment; try again" in err, err
    assert os.listdir(user.kernels) == ["bash"]
    assert user.kernel_json("bash")["display_name"] in winners
    assert len(os.listdir(user.kernels / "bash")) == 4


def test_removing_what_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(KernelSpecError, match="somebody else removed it"):
        remove_directory(str(tmp_path / "none"))


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "a JSON object is expected, not list"),
        ('{"argv": "x", "display_name": "", "language": ""}', "field 'argv' is missing or not a list"),
        ('{"argv": [], "display_name": "", "language": ""}', "field 'argv' is empty"),
        ('{"argv": [1], "display_name": "", "language": ""}', "field 'argv' holds something else than strings"),
        ('{"argv": ["x"], "display_name": "", "language": "", "env": {"A": 1}}', "field 'env' holds something else"),
        ('{"argv": ["x"], "display_name": "", "language": "", "metadata": []}', "field 'metadata' is not an object"),
        ('{"argv": ["x"], "display_name": ""}', "field 'language' is missing"),
    ],
)
def test_a_kernel_json_that_is_none_is_told_with_its_path(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "kernel.json"
    path.write_text(text)
    with pytest.raises(KernelSpecError) as caught:
        Document.read(str(path))
    assert str(caught.value).startswith(str(path))
    assert reason in str(caught.value)


@pytest.mark.parametrize("name", ["bash", "python"])
def test_every_template_is_complete(name: str) -> None:
    directory = CHECKOUT / "kernelspecs" / name
    document = Document.read(str(directory / "kernel.json"))
    assert document.argv == ["{python}", "-P", "-m", f"{name}_kernel", "-f", "{connection_file}"]
    assert document.metadata["supported_encryption"] == ["curve"]
    assert {path.name for path in directory.iterdir()} >= {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}
    for size in (32, 64):
        head = (directory / f"logo-{size}x{size}.png").read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert head[16:24] == size.to_bytes(4, "big") * 2


# -- finding without importing -----------------------------------------------------------------------------------------


def test_locating_a_module_imports_neither_it_nor_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "bad_parent" / "child"
    package.mkdir(parents=True)
    (tmp_path / "bad_parent" / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert locate("bad_parent.child") == (str(package), False)
    (package / "__main__.py").write_text("")
    sys.path_importer_cache.clear()
    assert locate("bad_parent.child") == (str(package), True)
    assert locate("bad_parent.other") is None
    assert locate("bad_parent.child.__main__.deeper") is None
    assert "bad_parent" not in sys.modules


def test_locating_goes_through_namespace_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spaced" / "inner" / "leaf").mkdir(parents=True)
    (tmp_path / "spaced" / "inner" / "leaf" / "__main__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert locate("spaced.inner.leaf") == (str(tmp_path / "spaced" / "inner" / "leaf"), True)


def test_another_interpreter_is_asked_with_the_kernels_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one_module.py").write_text("")
    monkeypatch.setenv("SOME_PLACE", str(tmp_path))
    assert probe(sys.executable, ["one_module"]).modules == {"one_module": None}
    answer = probe(sys.executable, ["one_module"], env={"PYTHONPATH": "${SOME_PLACE}"})
    assert answer.modules == {"one_module": (str(tmp_path), True)}
    assert answer.version == sys.version.split()[0]


@pytest.mark.parametrize(
    ("program", "reason"), [("/no/such/program", "cannot be started"), ("/bin/true", "is not a Python interpreter")]
)
def test_what_is_no_interpreter_is_told(program: str, reason: str) -> None:
    with pytest.raises(KernelSpecError, match=reason):
        probe(program, ["x"])


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("pyzmq>=25.1", Requirement("pyzmq", (), "25.1", "", False)),
        ("Typing_Extensions", Requirement("typing-extensions", (), "", "", False)),
        ("ipython>=8.20; extra == 'python'", Requirement("ipython", (), "8.20", "python", False)),
        ("a[b,c] (<3,>=2) ; python_version < '3.8'", Requirement("a", ("b", "c"), "2", "", True)),
        ("x ; (sys_platform == 'win32') and extra == \"y\"", Requirement("x", (), "", "y", True)),
    ],
)
def test_a_requirement_is_read(line: str, parsed: Requirement) -> None:
    assert Requirement.parse(line) == parsed


def test_versions_are_compared_as_numbers() -> None:
    requirement = Requirement("x", (), "8.20", "", False)
    assert [requirement.met_by(v) for v in ("8.3", "8.20", "8.20.0", "9.0.dev1", "10")] == [
        False,
        True,
        True,
        True,
        True,
    ]


# -- bytecode ----------------------------------------------------------------------------------------------------------


def test_only_what_is_not_up_to_date_is_compiled(tmp_path: Path) -> None:
    good, broken = tmp_path / "good.py", tmp_path / "broken.py"
    good.write_text("x = 1\n")
    broken.write_text("x = (\n")
    assert compile_files([str(good), str(broken)]).files == 1
    assert Path(cache_from_source(str(good))).is_file()
    assert compile_files([str(good)]).files == 0
    good.write_text("x = 12\n")
    assert compile_files([str(good)]).files == 1
    py_compile.compile(str(good), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert compile_files([str(good)]).files == 0


def test_compiling_is_an_explicit_step_and_heeds_no_variable(user: User, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "plain").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py"):
        (site / "plain" / name).write_text("")
    argv = ["{python}", "-P", "-m", "plain", "-f", "{connection_file}"]
    document = {"argv": argv, "display_name": "Plain", "language": "text"}
    (site / "plain" / "kernel.json").write_text(json.dumps(document))
    info = site / "plain-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sdk.kernelspecs]\nplain = plain\n")
    done = user.run("install", "plain", "--user", env={"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.status == 0, done.err
    assert len(list((site / "plain" / "__pycache__").iterdir())) == 2


def test_a_directory_that_cannot_be_written_is_a_note(small_disk: Path) -> None:
    (small_disk / "module.py").write_text("x = 1\n")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert compile_files([str(small_disk / "module.py")]).unwritable == (str(small_disk),)
