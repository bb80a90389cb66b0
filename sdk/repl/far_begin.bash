# Read by the first bash behind a prefix, DIRECTORY TOKEN, before another program takes its place: far_begin.bash is for that
# program what far.bash is for a bash.
builtin command stty echo </dev/tty 2>/dev/null
builtin command stty -g </dev/tty >"$1/modes" 2>/dev/null
# What is typed and said is UTF-8.
case ${LC_ALL:-${LC_CTYPE:-${LANG-}}} in
  *[Uu][Tt][Ff]*) ;;
  *) builtin unset -v LC_ALL && builtin export LC_CTYPE=C.UTF-8 ;;
esac 2>/dev/null
("$BASH" --norc "$1/relay.bash" "$1" "$2" $$ &)
builtin printf 'S 0\0' >>"$1/records"
