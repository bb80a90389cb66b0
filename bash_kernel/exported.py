"""The environment that the shell gives to the programs that it runs: what it exports."""

from __future__ import annotations

from collections.abc import Mapping

from sdk import ExecutionError

LIMIT = 5.0  # seconds

# In a copy of the shell: it leaves no variable behind.
QUESTION = """\
( builtin mapfile -t __k_names < <(builtin compgen -e)
  for __k_name in "${__k_names[@]}"; do builtin printf '%s=%s\\0' "$__k_name" "${!__k_name-}"; done )
builtin printf '\\0'
"""


def read(answer: str | None) -> Mapping[str, str]:
    """The variables that the shell has told of. Raises ExecutionError when it has not answered in time."""
    if answer is None or not answer.endswith("\0"):
        raise ExecutionError("TimeoutError", f"the shell did not answer within {LIMIT:g} seconds")
    pairs = (entry.partition("=") for entry in answer.split("\0") if entry)
    return {name: value for name, _, value in pairs}
