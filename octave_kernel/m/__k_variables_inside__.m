## text = __k_variables_inside__ (PATH, FROM, TO): what is within the value of PATH, from the FROMth to the TOth thing;
## each as __k_variables_one__ tells it, by what must be put behind PATH to get it.
function text = __k_variables_inside__ (path, from, to)
  value = evalin ("base", path);
  last = min (str2double (to), __k_variables_count__ (value));
  names = {};
  if (isa (value, "containers.Map"))
    names = value.keys ();
  elseif (isstruct (value) && isscalar (value))
    names = fieldnames (value);
  elseif (isobject (value))
    names = properties (value);
  end
  text = "";
  for k = str2double (from):last
    if (isa (value, "containers.Map"))
      [name, one] = mapped (value, names{k});
    elseif (! isempty (names))
      name = [".", names{k}];
      one = value.(names{k});
    else
      [name, one] = element (value, k);
    end
    text = [text, __k_variables_one__(name, one, false)];
  end
end

function [name, one] = mapped (value, key)
  one = value(key);
  if (ischar (key))
    name = sprintf ("('%s')", strrep (key, "'", "''"));
  else
    name = sprintf ("(%.17g)", key);
  end
end

function [name, one] = element (value, k)
  if (iscell (value))
    name = sprintf ("{%s}", __k_variables_index__ (size (value), k));
    one = value{k};
  elseif (isstruct (value) || (ndims (value) == 2 && isvector (value) && ! ischar (value)))
    name = sprintf ("(%s)", __k_variables_index__ (size (value), k));
    one = value(k);
  elseif (ndims (value) > 2)
    page = cell (1, ndims (value) - 2);
    [page{:}] = ind2sub (size (value)(3:end), k);
    name = ["(:,:", sprintf(",%d", page{:}), ")"];
    one = value(:,:,page{:});
  else
    name = sprintf ("(%d,:)", k);
    one = value(k,:);
  end
end
