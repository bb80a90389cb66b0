## __k_notice__ (TEXT): tell the user something that is not the cell's own.
function __k_notice__ (text)
  fflush (stdout);
  fprintf (stderr, "[%s]\n", text);
  fflush (stderr);
end
