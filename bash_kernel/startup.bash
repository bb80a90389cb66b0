# Read by the shell before its first prompt, after the user's own files. The kernel has set __k_d (the session's directory)
# and __k_t (its token). Everything that the kernel types begins with a backslash where a user's alias could stand in the
# way, and nothing here depends on PATH, IFS or options. A function that ends with a status other than 0 would set off a
# user's ERR trap, or end the shell under `set -e`: each returns 0.

__k_f=$__k_d/records __k_n=0 __k_s=0 __k_open=1 __k_cap= __k_opts= __k_ifs= __k_line= __k_fatal=
__k_tmout= __k_ran= __k_x= __k_due= __k_m=$'\e]5151;'$__k_t';'
builtin declare -A __k_none # stays empty: its subscripts are expanded where another way would need quotes

# Records are written into the FIFO $__k_f by `1<>`: to open it for writing alone would wait for ever for a kernel that was
# killed. What an interrupt makes `printf` leave unwritten, bash writes to the terminal, and it looks for interrupts after
# each character and each `%`: so a record or a barrier is one `%s`, and has the form in which it may come there.

# __k_go TURN COUNT LENGTH [FILE]: a cell begins.
__k_go() {
  __k_n=$1 __k_open=1 __k_cap= __k_ran=
  if [[ $__k_tmout ]]; then TMOUT=$__k_tmout __k_tmout=; fi
  builtin printf '%s\0' "${__k_m}r;S $1"$'\a' 1<>"$__k_f"
  if [[ ${3-} ]]; then
    builtin read -r -N "$3" __k_c <"$__k_d/In[$2]"
    builtin history -s -- "$__k_c"
    builtin unset -v __k_c
  fi
  builtin return 0
}

# As __k_go, for cells that look at $?: the status of the cell before.
__k_gos() {
  __k_go "$@"
  builtin return "$__k_s"
}

# The first command of a cell where `set -x` is on: it was off since the cell's line, so that nothing of that is shown.
__k_trace() {
  builtin local __k_status=$?
  __k_x=
  builtin set -x
  if [[ $- == *e* ]]; then builtin return 0; fi
  builtin return "$__k_status"
}

