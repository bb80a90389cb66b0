## f = __k_go__ (TURN): a cell begins. What is returned is eval itself: a cell may have a variable of that name.
## From now on the prompt is the mark of the end, which also an interrupted cell comes to.
function f = __k_go__ (n)
  persistent begun = -1;
  mlock ();  # clear all shall not clear this
  if (n == begun)
    f = @nothing;  # the line was thought to be lost, and was typed twice
    return;
  end
  here = __k_here__ ();
  builtin ("PS1", builtin ("sprintf", "\033]5151;%s;%d\007", here.token, n));
  f = @eval;
  ## Last: from now on an interrupt may come.
  if (here.far || here.split)
    __k_record__ (builtin ("sprintf", "S %d", n));
  else  # where errors are printed: that takes a quarter of the time, and diary does not write it down
    builtin ("fputs", builtin ("stderr"), builtin ("sprintf", "\033]5151;%s;r;S %d\007", here.token, n));
  end
  begun = n;
end

function nothing (varargin)
end
