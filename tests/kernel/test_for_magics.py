"""What a kernel's class gives to magics: the ways of a language that has none of its own; variables by request."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sdk import Kernel, MagicSyntax
from sdk.exchange import parcel
from sdk.kernel.context import Context
from sdk.kernel.plot_settings import PlotSettings
from sdk.protocol.message import CustomContent, ErrorReply
from sdk.testing.memory import MemoryFrontend
from tests.kernel.kernels import Script

T = TypeVar("T")
CONTEXT: Context = None  # type: ignore[assignment]  # the base class's ways say nothing


class Store(Script):
    """A language that has variables."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: dict[str, object] = {"x": [1, 2.5, "é"]}

    async def get_variable(self, name: str) -> object:
        return self.variables[name]

    async def set_variable(self, name: str, value: object) -> None:
        self.variables[name] = value


class Program(Script):
    """A language that is started and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.life: list[str] = []

    async def start(self) -> None:
        self.life.append("start")

    async def stop(self, *, restart: bool) -> None:
        self.life.append(f"stop {restart}")


def do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_a_language_without_ways_of_its_own_has_those_of_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Script()
    monkeypatch.chdir(os.getcwd())
    do(kernel.change_folder(str(tmp_path), CONTEXT))
    assert os.getcwd() == str(tmp_path)
    monkeypatch.delenv("SDK_TEST", raising=False)
    do(kernel.set_environment("SDK_TEST", "é", CONTEXT))
    assert do(kernel.get_environment())["SDK_TEST"] == "é"
    do(kernel.set_environment("SDK_TEST", None, CONTEXT))
    assert "SDK_TEST" not in do(kernel.get_environment())
    assert kernel.job_code("code", "/dev/null", "/dev/null") is None


def test_what_a_language_has_not_is_said() -> None:
    kernel = Script()
    for work in (
        kernel.get_variable("x"),
        kernel.give_variable("x"),
        kernel.set_variable("x", 1),
        kernel.restart_language(CONTEXT),
        kernel.change_plots(PlotSettings(), CONTEXT),
    ):
        with pytest.raises(NotImplementedError, match=r"^script "):
            do(work)
    with pytest.raises(NotImplementedError, match=r"^script shows no figures"):
        kernel.plot_settings()
    with pytest.raises(NotImplementedError, match=r"^files of script "):
        kernel.run_code("file", [])


def test_a_program_is_started_anew() -> None:
    kernel = Program()
    assert do(kernel.restart_language(CONTEXT)) == "the language was started anew"
    assert kernel.life == ["stop True", "start"]


def test_a_class_says_nothing_of_arguments_and_places_by_itself() -> None:
    assert Kernel().find_language() is None
    assert Kernel.read_arguments(["a"]) == (["a"], None)
    assert Kernel.help_on_arguments(everything=True) == ""


def test_plot_settings_are_written_in_the_words_of_the_magic() -> None:
    assert str(PlotSettings(toolkit="qt", keep=True)) == (
        "--format png --size 640,480 --resolution 96 --ratio 1 --toolkit qt --most 100 inline keep"
    )


def test_a_prefix_may_be_a_comment() -> None:
    assert [MagicSyntax(comments=comments).is_comment for comments in ("", "#", "%#")] == [False, False, True]


def test_variables_are_given_and_taken_by_request(tmp_path: Path) -> None:
    frontend = MemoryFrontend(Store)
    assert "variable exchange" in frontend.kernel.supported_features()
    given, path = str(tmp_path / "given"), str(tmp_path / "taken")
    reply = frontend.request(CustomContent("get_variable_request", {"name": "x", "path": given}))[1]
    assert reply == CustomContent("get_variable_reply", {"status": "ok"})
    assert parcel.read(given, "x") == [1, 2.5, "é"]
    parcel.write(path, {"a": b"\0"}, "y")
    reply = frontend.request(CustomContent("set_variable_request", {"name": "y", "path": path}))[1]
    assert reply == CustomContent("set_variable_reply", {"status": "ok"})
    assert frontend.kernel.variables["y"] == {"a": b"\0"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("fields", [{"name": "x"}, {"path": "/tmp/x"}, {"name": 1, "path": 2}])
def test_a_request_for_a_variable_needs_its_fields(fields: dict[str, object]) -> None:
    reply = MemoryFrontend(Store).request(CustomContent("get_variable_request", fields))[1]
    assert isinstance(reply, ErrorReply)
    assert reply.evalue == "get_variable_request needs the texts name and path"


def test_who_has_no_variables_does_not_serve_requests_for_them() -> None:
    frontend = MemoryFrontend(Script)
    assert "variable exchange" not in frontend.kernel.supported_features()
    reply = frontend.request(CustomContent("get_variable_request", {"name": "x", "path": "y"}))[1]
    assert isinstance(reply, ErrorReply)
