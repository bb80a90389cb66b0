## f = __k_go__ (TURN): a cell begins. What is returned is eval itself: a cell may have a variable of that name.
## From now on the prompt is the mark of the end, which also an interrupted cell comes to.
function f = __k_go__ (n)
  persistent begun = -1;
  mlock ();  # clear all shall not clear this
  if (n == begun)
    f = @nothing;  # the line was thought to be lost, and was typed twice
    return;
  end
  builtin ("PS1", builtin ("sprintf", "\033]5151;%s;%d\007", __k_here__ ().token, n));
  f = @eval;
  __k_record__ (builtin ("sprintf", "S %d", n));  # last: from now on an interrupt may come
  begun = n;
end

function nothing (varargin)
end
