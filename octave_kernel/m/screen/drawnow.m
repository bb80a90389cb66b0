## drawnow (...): as Octave's, and shows in the notebook what has changed.
function drawnow (varargin)
  if (isempty (varargin))
    __k_redraw__ ();  # first: Octave takes the marks of what has changed away
  end
  builtin ("drawnow", varargin{:});
end
