## changed = __k_for_gnuplot__ (FIGURE): texts of several lines, and with quotes, in a form that gets through to gnuplot,
## to which Octave gives them as they stand. CHANGED: the texts, and what they said before.
function changed = __k_for_gnuplot__ (h)
  changed = cell (0, 2);
  for text = findall (h, "type", "text").'
    before = get (text, "string");
    now = before;
    if (iscell (now) || rows (now) > 1)
      now = strjoin (cellstr (now).', "\n");
    end
    if (ischar (now) && any (now == "\n" | now == "\""))
      now = regexprep (strrep (now, "\n", '\n{}'), '(?<!\\)"', '\\"');  # {}: \n and u are not the sign for nu
      set (text, "string", now);
      changed(end+1,:) = {text, before};
    end
  end
end
