#!/bin/sh
# Shows something in the notebook. In a cell it is called `display`; any program finds it by $JUPYTER_DISPLAY.
usage='usage: display [--id ID | --update ID] [--mime TYPE] FILE...
       COMMAND | display [--id ID | --update ID] [TYPE]

Shows images and other MIME types (image/png, image/svg+xml, text/html, text/markdown, application/json, ...).
With --id, a second display of the same cell with this id takes the place of the first; --update changes what
was shown with the id in any cell. The type of a file is seen by its contents and its name.'
session=${0%/*} mime='' id='' verb=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) printf '%s\n' "$usage"; exit 0 ;;
    --id) id=$2 verb=''; shift 2 || exit 2 ;;
    --update) id=$2 verb=update; shift 2 || exit 2 ;;
    --mime) mime=$2; shift 2 || exit 2 ;;
    --) shift; break ;;
    -?*) printf 'display: %s: no such option\n%s\n' "$1" "$usage" >&2; exit 2 ;;
    *) break ;;
  esac
done
show() { # show NAME: the payload comes on stdin
  file=$(mktemp "$session/XXXXXXXXXXXX") || exit 1
  { printf '%s\t%s\t%s\t%s\n' "$mime" "$id" "$verb" "$1"; cat; } >"$file"
  # In the terminal's own order, wherever stdout and stderr go.
  { printf '\033]5151;%s;d;%s\007' "${session##*repl-}" "${file##*/}" >/dev/tty; } 2>/dev/null ||
    printf '\033]5151;%s;d;%s\007' "${session##*repl-}" "${file##*/}"
}
case $#:$1 in
  0:) show '' ;;
  1:*/*) if [ -e "$1" ]; then show "$1" <"$1"; elif [ -t 0 ]; then
      printf 'display: %s: no such file\n' "$1" >&2; exit 1
    else mime=$1; show ''; fi ;;
  *) status=0
    for name; do
      if [ -f "$name" ] && [ -r "$name" ]; then show "$name" <"$name"; else
        printf 'display: %s: no such file, or not to be read\n' "$name" >&2; status=1
      fi
    done
    exit $status ;;
esac
