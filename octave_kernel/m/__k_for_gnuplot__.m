## changed = __k_for_gnuplot__ (FIGURE): texts of several lines, and with quotes, in a form that gets through to gnuplot,
## to which Octave gives them as they stand. CHANGED: [object, property, what it was before] in each row.
function changed = __k_for_gnuplot__ (h)
  changed = cell (0, 3);
  shown = get (0, "showhiddenhandles");
  unwind_protect
    set (0, "showhiddenhandles", "on");  # titles, labels and annotations are hidden
    texts = texts_in (h);
  unwind_protect_cleanup
    set (0, "showhiddenhandles", shown);
  end_unwind_protect
  for text = texts
    before = get (text, "string");
    now = for_gnuplot (before);
    if (! isequal (now, before))
      set (text, "string", now);
      changed(end+1,:) = {text, "string", before};
    end
  end
end

function texts = texts_in (object)
  parts = get (object, "children").';
  types = get (parts, {"type"});
  texts = parts(strcmp (types, "text"));
  for part = parts(strcmp (types, "axes") | strcmp (types, "hggroup") | strcmp (types, "hgtransform"))
    texts = [texts, texts_in(part)];
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
