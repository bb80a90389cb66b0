# Read first by a bash that runs behind a prefix; __k_d is the session's directory there, __k_t its token. What the kernel
# does here with files it does there by lines that it types and by what `send` and `relay.bash` write.

__k_far_text= __k_far_puts=0

# __k_far_put TOKEN NAME TEXT [+]: a file comes, in pieces; "+" says that another one follows.
__k_far_put() {
  __k_far_text+=$3
  if [[ ${4-} ]]; then return 0; fi
  # The files of old cells go now and then, not each by a process of its own.
  if [[ $2 == In* ]] && ((++__k_far_puts % 64 == 0)); then builtin command rm -f -- "$__k_d"/In\[*; fi
  builtin printf %s "$__k_far_text" >|"$__k_d/$2"
  __k_far_text=
  return 0
}

# Much is going to be typed: its echo would overrun the terminal, which forgets what it has no room for.
__k_far_hush() {
  builtin command stty -echo </dev/tty
  builtin printf '\e]5151;%s;r;Q\a' "$__k_t" >/dev/tty
  return 0
}

# Sets the terminal right, if a program may have left it otherwise.
__k_far_tty() {
  if [[ $__k_far_modes ]]; then builtin command stty "$__k_far_modes" </dev/tty; fi
  return 0
}

# After the kernel's other files: what is due at the end.
__k_far_ready() {
  builtin local __k_trap
  __k_trap=$(builtin trap -p EXIT)
  builtin eval "builtin set -- ${__k_trap#trap }"
  builtin trap -- "${2-:}; \\__k_far_leave" EXIT
  if [[ -r $JUPYTER_DISPLAY && ! -x $JUPYTER_DISPLAY ]]; then display() { \sh "$JUPYTER_DISPLAY" "$@"; }; fi
  return 0
}

__k_far_leave() {
  # A copy of the shell that an interrupt met just after its fork comes here, too.
  [[ $BASHPID == "$$" ]] || builtin return 0
  {
    \sh "$__k_d/send" state.exit
    if builtin read -r __k_far_text <"$__k_d/relay.pid" && builtin kill -0 "$__k_far_text"; then
      builtin printf 'farewell\0' >>"$__k_d/records"
    else
      builtin command rm -rf -- "$__k_d"
    fi
  } 2>/dev/null
}

# The kernel closes: as if the window of a terminal were closed, but nobody needs what is saved.
__k_far_bye() {
  __k_far_leave() { [[ $BASHPID != "$$" ]] || builtin printf 'farewell\0' >>"$__k_d/records"; }
  case $(builtin trap -p EXIT) in *__k_far_leave*) builtin trap -- '\__k_far_leave' EXIT ;; esac
  builtin kill -HUP $$
}

builtin command stty echo </dev/tty 2>/dev/null
__k_far_modes=$(builtin command stty -g </dev/tty 2>/dev/null)
("$BASH" --norc "$__k_d/relay.bash" "$__k_d" "$__k_t" $$ 0x400 &)
builtin printf 'S 0\0' >>"$__k_d/records"
