"""inspect_request: what IPython's `?` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.utils.tokenutil import token_at_cursor

from sdk import InspectReply, InspectRequest

if TYPE_CHECKING:
    from python_kernel.shell import ZMQInteractiveShell


class Inspection:
    """Describes names of the user's namespace."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self._shell = shell

    def inspect(self, request: InspectRequest) -> InspectReply:
        """The name at the cursor, or the function whose call the cursor stands in."""
        code = request.code
        cursor = len(code) if request.cursor_pos is None else min(max(request.cursor_pos, 0), len(code))
        for described in self._shell.cell_inspectors:
            reply: InspectReply | None = described(code, cursor, request.detail_level)
            if reply is not None:
                return reply
        name = token_at_cursor(code, cursor)
        try:
            bundle = self._shell.object_inspect_mime(name, detail_level=request.detail_level)
        except KeyError:
            return InspectReply(found=False)
        if not self._shell.enable_html_pager:
            bundle.pop("text/html", None)
        return InspectReply(found=True, data=bundle)
