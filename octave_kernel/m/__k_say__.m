## __k_say__ (TEXTS...): say each in one piece to the terminal, wherever the standard output goes.
function __k_say__ (varargin)
  fflush (stdout);
  terminal = fopen ("/dev/tty", "w");
  unwind_protect
    for k = 1:numel (varargin)
      fputs (max (terminal, 1), varargin{k});
      fflush (max (terminal, 1));
    end
  unwind_protect_cleanup
    if (terminal >= 0)
      fclose (terminal);
    end
  end_unwind_protect
end
