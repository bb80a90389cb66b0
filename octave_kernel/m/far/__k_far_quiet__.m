## __k_far_quiet__ (): much is going to be typed: its echo would overrun the terminal, which forgets what it has no room for.
function __k_far_quiet__ ()
  system ("stty -echo </dev/tty 2>/dev/null");
  __k_say__ (sprintf ("\033]5151;%s;r;Q\007", __k_here__ ().token));
end
