"""The conformance checks find what is wrong with a kernel, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from examples.echo.kernel import EchoKernel
from sdk import Kernel
from sdk.errors import KernelSpecError
from sdk.testing import KernelProcess, Report, Snippets, check, check_kernelspec
from sdk.testing.conformance import CHECKS
from sdk.testing.conformance.check import Check
from sdk.testing.conformance.report import FAILED, OK, SKIPPED, Outcome
from sdk.testing.kernel_class import launch_spec
from sdk.testing.snippets import LANGUAGES, snippets_for

SNIPPETS = Snippets(language="faulty", hello="hello", error="error", result="result")
FAULTY = str(Path(__file__).with_name("faulty_kernel.py"))


def check_faulty(fault: str, *names: str) -> Report:
    argv = [sys.executable, FAULTY, "{connection_file}", fault]
    return check_kernelspec(argv, snippets=SNIPPETS, only=names or None, start_timeout=5, patience=2)


def test_a_kernel_without_a_fault_passes_every_check() -> None:
    report = check_faulty("")
    assert [(each.check.name, each.detail) for each in report.outcomes if each.status == FAILED] == []
    assert report.passed
    assert sum(each.status == OK for each in report.outcomes) > 75


def test_a_language_may_come_up_and_tell_its_version_between_two_answers() -> None:
    report = check_faulty("learns its version", "kernel_info_is_answered_on_control_too")
    assert [(each.status, each.detail) for each in report.outcomes] == [(OK, "")]


FAULTS = {
    "another control": "kernel_info_is_answered_on_control_too",
    "no busy": "every_request_is_framed_by_busy_and_idle",
    "early idle": "all_output_comes_before_idle",
    "two replies": "every_request_gets_exactly_one_reply",
    "wrong parent": "kernel_info_has_its_fields_with_the_right_types",
    "bad signature": "a_cell_prints_and_is_answered",
    "believes all": "a_message_with_a_wrong_signature_is_not_answered",
    "dies of garbage": "garbage_on_shell_and_control_does_no_harm",
    "wrong count": "execute_input_shows_the_code_to_all",
    "counts all": "a_silent_cell_takes_no_number",
    "error is ok": "a_failing_cell_is_an_error_reply",
    "two errors": "a_failing_cell_shows_the_error_that_its_reply_tells",
    "loses text": "a_cell_prints_and_is_answered",
    "loses output": "all_output_comes_before_idle",
    "wrong result": "a_value_comes_as_execute_result",
    "keeps comms": "a_comm_for_an_unknown_target_is_closed",
    "no welcome": "the_first_subscriber_is_welcomed",
    "dead heart": "the_heart_beats",
    "forgets restart": "shutdown_for_a_restart_is_answered_as_such",
    "leaves a process": "shutdown_leaves_no_process_behind",
    "lives on": "shutdown_is_answered_and_ends_the_process",
}


@pytest.mark.parametrize(("fault", "name"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_found(fault: str, name: str) -> None:
    report = check_faulty(fault, name)
    assert [each.status for each in report.outcomes] == [FAILED]
    assert not report.passed
    assert "NOT PASSED" in report.render()


@pytest.mark.soak  # make check-wheel does it with what is installed
def test_our_echo_kernel_passes() -> None:
    report = check(EchoKernel)
    assert report.passed, report.render()


def test_a_kernel_that_does_not_start_fails_and_is_not_tried_for_ever() -> None:
    report = check_kernelspec([sys.executable, "-c", "import sys; sys.exit('no such luck')", "{connection_file}"])
    assert not report.passed
    failed = [each for each in report.outcomes if each.status == FAILED]
    assert len(failed) == 2
    assert "no such luck" in failed[0].detail
    assert {each.detail for each in report.outcomes if each.status == SKIPPED} == {"the kernel does not start"}


def test_a_class_in_a_function_cannot_be_checked() -> None:
    class Hidden(Kernel):
        """Nobody can import this one."""

    with pytest.raises(KernelSpecError, match="move it to the module"):
        check(Hidden)


def test_a_class_of_a_script_is_loaded_from_its_file(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from examples.echo.kernel import EchoKernel\n"
        "from sdk.testing import KernelProcess\nfrom sdk.testing.kernel_class import launch_spec\n"
        "class Mine(EchoKernel):\n    implementation = 'mine'\n"
        "if __name__ == '__main__':\n"
        "    with KernelProcess(launch_spec(Mine)) as kernel, kernel.client() as client:\n"
        "        print(client.kernel_info.content.implementation)\n"
    )
    with KernelProcess(launch_spec(EchoKernel)) as kernel, kernel.client() as client:
        assert client.execute("hello").text() == "hello"
    root = str(Path(__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=True, env={"PYTHONPATH": root}
    )
    assert ran.stdout == "mine\n"


def test_every_check_has_a_name_of_its_own_and_says_what_it_is_about() -> None:
    assert len(CHECKS) > 120
    assert all(len(name.split("_")) >= 3 for name in CHECKS)


def test_a_report_tells_what_failed_and_why() -> None:
    def none(subject: object) -> None:
        """Does nothing."""

    outcomes = [
        Outcome(Check("it_runs", none), OK),
        Outcome(Check("it_prints", none), FAILED, "expected 1; came 2\n" + "\n".join(f"line {n}" for n in range(40))),
        Outcome(Check("it_asks", none), SKIPPED, "no code"),
        Outcome(Check("it_shines", none, level="better"), FAILED, "expected 3; came 4"),
    ]
    report = Report("mine", outcomes)
    assert (report.passed, [each.check.name for each in report.failures]) == (False, ["it_prints"])
    assert report.status("it_shines") == FAILED
    assert report.render().splitlines() == [
        "Conformance of mine",
        "",
        "The messaging spec: 1 ok, 1 failed, 1 skipped",
        "  ok       it runs",
        "  failed   it prints",
        "             expected 1; came 2",
        "             line 0",
        "             ... (31 lines)",
        *(f"             line {number}" for number in range(32, 40)),
        "  skipped  it asks: no code",
        "",
        "Better than the spec asks: 1 failed",
        "  failed   it shines",
        "             expected 3; came 4",
        "",
        "NOT PASSED",
    ]
    assert Report("mine", outcomes[:1] + outcomes[3:]).passed
    assert not Report("mine", outcomes[2:]).passed  # nothing was checked


def test_of_a_long_line_a_report_shows_both_ends() -> None:
    failed = Outcome(Check("it_prints", check_kernelspec), FAILED, "a" * 150 + "b" * 150)
    assert Report("mine", [failed]).render().splitlines()[4].strip() == "a" * 120 + " ... " + "b" * 80


def test_snippets_are_found_by_language() -> None:
    assert snippets_for("R") is LANGUAGES["r"]
    assert snippets_for("klingon") == Snippets(language="klingon")
