#!/bin/sh
# The program `display` on the far side of a prefix: as here where there is a Python, else with the options that matter most.
session=${0%/*}
if command -v python3 >/dev/null; then exec python3 -I -S "$session/display.py" "$session" "$@"; fi
mime='' id=null update=false count=0
while [ $# -gt 0 ]; do
  case $1 in
    --id) id=\"$2\" update=false; shift 2 || exit 2 ;;
    --update) id=\"$2\" update=true; shift 2 || exit 2 ;;
    --mime) mime=$2; shift 2 || exit 2 ;;
    --) shift; break ;;
    -?*) printf 'display: %s: there is no Python here; without it only --id, --update and --mime are known\n' "$1" >&2; exit 2 ;;
    *) break ;;
  esac
done
type_of() { # type_of FILE NAME
  case $(dd if="$1" bs=1 count=4 2>/dev/null | tr -c 'A-Za-z0-9%' '.') in
    .PNG) echo image/png ;;
    GIF8) echo image/gif ;;
    %PDF) echo application/pdf ;;
    *) case $2 in
        *.jpg | *.jpeg) echo image/jpeg ;;
        *.webp) echo image/webp ;;
        *.svg) echo image/svg+xml ;;
        *.html | *.htm) echo text/html ;;
        *.md) echo text/markdown ;;
        *.json) echo application/json ;;
        *) echo text/plain ;;
      esac ;;
  esac
}
show() { # show NAME: what comes on stdin
  count=$((count + 1))
  file=$session/$(printf '%06x%02x%08x' $$ "$count" "$(date +%s)")
  (umask 077 && cat >"$file") || exit 1
  kind=${mime:-$(type_of "$file" "$1")} size=$(wc -c <"$file")
  header="{\"parts\":[[\"$kind\",$((size))]],\"id\":$id,\"update\":$update,\"image\":{},\"text\":null}"
  printf '%s%08d' "$header" "${#header}" >>"$file"
  sh "$session/send" "${file##*/}"
  printf '\033]5151;%s;d;%s\007' "${session##*repl-}" "${file##*/}" >/dev/tty
  rm -f "$file"
}
case $#:$1 in
  0:) show '' ;;
  1:*/*) if [ -e "$1" ]; then show "$1" <"$1"; else mime=$1; show ''; fi ;;
  *) status=0
    for name; do
      if [ -f "$name" ] && [ -r "$name" ]; then show "$name" <"$name"; else
        printf 'display: %s: no such file, or not to be read\n' "$name" >&2; status=1
      fi
    done
    exit $status ;;
esac
