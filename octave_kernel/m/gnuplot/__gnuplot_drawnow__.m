## __gnuplot_drawnow__ (FIGURE, ...): gnuplot shall draw, as Octave's function of this name; a figure that has changed,
## and would be drawn into a window, is shown in the notebook instead.
function __gnuplot_drawnow__ (h, varargin)
  if (nargin > 1)
    __k_by_gnuplot__ (h, varargin{:});
  elseif (__k_plot__ ().native)
    __k_gnuplot_terminals__ ();
    original = __k_gnuplot__ ();
    original (h);
  else
    __k_redraw__ (h);
  end
end
