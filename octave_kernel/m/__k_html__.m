## html = __k_html__ (X, LIMITS): a value as HTML. LIMITS: rows, columns, and the depth of values within values.
function html = __k_html__ (x, limits)
  if (limits.depth < 1 || isobject (x) && ! isa (x, "containers.Map"))
    html = in_words (x);
  elseif (ischar (x))
    html = strings (x, limits);
  elseif (isa (x, "containers.Map"))
    html = pairs (keys (x), values (x), limits);
  elseif (isstruct (x))
    html = structs (x, limits);
  elseif (iscell (x))
    html = pages (x, limits, @(value) __k_html__ (value, deeper (limits)));
  elseif (isnumeric (x) || islogical (x))
    html = numbers (x, limits);
  else
    html = in_words (x);
  end
end

function html = numbers (x, limits)
  if (isscalar (x))
    html = number (full (x));
  else
    html = pages (x, limits, @(value) number (full (value)));
  end
end

function text = number (x)
  if (islogical (x) || isinteger (x))
    text = sprintf ("%d", x);
  elseif (isreal (x))
    text = sprintf ("%.*g", output_precision (), x);
  else
    text = sprintf ("%.*g%+.*gi", output_precision (), real (x), output_precision (), imag (x));
  end
end

function html = strings (x, limits)
  if (rows (x) > limits.rows)
    x = [cellstr(x(1:limits.rows, :)); {"…"}];
  end
  html = preformatted (strjoin (cellstr (x).', "\n"));
end

function html = pages (x, limits, shown)
  html = "";
  if (isempty (x))
    html = in_words (x);
    return;
  end
  count = prod (size (x)(3:end));
  if (count == 1)
    html = grid (x, limits, shown);
    return;
  end
  for page = 1:min (count, 4)
    [where{1:ndims(x) - 2}] = ind2sub ([size(x)(3:end), 1], page);
    head = sprintf ("<div>(:,:%s)</div>", sprintf (",%d", where{:}));
    html = [html head grid(x(:, :, page), limits, shown)];
  end
  if (count > 4)
    html = [html sprintf("<div>… %d more</div>", count - 4)];
  end
end

function html = grid (x, limits, shown)
  [height, width] = size (x);
  across = min (width, limits.columns);
  down = min (height, limits.rows);
  lines = cell (1, down);
  for i = 1:down
    cells = cell (1, across);
    for j = 1:across
      if (iscell (x))
        cells{j} = shown (x{i,j});
      else
        cells{j} = shown (x(i,j));
      end
    end
    lines{i} = row (sprintf ("%d", i), cells, width > across);
  end
  heads = arrayfun (@(j) sprintf ("%d", j), 1:across, "uniformoutput", false);
  html = table (heads, lines, width > across, height - down);
end

function html = structs (x, limits)
  names = fieldnames (x).';
  if (isscalar (x))
    html = pairs (names, struct2cell (x).', limits);
    return;
  end
  if (isempty (x) || isempty (names))
    html = in_words (x);
    return;
  end
  across = min (numel (names), limits.columns);
  down = min (numel (x), limits.rows);
  lines = cell (1, down);
  for i = 1:down
    cells = cellfun (@(name) __k_html__ (x(i).(name), deeper (limits)), names(1:across), "uniformoutput", false);
    lines{i} = row (sprintf ("%d", i), cells, numel (names) > across);
  end
  heads = cellfun (@escaped, names(1:across), "uniformoutput", false);
  html = table (heads, lines, numel (names) > across, numel (x) - down);
end

function html = pairs (names, values, limits)
  down = min (numel (names), limits.rows);
  lines = cell (1, down);
  for i = 1:down
    name = names{i};
    if (! ischar (name))
      name = number (name);
    end
    lines{i} = row (escaped (name), {__k_html__(values{i}, deeper (limits))}, false);
  end
  html = table ({}, lines, false, numel (names) - down);
end

function html = row (head, cells, more)
  if (more)
    cells{end+1} = "…";
  end
  html = ["<tr><th>" head "</th>" sprintf("<td>%s</td>", cells{:}) "</tr>"];
end

function html = table (heads, lines, more, left)
  html = "<table>";
  if (! isempty (heads))
    if (more)
      heads{end+1} = "…";
    end
    html = [html "<tr><th></th>" sprintf("<th>%s</th>", heads{:}) "</tr>"];
  end
  html = [html lines{:}];
  if (left > 0)
    html = [html sprintf("<tr><th>…</th><td>%d more</td></tr>", left)];
  end
  html = [html "</table>"];
end

function html = in_words (x)
  if (isempty (x) || isnumeric (x) && ! isscalar (x) || iscell (x) || isstruct (x))
    html = escaped (sprintf ("%s %s", strjoin (strsplit (num2str (size (x))), "x"), class (x)));
  else
    html = preformatted (strtrim (evalc ("disp (x)")));
  end
end

function html = preformatted (text)
  style = "text-align:left;margin:0;padding:0;background:none";  # in a table's row, whatever that has behind it
  html = ["<pre style=\"" style "\">" escaped(text) "</pre>"];
end

function limits = deeper (limits)
  limits.depth--;
end

function text = escaped (text)
  text = strrep (strrep (strrep (text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
end
