## f = __k_gnuplot__ (): Octave's own function that draws a figure by gnuplot, which one of ours hides.
function f = __k_gnuplot__ ()
  persistent original = [];
  mlock ();
  if (isempty (original))
    original = @__gnuplot_drawnow__;
  end
  f = original;
end
