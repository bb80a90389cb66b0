# Read with `on` before and `off` after a cell where `set -e` may be on. There the shell ends where a command fails, and
# reaches no line of ours: where the user has no ERR trap, one of ours tells __k_died which command it was. Read at the top
# level, because in a function bash does not show the ERR trap. Says when there is nothing to watch for any more.

builtin trap -p ERR >|"${__k_d:-/dev/null}/trap"
__k_c=
builtin read -r __k_c <"${__k_d:-/dev/null}/trap" || :
if [[ $__k_c == *__k_died* ]]; then
  builtin trap - ERR
  __k_c=
fi
if [[ $1 == on && ! $__k_c ]]; then
  builtin trap -- '{ [[ $- != *e* ]] || \__k_died "${BASH_LINENO[@]: -2:1}" "$LINENO" "$BASH_COMMAND"; } 2>/dev/null' ERR
fi
if [[ $1 == off && $- != *e* ]]; then builtin printf '%s\0' "${__k_m}r;e "$'\a' 1<>"$__k_f"; fi
__k_line= __k_fatal=
builtin unset -v __k_c
