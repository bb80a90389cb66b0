## [turn, count] = __k_shown__ (N): N figures more are shown in this cell, which is the TURNth; -1: a cell has ended.
function [turn, count] = __k_shown__ (n)
  persistent cell = 1;
  persistent figures = 0;
  mlock ();
  figures += n;
  if (n < 0)
    cell++;
    figures = 0;
  end
  turn = cell;
  count = figures;
end
