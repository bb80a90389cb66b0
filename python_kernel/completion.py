"""complete_request: IPython's completer, on the main thread or, while a cell blocks it, on another."""

from __future__ import annotations

import re
import threading
import warnings
from typing import TYPE_CHECKING, Any

from sdk import CompleteReply, CompleteRequest

if TYPE_CHECKING:
    from python_kernel.shell import ZMQInteractiveShell


_NAME = re.compile(r"([^\W\d]\w*)((?:\s*\.\s*[^\W\d]\w*)*\s*\.\s*\w*)?$")

_LONGEST = 500  # characters of a name with its attributes


class Completion:
    """Completes code in the user's namespace; with `reads_code` also by names that only this code defines."""

    def __init__(self, shell: ZMQInteractiveShell, *, reads_code: bool) -> None:
        self._shell = shell
        self._reads_code = reads_code
        self._here = threading.local()

    def complete(self, request: CompleteRequest) -> CompleteReply:
        """The matches, and with them their types (`_jupyter_types_experimental`)."""
        code = request.code
        cursor = len(code) if request.cursor_pos is None else min(max(request.cursor_pos, 0), len(code))
        if threading.current_thread() is threading.main_thread():
            with self._shell.builtin_trap:
                found = _silently(self._shell.Completer, code, cursor)
        else:
            found = _silently(self._beside(), code, cursor)
        if not found and self._reads_code and _is_defined_before(code, cursor):
            found = self._by_reading(code, cursor)
        if not found:
            return CompleteReply([], cursor, cursor)
        start, end = min(one.start for one in found), max(one.end for one in found)
        # A client replaces one range by any of the matches: those of a smaller range get the text around it.
        texts = [code[start : one.start] + one.text + code[one.end : end] for one in found]
        if code[start : start + 1] == "." and all(text.startswith(".") for text in texts):
            start, texts = start + 1, [text[1:] for text in texts]  # IPython's attributes begin with their dot
        types = [
            {"start": start, "end": end, "text": text, "type": one.type or "", "signature": one.signature or ""}
            for one, text in zip(found, texts, strict=True)
        ]
        return CompleteReply(texts, start, end, {"_jupyter_types_experimental": types})

    def _by_reading(self, code: str, cursor: int) -> list[Any]:
        """What jedi, which reads code, finds: names of imports, variables and arguments of a cell that has not run."""
        completer = self._beside()
        completer.use_jedi = True  # until the next look at the user's settings
        return _silently(completer, code, cursor)

    def _beside(self) -> Any:
        """This thread's completer: IPython's keeps the state of a completion in itself. Set as the user's is."""
        model, shell = self._shell.Completer, self._shell
        if not hasattr(self._here, "completer"):
            from IPython.core.completer import IPCompleter  # start-up time: see ZMQInteractiveShell.Completer

            self._here.completer = IPCompleter(
                shell=shell, namespace=shell.user_ns, global_namespace=shell.user_global_ns, parent=shell
            )
        other = self._here.completer
        other.namespace, other.global_namespace = model.namespace, model.global_namespace
        other.custom_completers, other.custom_matchers = model.custom_completers, model.custom_matchers
        for name in model.trait_names(config=True):
            value = getattr(model, name)
            if getattr(other, name) != value:
                setattr(other, name, value)
        return other


def _is_defined_before(code: str, cursor: int) -> bool:
    """Whether the name before the cursor, or what it may become, stands before it: only then jedi is loaded.

    It takes its time (a quarter of a second at first) and memory, and is no help with names that are nowhere.
    """
    match = _NAME.search(code, max(code.rfind("\n", 0, cursor) + 1, cursor - _LONGEST), cursor)
    if match is None:
        return False
    name, attribute = match[1], match[2]
    pattern = rf"\b{re.escape(name)}\b" if attribute else rf"\b{re.escape(name)}\w"
    return re.search(pattern, code[: match.start()]) is not None


def _found(completer: Any, code: str, cursor: int) -> list[Any]:
    """Completions without doubles, IPython's order kept."""
    seen: dict[tuple[int, int, str], Any] = {}
    for one in completer._completions(code, cursor, _timeout=completer.jedi_compute_type_timeout / 1000):
        seen.setdefault((one.start, one.end, one.text), one)
    return list(seen.values())


def _silently(completer: Any, code: str, cursor: int) -> list[Any]:
    """As `_found`, without IPython's warning that its completions are provisional, which it raises as an error.

    IPython has a context manager for that, which swaps the process's warning filters and so must not run beside a cell.
    One more filter is safe; it is set when it is found to be missing, as user code may reset the filters.
    """
    from IPython.core.completer import ProvisionalCompleterWarning  # start-up time, likewise

    try:
        return _found(completer, code, cursor)
    except ProvisionalCompleterWarning:
        warnings.filterwarnings("ignore", category=ProvisionalCompleterWarning)
        return _found(completer, code, cursor)
