"""What `display` puts into the session is what the kernel reads; what cannot be shown is refused with its place."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk.repl.display import DisplayError, check, mime_of, show
from sdk.repl.spool import Spooled, display_script, read_spooled

PNG = b"\x89PNG\r\n\x1a\n0123"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


class Piped(io.BytesIO):
    """Standard input that is no terminal."""

    def isatty(self) -> bool:
        return False


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session whose terminal is a file."""
    folder = tmp_path / "repl-0123abcd"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    def say(marker: bytes) -> None:
        with (tmp_path / "terminal").open("ab") as terminal:
            terminal.write(marker)

    monkeypatch.setattr("sdk.repl.display._say", say)
    return folder


def shown(session: Path, arguments: Sequence[str], stdin: bytes = b"") -> list[Spooled]:
    """What the kernel is told, in its order."""
    assert show(str(session), arguments, Piped(stdin)) == []
    markers = (session.parent / "terminal").read_bytes().split(b"\a")[:-1]
    names = [marker.removeprefix(b"\x1b]5151;0123abcd;d;").decode() for marker in markers]
    assert sorted(names) == sorted(os.listdir(session))
    spooled = [read_spooled(str(session / name)) for name in names]
    assert os.listdir(session) == []
    return spooled


def refused(session: Path, arguments: Sequence[str], stdin: bytes = b"") -> tuple[int, str]:
    """Status and message."""
    try:
        problems = show(str(session), arguments, Piped(stdin))
    except DisplayError as error:
        problems = [error]
    assert os.listdir(session) == []
    assert len(problems) == 1
    return problems[0].status, str(problems[0])


