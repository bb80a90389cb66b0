## __k_redraw__ (): what has changed is shown, unless a function of Octave's own asks for it in the middle of its work.
function __k_redraw__ (figure)
  if (__k_plot__ ().native)
    return;
  end
  caller = dbstack ();
  if (numel (caller) > 2 && any (strcmp (caller(3).name, {"figure", "print", "getframe", "surfc", "meshc", ...
                                                          "__errplot__", "__add_default_menu__"})))
    if (nargin)
      setappdata (figure, "__k_due__", true);
    end
  elseif (nargin)
    __k_show_figures__ (figure);
  else
    __k_show_figures__ ();
  end
end
