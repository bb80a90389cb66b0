"""Code that runs a cell in the background of the shell: `%%bg`. Pure."""

from __future__ import annotations

import shlex

# A copy of the shell, with a process group of its own, tells its process id; a copy of that runs the cell, which may
# end by `exit`; then it tells the status. A third one waits for the end of the terminal, that of the kernel: then the
# job hangs up, as a shell's jobs do. The shell's own notes about the job (its number, its end) are not shown: %jobs
# tells.
_CODE = """\
{{ {{ {{ {{ __k_flags=$- __k_group=$BASHPID; builtin set +ex; }} 2>/dev/null
builtin printf '%s\\n' "$__k_group" >{status}
{{ while builtin read -r; do :; done; builtin kill -HUP -- "-$__k_group"; }} <{terminal} 2>/dev/null &
__k_watch=$!
( if [[ $__k_flags == *e* ]]; then builtin set -e; fi
if [[ $__k_flags == *x* ]]; then __k_flags='builtin set -x;'; else __k_flags=; fi
builtin eval -- "$__k_flags"{code}
)
builtin printf '%s\\n' "$?" >>{status}
builtin kill -KILL "$__k_watch"; }} </dev/null >{terminal} 2>&1 & }} 2>/dev/null; builtin disown; }} 2>/dev/null
"""


def code(code: str, terminal: str, status: str) -> str:
    """See `Kernel.job_code`."""
    return _CODE.format(code=shlex.quote(f"{code}\n"), terminal=shlex.quote(terminal), status=shlex.quote(status))
