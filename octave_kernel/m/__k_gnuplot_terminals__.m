## names = __k_gnuplot_terminals__ (): the formats that gnuplot knows. It is asked once: Octave, when it draws, waits for
## ever for a gnuplot that has crashed.
function names = __k_gnuplot_terminals__ ()
  persistent asked = "";
  persistent known = {};
  mlock ();
  [program, arguments] = gnuplot_binary ();
  command = ["\"" program "\" " sprintf("%s ", arguments{:}) "-e 'set print \"-\"; print GPVAL_TERMINALS' 2>&1"];
  if (! strcmp (asked, command))
    [status, said] = system (command);
    said(said > 127) = "?";  # regexp takes UTF-8 alone
    named = regexp (said, '\w+', "match");
    if (status || ! any (strcmp (named, "dumb")))
      error ("gnuplot does not work (%s, status %d) %s", program, status, strtrim (said(1:min (end, 500))));
    end
    known = named;
    asked = command;
  end
  names = known;
end
