## __k_far__ (TOKEN, WHAT, ...): what the kernel types, beside cells, for an Octave that does not see its files.
function __k_far__ (token, what = "", varargin)
  if (! isempty (what))
    feval (["__k_far_" what "__"], varargin{:});
  end
end
