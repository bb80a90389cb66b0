"""The process that started the kernel is watched, where that can be."""

from __future__ import annotations

import errno
import os
import select
import subprocess
import sys

import pytest

from sdk.transport.parent import open_parent


def test_the_descriptor_tells_when_the_parent_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        monkeypatch.setenv("JPY_PARENT_PID", str(parent.pid))
        descriptor = open_parent()
        if descriptor is None:
            pytest.skip("this system watches no process")
        assert not select.select([descriptor], [], [], 0)[0]
        parent.communicate(b"\n")
        assert select.select([descriptor], [], [], 20)[0]
        os.close(descriptor)
        with pytest.raises(ProcessLookupError):
            open_parent()


@pytest.mark.parametrize("said", ["", "nobody", "0", "1", "-5"])
def test_who_names_no_parent_is_not_watched(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", said)
    assert open_parent() is None


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM, errno.EMFILE])
def test_a_system_that_refuses_is_no_reason_not_to_serve(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    assert open_parent() is None
