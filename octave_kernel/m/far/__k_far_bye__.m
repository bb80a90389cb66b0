## __k_far_bye__ (): the kernel closes: as if the window of a terminal were closed. The session's folder goes at once.
function __k_far_bye__ ()
  __k_record__ ("farewell");
  kill (getpid (), SIG ().HUP);
  for k = 1:100
    builtin ("pause", 0.01);  # it is taken between two statements
  end
end
