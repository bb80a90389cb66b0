## drawnow (...): as Octave's, and shows in the notebook what has changed.
function drawnow (varargin)
  builtin ("drawnow", varargin{:});
  if (isempty (varargin))
    __k_redraw__ ();
  end
end