@pytest.mark.parametrize(
    ("name", "payload", "mime", "value"),
    [
        ("a.png", PNG, "image/png", PNG),
        ("wrong.txt", PNG, "image/png", PNG),
        ("a", b"\xff\xd8\xff\xe0", "image/jpeg", b"\xff\xd8\xff\xe0"),
        ("a", b"GIF89a..", "image/gif", b"GIF89a.."),
        ("a", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", b"RIFF\0\0\0\0WEBPVP8 "),
        ("a", SVG, "image/svg+xml", SVG.decode()),
        ("a.pdf", b"%PDF-1.7", "application/pdf", b"%PDF-1.7"),
        ("a.html", b"<b>x</b>", "text/html", "<b>x</b>"),
        ("page", b"<!DOCTYPE html><svg/>", "text/html", "<!DOCTYPE html><svg/>"),
        ("A.MD", b"\xef\xbb\xbf# x", "text/markdown", "# x"),
        ("a.tex", b"$x$", "text/latex", "$x$"),
        ("a.json", b'{"a": [1]}', "application/json", {"a": [1]}),
        ("a.vl.json", b"{}", "application/vnd.vegalite.v5+json", {}),
        ("a.geojson", b"{}", "application/geo+json", {}),
        ("a.js", b"alert(1)", "application/javascript", "alert(1)"),
        ("a", "é".encode(), "text/plain", "é"),
    ],
)
def test_a_file_is_what_it_contains_or_is_called(
    session: Path, name: str, payload: bytes, mime: str, value: object
) -> None:
    Path(name).write_bytes(payload)
    assert shown(session, [name]) == [Spooled({mime: value})]


def test_standard_input_is_of_the_type_that_is_said(session: Path) -> None:
    assert shown(session, ["text/html"], b"<i>") == [Spooled({"text/html": "<i>"})]


def test_short_names_stand_for_types(session: Path) -> None:
    assert shown(session, ["md"], b"# x") == [Spooled({"text/markdown": "# x"})]


def test_a_file_comes_before_a_type_of_its_name(session: Path) -> None:
    Path("html").write_text("text", encoding="utf-8")
    assert shown(session, ["html"], b"<i>") == [Spooled({"text/plain": "text"})]


def test_ids_sizes_and_text_go_with_it(session: Path) -> None:
    Path("a.png").write_bytes(PNG)
    options = ["--id", "plot", "--width=400", "--height", "300px", "--alt", "a line", "a.png"]
    size = {"width": 400, "height": 300, "alt": "a line"}
    assert shown(session, options) == [Spooled({"image/png": PNG, "text/plain": "a line"}, {"image/png": size}, "plot")]


def test_one_thing_may_have_many_types(session: Path) -> None:
    Path("a.png").write_bytes(PNG)
    Path("a.svg").write_bytes(SVG)
    data = {"image/svg+xml": SVG.decode(), "image/png": PNG, "text/plain": "x"}
    assert shown(session, ["--update", "i", "--also", "a.png", "--text", "x", "a.svg"]) == [
        Spooled(data, display_id="i", update=True)
    ]


def test_many_files_are_shown_in_their_order_and_one_that_cannot_be_does_not_stop_the_others(session: Path) -> None:
    Path("1.txt").write_text("1", encoding="utf-8")
    Path("2.txt").write_text("2", encoding="utf-8")
    problems = show(str(session), ["1.txt", "no.txt", "2.txt"], Piped())
    assert [(str(problem), problem.status) for problem in problems] == [("no.txt: no such file or directory", 1)]
    assert len(os.listdir(session)) == 2


def test_output_is_cleared(session: Path) -> None:
    assert shown(session, ["--clear"]) == [Spooled({}, clear="now")]
    (session.parent / "terminal").unlink()
    assert shown(session, ["--clear", "--wait"]) == [Spooled({}, clear="wait")]


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "message"),
    [
        (["x.json"], b"", 1, "x.json: line 2, column 6: no JSON: Expecting value"),
        (["x.svg"], b"", 1, "x.svg: line 3, column 3: no SVG: mismatched tag"),
        (["svg"], b"<html/>", 1, "standard input: no SVG: its root element is <html>"),
        (["json"], b"[NaN]", 1, "standard input: no JSON: NaN is not a value of JSON"),
        (["x.png"], b"", 1, "x.png: no image/png: it begins like text/html"),
        (["image/png"], b"\0\1", 1, r"standard input: no image/png: it begins with b'\x00\x01'"),
        ([], b"\0\1", 1, "standard input: it cannot be told what this is: say it with --mime TYPE"),
        ([], b"", 1, "standard input: nothing to show: it is empty"),
        (["plot"], b"x", 1, "plot: no such file, and no type; for a name of what is shown: --id plot"),
        (["image/"], b"x", 2, "'image/' is no type: a MIME type is expected, such as image/png, or: "),
        (["--mime", "words", "x.svg"], b"", 2, "'words' is no type: a MIME type is expected"),
        (["."], b"", 1, ".: a folder cannot be shown"),
        (["--width", "wide", "x.png"], b"", 2, "--width 'wide': a number of pixels is expected, such as 400"),
        (["--nonsense"], b"", 2, "--nonsense: no such option; display --help says which there are"),
        (["--id"], b"", 2, "--id: a value is missing"),
        (["--id", "a", "x.svg", "x.png"], b"", 2, "--id, --update and --also are for one file at a time"),
        (["--clear", "x.png"], b"", 2, "--clear shows nothing: call display again for what comes after"),
        (["--wait", "x.png"], b"", 2, "--wait belongs to --clear"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    session: Path, arguments: Sequence[str], stdin: bytes, status: int, message: str
) -> None:
    Path("x.json").write_bytes(b'{\n "a":}')
    Path("x.svg").write_bytes(b"<svg>\n<a>\n</svg>")
    Path("x.png").write_bytes(b"<html>404</html>")
    found = refused(session, arguments, stdin)
    assert (found[0], found[1][: len(message)]) == (status, message)


def test_a_session_that_has_gone_is_said(tmp_path: Path) -> None:
    problems = show(str(tmp_path / "gone"), ["txt"], Piped(b"x"))
    assert [str(problem) for problem in problems] == ["the kernel in which this was started has gone"]


def whole(header: object, payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return b"%b%b%08d" % (payload, text, len(text))


@given(
    st.binary(max_size=30)
    | st.sampled_from([[], {}, 1, {"parts": 1}, {"parts": [["a/b", 9]]}, {"parts": [[1, 2]], "image": 0}]).map(whole)
)
def test_no_spool_file_confuses_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("spool") / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        read_spooled(str(path))
    assert not path.exists()


@given(st.binary(min_size=1, max_size=40), st.sampled_from(["", "a.png", "a.json", "x"]))
def test_any_bytes_are_of_some_type_or_of_none(head: bytes, name: str) -> None:
    mime = mime_of(head, name)
    assert mime == "" or "/" in mime


@given(st.binary(max_size=40), st.sampled_from(["application/json", "image/svg+xml"]))
def test_any_bytes_are_checked_without_a_fault(payload: bytes, mime: str) -> None:
    try:
        check(mime, payload, "x")
    except DisplayError as error:
        assert str(error).startswith("x: ")


def test_the_script_names_interpreter_and_session() -> None:
    script = display_script("/tmp/it's here/repl-1", "/usr/bin/python3")
    assert script.startswith("#!/bin/sh\nexec /usr/bin/python3 -I -S ")
    assert script.endswith("""display.py '/tmp/it'"'"'s here/repl-1' "$@"\n""")
