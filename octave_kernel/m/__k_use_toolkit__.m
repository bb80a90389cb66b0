## hidden = __k_use_toolkit__ (PLOT): new figures use the toolkit that PLOT asks for. Whether they are not to be seen
## on the screen, although they are shown: gnuplot makes no window that nobody asks for; others do.
function hidden = __k_use_toolkit__ (plot)
  wanted = plot.toolkit;
  if (isempty (wanted) && ! plot.native)
    wanted = "gnuplot";
  end
  used = get (0, "defaultfigure__graphics_toolkit__");
  if (! isempty (wanted) && ! strcmp (wanted, used))
    if (any (strcmp (available_graphics_toolkits (), wanted)))
      used = graphics_toolkit (wanted);
      used = wanted;
    else
      __k_notice__ (sprintf (["the toolkit %s is not there, and %s is used. qt and fltk take a screen, with which " ...
                              "Octave starts when the option OctaveKernel.plot asks for them: '--toolkit %s'"],
                             wanted, ifelse_ (isempty (used), "none", used), wanted));
    end
  end
  hidden = ! plot.native && ! strcmp (used, "gnuplot");
  set (0, "defaultfigurevisible", ifelse_ (hidden, "off", "on"));
  __k_watch__ (used);
end

function value = ifelse_ (condition, yes, no)
  value = no;
  if (condition)
    value = yes;
  end
end
