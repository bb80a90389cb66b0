## names = __k_gnuplot_terminals__ (): the formats that gnuplot knows. It is asked once: Octave, when it draws, waits for
## ever for a gnuplot that has crashed.
function names = __k_gnuplot_terminals__ ()
  persistent asked = "";
  persistent known = {};
  mlock ();
  [program, arguments] = gnuplot_binary ();
  command = strjoin ([{["\"" program "\""]}, arguments, {"-e 'set print \"-\"; print GPVAL_TERMINALS' 2>&1"}], " ");
  if (! strcmp (asked, command))
    [status, said] = system (command);
    if (status)
      error ("gnuplot does not work (%s, status %d) %s", program, status, strtrim (said));
    end
    known = regexp (said, '\w+', "match");
    asked = command;
  end
  names = known;
end
