## -*- texinfo -*-
## @deftypefn  {} {} doc @var{name}
## @deftypefnx {} {} doc
## Show the documentation of the function @var{name}, as @code{help} does.
## @end deftypefn
##
## Octave's own function opens a reader, which needs a terminal that one can move about in.
function status = doc (varargin)
  help (varargin{:});
  if (nargout)
    status = 0;
  end
end