# [TOKEN]: the end of a cell: typed after it without an argument, and with one before every prompt for cells that were
# interrupted. An interrupt in here only makes a second report, because the mark that it is due goes last.
__k_end() {
  builtin local __k_status=$?
  if [[ $__k_open ]]; then
    if [[ $__k_cap ]]; then __k_status=$__k_s; else __k_s=$__k_status; fi
    __k_cap=
    if [[ $__k_opts ]]; then __k_restore; fi
    if [[ $__k_x ]]; then
      __k_x=
      builtin set -x
    fi
    if [[ ${TMOUT-} ]]; then # at a prompt it would end the shell
      __k_tmout=$TMOUT
      builtin unset -v TMOUT || __k_tmout=
    fi
    # What was typed and not read by the cell would be taken for a command.
    __k_lines=0 # never for ever, whatever `builtin` is by now
    while [[ $((__k_lines += 1)) -le 5000 ]] && builtin read -r -t 0 </dev/tty; do builtin read -r -t 1 </dev/tty; done
    builtin printf %s "$__k_m$__k_n"$'\a' >/dev/tty
    if [[ $__k_e ]]; then builtin printf %s "$__k_m$__k_n"$'\a' >|"$__k_e"; fi
    if [[ ! -p $__k_f ]]; then # somebody has cleaned up: the kernel puts it back, and asks again
      __k_cap=1
      builtin return 0
    fi
    if [[ $__k_ran && $__k_status != 0 ]]; then builtin printf '%s\0' "${__k_m}r;C $__k_ran"$'\a' 1<>"$__k_f"; fi
    __k_ran=
    if [[ $- == *x* ]]; then builtin printf '%s\0' "${__k_m}r;X "$'\a' 1<>"$__k_f"; fi
    builtin printf '%s\0' "${__k_m}r;D $__k_n $__k_status ${PWD:0:3500}"$'\a' 1<>"$__k_f"
    __k_open=
  elif [[ $# != 0 && ! $__k_due ]]; then
    # A prompt that follows no line: an interrupt has made bash begin a new line. That is what ends here.
    builtin printf %s "$__k_m$__k_n"$'\a' >/dev/tty
    if [[ $__k_e ]]; then builtin printf %s "$__k_m$__k_n"$'\a' >|"$__k_e"; fi
  fi
  case :${SHELLOPTS-}: in *:vi:* | *:emacs:*) builtin set +o vi +o emacs ;; esac
  # An assignment to what is readonly ends the function, and under `set -e` the shell.
  if builtin unset -v PS1; then PS1=; fi
  if builtin unset -v PS2; then PS2=; fi
  if builtin unset -v PS0; then PS0=; fi
  if builtin unset -v PROMPT_COMMAND; then PROMPT_COMMAND='{ \__k_end '$__k_t'; } 2>/dev/null'; fi
  if [[ $# == 0 ]]; then __k_due=1; else __k_due=; fi
  builtin return 0
}

# LINE IN-SOURCE COMMAND: `set -e` is about to end the shell, see watch.bash. LINE is the cell's, if the command is not in it.
__k_died() {
  __k_line=${1:-$2} __k_fatal=${3:0:400}
  builtin return 0
}

# LINE: the shell ends; in a function that was called on this line of the cell, if there is one.
__k_last() {
  if [[ $__k_open && ${__k_line:-$1} ]]; then
    builtin printf '%s\0' "${__k_m}r;E ${__k_line:-$1} $__k_fatal"$'\a' 1<>"$__k_f"
  fi
  builtin return 0
}

# At the shell's end: its terminal is gone, and so the kernel was killed. What no terminal tells jobs, the shell must.
__k_gone() {
  if ! builtin true </dev/tty; then
    __k_s=$(builtin jobs -p)
    # eval's words do not depend on IFS. Those of `set +m` have no group of their own.
    if [[ $__k_s ]]; then builtin eval "builtin kill -HUP -- ${__k_s//$'\n'/ } -${__k_s//$'\n'/ -}"; fi
    builtin command -p rm -rf -- "$__k_d"
  fi
}

# Keeps the status of a cell whose end is about to be asked for.
__k_hold() {
  builtin local __k_status=$?
  [[ $__k_open && ! $__k_cap ]] && __k_s=$__k_status __k_cap=1
  builtin return 0
}

# A question of the kernel's (completion, inspection): as a cell, but it leaves no trace in $? and options.
__k_ask() {
  __k_n=$1 __k_open=1 __k_cap=1 __k_opts=$- __k_ifs=${IFS-$' \t\n'}
  builtin shopt -qo posix && __k_opts+=P
  builtin printf '%s\0' "${__k_m}r;S $1"$'\a' 1<>"$__k_f"
  builtin set +euxv +o posix
  builtin printf -v IFS ' \t\n' || builtin : # an assignment would end the line where it is readonly
  builtin return 0
}

__k_restore() {
  builtin printf -v IFS %s "$__k_ifs" || builtin :
  [[ $__k_opts == *P* ]] && builtin set -o posix
  [[ $__k_opts == *u* ]] && builtin set -u
  [[ $__k_opts == *v* ]] && builtin set -v
  [[ $__k_opts == *x* ]] && builtin set -x
  [[ $__k_opts == *e* ]] && builtin set -e
  __k_opts=
  builtin return 0
}

if ! builtin declare -F command_not_found_handle >/dev/null; then
  # Runs in a copy of the shell. Where `builtin` itself is not found, it must not call itself for ever.
  command_not_found_handle() {
    { if [[ ${__k_lost-} ]]; then __k_lost=2; else __k_lost=1 && builtin set +x; fi; } 2>/dev/null
    if [[ $__k_lost == 1 ]]; then
      builtin printf '%s: line %s: %s: command not found\n' \
        "${BASH_SOURCE[1]##*/}" "${BASH_LINENO[0]}" "$1" >&2
      builtin return 127
    else
      [[ ! $__k_lost ]]
    fi
  }
fi

# Shows an image or any other MIME type in the notebook: display FILE, or: COMMAND | display image/png
display() { { builtin local - && builtin set +x; } 2>/dev/null; "$JUPYTER_DISPLAY" "$@"; }
displayHTML() { { builtin local - && builtin set +x; } 2>/dev/null; "$JUPYTER_DISPLAY" ${1:+--id "$1"} html; }
displayJS() { { builtin local - && builtin set +x; } 2>/dev/null; "$JUPYTER_DISPLAY" ${1:+--id "$1"} js; }
# For the scripts that a cell runs. ImageMagick's program of this name has no screen to show anything on.
case ${PATH-} in "$__k_bin:"*) ;; *) builtin printf -v PATH %s "$__k_bin${PATH:+:$PATH}" ;; esac
builtin export JUPYTER_DISPLAY PATH

builtin set +o vi +o emacs # no line editing
builtin unset -v PROMPT_COMMAND HISTFILE TMOUT MAILCHECK
builtin set +o history
# As at a prompt: a cell's `exec` of what is not there does not end the shell.
builtin shopt -s execfail
# Where a cell has unset __k_d nothing is kept: no file of ours shall stand in /.
# A copy of the shell, which an interrupt met just after its fork, runs this, too: it is none of its business.
# The terminal's end may meet bash between two parts of a pipeline. Then every command waits for the first part, until one
# in the background has closed the pipeline.
builtin trap -- '{ case $BASHPID in "$$") if [[ ! -t 255 ]]; then builtin : & fi; \__k_last "${BASH_LINENO[@]: -2:1}"; \builtin . "$__k_h/watch.bash" off; __k_to=${__k_d:-/dev/null}/state.exit; \builtin . "$__k_h/save.bash"; \__k_gone ;; esac; } 2>/dev/null' EXIT
if builtin unset -v PS1 PS2 PS0; then PS1= PS2= PS0=; fi
# The variables that are not the user's; for a shell that takes the place of another they are known.
[[ -s $__k_d/names ]] || { builtin printf '+\n'; builtin compgen -v; } >"$__k_d/names"
builtin printf 'B %s\0' "$BASH_VERSION" 1<>"$__k_f"
PROMPT_COMMAND='{ \__k_end '$__k_t'; } 2>/dev/null'
