"""Jupyter's own test suite for kernels. Tests of what a language has not are taken out, so that none is skipped."""

from __future__ import annotations

from typing import Any, ClassVar

import jupyter_kernel_test
import pytest

pytestmark = pytest.mark.usefixtures("environment")

HISTORY = ("tail", "range", "search")
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


class TestPython(jupyter_kernel_test.KernelTests):
    """Python has everything."""

    kernel_name = "ipython"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    completion_samples: ClassVar[list[dict[str, Any]]] = [
        {"text": "zi", "matches": ["zip"]},
        {"text": "import antigrav", "matches": ["antigravity"]},
        {"text": "print("},
    ]
    complete_code_samples: ClassVar[list[str]] = ["1", "print('hello')", "def f(x):\n  return x * 2\n\n", "%timeit 1"]
    incomplete_code_samples: ClassVar[list[str]] = ["print('''hello", "def f(x):\n  x * 2", "for i in range(2):"]
    invalid_code_samples: ClassVar[list[str]] = ["import = 7q", "a b"]
    code_page_something = "print?"
    code_generate_error = "raise ValueError('said so')"
    code_execute_result: ClassVar[list[dict[str, str]]] = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n * n for n in range(1, 4)]", "result": "[1, 4, 9]"},
    ]
    code_display_data: ClassVar[list[dict[str, str]]] = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>x</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math, display; display(Math(r'\\frac{1}{2}'))", "mime": "text/latex"},
        {
            "code": f"import base64; display(Image(base64.b64decode('{DOT}')))".replace(
                "display(", "from IPython.display import Image; display("
            ),
            "mime": "image/png",
        },
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = HISTORY
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"


class TestBash(jupyter_kernel_test.KernelTests):
    """Bash has no values, and pages stand in the cell. A terminal has one stream; what the kernel says is stderr."""

    kernel_name = "bash"
    language_name = "bash"
    file_extension = ".sh"
    code_hello_world = "echo hello, world"
    completion_samples: ClassVar[list[dict[str, Any]]] = [
        {"text": "readarr", "matches": ["readarray"]},
        {"text": "echo $BASHPI", "matches": ["BASHPID"]},
        {"text": "cd /usr/shar", "matches": ["/usr/share/"]},
        {"text": "no-such-progra", "matches": []},
        {"text": "ls /"},
    ]
    complete_code_samples: ClassVar[list[str]] = [
        "",
        "echo hi",
        "# a comment",
        "for i in 1 2; do echo $i; done",
        "cat <<E\nx\nE",
        "f() { echo; }\nf &",
        "case x in\n  x) echo;;\nesac",
        "[[ -n x && y =~ z ]]",
        "echo 'two\nlines'",
    ]
    incomplete_code_samples: ClassVar[list[str]] = [
        "for i in 1 2; do",
        "echo 'x",
        'echo "$(date',
        "if true; then\n  echo x",
        "f() {",
        "cat <<E\nx",
        "echo one \\",
        "ls |",
        "true &&",
        "case x in",
        "while read -r x; do\n  echo $x",
    ]
    invalid_code_samples: ClassVar[list[str]] = ["done", "if true; fi", "echo )", "| wc", "for; do"]
    code_generate_error = "false"
    code_stderr = "exit"
    code_clear_output = "display --clear"
    code_display_data: ClassVar[list[dict[str, str]]] = [
        {"code": "echo '<b>x</b>' | display text/html", "mime": "text/html"},
        {"code": "echo '# x' | display text/markdown", "mime": "text/markdown"},
        {"code": "echo '$x^2$' | display text/latex", "mime": "text/latex"},
        {"code": "echo '{\"x\": [1, 2]}' | display application/json", "mime": "application/json"},
        {"code": "echo '<svg xmlns=\"http://www.w3.org/2000/svg\"/>' | display image/svg+xml", "mime": "image/svg+xml"},
        {"code": f"base64 -d <<< {DOT} > /tmp/$$.png; display /tmp/$$.png; rm /tmp/$$.png", "mime": "image/png"},
    ]
    # Nothing here is a value; test_history reads only the code.
    code_execute_result: ClassVar[list[dict[str, str]]] = [{"code": "test 12 = 12"}, {"code": "true 1 2"}]
    code_history_pattern = "test*2"
    supported_history_operations = HISTORY
    code_inspect_sample = "readarray"

    test_execute_result = None
    test_pager = None


