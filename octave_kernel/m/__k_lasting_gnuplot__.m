## g = __k_lasting_gnuplot__ (): the gnuplot that draws one figure after the other: it has started, and found its fonts.
## G is the name of its files in the session's folder: it reads the pipe G.in. It is started if need be; empty:
## it cannot be, or has failed too often.
## __k_lasting_gnuplot__ ("drew"): the figure that it was given; "failed": to do that, and it is ended; "stop": end it.
## alive = __k_lasting_gnuplot__ ("is alive").
function g = __k_lasting_gnuplot__ (what)
  persistent count = 0;
  persistent failures = 0;
  persistent used = "";
  persistent name = "";
  mlock ();
  here = __k_here__ ();
  if (nargin)
    switch (what)
      case "is alive"
        g = is_alive (name);
      case "drew"
        failures = 0;
      otherwise
        failures += strcmp (what, "failed");
        stop (name);
        name = "";
    end
    return;
  end
  [program, arguments] = gnuplot_binary ();
  wanted = [sprintf("%s\1", program, arguments{:}), surroundings()];
  if (! strcmp (wanted, used))
    failures = 0;
  end
  if (! isempty (name) && ! (strcmp (wanted, used) && is_alive (name)))
    stop (name);
    name = "";
  end
  if (isempty (name) && failures < 3 && ! here.far)
    name = sprintf ("gnuplot-%d", ++count);
    used = wanted;
    if (start (name, [{program}, arguments]))
      __k_record__ ("G");
    else
      name = "";
      failures++;
    end
  end
  g = name;
end

function text = surroundings ()
  ## What gnuplot, or what it draws with, looks at when it starts.
  names = {"FONTCONFIG_FILE", "FONTCONFIG_PATH", "GDFONTPATH", "GNUPLOT_DEFAULT_GDFONT", "GNUPLOT_FONTPATH", ...
           "GNUPLOT_LIB", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LC_NUMERIC", "PATH"};
  text = "";
  for i = 1:numel (names)
    text = [text, "\1", getenv(names{i})];
  end
end

function started = start (name, command)
  started = false;
  if (mkfifo (file ([name ".in"]), 600))
    return;
  end
  words = strjoin (cellfun (@__k_shell_quote__, command, "uniformoutput", false), " ");
  ours = fullfile (fileparts (mfilename ("fullpath")), "lasting.sh");
  ## First the pipe is opened: Octave would wait for ever for somebody who reads it.
  started = ! system (sprintf (["cd %s && command -v %s >/dev/null && exec 3<>%s.in && : >%s.pid || exit; " ...
                               "sh %s %s %s >/dev/null &"], __k_shell_quote__ (__k_here__ ().path), ...
                              __k_shell_quote__ (command{1}), name, name, __k_shell_quote__ (ours), name, words));
end

function stop (name)
  f = fopen (file ([name ".pid"]), "r");
  if (f >= 0)  # else it has ended by itself
    pid = [fscanf(f, "%d"), 0](1);
    fclose (f);
    if (pid)
      [~, ~] = kill (pid, SIG ().KILL);
    end
  end
  [~, ~] = unlink (file ([name ".in"]));
end

function yes = is_alive (name)
  yes = ! isempty (stat (file ([name ".pid"])));
end

function path = file (name)
  path = [__k_here__().path "/" name];
end
