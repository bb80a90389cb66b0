## -*- texinfo -*-
## @deftypefn {} {} edit @var{name}
## Fail: there is no screen for an editor. The magic @code{%edit} opens a file in a cell.
## @end deftypefn
##
## Octave's own function starts an editor in the background, and nobody is told what becomes of that.
function edit (varargin)
  error ("edit: an editor takes a screen, and there is none: the variable DISPLAY is not set. In a notebook, the line %s", ...
         "%edit FILE puts a file into a cell");
end
