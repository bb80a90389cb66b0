# Runs beside the program on the far side of a prefix: relay.bash DIRECTORY TOKEN PID [BYTES]. BYTES is how many a bash
# asks for when it reads a command; other programs are not seen to read commands, and their terminal is set right here.
# Passes the records of the session's
# FIFO on through the terminal, looks while a turn runs whether the foreground waits for the keyboard (only builtins, so
# that a look costs no process), and removes the directory when the program has gone.
trap '' HUP INT QUIT TERM TSTP TTIN TTOU PIPE
d=$1 t=$2 shell=$3 command=${4-} LC_ALL=C
# The terminal is opened anew for all that is said: it must be seen to end when the program does.
exec 3<>"$d/records" </dev/null >/dev/null 2>&1
cd /
echo "$$" >"$d/relay.pid"
case $HOSTTYPE in
  x86_64) read_call=0 wait_calls=' 7 23 232 270 271 281 441 ' ;;
  *) read_call=63 wait_calls=' 22 72 73 441 ' ;;
esac

say() {
  local text=$1 marked=$'\e]5151;'$t';r;'
  if [[ $text == "$marked"* ]]; then text=${text#"$marked"} text=${text%$'\a'}; fi
  text=${text//%/%25}
  text=${text//$'\e'/%1B} text=${text//$'\a'/%07} text=${text//$'\n'/%0A} text=${text//$'\r'/%0D}
  printf '\e]5151;%s;r;%s\a' "$t" "$text" >/dev/tty
}

# Sets $seen when the process $1 waits for the terminal, or cannot be looked into.
check() {
  local call first second third rest
  if ! read -r call first second third rest <"/proc/$1/syscall"; then
    read -r rest <"/proc/$1/stat" && [[ ${rest##*) } == S* ]] && seen=u pid=$1
    return
  fi
  if [[ $call == "$read_call" && ( /proc/$1/fd/$((first)) -ef $terminal || /proc/$1/fd/$((first)) -ef /dev/tty ) ]]; then
    seen=r pid=$1
    if [[ $1 == "$shell" ]]; then
      if [[ ! $command ]]; then seen=o; elif [[ $third == "$command" ]]; then seen=p; fi
    fi
  elif [[ $wait_calls == *" $call "* && /proc/$1/fd/0 -ef $terminal && $1 != "$shell" ]]; then
    seen=u pid=$1
  fi
}

# Checks the children of $1 that are in the foreground, and theirs.
walk() {
  local -a children
  local child line
  read -r -a children <"/proc/$1/task/$1/children"
  for child in "${children[@]}"; do
    [[ $seen == [rpo] || $((++walked)) -gt 60 ]] && return
    read -r line <"/proc/$child/stat" || continue
    set -- "$1" ${line##*) }
    [[ $4 == "$group" ]] && check "$child"
    walk "$child"
  done
}

# Whether the process $1 has left SIGINT to its default.
dies_of_interrupt() {
  local name mask
  while read -r name mask; do
    case $name in
      SigIgn: | SigCgt:) ((16#${mask: -8} & 2)) && return 1 ;;
    esac
  done <"/proc/$1/status"
}

# Whether the process $1 is a copy of the shell, which has not become another program.
is_copy() {
  local its mine
  IFS= read -r its <"/proc/$1/cmdline" || [[ $its ]] || return
  IFS= read -r mine <"/proc/$shell/cmdline"
  [[ $its == "$mine" ]]
}

# Whether an interrupt ends something in the foreground that $1 has started, or those have.
runs_mortals() {
  local -a children
  local child line
  read -r -a children <"/proc/$1/task/$1/children"
  for child in "${children[@]}"; do
    read -r line <"/proc/$child/stat" || continue
    set -- ${line##*) }
    [[ $3 == "$group" ]] && dies_of_interrupt "$child" && return
    runs_mortals "$child" && return
  done
  return 1
}

# Whether the program ignores SIGINT.
is_deaf() {
  local name mask
  while read -r name mask; do
    [[ $name == SigIgn: ]] && { ((16#${mask: -8} & 2)); return; }
  done <"/proc/$shell/status"
  return 1
}

# After a turn that was long enough for a program that changes the terminal, or in which one has ended: this shell may
# have slept through a turn's beginning. What the children that have ended had read is counted in /proc.
set_right() {
  local line before=$ended
  read -r line <"/proc/$shell/stat" && set -- ${line##*) } && ended=$9
  if [[ $ended != "$before" || ! ${EPOCHREALTIME-} ]] || ((${EPOCHREALTIME/[.,]/} - began > 1500)); then
    stty "$modes_at_start" </dev/tty
  fi
}

look() {
  local line seen=b pid=0 walked=0 group own modes= key dies=0 deaf=0
  ((++ticks > 30)) && pause=.2
  read -r line <"/proc/$shell/stat" || return
  set -- ${line##*) }
  own=$3 group=$6
  if [[ $group == "$own" ]]; then check "$shell"; else check "$group"; fi
  [[ $seen == [rpo] ]] || walk "$shell"
  [[ $seen == p ]] && at_prompt=1
  # Looked at each time: who has just been forked or started may not have set its signals yet.
  # What a copy of the shell does, in a pipeline, goes by what it runs.
  if [[ ! $command ]]; then
    runs_mortals "$shell" && dies=1
    is_deaf && deaf=1
  elif [[ $group != "$own" ]]; then
    { dies_of_interrupt "$group" || { is_copy "$group" && runs_mortals "$shell"; }; } && dies=1
  fi
  key=$seen$pid.$group.$dies$deaf last=${last:-b0.$own.00}
  if [[ $seen == [ro] ]]; then
    if read -r -t 0 </dev/tty; then return; fi # it is about to get what it waits for
    read -r line <"/proc/$pid/schedstat" && key+=$line # after an answer it has run: a new wish
  elif [[ $seen == u ]]; then
    ((ticks % 4)) && return
    modes=$(stty -a </dev/tty)
    key+=$modes
  fi
  [[ $key == "$last" ]] && return
  last=$key
  [[ $seen == [ro] ]] && modes=$(stty -a </dev/tty)
  local echo=1 lines=1 returns=1
  [[ $modes == *' -echo '* ]] && echo=0
  [[ $modes == *' -icanon '* ]] && lines=0
  [[ $modes == *' -icrnl '* ]] && returns=0
  say "W $seen $echo $lines $returns $dies $deaf"
}

gone() {
  local line
  if read -r line <"/proc/$shell/stat"; then [[ ${line##*) } == [ZX]* ]]; else ! kill -0 "$shell"; fi
}

terminal=/proc/$shell/fd/255 # where bash keeps it
[[ $command && -e $terminal ]] || terminal=/proc/$shell/fd/0
[[ $command ]] || read -r modes_at_start <"$d/modes"
pause=5 running= last= at_prompt= ticks=0 ended=
begun= # of a record, when the time was over in its middle
while :; do
  if IFS= read -r -d '' -u 3 -t "$pause" record; then
    record=$begun$record begun=
    case $record in
      farewell) break ;;
      S\ *) running=1 last= at_prompt= ticks=0 pause=.05 began=${EPOCHREALTIME/[.,]/} ;;
      D\ *) running= pause=5; [[ $command ]] || set_right ;;
    esac
    say "$record" || break
  elif begun+=$record; gone; then
    break
  elif [[ $running ]]; then
    look
  fi
  if [[ ! -p $d/records && ( ! $running || $at_prompt ) ]]; then
    kill -HUP "$shell" # somebody has cleaned up: a new session is better than one that cannot report
    break
  fi
done
rm -rf -- "$d"
