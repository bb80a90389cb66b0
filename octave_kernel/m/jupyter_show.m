## -*- texinfo -*-
## @deftypefn  {} {} jupyter_show (@var{x})
## @deftypefnx {} {} jupyter_show (@var{x}, @var{rows}, @var{columns})
## Show the value @var{x} as a table: matrices, cell arrays, structs and maps, within one another, too.
##
## At most @var{rows} rows and @var{columns} columns are shown (60 and 30, if you do not say). Symbolic expressions are
## shown as formulas. The plain text goes with it, for front-ends that show nothing else.
##
## @example
## s.name = "x"; s.values = magic (3);
## jupyter_show (s)
## @end example
## @seealso{jupyter_display, disp}
## @end deftypefn
function jupyter_show (x, rows = 60, columns = 30)
  if (nargin < 1)
    print_usage ();
  elseif (! all (cellfun (@(n) isnumeric (n) && isscalar (n) && n > 0, {rows, columns})))
    error ("jupyter_show: ROWS and COLUMNS must be positive numbers");
  end
  text = evalc ("disp (x)");
  if (numel (text) > 20000)
    text = [text(1:rindex (text(1:20000), "\n")) "…\n"];
  end
  html = __k_html__ (x, struct ("rows", rows, "columns", columns, "depth", 3));
  payloads = {html};
  types = {"text/html"};
  if (isa (x, "sym"))
    payloads = {["$$" latex(x) "$$"]};
    types = {"text/latex"};
  end
  __k_show_data__ (payloads, types, "", text);
end
