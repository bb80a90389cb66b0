## __k_tidy__ (): what a cell may have left that would be in the way of the next one.
function __k_tidy__ ()
  if (page_screen_output ())
    page_screen_output (false);
  end
  if (! page_output_immediately ())
    page_output_immediately (true);
  end
  here = mfilename ("fullpath")(1:end-numel ("__k_tidy__"));
  if (isempty (strfind (builtin ("path"), [here "ask"])))
    addpath ([here "ask"]);  # here, where it is not warned that a builtin function is replaced
    if (isempty (getenv ("DISPLAY")))
      addpath ([here "dialogs"]);
    end
  end
end
