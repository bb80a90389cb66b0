## __k_redraw__ (FIGURE): something is to be drawn, in the middle of a cell: what has changed is shown; FIGURE, too, if
## its handle is hidden. It is left for later while a function of Octave's own does its work, and when drawing takes so
## long that the cell would do little else.
function __k_redraw__ (figure = [])
  persistent ended = 0;
  persistent took = 0;  # seconds
  s = __k_plot__ ();
  if (s.native)
    return;
  end
  caller = dbstack ();
  midway = numel (caller) > 2 && any (strcmp (caller(3).name, {"figure", "print", "getframe", "surfc", "meshc", ...
                                                              "__errplot__", "__add_default_menu__"}));
  if (midway || (took > s.patience && abs (time () - ended) < took))
    postpone (unique ([get(0, "children"); figure]).');
    return;
  end
  began = time ();
  __k_show_figures__ (figure);
  ended = time ();
  took = ended - began;
end

function postpone (figures)
  for h = figures
    if (strcmp (get (h, "__modified__"), "on"))
      setappdata (h, "__k_due__", true);
    end
  end
end
