## text = __k_variables_one__ (NAME, VALUE, IS_GLOBAL): name, class, size, attributes, how many things are inside, and
## the value in a line; each ended by NUL.
function text = __k_variables_one__ (name, value, is_global)
  kind = class (value);
  attributes = "";
  if (is_global)
    attributes = "global";
  end
  if (isnumeric (value) && iscomplex (value))
    attributes = [attributes, " complex"];
  end
  if (issparse (value))
    attributes = [attributes, " sparse"];
  end
  inside = 0;
  try
    dimensions = size (value);
    inside = __k_variables_count__ (value);
    shown = __k_variables_shown__ (value);
  catch problem
    dimensions = [1, 1];
    shown = ["(", problem.message, ")"];
  end
  shown = strrep (shown(:).', "\0", " ");
  text = sprintf ("%s\0%s\0%s\0%s\0%d\0%s\0", name, kind, sprintf ("x%d", dimensions)(2:end), strtrim (attributes), ...
                  inside, shown);
end
