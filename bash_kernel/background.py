"""Code that runs a cell in the background of the shell: `%%bg`. Pure."""

from __future__ import annotations

import shlex

# The outer copy tells its process id, which is that of the job's process group, and the status of the inner one, which
# may end by `exit`. The shell's own notes about the job (its number, its end) are not shown: %jobs tells of it.
_CODE = """\
{{ {{ {{ builtin printf '%s\\n' "$BASHPID" >{status}
( builtin eval -- {code}
)
builtin printf '%s\\n' "$?" >>{status}; }} </dev/null >{terminal} 2>&1 & }} 2>/dev/null; builtin disown; }} 2>/dev/null
"""


def code(code: str, terminal: str, status: str) -> str:
    """See `Kernel.job_code`."""
    return _CODE.format(code=shlex.quote(f"{code}\n"), terminal=shlex.quote(terminal), status=shlex.quote(status))
