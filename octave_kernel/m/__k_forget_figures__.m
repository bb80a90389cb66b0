## __k_forget_figures__ (): a cell has ended, and its figures are closed, unless they shall be kept or nobody sees them.
## __k_forget_figures__ ("soon"): by the next call with "if due", when the kernel has been told of the end: this takes
## long, and nobody has to wait for it.
function __k_forget_figures__ (when = "now")
  persistent due = false;
  mlock ();
  if (strcmp (when, "if due") && ! due)
    return;
  elseif (strcmp (when, "soon") && ! __k_here__ ().far)  # there, Octave reads what is typed by itself
    due = true;
    __k_read__ ("figures");
    return;
  end
  s = __k_plot__ ();
  if (! s.keep && ! s.native)
    for h = get (0, "children").'
      if (ishghandle (h) && (s.hidden || strcmp (get (h, "visible"), "on")))
        delete (h);
      end
    end
  end
  due = false;
end
