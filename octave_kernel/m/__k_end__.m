## __k_end__ (TURN, HOW): a cell has ended: well (1), by an error (0), or in a way that only a prompt tells of (2).
## Functions of the user's may hide those of Octave's: what the kernel waits for is told by builtin ones alone.
function __k_end__ (n, how)
  persistent path_told = "";
  persistent folder_told = "";
  mlock ();  # clear all shall not clear this
  here = __k_here__ ();
  record = "";
  plain = how == 1 && ! here.far && ! here.split && nothing_to_do (path_told, folder_told);
  if (plain)
    record = builtin ("sprintf", "\033]5151;%s;r;D %d {\"how\":1}\007", here.token, n);  # the prompt says it, too
  else
    problem = [];
    if (how != 1)
      problem = builtin ("lasterror");
      if (how == 2 && builtin ("debug_on_error"))
        how = 0;  # the debugger has shown an error, and was left
      end
    end
  end
  builtin ("PS1", builtin ("sprintf", "%s\033]5151;%s;%d\007", record, here.token, n));
  if (! plain)
    path_now = path_told;
    folder_now = folder_told;
    try
      [text, path_now, folder_now] = report (n, how, problem, path_told);
    catch failed
      text = in_short (how, problem, failed);
    end
  end
  if (here.split)
    __k_error_mark__ (n);
  end
  if (! plain)
    __k_record__ ([begun(here, n, how), builtin("sprintf", "D %d {%s}", n, text)]);
    path_told = path_now;
    folder_told = folder_now;
  end
end

function yes = nothing_to_do (path_told, folder_told)
  ## Most cells leave nothing to do, and nothing to tell but that they have ended.
  try
    yes = strcmp (builtin ("path"), path_told) && strcmp (builtin ("pwd"), folder_told) ...
          && ! builtin ("page_screen_output") && builtin ("page_output_immediately") ...
          && isempty (builtin ("get", 0, "children"));
  catch
    yes = 0;
  end
end

function text = begun (here, n, how)
  ## The beginning was told on the terminal, which may be read later than this.
  text = "";
  if (how != 2 && n > 0 && ! here.far && ! here.split)
    text = [builtin("sprintf", "S %d", n), "\0"];
  end
end

function [text, path_told, folder_told] = report (n, how, problem, path_told)
  text = "";
  searched = builtin ("path");
  if (how != 1 || ! strcmp (searched, path_told) || page_screen_output () || ! page_output_immediately ()
      || ! isempty (builtin ("get", 0, "children")))
    warned = warning ("off", "all");  # with "local" all would be on afterwards
    unwind_protect
      [how, text] = tidy (how, problem);
      searched = builtin ("path");
      if (n > 0 && (! strcmp (searched, path_told) || how == 2))
        path_told = searched;
        text = [text, ",\"path\":", __k_quote__(searched)];
      end
    unwind_protect_cleanup
      warning (warned);
    end_unwind_protect
  end
  folder_told = folder ();
  text = sprintf ("\"how\":%d,\"cwd\":%s%s", how, __k_quote__ (folder_told), text);
end

function name = folder ()
  persistent last = "/";
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
  last = name;
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
