"""Extensions and tools: profilers, compilers, reloading, what catches output of C code."""

from __future__ import annotations

from tests.packages.case import Case, View


def _source(view: View) -> None:
    (reply,) = view.of("execute_reply", 1)
    page = "".join(one["data"]["text/plain"] for one in reply.content["payload"])
    assert "return sum" in page and "Line #" in page, page


def _says(*texts: str):  # type: ignore[no-untyped-def]
    def sees(view: View) -> None:
        assert not view.errors, view.errors
        for text in texts:
            assert text in view.text() + view.text("stderr"), view.text()

    return sees


_C = "what C code writes is shown where wurlitzer stands before the kernel's own capture: ipykernel loses it"
_PUTS = "import ctypes\nlibc = ctypes.CDLL(None)\n"


def _result(view: View, text: str) -> None:
    assert view.shown("text/plain")[-1] == text


CASES = [
    Case(
        "line-profiler",
        [
            """
            %load_ext line_profiler
            def work(n):
                return sum(range(n))
            """,
            "%lprun -f work work(100)",
        ],
        _source,
        blurred=[(r"Total time: .*", "TIME"), (r"Timer unit: .*", "UNIT"), (r"\d+\.\d+", "T")],
    ),
    Case(
        "memory-profiler",
        [
            """
            %load_ext memory_profiler
            %memit -r 1 [0] * 10**5
            """
        ],
        _says("peak memory:"),
        blurred=[(r"\d+\.\d+", "N")],
    ),
    Case(
        "cython",
        [
            "%load_ext cython",
            """
            %%cython
            def double(int n): return 2 * n
            """,
            "double(21)",
        ],
        lambda view: _result(view, "42"),
        blurred=[(r"\d+\.\d+", "N")],
    ),
    Case(
        "autoreload",
        [
            """
            %load_ext autoreload
            %autoreload 2
            """,
            """
            %%writefile changing.py
            def said(): return 'first'
            """,
            """
            import changing
            changing.said()
            """,
            """
            import os
            open('changing.py', 'w').write("def said(): return 'second'\\n")
            os.utime('changing.py', (0, 2_000_000_000))
            """,
            "changing.said()",
            "%autoreload 0",
        ],
        lambda view: _result(view, "'second'"),
    ),
    Case(
        "wurlitzer",
        [
            _PUTS,
            """
            from wurlitzer import pipes
            with pipes() as (out, err):
                libc.puts(b'from C')
            print(repr(out.read()))
            """,
        ],
        _says("'from C\\n'"),
    ),
    Case(
        "wurlitzer-sys-pipes",
        [f"{_PUTS}from wurlitzer import sys_pipes\nwith sys_pipes():\n    libc.puts(b'from C')\nprint('after')"],
        _says("from C\n", "after\n"),
        better=_C,
    ),
    Case(
        "wurlitzer-extension",
        [
            "%load_ext wurlitzer",
            """
            libc.puts(b'from C')
            libc.fflush(None)
            """,
            "!echo from a child",
            "%unload_ext wurlitzer",
        ],
        _says("from C\n", "from a child"),
        better=_C,
    ),
    Case("pip", ["%pip --version"], _says("pip ")),
    Case(
        "pip-show",
        ["%pip show tqdm"],
        _says("Name: tqdm", "restart the kernel"),
        blurred=[("Required-by: .*", "Required-by: ...")],  # one environment has more
    ),
    Case(
        "debugpy",
        [
            """
            import debugpy
            host, port = debugpy.listen(('127.0.0.1', 0))
            print(port > 0, debugpy.is_client_connected())
            """,
        ],
        _says("True False"),
    ),
]
