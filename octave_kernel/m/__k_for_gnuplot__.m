## changed = __k_for_gnuplot__ (FIGURE): texts of several lines, and with quotes, in a form that gets through to gnuplot,
## to which Octave gives them as they stand. CHANGED: [object, property, what it was before] in each row.
function changed = __k_for_gnuplot__ (h)
  changed = cell (0, 3);
  for axes = get (h, "children").'
    if (! strcmp (get (axes, "type"), "axes"))
      continue;
    end
    parts = get (axes, "children").';
    texts = [get(axes, {"title", "xlabel", "ylabel", "zlabel"}){:}, parts(strcmp (get (parts, {"type"}), "text"))];
    for text = texts
      before = get (text, "string");
      now = for_gnuplot (before);
      if (! isequal (now, before))
        set (text, "string", now);
        changed(end+1,:) = {text, "string", before};
      end
    end
  end
end

function now = for_gnuplot (now)
  if (iscell (now) || rows (now) > 1)
    now = strjoin (cellstr (now).', "\n");
  end
  if (ischar (now) && any (now == "\n" | now == "\""))
    now = regexprep (strrep (now, "\n", '\n{}'), '(?<!\\)"', '\\"');  # {}: \n and u are not the sign for nu
  end
end
