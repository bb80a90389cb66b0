"""What front-ends ask to list variables: a kernel with `do_variables` and no debugger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sdk import Context, Variable
from sdk.protocol.control import DebugReply, DebugRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoReply, KernelInfoRequest
from sdk.testing import MemoryFrontend
from tests.kernel.kernels import Script


class Lister(Script):
    """A language whose variables are a tree."""

    tree: Mapping[tuple[str, ...], Sequence[Variable]] = {
        (): (
            Variable("x", "1", "int"),
            Variable("d", "0.5", "double"),
            Variable("list", "(a b)", "list", children=2, code="list[]"),
            Variable("picture", "...", data={"image/png": "iVBOR"}),
            Variable("long", "x" * 3000, "str"),
        ),
        ("list",): (Variable("a", "1", "int"), Variable("b", "(c)", "list", children=1)),
        ("list", "b"): (Variable("c", "3", "int"),),
    }

    async def do_variables(self, path: Sequence[str], context: Context) -> Sequence[Variable]:
        return self.tree[tuple(path)]


class Asker:
    """A client's side of the protocol."""

    def __init__(self, kernel: type[Script] = Lister) -> None:
        self.frontend = MemoryFrontend(kernel)
        self.seq = 0

    def __call__(self, command: object, **arguments: Any) -> Mapping[str, Any]:
        self.seq += 1
        request = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
        reply = self.frontend.request(DebugRequest(request), channel=Channel.CONTROL)[1]
        assert isinstance(reply, DebugReply)
        fields = dict(reply.fields)
        assert (fields.pop("type"), fields.pop("request_seq"), fields["command"]) == ("response", self.seq, command)
        assert fields.pop("seq") == self.seq
        return fields

    def body(self, command: str, **arguments: Any) -> Any:
        reply = self(command, **arguments)
        assert (reply["success"], "message" in reply) == (True, False)
        return reply["body"]


@pytest.fixture
def ask() -> Asker:
    return Asker()


def test_the_feature_is_told_in_both_places(ask: Asker) -> None:
    info = ask.frontend.request(KernelInfoRequest())[1]
    assert isinstance(info, KernelInfoReply)
    assert (info.supported_features, info.debugger) == (["debugger"], True)


def test_a_session_begins_and_ends(ask: Asker) -> None:
    assert ask.body("debugInfo")["isStarted"] is False
    ask.body("initialize", clientID="jupyterlab")
    ask.body("attach")
    ask.body("configurationDone")
    assert ask.body("debugInfo") == {
        "isStarted": True,
        "hashMethod": "Murmur2",
        "hashSeed": 0,
        "tmpFilePrefix": "",
        "tmpFileSuffix": "",
        "breakpoints": [],
        "stoppedThreads": [],
        "richRendering": True,
        "exceptionPaths": [],
        "copyToGlobals": False,
    }
    ask.body("disconnect")
    assert ask.body("debugInfo")["isStarted"] is False


def test_variables_are_listed_with_what_shows_their_value(ask: Asker) -> None:
    listed = ask.body("inspectVariables")["variables"]
    assert listed[:3] == [
        {"name": "x", "value": "1", "evaluateName": "x", "variablesReference": 0, "type": "int"},
        {"name": "d", "value": "0.5", "evaluateName": "d", "variablesReference": 0},
        {
            "name": "list",
            "value": "(a b)",
            "evaluateName": "list[]",
            "variablesReference": 1,
            "namedVariables": 2,
            "type": "list",
        },
    ]
    assert listed[4]["value"] == "x" * 1000 + "... (3000 characters)"


def test_what_is_inside_is_listed_down_to_the_bottom(ask: Asker) -> None:
    ask.body("inspectVariables")
    inside = ask.body("variables", variablesReference=1)["variables"]
    assert [(one["name"], one["variablesReference"]) for one in inside] == [("a", 0), ("b", 2)]
    assert [one["name"] for one in ask.body("variables", variablesReference=2)["variables"]] == ["c"]


@pytest.mark.parametrize(
    ("page", "names"), [({"start": 1}, ["b"]), ({"count": 1}, ["a"]), ({"start": 1, "count": 5}, ["b"])]
)
def test_variables_are_given_by_pages(ask: Asker, page: Mapping[str, int], names: list[str]) -> None:
    ask.body("inspectVariables")
    listed = ask.body("variables", variablesReference=1, **page)["variables"]
    assert [one["name"] for one in listed] == names


def test_a_list_without_end_is_cut() -> None:
    class Endless(Lister):
        tree = {(): [Variable(f"v{number}", "0") for number in range(2500)]}

    listed = Asker(Endless).body("inspectVariables")["variables"]
    assert (len(listed), listed[-1]["value"]) == (2001, "500 more")


@pytest.mark.parametrize("reference", [0, 2, -1, "1", None, True])
def test_a_reference_that_was_not_given_is_refused(ask: Asker, reference: object) -> None:
    ask.body("inspectVariables")
    reply = ask("variables", variablesReference=reference)
    expected = f"variables: there is no variablesReference {reference!r}; list the variables again"
    assert (reply["success"], reply["message"], reply["body"]) == (False, expected, {})


def test_one_variable_is_shown_richly_or_whole(ask: Asker) -> None:
    assert ask.body("richInspectVariables", variableName="picture")["data"] == {"image/png": "iVBOR"}
    assert ask.body("richInspectVariables", variableName="long")["data"] == {"text/plain": "x" * 3000}
    assert ask("richInspectVariables", variableName="none")["message"] == (
        "richInspectVariables: there is no variable 'none'"
    )


@pytest.mark.parametrize("command", ["dumpCell", "next", "evaluate", "nonsense", None, 3])
def test_what_needs_a_debugger_is_refused_by_name(ask: Asker, command: object) -> None:
    reply = ask(command)
    assert reply == {
        "success": False,
        "command": command,
        "body": {},
        "message": f"{command}: script shows variables, and has no debugger",
    }


def test_breakpoints_are_refused_so_that_front_ends_show_none(ask: Asker) -> None:
    reply = ask("setBreakpoints", breakpoints=[{"line": 1}])
    assert (reply["success"], reply["body"]) == (False, {"breakpoints": []})


def test_arguments_that_are_no_object_are_taken_as_none(ask: Asker) -> None:
    request = {"type": "request", "seq": 1, "command": "inspectVariables", "arguments": [1]}
    reply = ask.frontend.request(DebugRequest(request), channel=Channel.CONTROL)[1]
    assert isinstance(reply, DebugReply)
    assert reply.fields["success"] is True
