"""The connection file on disk: for its owner alone (0600), and never half written."""

from __future__ import annotations

import os

from sdk.errors import ConnectionFileError
from sdk.protocol.connection import ConnectionInfo, RegistrationInfo, parse_startup_file

_MAX_SIZE = 1 << 20  # bytes; a connection file has 400


def read_connection_file(path: str) -> ConnectionInfo | RegistrationInfo:
    """What the file at `path` holds. Raises ConnectionFileError, with the path, for whatever is wrong with it."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_SIZE + 1)
    except OSError as error:
        raise ConnectionFileError(
            f"{path}: {error.strerror or error}: give the connection file that the Jupyter application wrote"
        ) from error
    if len(data) > _MAX_SIZE:
        raise ConnectionFileError(f"{path}: larger than {_MAX_SIZE} bytes, so it is not a connection file")
    try:
        return parse_startup_file(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConnectionFileError(f"{path}: not UTF-8 text, so it is not a connection file") from None
    except ConnectionFileError as error:
        raise ConnectionFileError(f"{path}: {error}") from None


def write_connection_file(path: str, info: ConnectionInfo | RegistrationInfo) -> None:
    """Write `info` to `path`, with mode 0600, in one step: whoever reads sees the old file or the new one.

    Directories that are missing are made, with mode 0700. Raises ConnectionFileError; then the old file is untouched.
    """
    directory, name = os.path.split(os.path.abspath(path))
    temporary = os.path.join(directory, f".{name}.{os.urandom(6).hex()}")
    data = info.to_json().encode("utf-8")
    try:
        _make_private(directory)
        try:
            _write_new(temporary, data)
            os.replace(temporary, path)
        except BaseException:
            _remove(temporary)
            raise
    except OSError as error:
        raise ConnectionFileError(
            f"cannot write {path}: {error.strerror or error}: choose a folder that you can write to and that has room"
        ) from error


def remove_connection_file(path: str) -> None:
    """Remove the file; it may be gone already. Raises ConnectionFileError."""
    try:
        _remove(path)
    except OSError as error:
        raise ConnectionFileError(f"cannot remove {path}: {error.strerror or error}") from error


def _make_private(directory: str) -> None:
    if os.path.isdir(directory):
        return
    _make_private(os.path.dirname(directory))
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:  # another kernel made it just now
        return
    os.chmod(directory, 0o700)  # a umask may have taken the owner's own rights


def _write_new(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
