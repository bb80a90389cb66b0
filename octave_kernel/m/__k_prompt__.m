## __k_prompt__ (TURN): the next prompt is the mark that TURN has ended.
function __k_prompt__ (n)
  mlock ();
  here = __k_here__ ();
  PS1 (sprintf ("\033]5151;%s;%d\007", here.token, n));
  PS2 ("");
  PS4 ("");
end
