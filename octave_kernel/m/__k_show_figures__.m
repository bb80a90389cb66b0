## __k_show_figures__ (FIGURE): show the figures that have changed, by number; FIGURE, too, if its handle is hidden.
## A figure that this cell has shown already takes its own place.
function __k_show_figures__ (figure = [])
  s = __k_plot__ ();
  for h = unique ([get(0, "children"); figure]).'
    try
      show (h, s);
    catch problem
      __k_notice__ (sprintf ("figure %g cannot be shown: %s%s", h, problem.message, remedy (problem)));
      settle (h, getappdata (h, "__k_shown__"));
    end
  end
end

function text = remedy (problem)
  text = "";
  if (strncmp (problem.message, "__gnuplot", 9))
    text = ". The toolkit qt may: OctaveKernel.plot = '--toolkit qt'";
  end
end

function show (h, s)
  before = getappdata (h, "__k_shown__");  # [] or [handle, cell, number]
  if (isappdata (h, "__k_drawn__"))
    rmappdata (h, "__k_drawn__");  # drawing it was interrupted: what is waited for then may never come
    settle (h, before);
  end
  if (! is_due (h, s, before))
    return;
  end
  again = ! isempty (before) && before(1) == h && before(2) == __k_shown__ (0);
  if (again)
    now = before;
  else
    [turn, count] = __k_shown__ (1);
    now = [h, turn, count];
    if (count > s.most)
      if (count == s.most + 1)
        __k_notice__ (sprintf ("this cell has made more than %d figures: the others are not shown (%%plot --most N)",
                               s.most));
      end
      settle (h, now);
      return;
    end
  end
  if (now(3) <= s.most)
    settle (h, now);  # first: an error shall not come again
    setappdata (h, "__k_drawn__", true);
    __k_draw__ (h, s, sprintf ("figure-%s-%d-%d", __k_here__ ().token, now(2), now(3)));
  end
  settle (h, now);
end

function due = is_due (h, s, before)
  seen = s.hidden || strcmp (get (h, "visible"), "on");
  changed = strcmp (get (h, "__modified__"), "on") || isappdata (h, "__k_due__") || (s.hidden && isempty (before));
  due = seen && changed && (! isempty (before) || ! isempty (get (h, "children")));
end

function settle (h, now)
  if (ishghandle (h))
    setappdata (h, "__k_shown__", now);
    for name = {"__k_due__", "__k_drawn__"}
      if (isappdata (h, name{1}))
        rmappdata (h, name{1});
      end
    end
    set (h, "__modified__", "off");
  end
end
