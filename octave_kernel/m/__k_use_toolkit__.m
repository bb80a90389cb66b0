## hidden = __k_use_toolkit__ (PLOT): new figures use the toolkit that PLOT asks for. Whether they are not to be seen
## on the screen, although they are shown: gnuplot makes no window that nobody asks for; qt does, and fltk cannot else.
function hidden = __k_use_toolkit__ (plot)
  wanted = plot.toolkit;
  if (isempty (wanted) && ! plot.native)
    wanted = "gnuplot";
  end
  used = get (0, "defaultfigure__graphics_toolkit__");
  if (isempty (used) && ! have_window_system ())
    used = "gnuplot";  # will be, with the first figure; to say it now would take 30 ms
  end
  if (! isempty (wanted) && ! strcmp (wanted, used))
    there = available_graphics_toolkits ();
    if (any (strcmp (there, wanted)))
      graphics_toolkit (wanted);
      used = wanted;
    else
      __k_notice__ (sprintf (["the toolkit %s is not there, only: %s. qt and fltk take a screen, with which Octave " ...
                              "starts when the option OctaveKernel.plot asks for them: '--toolkit %s'"], ...
                             wanted, strjoin (there, ", "), wanted));
    end
  end
  hidden = ! plot.native && strcmp (used, "qt");
  visible = {"on", "off"};
  set (0, "defaultfigurevisible", visible{1 + hidden});
  __k_watch__ (used);
end
