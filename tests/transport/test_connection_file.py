"""The connection file on disk: private, whole, and clear about what is wrong."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.errors import ConnectionFileError
from sdk.protocol.connection import ConnectionInfo, RegistrationInfo
from sdk.transport.connection_file import read_connection_file, remove_connection_file, write_connection_file

INFO = ConnectionInfo("tcp", "127.0.0.1", 1, 2, 3, 4, 5, "secret-key")
OTHER = INFO.replace(shell_port=4711)


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_the_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "kernel.json"
    write_connection_file(str(path), INFO)
    assert [mode(each) for each in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]
    assert read_connection_file(str(path)) == INFO
    assert os.listdir(path.parent) == ["kernel.json"]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write_connection_file(str(tmp_path / "kernel.json"), INFO)
    assert mode(tmp_path) == 0o755


def test_a_file_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    path.write_text("{}")
    path.chmod(0o666)
    write_connection_file(str(path), INFO)
    assert mode(path) == 0o600
    assert read_connection_file(str(path)) == INFO


def test_a_relative_path_is_taken_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_connection_file("kernel.json", INFO)
    assert read_connection_file(str(tmp_path / "kernel.json")) == INFO


def test_a_registration_file_is_written_and_read(tmp_path: Path) -> None:
    info = RegistrationInfo("id", "tcp", "127.0.0.1", 7, "secret-key")
    write_connection_file(str(tmp_path / "registration.json"), info)
    assert read_connection_file(str(tmp_path / "registration.json")) == info


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    write_connection_file(str(path), INFO)
    # A limit on file sizes ends a write as a full disk does: in the middle, with an error.
    script = (
        "import resource, signal, sys\n"
        "from sdk.errors import ConnectionFileError\n"
        "from sdk.transport.connection_file import read_connection_file, write_connection_file\n"
        "info = read_connection_file(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    write_connection_file(sys.argv[1], info.replace(shell_port=4711))\n"
        "except ConnectionFileError as error:\n    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-B", "-c", script, path], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout == (
        f"cannot write {path}: File too large: choose a folder that you can write to and that has room\n"
    )
    assert read_connection_file(str(path)) == INFO
    assert os.listdir(tmp_path) == ["kernel.json"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kernel.json"
    write_connection_file(str(path), INFO)
    really_write = os.write

    def write_a_little(descriptor: int, data: memoryview) -> int:
        really_write(descriptor, data[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", write_a_little)
    with pytest.raises(KeyboardInterrupt):
        write_connection_file(str(path), OTHER)
    monkeypatch.undo()
    assert read_connection_file(str(path)) == INFO
    assert os.listdir(tmp_path) == ["kernel.json"]


def test_a_write_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: really_write(descriptor, data[:7]))
    write_connection_file(str(tmp_path / "kernel.json"), INFO)
    monkeypatch.undo()
    assert read_connection_file(str(tmp_path / "kernel.json")) == INFO


def test_a_path_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "kernel.json", tmp_path / "file" / "folder" / "kernel.json"):
        with pytest.raises(ConnectionFileError, match=f"cannot write {path}: Not a directory: choose a folder"):
            write_connection_file(str(path), INFO)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "connection file: not JSON"),
        (b"\xff\xfe{}", "not UTF-8 text, so it is not a connection file"),
        (b" " * (1 << 20) + b"{}", "larger than 1048576 bytes, so it is not a connection file"),
        (b'{"transport": "tcp"}', "connection file: ip is missing"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_path(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "kernel.json"
    path.write_bytes(data)
    with pytest.raises(ConnectionFileError) as caught:
        read_connection_file(str(path))
    assert str(caught.value).startswith(f"{path}: {reason}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFileError, match=r"none\.json: No such file or directory: give the connection file"):
        read_connection_file(str(tmp_path / "none.json"))
    with pytest.raises(ConnectionFileError, match="Is a directory"):
        read_connection_file(str(tmp_path))


def test_removing_is_done_once_and_may_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    write_connection_file(str(path), INFO)
    remove_connection_file(str(path))
    assert not path.exists()
    remove_connection_file(str(path))
    with pytest.raises(ConnectionFileError, match="cannot remove"):
        remove_connection_file(str(tmp_path))
