## __k_watch__ (TOOLKIT): notice when figures are to be drawn. gnuplot is called by a function that one of ours hides;
## where drawing is Octave's own, ours hide the functions that ask for it.
function __k_watch__ (toolkit)
  here = fileparts (mfilename ("fullpath"));
  if (strcmp (toolkit, "gnuplot"))
    ours = fullfile (here, "gnuplot");
    __k_gnuplot__ ();  # finds Octave's, as long as it is not hidden
  else
    ours = fullfile (here, "screen");
  end
  if (isempty (strfind ([pathsep, builtin("path"), pathsep], [pathsep, ours, pathsep])))
    before = warning ("off", "Octave:shadowed-function");
    addpath (ours);
    warning (before);
  end
end
