## __k_end__ (TURN, HOW): a cell has ended: well (1), by an error (0), or in a way that only a prompt tells of (2).
## Functions of the user's may hide those of Octave's: what the kernel waits for is told by builtin ones alone.
function __k_end__ (n, how)
  mlock ();  # clear all shall not clear this
  problem = [];
  if (how != 1)
    problem = builtin ("lasterror");
    if (how == 2 && builtin ("debug_on_error"))
      how = 0;  # the debugger has shown an error, and was left
    end
  end
  here = __k_here__ ();
  builtin ("PS1", builtin ("sprintf", "\033]5151;%s;%d\007", here.token, n));
  try
    text = report (n, how, problem);
  catch failed
    text = in_short (how, problem, failed);
  end
  if (here.split)
    __k_error_mark__ (n);
  end
  __k_record__ (builtin ("sprintf", "D %d {%s}", n, text));
end

function text = report (n, how, problem)
  persistent told = "";  # the path
  text = "";
  searched = builtin ("path");
  if (how != 1 || ! strcmp (searched, told) || page_screen_output () || ! page_output_immediately ()
      || ! isempty (builtin ("get", 0, "children")))  # most cells leave nothing to do
    warned = warning ("off", "all");  # with "local" all would be on afterwards
    unwind_protect
      [how, text] = tidy (how, problem);
      searched = builtin ("path");
      if (n > 0 && (! strcmp (searched, told) || how == 2))
        told = searched;
        text = [text, ",\"path\":", __k_quote__(searched)];
      end
    unwind_protect_cleanup
      warning (warned);
    end_unwind_protect
  end
  text = sprintf ("\"how\":%d,\"cwd\":%s%s", how, folder (), text);
end

function text = folder ()
  persistent last = "/";
  persistent quoted = "\"/\"";
  try
    name = pwd ();
  catch  # it has been removed, and nothing runs where there is no folder
    name = [last "/"];
    while (! isfolder (name))
      name = name(1:find (name(1:end-1) == "/", 1, "last"));
    end
    cd (name);
    name = pwd ();
    __k_notice__ (sprintf ("the current folder is gone; now it is %s", name));
  end
  if (! strcmp (name, last))
    last = name;
    quoted = __k_quote__ (name);
  end
  text = quoted;
end

function [how, text] = tidy (how, problem)
  text = "";
  builtin ("PS2", "");
  builtin ("PS4", "");
  __k_tidy__ ();
  __k_figures__ ();
  if (how == 0 && strncmp (problem.message, "'__k_end__' undefined", 21))
    how = 1;  # the cell has taken this away, and it was put back
    __k_watch__ (get (0, "defaultfigure__graphics_toolkit__"));
  end
  if (how == 0)
    if (! isempty (strfind (problem.message, "error sourcing file")) && isempty (problem.stack))
      problem = __k_parse_error__ (problem);
    end
    frames = "";
    for i = 1:numel (problem.stack)
      s = problem.stack(i);
      frames = [frames, sprintf(",[%s,%s,%d,%d]", __k_quote__ (s.file), __k_quote__ (s.name), s.line, s.column)];
    end
    text = sprintf (",\"identifier\":%s,\"message\":%s,\"stack\":[%s]", __k_quote__ (problem.identifier), ...
                    __k_quote__ (problem.message), frames(2:end));
  end
end

function text = in_short (how, problem, failed)
  builtin ("puts", builtin ("sprintf", ["[the kernel could not look after this cell: %s. Does a function of yours " ...
                                        "have the name of one of Octave's?]\n"], failed.message));
  text = builtin ("sprintf", "\"how\":%d", how);
  if (how == 0)
    text = builtin ("sprintf", "%s,\"identifier\":%s,\"message\":%s", text, __k_quote__ (problem.identifier), ...
                    __k_quote__ (problem.message));
  end
end
