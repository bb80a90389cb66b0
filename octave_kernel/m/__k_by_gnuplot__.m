## __k_by_gnuplot__ (FIGURE, TERMINAL, FILE, ...): as Octave's own __gnuplot_drawnow__, which would wait for ever for a
## gnuplot that has crashed: it is run by a script that answers in its place. Raises an error then.
function __k_by_gnuplot__ (varargin)
  __k_gnuplot_terminals__ ();
  original = __k_gnuplot__ ();
  here = __k_here__ ().path;
  crashed = fullfile (here, "gnuplot.crashed");
  [program, arguments] = gnuplot_binary ();
  temporary = getenv ("TMPDIR");
  failed = [];
  [~, ~] = unlink (crashed);  # of a figure whose cell was interrupted
  unwind_protect
    gnuplot_binary (script (fullfile (here, "gnuplot.sh"), crashed, [{program}, arguments]){:});
    setenv ("TMPDIR", here);  # where Octave makes the pipe by which gnuplot answers
    try
      original (varargin{:});
    catch failed
    end
  unwind_protect_cleanup
    gnuplot_binary (program, arguments{:});
    if (isempty (temporary))
      unsetenv ("TMPDIR");
    else
      setenv ("TMPDIR", temporary);
    end
  end_unwind_protect
  if (! isempty (stat (crashed)))
    status = strtrim (fileread (crashed));
    unlink (crashed);
    error ("gnuplot has crashed (%s, status %s)", program, status);
  elseif (! isempty (failed))
    rethrow (failed);
  end
end

function command = script (file, crashed, command)
  ## A file that can be run, because Octave gives no more than one argument to a program; asked for its version it is
  ## gnuplot alone. Where files cannot be run, it is the COMMAND as it was.
  persistent before = "";
  ours = fullfile (fileparts (mfilename ("fullpath")), "gnuplot.sh");
  words = strjoin (cellfun (@__k_shell_quote__, command, "uniformoutput", false), " ");
  text = sprintf ("#!/bin/sh\n[ $# = 0 ] || exec %s \"$@\"\nset -- %s %s\n%s", words, ...
                  __k_shell_quote__ (crashed), words, fileread (ours));
  if (! strcmp (text, before) || isempty (stat (file)))
    before = "";
    out = fopen (file, "w");
    if (out >= 0)
      fputs (out, text);
      fclose (out);
    end
    if (out < 0 || stat (file).size != numel (text))
      error ("%s cannot be written: is the disk full?", file);
    end
    if (system (sprintf ("chmod u+x %s && test -x %s", __k_shell_quote__ (file), __k_shell_quote__ (file))))
      return;
    end
    before = text;
  end
  command = {file};
end
