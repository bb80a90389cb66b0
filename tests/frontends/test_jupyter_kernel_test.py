"""jupyter_kernel_test, the field's own checks of a kernel: everything that the language has."""

from __future__ import annotations

import unittest

import jupyter_kernel_test as jkt
import pytest


@pytest.fixture(autouse=True, scope="module")
def _kernels(environment: dict[str, str]) -> None:
    """The kernels are installed before the classes below start them."""


class TestBash(jkt.KernelTests):
    kernel_name = "bash"
    language_name = "bash"
    file_extension = ".sh"
    code_hello_world = "echo 'hello, world'"
    completion_samples = [{"text": "ech", "matches": {"echo"}}, {"text": "expor", "matches": {"export"}}]
    complete_code_samples = ["echo 1", "for i in 1 2; do echo $i; done"]
    incomplete_code_samples = ["for i in 1 2; do", "echo 'open", "cat <<EOF\nx"]
    invalid_code_samples = ["fi", "echo )"]
    code_page_something = None
    code_generate_error = "false"
    code_inspect_sample = "echo"
    code_execute_result = []
    code_display_data = [
        {"code": "printf '<b>x</b>' | display --mime text/html", "mime": "text/html"},
        {"code": "printf '{\"a\": 1}' | display --mime application/json", "mime": "application/json"},
    ]
    code_history_pattern = "ech*"
    supported_history_operations = ("tail", "range", "search")
    code_clear_output = ""


class TestPython(jkt.KernelTests):
    kernel_name = "ipython"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('problem', file=sys.stderr)"
    completion_samples = [{"text": "zi", "matches": {"zip"}}, {"text": "impo", "matches": {"import"}}]
    complete_code_samples = ["1", "print('hello')", "def f(x):\n  return x*2\n\n\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x*2"]
    invalid_code_samples = ["import = 7q"]
    code_page_something = "zip?"
    code_generate_error = "raise Exception('x')"
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
    ]
    code_display_data = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>test</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math, display; display(Math('x'))", "mime": "text/latex"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"


class TestEcho(jkt.KernelTests):
    kernel_name = "echo"
    language_name = "echo"
    file_extension = ".txt"
    code_hello_world = "hello, world"
    completion_samples = [{"text": "sh", "matches": {"shout"}}]
    code_generate_error = "error boom"
    code_execute_result = [{"code": "shout hi", "result": "HI"}, {"code": "shout ho", "result": "HO"}]
    code_history_pattern = "shout hi*"
    supported_history_operations = ("tail", "range", "search")


def test_no_check_of_a_full_language_is_skipped() -> None:
    """What the class above leaves out is left out on purpose, and seen here."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(TestPython).run(result)
    assert (result.errors, result.failures, result.skipped) == ([], [], [])
