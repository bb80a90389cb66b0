## __fltk_uigetfile__ (...): Octave's own function of this name, without a screen, would end Octave. uigetfile, uiputfile
## and uigetdir look for it before they call it, and fail when it is not what they know.
function varargout = __fltk_uigetfile__ (varargin)
  error ("files are chosen in a window, and there is no screen: the variable DISPLAY is not set");
end
