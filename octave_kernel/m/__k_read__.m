## line = __k_read__ (): the next line that is typed. Octave's own prompt reads all folders of the path before each line.
## Figures of the last cell are closed after the prompt, which tells that the cell has ended: nobody waits for that.
function line = __k_read__ ()
  prompt = builtin ("PS1");
  if (isempty (builtin ("get", 0, "children")))
    line = builtin ("input", prompt, "s");
  else
    builtin ("puts", prompt);
    builtin ("fflush", builtin ("stdout"));
    __k_forget_figures__ ("if due");
    line = builtin ("input", "", "s");
  end
end