@pytest.mark.octave
class TestOctave(jupyter_kernel_test.KernelTests):
    """Octave shows its values as text, as at its prompt; its help stands in the cell."""

    kernel_name = "octave"
    language_name = "octave"
    file_extension = ".m"
    code_hello_world = "disp ('hello, world')"
    code_stderr = "warning ('careful')"
    completion_samples: ClassVar[list[dict[str, Any]]] = [
        {"text": "fprint", "matches": ["fprintf"]},
        {"text": "x = linspac", "matches": ["linspace"]},
        {"text": "no_such_functio", "matches": []},
    ]
    complete_code_samples: ClassVar[list[str]] = [
        "",
        "x = 1;",
        "% a comment",
        "for i = 1:3, i, end",
        "if x, y, end",
        "function f ()\n  disp (1)\nend\nf ()",
        "x = [1 2\n3 4]",
        "%{\ncomment\n%}",
        "a = x';",
    ]
    incomplete_code_samples: ClassVar[list[str]] = [
        "for i = 1:3",
        "x = [1 2",
        "x = 1 + ...",
        "if x\n  y",
        "function f ()",
        "%{\ncomment",
        "do\n  x++;",
        "unwind_protect",
        "f (1,",
    ]
    invalid_code_samples: ClassVar[list[str]] = ["end", "x = )", "x = 'abc", "1 +* 2"]
    code_generate_error = "error ('my:id', 'said so')"
    code_display_data: ClassVar[list[dict[str, str]]] = [
        {"code": "plot (1:3)", "mime": "image/png"},
        {"code": "%plot --format svg\nplot (1:3)", "mime": "image/svg+xml"},
    ]
    # Nothing here is a value of the messaging protocol; test_history reads only the code.
    code_execute_result: ClassVar[list[dict[str, str]]] = [{"code": "1 + 2"}, {"code": "1 + 2 * 2"}]
    code_history_pattern = "1 + 2*2"
    supported_history_operations = HISTORY
    code_inspect_sample = "linspace"

    test_execute_result = None
    test_pager = None
    test_clear_output = None


class TestEcho(jupyter_kernel_test.KernelTests):
    """The least that a kernel has."""

    kernel_name = "echo"
    language_name = "echo"
    file_extension = ".txt"
    code_hello_world = "hello, world"
    completion_samples: ClassVar[list[dict[str, Any]]] = [{"text": "sho", "matches": ["shout"]}]
    code_generate_error = "error said so"
    code_execute_result: ClassVar[list[dict[str, str]]] = [
        {"code": "shout one two", "result": "ONE TWO"},
        {"code": "shout two", "result": "TWO"},
    ]
    code_history_pattern = "shout t?o"
    supported_history_operations = HISTORY

    test_execute_stderr = None
    test_is_complete = None
    test_pager = None
    test_display_data = None
    test_inspect = None
    test_clear_output = None


class TestPythonWelcome(jupyter_kernel_test.IopubWelcomeTests):
    """A subscriber is greeted."""

    kernel_name = "ipython"
    support_iopub_welcome = True


class TestBashWelcome(TestPythonWelcome):
    """As above."""

    kernel_name = "bash"


@pytest.mark.octave
class TestOctaveWelcome(TestPythonWelcome):
    """As above."""

    kernel_name = "octave"


class TestEchoWelcome(TestPythonWelcome):
    """As above."""

    kernel_name = "echo"
