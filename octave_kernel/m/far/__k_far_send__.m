## __k_far_send__ (NAME): send a file of the session to the kernel, as lines of the terminal, which it takes out.
function __k_far_send__ (name)
  here = __k_here__ ();
  f = fopen (fullfile (here.path, name), "r");
  if (f < 0)
    return;
  end
  text = base64_encode (fread (f, Inf, "*uint8").');
  fclose (f);
  begin = sprintf ("\033]5151;%s;f;%s;", here.token, name);
  starts = 1:3000:numel (text);
  lines = cell (1, numel (starts) + 1);
  lines{1} = [begin "\n"];
  for k = 1:numel (starts)
    lines{k+1} = [begin text(starts(k):min (end, starts(k) + 2999)) "\n"];
  end
  __k_say__ (lines{:});
end
