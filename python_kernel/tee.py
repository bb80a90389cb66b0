"""`Tee`: keeps what a cell writes to a stream, for %notebook."""

from __future__ import annotations

from typing import Any

from python_kernel.streams import OutStream


class Tee:
    """In its `with` text is kept; then it is with the history's outputs of the cell `count`."""

    def __init__(self, history: Any, stream: OutStream, count: int) -> None:
        self._history, self._stream, self._count = history, stream, count
        self._texts: list[str] = []

    def __enter__(self) -> None:
        self._before = self._stream.keep(self._texts)

    def __exit__(self, *error: object) -> None:
        self._stream.keep(*self._before)
        if not self._texts or self._history is None:
            return
        try:
            from IPython.core.history import HistoryOutput
        except ImportError:  # IPython before 9.1 keeps no outputs
            return
        kind: Any = "out_stream" if self._stream.name == "stdout" else "err_stream"
        output = HistoryOutput(output_type=kind, bundle={"stream": self._texts})
        self._history.outputs[self._count].append(output)
