# Completion in the user's shell: read at the first one. What is asked for stands in variables that begin with __k_, and the
# answer is what is written: entries that end in NUL, where one that begins with \1 says of what kind the following are.
#
# Rules are loaded in the shell itself, as at a terminal. All else runs in a copy of the shell: whatever the user's functions
# do, they leave no trace.

# The names that may stand where a command stands.
__k_commands() { # word
  builtin local __k_kind
  for __k_kind in alias keyword function builtin command; do
    builtin printf '\1%s\0' "$__k_kind"
    __k_put < <(builtin compgen -A "$__k_kind" -- "$1")
  done
}

__k_variables() { # word
  builtin printf '\1variable\0'
  __k_put < <(builtin compgen -v -- "$1")
}

# The files that a path may mean, as it was begun; with "command", only what can be run.
__k_files() { # word [command]
  builtin bind -q complete >/dev/null 2>&1 # from now on compgen knows ~, backslashes and variables
  if [[ $1 == '~'* && $1 != */* ]]; then
    builtin printf '\1user\0'
    __k_put < <(builtin compgen -P '~' -u -- "${1#\~}")
    builtin return 0
  fi
  builtin printf '\1path\0'
  __k_put < <(builtin compgen -A "${2:-file}" -- "$1")
  __k_folders "$1"
}

__k_folders() { # word
  builtin printf '\1directory\0'
  __k_put < <(builtin compgen -d -- "$1")
}

__k_put() {
  builtin local -a __k_lines
  builtin mapfile -t __k_lines
  [[ ${#__k_lines[@]} -eq 0 ]] || builtin printf '%s\0' "${__k_lines[@]}"
}

# -- in the shell itself --

# What is loaded brings variables with it: they are noted, since they are not the user's.
__k_note() { # - or +, before or after
  { builtin printf '%s\n' "$1"; builtin compgen -v; } >>"$__k_d/names"
}

# The system's rules, for shells whose ~/.bashrc has not read them.
__k_system() {
  builtin declare -F _comp_load >/dev/null && builtin return 0
  builtin declare -F __load_completion >/dev/null && builtin return 0
  builtin local __k_path
  for __k_path in /usr/share /usr/local/share /opt/homebrew/share /opt/local/share; do
    __k_path=$__k_path/bash-completion/bash_completion
    [[ -r $__k_path ]] && { builtin . "$__k_path" >/dev/null; builtin return 0; }
  done
  [[ -r /etc/bash_completion ]] && builtin . /etc/bash_completion >/dev/null
  builtin return 0
}

# The rule for the command in __k_words, after aliases.
__k_load() {
  builtin local __k_alias __k_each __k_shopt
  builtin local -a __k_aliased
  for __k_each in 1 2 3 4; do # aliases of aliases
    __k_alias=${BASH_ALIASES[${__k_words[0]}]-}
    [[ $__k_alias && ${__k_words[0]} != "${__k_alias%%[[:space:]]*}" ]] || break
    builtin read -r -d '' -a __k_aliased <<<"$__k_alias"
    __k_line=$__k_alias${__k_line#"${__k_words[0]}"}
    __k_words=("${__k_aliased[@]}" "${__k_words[@]:1}")
  done
  builtin complete -p -- "${__k_words[0]}" >/dev/null 2>&1 && builtin return 0
  __k_note -
  __k_shopt=$(builtin shopt -p)
  builtin shopt -s extglob # the rules are written in its patterns
  __k_system
  if builtin declare -F _comp_load >/dev/null; then
    _comp_load -- "${__k_words[0]}" || _comp_load -D -- "${__k_words[0]}"
  elif builtin declare -F __load_completion >/dev/null; then
    __load_completion "${__k_words[0]}" || __load_completion "${__k_words[0]##*/}"
  fi >/dev/null
  builtin eval "$__k_shopt" # some of them set options
  __k_note +
  builtin return 0
}

# -- in a copy of it --

__k_arguments() { # the last of __k_words is completed; the part of it after a break is __k_word, perhaps ""
  builtin local __k_spec= __k_options=' ' __k_function= __k_program= __k_prefix= __k_suffix= __k_filter= __k_kind=argument
  builtin local __k_again=
  builtin local -a __k_actions __k_found
  # Outside of readline the builtin fails; here what it would set is kept.
  compopt() {
    while [[ $# -gt 0 ]]; do
      case $1 in
        -o) __k_options+="$2 "; shift ;;
        +o) __k_options=${__k_options//" $2 "/ }; shift ;;
        -[DEI]) ;;
        *) builtin return 0 ;; # another command's rule
      esac
      shift
    done
    builtin return 0
  }
  builtin shopt -s extglob
  builtin bind -q complete >/dev/null 2>&1
  COMP_WORDBREAKS=${COMP_WORDBREAKS-$' \t\n"\'><=;|&(:'}
  builtin printf '\1breaks\0%s\0' "$COMP_WORDBREAKS"
  COMP_WORDBREAKS=${COMP_WORDBREAKS//@}
  if __k_rule "${__k_words[0]}"; then
    __k_generate
    __k_otherwise
  else
    __k_paths
  fi
  [[ $__k_options == *' filenames '* ]] && __k_kind=path
  [[ $__k_options == *' nosort '* ]] && builtin printf '\1nosort\0'
  builtin printf '\1%s\0' "$__k_kind"
  [[ ${#__k_found[@]} -eq 0 ]] || builtin printf '%s\0' "${__k_found[@]}"
  if [[ $__k_kind == path ]]; then
    __k_folders "$__k_word"
    builtin printf '\1file\0' # some rules give other words for names of files
    __k_put < <(builtin compgen -f -- "$__k_word")
  fi
  [[ ${__k_words[0]##*/} == git && ${#__k_found[@]} -gt 0 ]] && __k_references
  builtin return 0
}

# Takes the rule of a command apart.
__k_rule() { # command
  __k_spec=$(builtin complete -p -- "$1" 2>/dev/null) || __k_spec=$(builtin complete -p -- "${1##*/}" 2>/dev/null) ||
    __k_spec=$(builtin complete -p -D 2>/dev/null) || builtin return 1
  __k_options=' ' __k_function= __k_program= __k_prefix= __k_suffix= __k_filter= __k_actions=()
  builtin eval "builtin set -- ${__k_spec#complete }"
  while [[ $# -gt 0 ]]; do
    case $1 in
      -F) __k_function=$2; shift ;;
      -C) __k_program=$2; shift ;;
      -P) __k_prefix=$2; shift ;;
      -S) __k_suffix=$2; shift ;;
      -X) __k_filter=$2; shift ;;
      -o) __k_options+="$2 "; shift ;;
      -A) __k_actions+=(-A "$2"); __k_kind=$2; shift ;;
      -G | -W) __k_actions+=("$1" "$2"); shift ;;
      -a) __k_actions+=("$1") __k_kind=alias ;;
      -b) __k_actions+=("$1") __k_kind=builtin ;;
      -c) __k_actions+=("$1") __k_kind=command ;;
      -d | -f) __k_actions+=("$1") __k_options+='filenames ' ;;
      -e | -v) __k_actions+=("$1") __k_kind=variable ;;
      -j) __k_actions+=("$1") __k_kind=job ;;
      -k) __k_actions+=("$1") __k_kind=keyword ;;
      -u) __k_actions+=("$1") __k_kind=user ;;
      -[gs]) __k_actions+=("$1") ;;
      -[DEI] | --) ;;
      -*) ;;
    esac
    shift
  done
  [[ $__k_kind == file || $__k_kind == directory || " ${__k_actions[*]} " == *' -G '* ]] && __k_options+='filenames '
  [[ $__k_kind == hostname ]] && __k_kind=host
  builtin return 0
}

