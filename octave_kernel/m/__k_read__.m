## line = __k_read__ (): the next line that is typed. Octave's own prompt reads all folders of the path before each line.
## __k_read__ ("figures"): those of this cell are to be closed. That is done after the prompt, which tells that the cell
## has ended: nobody waits for it.
function line = __k_read__ (what)
  persistent figures = false;
  mlock ();  # clear all shall not clear this
  if (nargin)
    figures = true;
    return;
  end
  prompt = builtin ("PS1");
  if (figures)
    figures = false;
    builtin ("puts", prompt);
    builtin ("fflush", builtin ("stdout"));
    __k_forget_figures__ ("if due");
    prompt = "";
  end
  line = builtin ("input", prompt, "s");
end
