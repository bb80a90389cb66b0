## __k_ask__ (QUESTION, ANSWER): write into the file ANSWER what a function of ours says to what the file QUESTION asks:
## after a plus; after a minus the message of an error. QUESTION holds the function's name and what it is given, each
## ended by NUL. Nothing is left that a cell could see.
function __k_ask__ (question, answer)
  problem = lasterror ();
  [message, identifier] = lastwarn ();
  warnings = warning ();
  ans_before = {};
  unwind_protect
    warning ("off", "all");
    try
      ans_before = {evalin("base", "ans")};  # whatever is evaluated there may set it
    end
    f = fopen (question, "r");
    asked = fread (f, Inf, "uint8=>char").';
    fclose (f);
    ends = [0, find(asked == "\0")];
    given = cell (1, numel (ends) - 1);
    for k = 1:numel (given)
      given{k} = asked(ends(k)+1:ends(k+1)-1);
    end
    try
      text = ["+", feval(["__k_", given{1}, "__"], given{2:end})];
    catch failed
      text = ["-", failed.message];
    end
    f = fopen (answer, "w");
    fwrite (f, text);
    fclose (f);
  unwind_protect_cleanup
    if (isempty (ans_before))
      evalin ("base", "__k_clear__ () (\"ans\");");
    else
      assignin ("base", "ans", ans_before{1});
    end
    warning (warnings);
    lastwarn (message, identifier);
    if (numel (problem.stack) > 1)
      problem.stack = problem.stack(1);  # it takes no more back
    end
    lasterror (problem);
  end_unwind_protect
end
