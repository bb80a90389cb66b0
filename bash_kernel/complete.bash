# Completion in the user's shell: read at the first one. The kernel has set __k_words, __k_line and __k_kind, and takes what is
# written: NUL-separated, first "f" when the matches are names of files, else "w".

__k_matches() { # kind, word
  builtin local -a __k_found
  case $1 in
    command) builtin mapfile -t __k_found < <(builtin compgen -A alias -A builtin -A function -A keyword -c -- "$2") ;;
    variable) builtin mapfile -t __k_found < <(builtin compgen -v -- "$2") ;;
  esac
  builtin printf '%s\0' w "${__k_found[@]}"
}

# The rule for a command, loaded by bash-completion if it is installed and was not used yet.
__k_rule() {
  __k_spec=$(builtin complete -p -- "$1" 2>/dev/null) && return 0
  if builtin declare -F _comp_load >/dev/null; then
    _comp_load -D -- "$1" >/dev/null || _comp_load -- "$1" >/dev/null
  elif builtin declare -F __load_completion >/dev/null; then
    __load_completion "$1" >/dev/null || __load_completion "${1##*/}" >/dev/null
  fi
  __k_spec=$(builtin complete -p -- "$1" 2>/dev/null) || __k_spec=$(builtin complete -p -- "${1##*/}" 2>/dev/null)
}

__k_arguments() { # the command's words are in __k_words, the last is to be completed
  builtin local __k_spec= __k_function= __k_files= __k_command="${__k_words[0]}" __k_word="${__k_words[-1]}"
  builtin local -a __k_rest __k_found
  if [[ ${BASH_ALIASES[$__k_command]-} && $__k_command != "${BASH_ALIASES[$__k_command]%% *}" ]]; then
    builtin local -a __k_alias
    builtin read -r -a __k_alias <<<"${BASH_ALIASES[$__k_command]}"
    __k_words=("${__k_alias[@]}" "${__k_words[@]:1}")
    __k_line="${BASH_ALIASES[$__k_command]}${__k_line#"$__k_command"}" __k_command=${__k_words[0]}
  fi
  __k_rule "$__k_command"
  if [[ $__k_spec ]]; then
    builtin eval "builtin set -- ${__k_spec#complete }"
    while [[ $# -gt 1 ]]; do
      case $1 in
        -F) __k_function=$2; shift 2 ;;
        -o) [[ $2 == filenames || $2 == dirnames || $2 == default || $2 == bashdefault ]] && __k_files=1
            [[ $2 == plusdirs || $2 == dirnames || $2 == default || $2 == bashdefault ]] && __k_rest+=("$1" "$2"); shift 2 ;;
        -C) shift 2 ;;
        -A | -G | -W | -P | -S | -X) __k_rest+=("$1" "$2"); [[ $1$2 == -Afile || $1$2 == -Adirectory ]] && __k_files=1; shift 2 ;;
        -f | -d) __k_files=1; __k_rest+=("$1"); shift ;;
        --) shift ;;
        *) __k_rest+=("$1"); shift ;;
      esac
    done
    if [[ $__k_function ]]; then
      __k_run "$__k_function" "$__k_command" "$__k_word"
    elif [[ ${#__k_rest[@]} -gt 0 ]]; then
      builtin mapfile -t __k_found < <(builtin compgen "${__k_rest[@]}" -- "$__k_word")
    fi
  fi
  if [[ ${#__k_found[@]} -eq 0 ]]; then
    __k_files=1
    builtin mapfile -t __k_found < <(builtin compgen -f -- "$__k_word")
  fi
  if [[ $__k_files ]]; then builtin printf 'f\0'; else builtin printf 'w\0'; fi
  builtin printf '%s\0' "${__k_found[@]}"
}

__k_run() { # function, command, word
  builtin local COMP_LINE="$__k_line" COMP_POINT=${#__k_line} COMP_TYPE=9 COMP_KEY=9 COMP_CWORD=$((${#__k_words[@]} - 1))
  builtin local -a COMP_WORDS COMPREPLY
  COMP_WORDS=("${__k_words[@]}") COMPREPLY=()
  # Outside of readline compopt only fails; what it would set is listened to.
  compopt() {
    builtin local __k_each
    for __k_each; do [[ $__k_each == filenames || $__k_each == dirnames ]] && __k_files=2; done
    builtin return 0
  }
  "$1" "$2" "$3" "${__k_words[COMP_CWORD - 1]}" >/dev/null
  if [[ $? -eq 124 ]]; then
    __k_rule "$2"
    [[ $__k_spec =~ -F\ ([^ ]+) ]] && "${BASH_REMATCH[1]}" "$2" "$3" "${__k_words[COMP_CWORD - 1]}" >/dev/null
  fi
  builtin unset -f compopt
  __k_found=("${COMPREPLY[@]}")
  [[ $__k_files == 1 && ${#__k_found[@]} -gt 0 ]] && __k_files=
  return 0
}
