## pause (...): as Octave's, and shows in the notebook what has changed.
function pause (varargin)
  __k_redraw__ ();
  builtin ("pause", varargin{:});
end
