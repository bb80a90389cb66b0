"""The list of variables: read from what bash writes, and asked for over ZeroMQ as JupyterLab does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bash_kernel.variables import ShellVariable, at_start, read
from sdk import Variable
from sdk.protocol.control import DebugReply, DebugRequest
from sdk.protocol.message import Channel
from sdk.protocol.shell import CompleteRequest, KernelInfoRequest
from tests.bash_kernel.conftest import Recorder, Shell
from tests.bash_kernel.live import Live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path) as one:
        yield one


def debug(live: Live, command: str, **arguments: Any) -> Mapping[str, Any]:
    """The DAP response, which must come at once."""
    request = DebugRequest({"type": "request", "seq": 1, "command": command, "arguments": arguments})
    reply = live.client.request(request, Channel.CONTROL, timeout=10).reply.content
    assert isinstance(reply, DebugReply)
    return reply.fields


def listed(live: Live) -> dict[str, Any]:
    variables = debug(live, "inspectVariables")["body"]["variables"]
    return {one["name"]: one for one in variables}


def variables(shell: Shell, *path: str) -> list[Variable]:
    return list(shell.do(shell.kernel.do_variables(path, Recorder(0, None))))  # type: ignore[arg-type]


def test_the_users_own_come_first_and_can_be_opened(shell: Shell) -> None:
    shell.run(
        "z=1; a='two words'; declare -i n=5 m=0; list=(a 'b c'); declare -A map=([key]=v)\n"
        "export PATH; declare -r fixed=x"
    )
    own = [one for one in variables(shell) if not one.name.startswith("(")]
    assert own == [
        Variable("a", "two words", "str", code="$a"),
        Variable("fixed", "x", "str", code="$fixed"),
        Variable("list", "(a 'b c')", "array of 2 elements", children=2, code="${list[@]}"),
        Variable("m", "0", "int", code="$m"),
        Variable("map", "([key]=v)", "map of 1 element", children=1, code="${map[@]}"),
        Variable("n", "5", "int", code="$n"),
        Variable("z", "1", "str", code="$z"),
    ]
    assert variables(shell, "list") == [
        Variable("[0]", "a", "str", code="${list[0]}"),
        Variable("[1]", "b c", "str", code="${list[1]}"),
    ]
    assert variables(shell, "map") == [Variable("[key]", "v", "str", code="${map[key]}")]
    assert variables(shell, "a") == []
    assert variables(shell, "no such") == []


def test_those_that_were_there_are_in_groups(shell: Shell) -> None:
    assert [one.name for one in variables(shell)] == ["(environment)", "(shell)"]
    environment = {one.name for one in variables(shell, "(environment)")}
    bashs = {one.name for one in variables(shell, "(shell)")}
    assert {"PATH", "HOME"} <= environment
    assert {"BASH_VERSION", "UID"} <= bashs
    assert not environment & bashs
    assert not any("__k" in name for name in environment | bashs)


@pytest.mark.needs("bash-completion", "git")
def test_what_completion_loads_is_not_the_users(shell: Shell) -> None:
    shell.run("mine=1")
    shell.complete("git checkout ")
    shell.complete("ssh ")
    shell.run("also_mine=1")
    assert [one.name for one in variables(shell)][:-2] == ["also_mine", "mine"]


def test_values_are_what_they_are(shell: Shell) -> None:
    values = [
        "",
        " ",
        "é🦀",
        'a "quoted" $x `y` \\z',
        "it's",
        "line\nline\n",
        "\t\x01\x7f",
        'declare -- fake="1"',
        "# end",
        "(a)",
        "[0]",
    ]
    path = Path(f"{shell.kernel.cwd}/values")
    path.write_bytes(b"".join(value.encode() + b"\0" for value in values))
    shell.run(
        "mapfile -d '' -t values <values; for ((i = 0; i < ${#values[@]}; i++)); do declare v$i=\"${values[i]}\"; done"
    )
    found = {one.name: one for one in variables(shell)}
    assert [one.value for one in variables(shell, "values")] == values
    assert [found[f"v{number}"].value for number in range(len(values))] == values
    assert "fake" not in found


def test_long_values_and_arrays_are_cut_with_their_length(shell: Shell) -> None:
    shell.run(
        "big=$(head -c 300000 /dev/zero | tr '\\0' x); many=({1..3000})\n"
        "declare -A map; for x in {1..1500}; do map[$x]=1; done"
    )
    found = {one.name: one for one in variables(shell)}
    assert found["big"].value == "x" * 10_000 + "... (300000 characters)"
    assert (found["many"].type, found["many"].children) == ("array of 3000 elements", 1000)
    assert variables(shell, "many")[-1] == Variable("...", "2000 more")
    assert [len(variables(shell, name)) for name in ("many", "map")] == [1001, 1001]


def test_what_has_no_value_or_refers_is_shown(shell: Shell) -> None:
    shell.run(
        "declare -n ref=target; target=1; declare -a empty=(); declare -a sparse=([3]=x [10]=y)\n"
        "declare -n loop=loop 2>/dev/null"
    )
    found = {one.name: one for one in variables(shell)}
    assert found["ref"].value == "target"
    assert found["empty"] == Variable("empty", "()", "array of 0 elements", code="${empty[@]}")
    assert [one.name for one in variables(shell, "sparse")] == ["[3]", "[10]"]


def test_looking_changes_nothing(shell: Shell) -> None:
    shell.run("set -u; x=1; declare -r ro=1; IFS=:; (exit 7)")
    before = shell.run(
        "echo $? $-; declare -p | grep -v 'RANDOM\\|SECONDS\\|EPOCH\\|BASH\\|PIPESTATUS\\| _=\\|__k_'"
    ).text
    shell.run("(exit 7)")
    assert "x" in {one.name for one in variables(shell)}
    after = shell.run(
        "echo $? $-; declare -p | grep -v 'RANDOM\\|SECONDS\\|EPOCH\\|BASH\\|PIPESTATUS\\| _=\\|__k_'"
    ).text
    assert after == before


# -- over ZeroMQ, as JupyterLab asks -----------------------------------------------------------------------------------


def test_the_kernel_says_that_it_can_be_asked(live: Live) -> None:
    info = live.client.request(KernelInfoRequest()).reply.content.to_fields()
    assert (info["supported_features"], info["debugger"]) == (["debugger", "variable exchange"], True)


def test_a_panel_is_opened_and_follows_the_cells(live: Live) -> None:
    assert debug(live, "debugInfo")["body"]["isStarted"] is False
    assert debug(live, "initialize", clientID="jupyterlab")["success"]
    assert debug(live, "attach")["success"]
    live.run("own=1")
    assert listed(live)["own"]["value"] == "1"
    live.run("own=2; arr=(x y)")
    found = listed(live)
    assert (found["own"]["value"], found["arr"]["type"]) == ("2", "array of 2 elements")
    inside = debug(live, "variables", variablesReference=found["arr"]["variablesReference"])["body"]["variables"]
    assert [(one["name"], one["value"]) for one in inside] == [("[0]", "x"), ("[1]", "y")]
    assert debug(live, "richInspectVariables", variableName="own")["body"]["data"] == {"text/plain": "2"}
    assert debug(live, "dumpCell", code="x")["success"] is False


def test_while_a_cell_runs_the_last_list_is_told(live: Live) -> None:
    os.mkfifo(live.work / "gate")
    live.run("before=1 arr=(x y)")
    listed(live)
    header = live.begin("before=2; echo up; read x <gate; echo $x")
    live.until(header, "up")
    found = listed(live)
    assert (found["before"]["value"], "x" in found) == ("1", False)
    inside = debug(live, "variables", variablesReference=found["arr"]["variablesReference"])["body"]["variables"]
    assert [one["value"] for one in inside] == ["x", "y"]
    (live.work / "gate").write_text("through\n")
    assert live.end(header).text == "through\n"
    assert listed(live)["before"]["value"] == "2"


def test_before_anything_is_known_a_running_cell_is_not_waited_for(live: Live) -> None:
    os.mkfifo(live.work / "gate")
    header = live.begin("echo up; read x <gate")
    live.until(header, "up")
    assert debug(live, "inspectVariables")["body"] == {"variables": []}
    assert live.client.request(CompleteRequest("echo $HOM", 9), timeout=10).reply.content.to_fields()["matches"] == [
        "HOME"
    ]
    (live.work / "gate").write_text("\n")
    live.end(header)


def test_a_shell_that_was_replaced_still_knows_whose_variables_are_whose(live: Live) -> None:
    live.run("own=1; exit 3")
    assert [name for name in listed(live) if not name.startswith("(")] == ["own"]


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('declare -- x="a"', ShellVariable("x", "", "a", 1)),
        ('declare -ix n="5"', ShellVariable("n", "ix", "5", 1)),
        ("declare -- x", ShellVariable("x", "", None, 0)),
        ("declare -a x=()", ShellVariable("x", "a", [], 0)),
        ("declare -a x=([0]=\"a\" [7]=$'b\\n')", ShellVariable("x", "a", [("0", "a"), ("7", "b\n")], 2)),
        (
            'declare -A m=([k]="v" ["a ]b"]="=" [$\'x\\ty\']="" )',
            ShellVariable("m", "A", [("k", "v"), ("a ]b", "="), ("x\ty", "")], 3),
        ),
        ('declare -- x="\\"\\\\\\$\\`"', ShellVariable("x", "", '"\\$`', 4)),
        ("declare -- x=$'\\E[1m\\'\\303\\251\\x41\\u00e9'", ShellVariable("x", "", "\x1b[1m'éAé", 8)),
        ('# big - 50\ndeclare -- __k_cut="xx"', ShellVariable("big", "", "xx", 50)),
    ],
)
def test_what_declare_writes_is_read(text: str, expected: ShellVariable) -> None:
    assert read(f"{text}\n") == [expected]


def test_names_that_came_between_two_lists_are_not_the_users() -> None:
    assert {"a", "b", "d"} <= at_start("+\na\nb\n-\na\nb\nc\n+\na\nb\nc\nd\n")
    assert "c" not in at_start("+\na\nb\n-\na\nb\nc\n+\na\nb\nc\nd\n")
