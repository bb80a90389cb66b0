# Run what the arguments say from the second on: gnuplot. When it has crashed, its status is written into the file that
# the first one names, and whoever waits to read from a pipe what gnuplot prints is told that nothing comes.
crashed=$1
shift
"$@"
status=$?
[ $status = 0 ] && ! read -r line && exit # it has read all that it was told
echo $status >"$crashed"
while kill -0 $$; do # again and again: the pipe may be opened later than now
  for pipe in "$TMPDIR"/oct-*; do
    [ -p "$pipe" ] && true <>"$pipe"
  done
  sleep 0.05
done >/dev/null 2>&1 </dev/null &
cat >/dev/null
kill $!
exit $status
