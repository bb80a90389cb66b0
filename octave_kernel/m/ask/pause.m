## -*- texinfo -*-
## @deftypefn  {} {} pause ()
## @deftypefnx {} {} pause (@var{n})
## Suspend the execution of the program for @var{n} seconds; without an argument until the user has answered.
## @end deftypefn
##
## The builtin function waits for a key by looking again and again, which cannot be told from work.
function pause (varargin)
  drawnow ();
  if (nargin > 0)
    builtin ("pause", varargin{:});
  else
    input ("", "s");
  end
end
