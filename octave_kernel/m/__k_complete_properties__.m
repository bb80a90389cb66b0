## text = __k_complete_properties__ (PATH, NAME, ...): the properties of the graphics object that PATH holds; each NAME
## in it must be a variable. When it holds none: those of a figure, its axes and a line.
function text = __k_complete_properties__ (path, varargin)
  names = {};
  try
    if (__k_are_variables__ (varargin))
      names = fieldnames (get (evalin ("base", path)(1)));
    end
  end
  if (isempty (names))
    names = {"color", "linewidth", "linestyle", "marker", "markersize", "markeredgecolor", "markerfacecolor", ...
             "displayname", "visible", "parent", "fontsize", "fontname", "fontweight", "xlim", "ylim", "zlim", ...
             "xscale", "yscale", "xtick", "ytick", "xticklabel", "yticklabel", "position", "units", "name"};
  end
  text = __k_list__ ("property", names);
end
