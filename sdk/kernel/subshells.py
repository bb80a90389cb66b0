"""Which subshells there are (JEP 91), and the execution state of each. Their threads are the transport's."""

from __future__ import annotations

from collections.abc import Callable

from sdk.errors import UnknownSubshellError
from sdk.kernel.execution import Execution


class Subshells:
    """The main shell (id None) and the subshells, each with an execution of its own."""

    def __init__(
        self,
        new_execution: Callable[[str | None], Execution],
        *,
        begin: Callable[[str], None],
        end: Callable[[str], None],
    ) -> None:
        self._new_execution = new_execution
        self._begin = begin
        self._end = end
        self._executions: dict[str | None, Execution] = {None: new_execution(None)}

    def execution(self, subshell_id: str | None) -> Execution:
        """The execution of this shell. Raises UnknownSubshellError."""
        try:
            return self._executions[subshell_id]
        except KeyError:
            raise UnknownSubshellError(f"Unknown subshell_id {subshell_id!r}") from None

    def knows(self, subshell_id: str | None) -> bool:
        """Whether there is such a shell."""
        return subshell_id in self._executions

    def create(self) -> str:
        """Begin a subshell; its id."""
        import uuid  # start-up time

        subshell_id = str(uuid.uuid4())
        self._executions[subshell_id] = self._new_execution(subshell_id)
        self._begin(subshell_id)
        return subshell_id

    def delete(self, subshell_id: str) -> None:
        """End a subshell after what it has begun. Raises UnknownSubshellError."""
        self.execution(subshell_id)
        del self._executions[subshell_id]
        self._end(subshell_id)

    def ids(self) -> list[str]:
        """The subshells' ids; the main shell has none."""
        return [subshell_id for subshell_id in self._executions if subshell_id is not None]
