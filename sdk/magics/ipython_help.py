"""Help with writing the SDK's magics in IPython: their lines, and cells that begin with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sdk.magics.assistance import Assistance
from sdk.magics.ipython_voice import blocking_context, now
from sdk.protocol.shell import CompleteRequest, InspectReply, InspectRequest

if TYPE_CHECKING:
    from sdk.magics.runner import Magics


def line_completer(shell: Any, magics: Magics) -> Callable[[object, Any], list[str]]:
    """What completes the line of one, by IPython's hook."""
    assistance = Assistance(magics)

    def complete(ipython: object, event: Any) -> list[str]:
        line = event.text_until_cursor
        with blocking_context(shell) as context:
            reply = now(assistance.complete(CompleteRequest(line, len(line)), context))
        begun = line[len(line) - len(event.symbol) : reply.cursor_start] if event.symbol else ""
        return [begun + match for match in reply.matches]

    return complete


class CellHelp:
    """Completion and inspection in cells that begin with one of our cell magics: `%%kernel` asks the other kernel."""

    def __init__(self, shell: Any, magics: Magics, names: frozenset[str]) -> None:
        self._shell = shell
        self._assistance = Assistance(magics)
        self._names = names
        self._inspect_before: Any = None

    def begin(self) -> None:
        """Let IPython ask this. A kernel of ours has a list of those who describe; ipykernel has one method for it."""
        from IPython.core.completer import context_matcher  # it is loaded: this runs in IPython

        @context_matcher(identifier="sdk.magics")  # type: ignore[untyped-decorator]
        def matcher(asked: Any) -> Any:
            return self.complete(asked)

        self.matcher = matcher
        self._shell.Completer.custom_matchers.append(self.matcher)
        kernel: Any = getattr(self._shell, "kernel", None)
        if hasattr(self._shell, "cell_inspectors"):
            self._shell.cell_inspectors.append(self.inspect)
        elif hasattr(kernel, "do_inspect"):
            self._inspect_before = kernel.do_inspect
            kernel.do_inspect = self._inspect_for_ipykernel

    def end(self) -> None:
        """Take it back."""
        self._shell.Completer.custom_matchers.remove(self.matcher)
        if hasattr(self._shell, "cell_inspectors"):
            self._shell.cell_inspectors.remove(self.inspect)
        elif self._inspect_before is not None:
            del self._shell.kernel.do_inspect  # the class's own is below it

    def complete(self, asked: Any) -> Any:
        """IPython's matcher."""
        lines = asked.full_text.split("\n")
        cursor = sum(len(line) + 1 for line in lines[: asked.cursor_line]) + asked.cursor_position
        if not self._is_ours(asked.full_text):
            return {"completions": []}
        from IPython.core.completer import SimpleCompletion

        with blocking_context(self._shell) as context:
            reply = now(self._assistance.complete(CompleteRequest(asked.full_text, cursor), context))
        kinds = reply.metadata.get("_jupyter_types_experimental", ())
        types = {kind.get("text"): kind.get("type", "") for kind in kinds}
        return {
            "completions": [SimpleCompletion(match, type=types.get(match) or None) for match in reply.matches],
            "matched_fragment": asked.full_text[reply.cursor_start : cursor],
            "suppress": True,
        }

    def inspect(self, code: str, cursor: int, detail: int) -> InspectReply | None:
        """What stands there; None: it is no cell of ours."""
        if not self._is_ours(code):
            return None
        with blocking_context(self._shell) as context:
            return now(self._assistance.inspect(InspectRequest(code, cursor, detail), context))

    def _inspect_for_ipykernel(self, code: str, cursor_pos: int, detail_level: int = 0, *rest: Any, **more: Any) -> Any:
        found = self.inspect(code, cursor_pos, detail_level)
        if found is None:
            return self._inspect_before(code, cursor_pos, detail_level, *rest, **more)
        return {"status": "ok", "found": found.found, "data": dict(found.data), "metadata": dict(found.metadata)}

    def _is_ours(self, code: str) -> bool:
        first = code.lstrip().split("\n", 1)[0]
        return first.startswith("%%") and "\n" in code and first[2:].split()[:1] in [[name] for name in self._names]
