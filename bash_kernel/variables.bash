# Writes the shell's variables as `declare -p` does. Read in a copy of the shell. One that is too long is cut: it is written
# as __k_cut, after a line "# name attributes length".
builtin mapfile -t __k_names < <(builtin compgen -v)
for __k_name in "${__k_names[@]}"; do
  [[ $__k_name == __k_* || $__k_name == _ ]] && continue
  builtin declare -n __k_it=$__k_name
  __k_has=${__k_it@a}
  if [[ $__k_has == *[aA]* ]]; then
    __k_length=${#__k_it[@]}
    if [[ $__k_length -gt 1000 ]]; then
      builtin unset -v __k_cut
      if [[ $__k_has == *A* ]]; then
        builtin declare -A __k_cut
        for __k_key in "${!__k_it[@]}"; do
          [[ ${#__k_cut[@]} -lt 1000 ]] || break
          __k_cut[$__k_key]=${__k_it[$__k_key]}
        done
      else
        __k_cut=("${__k_it[@]:0:1000}")
      fi
      builtin printf '# %s %s %s\n' "$__k_name" "${__k_has:--}" "$__k_length"
      builtin declare -p __k_cut
      continue
    fi
  elif [[ ${#__k_it} -gt 10000 ]]; then
    builtin unset -v __k_cut
    __k_cut=${__k_it:0:10000}
    builtin printf '# %s %s %s\n' "$__k_name" "${__k_has:--}" "${#__k_it}"
    builtin declare -p __k_cut
    continue
  fi
  builtin declare -p -- "$__k_name"
done
# And the names that are not the user's.
builtin printf '# names\n'
builtin mapfile -t __k_names <"$__k_d/names"
builtin printf '%s\n' "${__k_names[@]}" '# end'
