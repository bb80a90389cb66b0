## -*- texinfo -*-
## @deftypefn  {} {} jupyter_display (@var{type}, @var{data})
## @deftypefnx {} {} jupyter_display (@var{type}, @var{data}, @var{id})
## Show @var{data} in the notebook, where it stands among the text of the cell.
##
## @var{type} is a MIME type such as @qcode{"text/html"}, @qcode{"text/markdown"}, @qcode{"text/latex"},
## @qcode{"image/svg+xml"}, @qcode{"application/json"} or @qcode{"image/png"}; @var{data} a string, or bytes (uint8).
## What is shown again with the same @var{id} in the same cell takes its own place.
##
## @example
## jupyter_display ("text/markdown", "**bold** and $x^2$")
## @end example
## @seealso{jupyter_show}
## @end deftypefn
function jupyter_display (type, data, id = "")
  if (nargin < 2)
    print_usage ();
  elseif (! ischar (type) || isempty (regexp (type, '^[\w.+-]+/[\w.+-]+$', "once")))
    error ("jupyter_display: TYPE must be a MIME type such as \"text/html\"");
  elseif (! ischar (data) && ! isa (data, "uint8"))
    error ("jupyter_display: DATA must be a string or bytes (uint8), not %s; jupyter_show shows values", class (data));
  elseif (! ischar (id))
    error ("jupyter_display: ID must be a string");
  end
  __k_show_data__ ({data}, {type}, id, "");
end
