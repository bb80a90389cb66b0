## __k_figures__ (): a cell ends: its figures are shown, and closed unless they shall be kept.
function __k_figures__ ()
  if (isempty (get (0, "children")))
    return;
  end
  try
    s = __k_plot__ ();
    if (! s.native)
      __k_watch__ (get (0, "defaultfigure__graphics_toolkit__"));  # restoredefaultpath ends that
      __k_show_figures__ ();
      __k_forget_figures__ ("soon");
    end
  catch problem
    __k_notice__ (sprintf ("the figures cannot be shown: %s", problem.message));
  end
end
