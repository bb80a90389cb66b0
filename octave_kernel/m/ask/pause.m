## -*- texinfo -*-
## @deftypefn  {} {} pause ()
## @deftypefnx {} {} pause (@var{n})
## Suspend the execution of the program for @var{n} seconds; without an argument until the user has answered.
## @end deftypefn
##
## The builtin function waits for a key by looking again and again, which cannot be told from work. It sleeps for a tenth
## of a second at a time, and an interrupt waits for the end of that.
function pause (varargin)
  drawnow ();
  if (nargin == 1 && isnumeric (varargin{1}) && isscalar (varargin{1}) && isfinite (varargin{1}))
    seconds = double (varargin{1});
    began = tic ();
    while (seconds - toc (began) > 0.01)
      builtin ("pause", 0.01);
    end
    if (seconds > 0)
      seconds = max (0, seconds - toc (began));
    end
    builtin ("pause", seconds);
  elseif (nargin > 0)
    builtin ("pause", varargin{:});
  else
    input ("", "s");
  end
end
