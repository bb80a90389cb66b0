# Run gnuplot (what the arguments say from the second on), which reads what it shall draw from the pipe $1.in, whoever
# opens it, until it is told to exit. Here descriptor 3 keeps the pipe open. As long as it runs there is the file $1.pid.
# When gnuplot has ended, whoever waits for its answer is told what it could draw on, until the pipe is closed: of one
# that can nothing Octave waits for a text instead. Once Octave has removed $1.in, whoever waits asks another gnuplot.
name=$1
shift
trap '' INT
exec 4<"$name.in"
# Its number is written by what becomes gnuplot: whatever that does, even to us, its end will be seen.
sh -c 'echo $$ >"$0" && exec "$@"' "$name.pid" "$@" <&4 3>&- 4<&- &
{ wait $!; } 2>/dev/null # by what it was killed is nobody's concern
rm -f "$name.pid"
exec 3>&-
while kill -0 $$; do # again and again: a pipe may be opened later than now
  set -- oct-*
  [ -p "$name.in" ] || break
  for pipe; do
    [ -p "$pipe" ] && echo "dumb jpeg pdfcairo png pngcairo svg" 1<>"$pipe"
  done
  sleep 0.05
done >/dev/null 2>&1 </dev/null 4<&- &
cat <&4 >/dev/null
kill $! 2>/dev/null # unless it has seen that by itself
