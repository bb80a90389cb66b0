## __k_end__ (TURN, HOW): a cell has ended: well (1), by an error (0), or in a way that only a prompt tells of (2).
function __k_end__ (n, how)
  persistent told = "";  # the path
  mlock ();  # clear all shall not clear this
  __k_prompt__ (n);
  text = "";
  searched = path ();
  if (how == 1 && strcmp (searched, told) && ! page_screen_output () && page_output_immediately ()
      && isempty (get (0, "children")))
    __k_shown__ (-1);  # most cells leave nothing to do
  else
    warned = warning ("off", "all");  # with "local" all would be on afterwards
    unwind_protect
      [how, text] = tidy (how);
      searched = path ();
      if (n > 0 && (! strcmp (searched, told) || how == 2))
        told = searched;
        text = [text, ",\"path\":", __k_quote__(searched)];
      end
    unwind_protect_cleanup
      warning (warned);
    end_unwind_protect
  end
  __k_record__ (sprintf ("D %d {\"how\":%d,\"cwd\":%s%s}", n, how, __k_quote__ (pwd ()), text));
end

function [how, text] = tidy (how)
  problem = lasterror ();
  text = "";
  if (how == 2 && debug_on_error ())
    how = 0;  # the debugger has shown an error, and was left
  end
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
