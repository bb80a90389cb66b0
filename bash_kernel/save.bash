# Writes into the file $__k_to what a new shell needs to go on where this one is: pieces that end in NUL, named by their first
# lines. Read at the top level, where the positional parameters are and no function's variables. Starts no process, and
# changes nothing.

builtin declare -F >"${__k_d:-/dev/null}/functions"
{
  builtin printf 'variables\n'
  builtin declare -p
  # A question of the kernel's has its own, unless the user's is readonly.
  if [[ $__k_opts ]]; then builtin printf 'builtin printf -v IFS %%s %q\n' "$__k_ifs"; fi
  builtin printf '\0attributes\n'
  builtin declare -F
  while builtin read -r __k_1; do
    __k_1=${__k_1##* }
    if [[ $__k_1 != __k_* ]]; then
      builtin printf '\0function\n'
      builtin declare -f -- "$__k_1"
    fi
  done <"${__k_d:-/dev/null}/functions"
  builtin printf '\0place\n'
  builtin alias -p
  builtin umask -p
  builtin printf 'builtin set --'
  if [[ $# -gt 0 ]]; then builtin printf ' %q' "$@"; fi
  builtin printf '\nbuiltin cd -- %q\n' "$PWD"
  for ((__k_1 = ${#DIRSTACK[@]} - 1; __k_1 > 0; __k_1--)); do
    builtin printf 'builtin pushd -n -- %q\n' "${DIRSTACK[__k_1]}"
  done
  builtin printf '\0options\n'
  builtin shopt -p
  builtin set +o
  for __k_1 in e u v x; do
    if [[ $__k_opts == *$__k_1* ]]; then builtin printf 'set -%s\n' "$__k_1"; fi
  done
  if [[ $__k_opts == *P* ]]; then builtin printf 'set -o posix\n'; fi
  builtin printf '\0traps\n'
  builtin trap -p
  builtin printf '\0whole\n\0'
} >"$__k_to"
builtin unset -v __k_1
