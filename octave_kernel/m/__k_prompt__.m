## __k_prompt__ (TURN): the next prompt is the mark that TURN has ended.
function __k_prompt__ (n)
  mlock ();
  here = __k_here__ ();
  builtin ("PS1", builtin ("sprintf", "\033]5151;%s;%d\007", here.token, n));
  builtin ("PS2", "");
  builtin ("PS4", "");
end