# What the rule gives, in __k_found.
__k_generate() {
  builtin local -a __k_more
  builtin local __k_each
  __k_found=()
  [[ ${#__k_actions[@]} -eq 0 ]] || builtin mapfile -t __k_found < <(builtin compgen "${__k_actions[@]}" -- "$__k_word")
  if [[ $__k_function ]]; then
    __k_call "$__k_function"
    if [[ $? -eq 124 && ! $__k_again ]] && __k_again=1 && __k_rule "${__k_words[0]}"; then # it has set another rule
      __k_generate
      builtin return 0
    fi
    __k_found+=("${COMPREPLY[@]}")
  fi
  if [[ $__k_program ]]; then
    builtin mapfile -t __k_more < <(
      builtin export COMP_LINE="$__k_line" COMP_POINT=${#__k_line} COMP_KEY=9 COMP_TYPE=9
      builtin eval "$__k_program"' "${__k_words[0]}" "$__k_word" "${__k_words[${#__k_words[@]} - 2]}"'
    )
    __k_found+=("${__k_more[@]}")
  fi
  if [[ $__k_filter ]]; then
    __k_more=() __k_filter=${__k_filter//&/$__k_word}
    for __k_each in "${__k_found[@]}"; do
      if [[ $__k_filter == !* ]]; then
        [[ $__k_each == ${__k_filter#!} ]] && __k_more+=("$__k_each")
      else
        [[ $__k_each == $__k_filter ]] || __k_more+=("$__k_each")
      fi
    done
    __k_found=("${__k_more[@]}")
  fi
  [[ $__k_prefix$__k_suffix ]] && __k_found=("${__k_found[@]/#/$__k_prefix}") && __k_found=("${__k_found[@]/%/$__k_suffix}")
  builtin return 0
}

# What the rule's options ask for besides, or when it gave nothing.
__k_otherwise() {
  builtin local -a __k_more
  if [[ $__k_options == *' plusdirs '* || ($__k_options == *' dirnames '* && ${#__k_found[@]} -eq 0) ]]; then
    builtin mapfile -t __k_more < <(builtin compgen -d -- "$__k_word")
    __k_found+=("${__k_more[@]}") __k_options+='filenames '
  fi
  [[ ${#__k_found[@]} -eq 0 && ($__k_options == *' default '* || $__k_options == *' bashdefault '*) ]] && __k_paths
  builtin return 0
}

__k_paths() {
  if [[ $__k_word == '~'* && $__k_word != */* ]]; then
    __k_kind=user
    builtin mapfile -t __k_found < <(builtin compgen -P '~' -u -- "${__k_word#\~}")
  else
    __k_options+='filenames '
    builtin mapfile -t __k_found < <(builtin compgen -f -- "$__k_word")
  fi
}

__k_call() { # function: what bash does when Tab is pressed
  builtin local COMP_LINE="$__k_line" COMP_POINT=${#__k_line} COMP_TYPE=9 COMP_KEY=9 COMP_CWORD=$((${#__k_words[@]} - 1))
  COMP_WORDS=("${__k_words[@]}") COMPREPLY=()
  "$1" "${__k_words[0]}" "$__k_word" "${__k_words[COMP_CWORD - 1]}" >/dev/null
}

# Which of the matches are branches and tags.
__k_references() {
  builtin printf '\1references\0'
  __k_put < <(command git for-each-ref --format='%(refname)' refs/heads refs/remotes refs/tags)
}
