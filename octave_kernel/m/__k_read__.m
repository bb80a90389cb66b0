## line = __k_read__ (): the next line that is typed. Octave's own prompt reads all folders of the path before each line.
## First the figures of the last cell are closed, which nobody has to wait for: the prompt tells that the cell has ended.
function line = __k_read__ ()
  prompt = builtin ("PS1");
  if (! isempty (builtin ("get", 0, "children")))
    builtin ("puts", prompt);
    builtin ("fflush", builtin ("stdout"));
    prompt = "";
    __k_forget_figures__ ("if due");
  end
  line = builtin ("input", prompt, "s");
end
