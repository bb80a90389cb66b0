## changed = __k_for_gnuplot__ (FIGURE): texts of several lines, and with quotes, in a form that gets through to gnuplot,
## to which Octave gives them as they stand. CHANGED: [object, property, what it was before] in each row.
## __k_for_gnuplot__ (FIGURE, CHANGED): as they were before.
function changed = __k_for_gnuplot__ (h, changed)
  if (nargin > 1)
    put (h, changed);
    return;
  end
  changed = cell (0, 3);
  shown = get (0, "showhiddenhandles");
  unwind_protect
    set (0, "showhiddenhandles", "on");  # titles, labels and annotations are hidden
    texts = texts_in (h);
  unwind_protect_cleanup
    set (0, "showhiddenhandles", shown);
  end_unwind_protect
  wanted = cell (0, 3);
  for k = 1:rows (texts)
    before = get (texts{k,:});
    now = for_gnuplot (before);
    if (! isequal (now, before))
      changed(end+1,:) = {texts{k,:}, before};
      wanted(end+1,:) = {texts{k,:}, now};
    end
  end
  put (h, wanted);
end

function put (h, values)
  ## Legends look after the names of what they stand for, and fail over it.
  legends = [];
  if (any (strcmp (values(:,2), "displayname")))
    legends = findall (h, "tag", "legend").';
  end
  for l = legends
    setappdata (l, "nocallbacks", true);
  end
  for k = 1:rows (values)
    set (values{k,:});
  end
  for l = legends
    setappdata (l, "nocallbacks", false);
  end
end

function texts = texts_in (object)
  ## [object, property] in each row.
  texts = cell (0, 2);
  parts = get (object, "children").';
  types = get (parts, {"type"});
  for k = 1:numel (parts)
    switch (types{k})
      case "text"
        texts(end+1,:) = {parts(k), "string"};
      case {"line", "patch", "surface", "scatter", "hggroup"}
        texts(end+1,:) = {parts(k), "displayname"};
    end
    if (any (strcmp (types{k}, {"axes", "hggroup", "hgtransform"})))
      texts = [texts; texts_in(parts(k))];
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
