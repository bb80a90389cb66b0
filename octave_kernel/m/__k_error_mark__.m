## __k_error_mark__ (TURN): if errors have a terminal of their own, mark there that TURN has ended.
function __k_error_mark__ (n)
  mlock ();
  here = __k_here__ ();
  if (here.split)
    builtin ("fputs", builtin ("stderr"), builtin ("sprintf", "\033]5151;%s;%d\007", here.token, n));
    builtin ("fflush", builtin ("stderr"));
  end
end
