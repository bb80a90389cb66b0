## s = __k_plot__ (): how figures are shown. __k_plot__ (CHANGES): from now on otherwise.
function s = __k_plot__ (changes)
  persistent now = struct ("format", "png", "width", 640, "height", 480, "scale", 1, "toolkit", "", ...
                           "native", false, "keep", false, "most", 100, "hidden", false, "patience", 0.2);
  mlock ();  # clear all shall not clear this
  if (nargin)
    for [value, name] = changes
      now.(name) = value;
    end
    now.hidden = __k_use_toolkit__ (now);
    size = [now.width, now.height];
    set (0, "defaultfigureposition", [300, 200, size], "defaultfigurepapersize", max ([8.5, 11], size / 72 + 0.5));
  end
  s = now;
end
