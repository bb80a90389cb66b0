"""Files go to a bash as lines that it is told, and come back as pieces in its output: both ways every byte arrives."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdk.repl.far_session import FarSession
from sdk.repl.scanner import Piece, Scanner

SEND = Path(__file__).parents[2] / "sdk" / "repl" / "send.sh"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3000)
BASH = shutil.which("bash") or "bash"


def told(session: FarSession, lines: str, folder: Path) -> None:
    """Let a real bash read the lines, after the functions that they call."""
    helper = (SEND.parent / "far.bash").read_text()
    functions = helper[helper.index("__k_far_put()") : helper.index("# Sets the terminal right")]
    script = f"set +H; __k_d={folder} __k_far_text= __k_far_puts=0\n{functions}\n".encode()
    subprocess.run([BASH, "--norc"], input=script + lines.encode("utf-8", "surrogateescape"), check=True, timeout=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_every_text_arrives(tmp_path: Path, texts: list[str]) -> None:
    session = FarSession()
    lines = "".join(line for number, text in enumerate(texts) for line in session.put_lines(f"file{number}", text))
    told(session, lines, tmp_path)
    assert [(tmp_path / f"file{number}").read_bytes() for number in range(len(texts))] == [t.encode() for t in texts]


@given(st.text(max_size=20_000))
def test_no_line_is_longer_than_a_terminal_takes_or_holds_what_it_would_act_on(text: str) -> None:
    for line in FarSession().put_lines("name", text.replace("\ud800", "")):
        encoded = line.encode("utf-8", "surrogatepass")
        assert len(encoded) < 4096
        assert line.endswith("\n")
        assert not any(byte < 32 or byte == 127 for byte in encoded[:-1])


def test_bytes_that_are_no_text_arrive(tmp_path: Path) -> None:
    text = bytes(range(1, 256)).decode("utf-8", "surrogateescape")
    session = FarSession()
    told(session, "".join(session.put_lines("file", text)), tmp_path)
    assert (tmp_path / "file").read_bytes() == bytes(range(1, 256))


@pytest.mark.parametrize("size", [0, 1, 2250, 2251, 100_000])
def test_a_file_that_is_sent_arrives(tmp_path: Path, size: int) -> None:
    payload = bytes(index * 7 % 256 for index in range(size))
    session = FarSession()
    there = tmp_path / f"far-repl-{session.token}"
    there.mkdir()
    shutil.copy(SEND, there / "send")
    (there / "payload").write_bytes(payload)
    done = subprocess.run(["sh", there / "send", "payload"], capture_output=True, check=True, start_new_session=True)
    session.open()
    try:
        for event in Scanner(session.token.encode()).feed(b"before" + done.stdout + b"after"):
            if isinstance(event, Piece):
                session.receive_piece(event.name, event.data, hexadecimal=event.hexadecimal)
        assert Path(session.file("payload")).read_bytes() == payload
    finally:
        session.close()


@pytest.mark.parametrize("name", ["../x", "/etc/x", ".hidden", "", "a/b", "é"])
def test_names_lead_nowhere_else(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    session = FarSession()
    session.open()
    try:
        session.receive_piece(name, b"", hexadecimal=False)
        session.receive_piece(name, base64.b64encode(b"x"), hexadecimal=False)
        assert sorted(path.name for path in tmp_path.rglob("*")) == [Path(session.path).name]
    finally:
        session.close()


def test_a_piece_that_is_not_well_formed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    session = FarSession()
    session.open()
    try:
        session.receive_piece("file", b"", hexadecimal=False)
        session.receive_piece("file", b"YQ==", hexadecimal=False)
        session.receive_piece("file", b"=====!", hexadecimal=False)
        session.receive_piece("file", b"6", hexadecimal=True)
        session.receive_piece("file", b"62", hexadecimal=True)
        assert Path(session.file("file")).read_bytes() == b"ab"
    finally:
        session.close()


def test_a_line_that_never_ends_is_text_and_stops_nothing() -> None:
    scanner = Scanner(b"TOKEN")
    scanner.hide([], [b" put TOKEN "])
    text = " put TOKEN " + "x" * 5000
    assert "".join(event for event in scanner.feed(text.encode()) if isinstance(event, str)) == text
    assert scanner.feed(b"\n put TOKEN y\nz") == ["\n", "z"]
