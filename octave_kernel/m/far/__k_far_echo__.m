## __k_far_echo__ (): the terminal is as it was at the start, and echoes.
function __k_far_echo__ ()
  system (["stty $(cat '" __k_here__().path "/modes') </dev/tty 2>/dev/null"]);
end
