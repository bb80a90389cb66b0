## -*- texinfo -*-
## @deftypefn {} {} ginput (@dots{})
## Fail: figures in a notebook cannot be clicked on.
## @end deftypefn
##
## Octave's own function waits for ever. So would waitforbuttonpress and gtext, which call it.
function varargout = ginput (varargin)
  error ("ginput: there is no window to click on: figures are shown in the notebook, and the variable DISPLAY is not set");
end
