## __k_forget_figures__ (): a cell has ended, and its figures are closed, unless they shall be kept or nobody sees them.
function __k_forget_figures__ ()
  s = __k_plot__ ();
  __k_shown__ (-1);
  if (! s.keep && ! s.native)
    for h = get (0, "children").'
      if (ishghandle (h) && (s.hidden || strcmp (get (h, "visible"), "on")))
        delete (h);
      end
    end
  end
end
