## drew = __k_by_lasting_gnuplot__ (FIGURE, TERMINAL, FILE): draw by the gnuplot that stays, to which Octave tells the
## same as to a window of gnuplot's. Whether that went well: if not, another gnuplot has to draw.
function drew = __k_by_lasting_gnuplot__ (h, term, file)
  drew = false;
  became = "stop";  # unless nobody interrupts it
  g = __k_lasting_gnuplot__ ();
  if (isempty (g))
    return;
  end
  here = __k_here__ ().path;
  answer = [here "/oct-drawn"];
  before = {"TMPDIR", "GNUTERM"; getenv("TMPDIR"), getenv("GNUTERM")};
  stream = get (h, "__plot_stream__");
  failed = [];
  pipe = -1;
  unwind_protect
    setenv ("TMPDIR", here);  # where Octave makes the pipes by which gnuplot answers
    setenv ("GNUTERM", term);
    pipe = opened ([here "/" g ".in"]);
    if (pipe >= 0)
      set (h, "__plot_stream__", pipe);
      try
        fprintf (pipe, "unset multiplot\nset output %s\n", quoted (file));
        __k_gnuplot__ ()(h);
        fputs (pipe, "\nunset multiplot\nset output\n");
        drew = answers (pipe, answer);
      catch failed
      end
    end
    alive = __k_lasting_gnuplot__ ("is alive");
    if (drew)
      became = "drew";
    elseif (! alive || isempty (failed))
      became = "failed";  # else it is Octave that has: there is much that it cannot draw by any gnuplot
    end
  unwind_protect_cleanup
    __k_lasting_gnuplot__ (became);
    set (h, "__plot_stream__", stream);
    if (pipe >= 0)
      fclose (pipe);
    end
    for variable = before
      if (isempty (variable{2}))
        unsetenv (variable{1});
      else
        setenv (variable{:});
      end
    end
  end_unwind_protect
  if (alive && ! isempty (failed))
    rethrow (failed);
  end
end

function pipe = opened (name)
  ## If nobody reads it any more, whoever only writes would wait for that.
  both = fopen (name, "r+");
  pipe = -1;
  if (both >= 0)
    pipe = fopen (name, "w");
    fclose (both);
  end
  if (pipe >= 0 && ! __k_lasting_gnuplot__ ("is alive"))
    fclose (pipe);
    pipe = -1;
  end
end

function text = quoted (text)
  text = ["'", strrep(text, "'", "''"), "'"];
end

function yes = answers (pipe, name)
  ## Once gnuplot has done all that it was told before.
  yes = false;
  [~, ~] = unlink (name);
  if (mkfifo (name, 600))
    return;
  end
  unwind_protect
    fprintf (pipe, "set print %s\nprint \"drawn\"\nset print\n", quoted (name));
    fflush (pipe);
    in = fopen (name, "r");
    if (in >= 0)
      yes = isequal (fgets (in), "drawn\n");
      fclose (in);
    end
  unwind_protect_cleanup
    [~, ~] = unlink (name);
  end_unwind_protect
end
